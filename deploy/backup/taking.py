"""`crm backup --to` and `--check`."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from deploy.archive import default_folder
from deploy.backup import objects, sealed_keys, server
from deploy.backup.manifest import (
    DATABASE,
    NAME,
    OBJECT_LIST,
    OBJECTS,
    Held,
    Manifest,
    held,
    read_objects,
    wrong_files,
)
from deploy.local.credentials import Credentials, write_private
from deploy.local.process import ProcessFailed
from deploy.local.settings import LauncherSettings, borders_in

BORDERS = "areas.geojson"
ARCHIVE = "archive"
"""The folder of archived months (`crm archive`)."""
DATABASE_MANIFEST = f"{DATABASE}/backup_manifest"

Say = Callable[[str], None]


async def take(
    settings: LauncherSettings, to: Path, keys: Path, passphrase: str, say: Say
) -> Manifest:
    """Writes a backup into a new folder and the sealed keys into a new file. Raises ProcessFailed
    where either is there already, and where a part fails; without its manifest what was written is
    no backup."""
    home = settings.home.resolve()
    sealed_keys.refuse_within(keys, to)
    _make_new(to, keys)
    async with server.server(settings) as url:
        began = await server.standing(url)
        say(f"copying the database (PostgreSQL {began.version})")
        await server.copy_database(url, to / DATABASE)
        say("copying or listing the objects of media")
        kept = await objects.keep(objects.place_of(home), to)
        say(f"{kept.count} objects; sealing the keys")
        sealed = await asyncio.to_thread(_seal, home, keys, passphrase)
        files = await asyncio.to_thread(_files, home, to)
        ended = await server.standing(url)
        manifest = Manifest(
            began_at=began.now,
            ended_at=ended.now,
            server_version=began.version,
            major=began.major,
            system_identifier=began.system_identifier,
            position=began.position,
            revisions=began.revisions,
            database_bytes=await asyncio.to_thread(_size, to / DATABASE),
            objects="copied" if kept.copied else "listed",
            objects_count=kept.count,
            objects_bytes=kept.bytes,
            files=files,
            keys=sealed,
        )
        manifest.write(to)
        await server.note_backup(url, began.now)
    return manifest


async def note(settings: LauncherSettings) -> datetime:
    """Services tell from now on that the database was backed up now, by other means than ours."""
    async with server.server(settings) as url:
        now = (await server.standing(url)).now
        await server.note_backup(url, now)
    return now


async def check(backup: Path, keys: Path | None, passphrase: str | None, say: Say) -> Manifest:
    """Reads all of a backup again, and opens its keys where they are named. Raises ProcessFailed
    that names what is wrong."""
    manifest = Manifest.of(backup)
    say("reading files and objects again")
    wrong = await asyncio.to_thread(_wrong, backup, manifest)
    if wrong:
        raise ProcessFailed("\n".join([*wrong[:20], f"the backup in {backup} is damaged"]))
    say("reading the database again, and its log")
    await server.verify_database(backup / DATABASE)
    if keys is not None and passphrase is not None:
        await asyncio.to_thread(opened, manifest, keys, passphrase)
        say("the keys open")
    return manifest


def opened(manifest: Manifest, keys: Path, passphrase: str) -> bytes:
    """The keys of that backup. Raises ProcessFailed for those of another one."""
    try:
        found = keys.read_bytes()
    except FileNotFoundError:
        raise ProcessFailed(f"{keys} is missing: name the file of the backup's keys") from None
    if held(keys, manifest.keys.name) != manifest.keys:
        raise ProcessFailed(f"{keys} is not the file of keys that was written with this backup")
    return sealed_keys.unseal(found, passphrase)


def _make_new(to: Path, keys: Path) -> None:
    if to.exists() and any(to.iterdir()):
        raise ProcessFailed(f"{to} is not empty: name a new folder for each backup")
    if keys.exists():
        raise ProcessFailed(f"{keys} is there already: name a new file for the keys")
    to.mkdir(mode=0o700, parents=True, exist_ok=True)


def _seal(home: Path, keys: Path, passphrase: str) -> Held:
    text = Credentials.load(home).model_dump_json()
    keys.parent.mkdir(parents=True, exist_ok=True)
    write_private(keys, sealed_keys.seal(text.encode(), passphrase).decode(), once=True)
    return held(keys, keys.name)


def _files(home: Path, to: Path) -> tuple[Held, ...]:
    """Copies what else belongs to the installation, and names all that the manifest vouches for.

    Archived months are copied after the database: a month that it no longer has is in a file.
    """
    names = [DATABASE_MANIFEST, OBJECT_LIST, *_copy_archive(default_folder(home), to)]
    if borders_in(home).exists():
        (to / BORDERS).write_bytes(borders_in(home).read_bytes())
        names.append(BORDERS)
    return tuple(held(to / name, name) for name in names)


def _copy_archive(folder: Path, to: Path) -> list[str]:
    """The names of the copies. What is being written is of a month whose rows are still there."""
    found = sorted(folder.rglob("*"))
    files = [each for each in found if each.is_file() and each.suffix != ".part"]
    names = [f"{ARCHIVE}/{each.relative_to(folder).as_posix()}" for each in files]
    for each, name in zip(files, names, strict=True):
        (to / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(each, to / name)
    return names


def _wrong(backup: Path, manifest: Manifest) -> list[str]:
    wrong = wrong_files(backup, manifest.files)
    if wrong or manifest.objects == "listed":
        return wrong
    return wrong_files(backup / OBJECTS, read_objects(backup / OBJECT_LIST))


def _size(folder: Path) -> int:
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())


def summary(manifest: Manifest, backup: Path) -> str:
    """What a person notes of a backup."""
    size = (manifest.database_bytes + manifest.objects_bytes) / 1e6
    what = "copied" if manifest.objects == "copied" else "listed; their bytes stay in the bucket"
    return (
        f"{backup / NAME}: of {manifest.began_at:%Y-%m-%d %H:%M:%S} UTC at {manifest.position}, "
        f"{size:.0f} MB; {manifest.objects_count} objects {what}; migrations "
        + ", ".join(f"{name} {at}" for name, at in sorted(manifest.revisions.items()))
    )
