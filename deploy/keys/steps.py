"""The steps of a rotation, decided: add, use, retire. They return the new ring, or say why not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.keys.kinds import Kind
from shared.errors import StopTheLine
from shared.key_ring import DEVELOPMENT, NamedKey

Ring = tuple[NamedKey, ...]

_DAY = re.compile(rf"(?:{DEVELOPMENT})?(\d{{4}})(\d\d)(\d\d)-")


@dataclass(frozen=True, slots=True)
class Seen:
    """What one running process says of a kind. first: id of the key that writes. ids: all that it
    holds. used: by id when it was used last, in seconds since 1970."""

    process: str
    first: str | None
    ids: frozenset[str]
    used: Mapping[str, float]


def new_id(day: datetime, chance: str, prefix: str) -> str:
    """Of a key that is made on that day."""
    return f"{prefix}{day:%Y%m%d}-{chance}"


def made(key_id: str) -> str:
    """The day on which a key was made, as far as its id tells."""
    found = _DAY.match(key_id)
    return "-".join(found.groups()) if found else "before ids"


def added(ring: Ring, key: NamedKey) -> Ring:
    """In the last place: it reads, and does not write yet."""
    return (*ring, key)


def used(kind: Kind, ring: Ring, key_id: str, seen: Iterable[Seen]) -> Ring:
    """The ring with that key in the first place. Raises StopTheLine while a process does not hold
    it: what is written by it could not be read there."""
    key = known(kind, ring, key_id)
    lacking = sorted(each.process for each in seen if key_id not in each.ids)
    if lacking:
        raise StopTheLine(
            f"{', '.join(lacking)} does not hold {key_id} yet: wait until its files are read again,"
            " or restart it where its keys are variables"
        )
    return (key, *(each for each in ring if each.id != key_id))


def retired(
    kind: Kind,
    ring: Ring,
    key_id: str,
    left: datetime | None,
    seen: Iterable[Seen],
    rows: int,
    now: datetime,
) -> tuple[Ring, str]:
    """The ring without that key, and the proof that nothing needs it. left: when another key took
    the first place. rows: that are sealed by it. Raises StopTheLine while it is needed."""
    known(kind, ring, key_id)
    if ring[0].id == key_id:
        raise StopTheLine(f"{key_id} is the key that writes: use another one first")
    _check_nobody_writes(key_id, seen := tuple(seen))
    rest = _rest(kind, left, seen, key_id, now)
    if rest > 0:
        raise StopTheLine(
            f"what was made by {key_id} may be under way for {rest:.0f} s more: come again then"
        )
    if rows:
        raise StopTheLine(_needed(kind, key_id, rows))
    return tuple(each for each in ring if each.id != key_id), _proof(kind, left, seen, key_id)


def _needed(kind: Kind, key_id: str, rows: int) -> str:
    if kind.lasting:
        return f"{rows} rows need {key_id}, and it stays to read: {kind.lasting}"
    return (
        f"{rows} rows need {key_id}, or do not name their key: "
        f"crm keys reseal {kind.name} waits until none is"
    )


def known(kind: Kind, ring: Ring, key_id: str) -> NamedKey:
    """Raises StopTheLine for a key that is not in the ring."""
    for key in ring:
        if key.id == key_id:
            return key
    raise StopTheLine(
        f"{kind.name} has no key {key_id}, only {', '.join(key.id for key in ring) or 'none'}"
    )


def _check_nobody_writes(key_id: str, seen: Iterable[Seen]) -> None:
    writing = sorted(each.process for each in seen if each.first == key_id)
    if writing:
        raise StopTheLine(
            f"{', '.join(writing)} still writes by {key_id}: wait until its files are read again,"
            " or restart it where its keys are variables"
        )


def _rest(
    kind: Kind, left: datetime | None, seen: Iterable[Seen], key_id: str, now: datetime
) -> float:
    """Seconds for which something may still be under way that needs the key."""
    if left is None:
        return kind.rest
    by_time = (left + timedelta(seconds=kind.rest) - now).total_seconds()
    # A sealed row is counted; of a token nobody knows but who was shown it.
    uses = [each.used.get(key_id, 0.0) for each in seen] if kind.needing is None else []
    return max([by_time, *(at + kind.rest - now.timestamp() for at in uses if at)])


def _proof(kind: Kind, left: datetime | None, seen: tuple[Seen, ...], key_id: str) -> str:
    since = f"another key writes since {left:%Y-%m-%d %H:%M:%S}Z" if left else ""
    rows = "no row needs it" if kind.needing else ""
    last = max((each.used.get(key_id, 0.0) for each in seen), default=0.0)
    use = (
        f"last used {datetime.fromtimestamp(last, left.tzinfo):%H:%M:%S}Z" if left and last else ""
    )
    asked = f"{len(seen)} running processes write by another" if seen else ""
    return "; ".join(part for part in (since, rows, use, asked) if part)
