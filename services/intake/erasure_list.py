"""The list of erasures outside the database: by it a database that was restored erases again.

One object for each complaint, named by its id; nothing is ever changed or deleted there. It tells
ids and times alone (class C0): neither who asked nor why.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from services.intake.settings import IntakeSettings
from shared.errors import StopTheLine

if TYPE_CHECKING:
    from services.intake.media.objects.bucket import Bucket

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Listed:
    """An erasure that two administrators have agreed to."""

    complaint_id: UUID
    erased_at: datetime


class ErasureList(Protocol):
    """Where erasures are listed."""

    async def add(self, listed: Listed) -> None:
        """Returns when it would outlive the database. Raises Transient while the list is away."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    complaint_id: UUID
    erased_at: datetime


class NoList:
    """For a stack whose database nobody would restore."""

    async def add(self, listed: Listed) -> None:
        """Nothing is kept."""


class StoredList:
    """In a folder or a bucket."""

    def __init__(self, url: str, options: Mapping[str, str], seconds: float) -> None:
        """As `services.intake.media.objects.bucket`."""
        self._url, self._options, self._seconds = url, options, seconds
        self._folder = Path(url.removeprefix("file://")) if url.startswith("file://") else None

    @cached_property
    def _bucket(self) -> "Bucket":
        """Its library takes four megabytes and is loaded here: most processes erase nobody."""
        from services.intake.media.objects.bucket import Bucket

        return Bucket(self._url, self._options, self._seconds, what="the list of erasures")

    @classmethod
    def of(cls, settings: IntakeSettings) -> "StoredList":
        """The one that the settings name."""
        options = {
            name: each.get_secret_value() for name, each in settings.erasure_list_options.items()
        }
        return cls(settings.erasure_list, options, settings.erasure_list_seconds)

    async def add(self, listed: Listed) -> None:
        entry = _Entry(complaint_id=listed.complaint_id, erased_at=listed.erased_at)
        await self._bucket.put({f"{listed.complaint_id}.json": entry.model_dump_json().encode()})

    async def all(self) -> AsyncIterator[Listed]:
        """Every entry. Raises StopTheLine for one that cannot be read, and for a folder that is not
        there: persons would not be erased again; Transient while the list is away."""
        if self._folder is not None and not self._folder.is_dir():
            raise StopTheLine(
                f"CRM_INTAKE_ERASURE_LIST: there is no list in {self._folder}. Bring it back, or "
                "name where it lies; make the folder only if nobody was ever erased"
            )
        after = ""
        while page := await self._bucket.names(after, _AT_ONCE):
            for name, _ in page:
                # What a write that was cut off has left was not confirmed to anybody.
                if name.endswith(".json"):
                    yield await self._read(name)
            after = page[-1][0]

    async def _read(self, name: str) -> Listed:
        try:
            entry = _Entry.model_validate_json(await self._bucket.get(name) or b"")
        except ValidationError:
            raise StopTheLine(
                f"{name} of the list of erasures cannot be read: bring its copy back, or write "
                'it anew as {"complaint_id": ..., "erased_at": ...}'
            ) from None
        return Listed(entry.complaint_id, entry.erased_at)


def list_of(settings: IntakeSettings) -> ErasureList:
    """The one that the settings name."""
    if not settings.erasure_list:
        return NoList()
    return StoredList.of(settings)
