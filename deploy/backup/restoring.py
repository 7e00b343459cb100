"""`crm restore`: an empty home becomes what was backed up, and serves when all are erased again.

Keys first, then the database, its log up to a moment, objects, schemas, erasures. The bus is
rebuilt at the next start, before any service (`deploy.local.stack`).
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from deploy.archive import default_folder
from deploy.backup import erasures, objects, taking
from deploy.backup.manifest import DATABASE, OBJECT_LIST, OBJECTS, Manifest, read_objects
from deploy.local import restored
from deploy.local.credentials import Credentials, write_private
from deploy.local.lock import take_lock
from deploy.local.modules import migrate
from deploy.local.postgres import UNPRIVILEGED, Postgres, provision, workspace
from deploy.local.postgres.archive import recovery_settings
from deploy.local.postgres.binaries import find_binaries, major_of
from deploy.local.process import ProcessFailed
from deploy.local.settings import LauncherSettings, borders_in
from deploy.services import WITH_DATABASE

RECOVERY_SECONDS = 24 * 3600.0
"""To catch up with the log of a week takes hours."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Source:
    """What is restored. wal: the archive of the log; until: up to which moment it is caught up
    with, None for the end."""

    backup: Path
    keys: Path
    passphrase: str
    wal: Path | None = None
    until: datetime | None = None


async def restore(settings: LauncherSettings, source: Source, say: Say) -> None:
    """Into the empty home of the settings. Raises ProcessFailed, and changes nothing, where the
    home is not empty or the backup is not whole."""
    home = settings.home.resolve()
    if settings.database_url is not None:
        raise ProcessFailed(
            "CRM_DATABASE_URL names a server of its own: bring its data back by its own means "
            f"({source.backup / DATABASE} is its data folder), then 'crm restore --erasures'"
        )
    _refuse_full(home)
    manifest = await taking.check(source.backup, None, None, say)
    _refuse_moment(manifest, source)
    _refuse_server(manifest)
    keys = await asyncio.to_thread(taking.opened, manifest, source.keys, source.passphrase)
    with take_lock(home):
        restored.mark(home, "files")
        await asyncio.to_thread(lay, home, manifest, source, keys, say)
        restored.mark(home, "erasures")
    await finish(settings, say)


async def finish(settings: LauncherSettings, say: Say) -> None:
    """Catches up with the log and erases again all who were erased; also once more, where it was
    cut off, and for a server that was restored by its own means."""
    home = settings.home.resolve()
    with take_lock(home):
        if restored.stage(home) == "files":
            restored.refuse(home)
        postgres = Postgres(home, database_url=settings.database_url, patience=RECOVERY_SECONDS)
        say("starting PostgreSQL; it catches up with its log")
        try:
            await postgres.start()
            urls = await provision(postgres.admin_url, postgres.credentials.databases)
            await asyncio.to_thread(migrate, urls, WITH_DATABASE)
            await erasures.apply(home, postgres.credentials, urls, say)
        finally:
            await postgres.stop()
        restored.mark(home, "bus")
    say("restored; the next 'crm up' rebuilds the bus before any service starts")


def lay(home: Path, manifest: Manifest, source: Source, keys: bytes, say: Say) -> None:
    """Brings keys, database and objects to their places in the home; starts nothing. keys: as they
    were unsealed."""
    write_private(home / "credentials.json", Credentials.model_validate_json(keys)
                  .model_dump_json(indent=2))  # fmt: skip
    say("bringing the database back")
    _lay_database(home, manifest, source)
    if (source.backup / taking.BORDERS).exists():
        shutil.copyfile(source.backup / taking.BORDERS, borders_in(home))
    if (source.backup / taking.ARCHIVE).exists():
        shutil.copytree(source.backup / taking.ARCHIVE, default_folder(home))
    if manifest.objects == "copied":
        say(f"bringing {manifest.objects_count} objects back")
        _lay_objects(objects.place_of(home), source.backup)


def _lay_database(home: Path, manifest: Manifest, source: Source) -> None:
    uid = UNPRIVILEGED if os.geteuid() == 0 else None
    place = workspace(home, uid)
    place.mkdir(parents=True, exist_ok=True, mode=0o755)
    data = place / f"data-{manifest.major}"
    shutil.copytree(source.backup / DATABASE, data)
    data.chmod(0o700)
    if source.wal is not None:
        with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as sink:
            sink.write(recovery_settings(source.wal, source.until))
        (data / "recovery.signal").touch()
    if uid is not None:
        for path in (data, *data.rglob("*")):
            os.chown(path, uid, uid)


def _lay_objects(place: objects.Place, backup: Path) -> None:
    """One that is in its place already is left: a folder on another disk may have outlived."""
    folder = place.folder
    if folder is None:
        raise ProcessFailed(
            "the backup has copies of objects, and CRM_MEDIA_STORE_URL names a bucket: name a "
            f"folder (file:///...), or bring {backup / OBJECTS} into the bucket by its own means"
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for each in read_objects(backup / OBJECT_LIST):
        if not (folder / each.name).exists():
            part = folder / f".{each.name}.part"
            shutil.copyfile(backup / OBJECTS / each.name, part)
            part.replace(folder / each.name)


def _refuse_full(home: Path) -> None:
    found = sorted(each.name for each in home.iterdir()) if home.exists() else []
    if set(found) - {"lock"}:
        raise ProcessFailed(
            f"{home} is not empty ({', '.join(found[:3])}): move it away, or set CRM_HOME"
        )


def _refuse_moment(manifest: Manifest, source: Source) -> None:
    if source.until is None:
        return
    if source.wal is None:
        raise ProcessFailed("--until needs the archive of the log: name it with --wal")
    if source.until < manifest.ended_at:
        raise ProcessFailed(
            f"the backup was whole at {manifest.ended_at:%Y-%m-%dT%H:%M:%S%z} only: name a later "
            "moment, or an older backup"
        )


def _refuse_server(manifest: Manifest) -> None:
    here = major_of(find_binaries().bin / "postgres")
    if here != manifest.major:
        raise ProcessFailed(
            f"the backup is of PostgreSQL {manifest.major}, and {here} is what is found here: "
            f"install {manifest.major}"
        )
