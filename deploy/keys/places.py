"""Where keys lie: in the home of a local stack, or in the folder that `crm secrets new` has made.

Beside them `.keys.json` says when each key was added, and when another one took its place. A key
that is retired is kept in `.retired/`: what a backup holds is sealed by the keys of its day.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel

from deploy.keys.kinds import Kind
from deploy.keys.steps import Ring
from deploy.local.credentials import Credentials, lay_key_files, write_private
from shared.errors import StopTheLine
from shared.key_ring import DEVELOPMENT, NamedKey, first_text, read_ring, written

NOTED, RETIRED = ".keys.json", ".retired"
"""With a dot: each folder without one becomes what a process may read."""


class Noted(BaseModel):
    """By kind and id: when a key was added, and when another one took its place."""

    added: dict[str, dict[str, datetime]] = {}
    left: dict[str, dict[str, datetime]] = {}


class Place(Protocol):
    prefix: str
    """With what the ids of new keys begin."""
    root: Path

    def ring(self, kind: Kind) -> Ring: ...

    def put(self, kind: Kind, ring: Ring) -> None:
        """Every process is told; who reads learns of a key before the one who writes."""

    def pin(self, kind: Kind) -> None:
        """What is made by the first key and must last stays as it is from now on."""

    def database_url(self, kind: Kind) -> str:
        """Of the owner's role. Raises StopTheLine where none is known."""


class HomeKeys:
    """Of the stack on this machine; its processes read their files again every few seconds."""

    prefix = DEVELOPMENT

    def __init__(self, home: Path, urls: Callable[[], dict[str, str]]) -> None:
        """urls: by service the databases of the running stack."""
        self._home = home
        self.root = home / "keys"
        self._urls = urls

    def ring(self, kind: Kind) -> Ring:
        return read_ring(self._credentials().private_of(kind.member, kind.name), kind.public_half)

    def put(self, kind: Kind, ring: Ring) -> None:
        changed = self._credentials().with_ring(
            kind.member, kind.name, written(ring), public_ring(kind, ring)
        )
        self._save(changed)

    def pin(self, kind: Kind) -> None:
        credentials = self._credentials()
        if kind.member and kind.member not in credentials.derivation_keys:
            self._save(credentials.pinned(kind.member))

    def database_url(self, kind: Kind) -> str:
        return self._urls()[kind.owner]

    def _credentials(self) -> Credentials:
        if not (self._home / "credentials.json").exists():
            raise StopTheLine(f"{self._home} has no keys: name the folder of secrets by --folder")
        return Credentials.load(self._home)

    def _save(self, credentials: Credentials) -> None:
        write_private(self._home / "credentials.json", credentials.model_dump_json(indent=2))
        for folder in sorted(self.root.iterdir()) if self.root.is_dir() else ():
            if folder.is_dir() and folder.name != RETIRED:
                lay_key_files(self._home, folder.name, credentials, only_there=True)


class FolderKeys:
    """Of an installation: a folder for each process, a file for each setting."""

    prefix = ""

    def __init__(self, folder: Path) -> None:
        self.root = folder

    def ring(self, kind: Kind) -> Ring:
        return read_ring(self._read(kind.owner, kind.private), kind.public_half)

    def put(self, kind: Kind, ring: Ring) -> None:
        public = public_ring(kind, ring)
        for reader in kind.readers:
            self._write(reader, kind.public, self._told(kind, reader, public))
        self._write(kind.owner, kind.private, written(ring))

    def pin(self, kind: Kind) -> None:
        if kind.pin and not self.root.joinpath(*kind.pin).exists():
            self._write(*kind.pin, first_text(self._read(kind.owner, kind.private)))

    def database_url(self, kind: Kind) -> str:
        return self._read(kind.owner, "CRM_DATABASE_URL")

    def _told(self, kind: Kind, reader: str, public: str) -> str:
        if kind.member is None:
            return public
        return json.dumps(json.loads(self._read(reader, kind.public)) | {kind.member: public})

    def _read(self, process: str, setting: str) -> str:
        path = self.root / process / setting
        if not path.is_file():
            raise StopTheLine(f"{path} is not there: name the folder that crm secrets new has made")
        return path.read_text("utf-8").strip()

    def _write(self, process: str, setting: str, value: str) -> None:
        write_private(self.root / process / setting, value)


def public_ring(kind: Kind, ring: Ring) -> str:
    """What the readers are told: the same ids, and the public halves."""
    return written(tuple(NamedKey(key.id, kind.encode(kind.public_half(key.text))) for key in ring))


def noted(place: Place) -> Noted:
    path = place.root / NOTED
    return Noted.model_validate_json(path.read_bytes()) if path.exists() else Noted()


def note(place: Place, what: Noted) -> None:
    place.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(place.root / NOTED, what.model_dump_json(indent=2))


def keep_apart(place: Place, kind: Kind, key: NamedKey) -> Path:
    """Where a retired key is kept. Raises OSError."""
    folder = place.root / RETIRED
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(folder / f"{kind.name}-{key.id}", str(key))
    return folder / f"{kind.name}-{key.id}"
