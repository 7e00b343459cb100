"""`backup.json`: what a backup holds. It is written last, so a backup without it is none."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from deploy.local.credentials import write_private
from deploy.local.process import ProcessFailed

NAME = "backup.json"
DATABASE = "database"
OBJECTS = "objects"
OBJECT_LIST = "objects.jsonl"
_BLOCK = 1 << 20


class Held(BaseModel):
    """A file or an object. sha256: in hex; empty for an object of a bucket, which is listed and
    not read."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    bytes: int
    sha256: str = ""


class Manifest(BaseModel):
    """began_at, ended_at: by the clock of the database. position: of its log (an LSN) when the copy
    began. revisions: of the migrations by schema. files: all of the backup but the objects and what
    PostgreSQL's own `backup_manifest` lists. objects: whether they lie in the backup, or in a
    bucket of the city's and are listed alone. keys: the file that lies apart."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: Literal[1] = 1
    began_at: datetime
    ended_at: datetime
    server_version: str
    major: int
    system_identifier: str
    position: str
    revisions: Mapping[str, str]
    database_bytes: int
    objects: Literal["copied", "listed"]
    objects_count: int
    objects_bytes: int
    files: tuple[Held, ...]
    keys: Held

    @classmethod
    def of(cls, folder: Path) -> Manifest:
        """Raises ProcessFailed for a folder that holds no whole backup."""
        path = folder / NAME
        try:
            return cls.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            raise ProcessFailed(
                f"{folder} holds no whole backup: {NAME} is missing, which is written last"
            ) from None
        except ValidationError as error:
            raise ProcessFailed(f"{path} is damaged or of another version of crm") from error

    def write(self, folder: Path) -> None:
        """Whole or not at all."""
        write_private(folder / NAME, self.model_dump_json(indent=2))


def held(path: Path, name: str) -> Held:
    """A file with its size and checksum."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source:
        while block := source.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return Held(name=name, bytes=size, sha256=digest.hexdigest())


def write_objects(path: Path, objects: Iterable[Held]) -> None:
    """A line for each."""
    with path.open("w", encoding="utf-8") as sink:
        for each in objects:
            sink.write(each.model_dump_json() + "\n")


def read_objects(path: Path) -> Iterator[Held]:
    """The objects of a list."""
    with path.open(encoding="utf-8") as source:
        for line in source:
            yield Held.model_validate(json.loads(line))


def wrong_files(folder: Path, files: Iterable[Held]) -> list[str]:
    """Those that are missing or are not what they were, each with what is wrong."""
    wrong = []
    for each in files:
        path = folder / each.name
        if not path.is_file():
            wrong.append(f"{path} is missing")
        elif held(path, each.name) != each:
            wrong.append(f"{path} has changed since it was written")
    return wrong
