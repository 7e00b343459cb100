"""Where media keeps its objects, and a copy or a list of them.

They are encrypted, never changed, and written before the row that names them. So what is copied
after the database holds all that the database names, but for those who were erased meanwhile.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from json import loads
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from deploy.backup.manifest import OBJECT_LIST, OBJECTS, Held, held, write_objects
from deploy.local.settings import overrides

_AT_ONCE = 1000
_SECONDS = 20.0
_CUT_OFF = "#"
"""In the name of a write to a folder that was cut off, and in no other."""


@dataclass(frozen=True, slots=True)
class Place:
    """A store. folder: None for a bucket."""

    url: str
    options: Mapping[str, str]

    @property
    def folder(self) -> Path | None:
        return Path(unquote(urlsplit(self.url).path)) if self.url.startswith("file://") else None

    def bucket(self) -> Any:
        """As media opens it."""
        return import_module("services.intake.media.objects.bucket").Bucket(
            self.url, self.options, _SECONDS
        )


def place_of(home: Path) -> Place:
    """The store that media is told of: a folder in the home, unless a person names another."""
    said = overrides("media", home)
    own = {name.removeprefix("CRM_MEDIA_"): value for name, value in said.items()}
    url = own.get("STORE_URL", (home.absolute() / "pictures").as_uri())
    return Place(url, loads(own.get("STORE_OPTIONS", "{}")))


@dataclass(frozen=True, slots=True)
class Kept:
    """How many objects a backup has, or has listed, and their bytes (0 where they are listed)."""

    copied: bool
    count: int
    bytes: int


async def keep(place: Place, backup: Path) -> Kept:
    """Copies a folder's objects into the backup, or lists those of a bucket."""
    if place.folder is None:
        names = [name async for name in _names(place)]
        write_objects(backup / OBJECT_LIST, (Held(name=name, bytes=0) for name in names))
        return Kept(copied=False, count=len(names), bytes=0)
    copied = await asyncio.to_thread(_copy, place.folder, backup / OBJECTS)
    write_objects(backup / OBJECT_LIST, copied)
    return Kept(copied=True, count=len(copied), bytes=sum(each.bytes for each in copied))


async def missing(place: Place, listed: list[Held]) -> int:
    """How many of a list the store does not have."""
    there = {name async for name in _names(place)}
    return len({each.name for each in listed} - there)


async def _names(place: Place) -> AsyncIterator[str]:
    bucket, after = place.bucket(), ""
    while page := await bucket.names(after, _AT_ONCE):
        for name, _ in page:
            yield name
        after = page[-1][0]


def _copy(folder: Path, into: Path) -> list[Held]:
    into.mkdir(mode=0o700)
    if not folder.is_dir():
        return []
    found = sorted(each.name for each in os.scandir(folder) if each.is_file())
    return [
        each
        for name in found
        if _CUT_OFF not in name and (each := _copied(folder / name, into / name))
    ]


def _copied(source: Path, target: Path) -> Held | None:
    """None for one that was erased since its name was read."""
    try:
        shutil.copyfile(source, target)
    except FileNotFoundError:
        return None
    return held(target, target.name)
