"""`crm upgrade --check`: whether the schemas may be brought to this release now, beside running
services. It changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from deploy.services import in_order_of_migration
from deploy.upgrade.fitting import misfits
from deploy.upgrade.look import Look, Size, hours_since_backup, look_at
from deploy.upgrade.migrations import Migration, migrations_after, modules_of
from deploy.upgrade.release import Release, last_release
from deploy.upgrade.statements import BLOCKS, Step
from shared.migrations import CONTRACT
from shared.schema_fit import newer_release

OLD_BACKUP_HOURS = 26.0
"""A day and a little: one is made every night."""
LATE_SECONDS = 60.0
"""An outbox whose oldest row has waited for so long does not get away."""


@dataclass(frozen=True, slots=True)
class Finding:
    """words: a sentence for people. hinders: it is to be put right before anything is migrated."""

    about: str
    words: str
    hinders: bool = False


async def check(urls: Mapping[str, str]) -> int:
    """Prints what it finds; exit code 1 when something is in the way. ``urls``: by service."""
    release, own = last_release(), version("cepat-respon-masyarakat")
    found: list[Finding] = []
    for service in in_order_of_migration(urls):
        look = await look_at(urls[service], service)
        pending = migrations_after(service, look.standing.revision)
        found += findings(service, look, pending, release, own)
    found += of_backup(await hours_since_backup(urls[service]))
    print("\n".join(f"{each.about}: {each.words}" for each in found))
    in_the_way = [each for each in found if each.hinders]
    print(_end(in_the_way))
    return 1 if in_the_way else 0


def _end(in_the_way: Sequence[Finding]) -> str:
    if in_the_way:
        first = "\n".join(f"  {each.about}: {each.words}" for each in in_the_way)
        return f"\nNot yet. First:\n{first}"
    return "\nNothing is in the way: make a backup, run the migrations, replace the services."


def findings(
    service: str, look: Look, pending: Sequence[Migration], release: Release, own: str
) -> list[Finding]:
    """What is to be known of one service. ``release``: the last one, whose processes may run.
    ``own``: the name of this one."""
    told = [
        *_of_schema(service, look, pending, own),
        *(_of_migration(each, look) for each in pending),
        *_of_last_release(service, look, pending, release),
        *_of_events(look),
        *(f"the index {name} was left unfinished: the migrations make it anew"
          for name in look.unfinished),
    ]  # fmt: skip
    return [_finding(service, each) for each in told]


_IN_THE_WAY = "!"


def _finding(service: str, told: str) -> Finding:
    return Finding(service, told.removeprefix(_IN_THE_WAY), told.startswith(_IN_THE_WAY))


def _of_schema(service: str, look: Look, pending: Sequence[Migration], own: str) -> Iterator[str]:
    standing = look.standing
    if standing.revision is None:
        yield "there is no schema yet, so nothing runs on it"
    elif standing.needs and newer_release([standing.needs, own]) != own:
        yield f"!the schema needs release {standing.needs} and this is {own}: take the newer one"
    elif not pending:
        newest = list(modules_of(service))[-1][0]
        newer = ", which is newer than this release and carries it" * (standing.revision > newest)
        yield f"the schema is at {standing.revision}{newer}; nothing is pending"
    else:
        yield f"the schema is at {standing.revision}; {len(pending)} pending"


def _of_migration(migration: Migration, look: Look) -> str:
    head = f"{migration.revision} ({migration.phase}s): {migration.title}"
    if migration.steps is None:
        return f"{head} It decides by what it finds: its locks are not known before."
    touched = [step for step in migration.steps if step.lock]
    locks = "; ".join(_of_lock(step, look.sizes) for step in touched)
    return f"{head} {locks or 'It locks nothing that is in use'}."


def _of_lock(step: Step, sizes: Mapping[str, Size]) -> str:
    size = sizes.get(step.table or "")
    large = f", {size.words}" if size else ""
    how_long = "as long as it goes through its rows" if step.whole else "for a moment"
    return f"{step.table}{large}: {step.lock} {BLOCKS[step.lock or '']}, {how_long}"


def _of_last_release(
    service: str, look: Look, pending: Sequence[Migration], release: Release
) -> Iterator[str]:
    """Whether processes of the last release work on: now, and when all pending has run."""
    if look.standing.revision is None:
        return
    for each in misfits(release.tables.get(service, {}), look.tables):
        if look.standing.revision >= release.revisions[service]:
            yield f"processes of release {release.name} do not work on this schema: {each}"
    for migration in pending:
        for why in _against(migration, release):
            yield f"!{migration.revision} would hurt {look.sessions} open sessions: {why}"


def _against(migration: Migration, release: Release) -> Iterator[str]:
    if migration.phase == CONTRACT:
        needed = migration.unneeded_since
        if needed is None or newer_release([needed, release.name]) != release.name:
            yield f"it takes away what release {release.name} needs: wait until {needed} runs alone"
    elif migration.revision > release.revisions[migration.service]:
        for step in migration.steps or ():
            if step.against:
                yield f"{step.words}: {step.against}"


def _of_events(look: Look) -> Iterator[str]:
    if look.parked:
        yield (
            f"!{look.parked} events are parked, and the new release would replay them: replay or"
            " discard them first (crm parked list)"
        )
    if look.waiting:
        late = look.oldest_seconds > LATE_SECONDS
        sign = _IN_THE_WAY if late else ""
        yield (
            f"{sign}{look.waiting} events wait for the stream, the oldest for"
            f" {look.oldest_seconds:.0f} s" + (": see why the relay does not send them" * late)
        )


def of_backup(hours: float | None) -> list[Finding]:
    """How young the newest backup is; ``hours`` is None where none is noted."""
    if hours is None:
        return [Finding("backup", "none is noted at this database: see that there is a young one")]
    words = f"the newest is {hours:.0f} hours old"
    if hours > OLD_BACKUP_HOURS:
        return [Finding("backup", f"{words}: make one first", hinders=True)]
    return [Finding("backup", words)]
