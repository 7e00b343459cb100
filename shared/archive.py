"""Files of events that the outboxes need not hold any longer: one for each service and month.

A file is JSON lines packed by gzip, in the order in which a rebuild of the bus reads an outbox;
beside it lies its SHA-256 as `sha256sum --check` takes it. An event is of class C0 by nature
(docs/decisions/0007), so a file holds no person and an erasure need not look into it.
"""

import gzip
import heapq
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from io import BufferedWriter
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from shared.errors import ArchiveSpoiled

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class ArchivedEvent:
    """A row of an outbox as far as the bus needs it."""

    seq: int
    event_id: UUID
    complaint_id: UUID
    type: str
    at: datetime
    causation_id: UUID | None
    traceparent: str | None
    body: bytes = field(repr=False)

    @property
    def place(self) -> tuple[int, int]:
        """What a rebuild reads an outbox by: complaint, then order of recording."""
        return self.complaint_id.int, self.seq


@dataclass(frozen=True, slots=True)
class ArchivedMonth:
    """What a service's database knows of one file. ``digest``: its SHA-256; None: there were no
    events, and there is no file."""

    month: date
    events: int
    digest: str | None


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def first_id(month: date) -> UUID:
    """All ids (UUIDv7, RFC 9562) that were made before the month are lower, in UTC."""
    begins = datetime(month.year, month.month, 1, tzinfo=UTC)
    return UUID(int=int(begins.timestamp()) * 1000 << 80)


def month_of(event_id: UUID) -> date:
    """In which a UUIDv7 was made, in UTC: its first day."""
    made = datetime.fromtimestamp((event_id.int >> 80) / 1000, UTC)
    return date(made.year, made.month, 1)


def path_of(folder: Path, service: str, month: date) -> Path:
    return folder / service / f"{month:%Y-%m}.jsonl.gz"


class MonthFile:
    """A file that is being written. It has its name when it is whole and on the disk."""

    def __init__(self, folder: Path, service: str, month: date) -> None:
        self._path = path_of(folder, service, month)
        self._part = self._path.with_suffix(".part")
        self._month = month
        self._events = 0

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._raw: BufferedWriter = self._part.open("wb")
        # Neither name nor time, so that the same events make the same file.
        self._packed = gzip.GzipFile(filename="", mode="wb", fileobj=self._raw, mtime=0)
        return self

    def add(self, event: Any) -> None:
        """``event``: an `ArchivedEvent` or a row of an outbox; they come in order."""
        self._packed.write(_line_of(event))
        self._events += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._packed.close()
        self._raw.flush()
        os.fsync(self._raw.fileno())
        self._raw.close()

    def finish(self) -> ArchivedMonth:
        """After the block. Raises ArchiveSpoiled when the disk gives back something else."""
        if not self._events:
            self._part.unlink()
            return ArchivedMonth(self._month, 0, None)
        digest = _digest_of(self._part)
        beside = self._path.with_suffix(".gz.sha256")
        beside.write_text(f"{digest}  {self._path.name}\n", encoding="utf-8")
        self._part.replace(self._path)
        _keep_names(self._path.parent)
        made = ArchivedMonth(self._month, self._events, digest)
        if sum(1 for _ in read(self._path)) != self._events:
            raise ArchiveSpoiled(f"{self._path} does not hold what was written: try another disk")
        return made


def verified(folder: Path | None, service: str, months: Iterable[ArchivedMonth]) -> list[Path]:
    """The files of these months, each read once. Raises ArchiveSpoiled when one is not what was
    archived, or not there."""
    found = []
    for month in months:
        if month.digest is None:
            continue
        if folder is None:
            raise ArchiveSpoiled(f"{service} has archived months: say where the files are")
        path = path_of(folder, service, month.month)
        if not path.exists():
            raise ArchiveSpoiled(f"{path} is missing: bring it back from where it is kept")
        if _digest_of(path) != month.digest:
            raise ArchiveSpoiled(f"{path} is not the file that was archived: bring that one back")
        found.append(path)
    return found


def read(path: Path) -> Iterator[ArchivedEvent]:
    """The events of one file, one at a time. Raises ArchiveSpoiled."""
    try:
        with gzip.open(path, "rb") as lines:
            for line in lines:
                yield _event_of(line)
    except (ValueError, KeyError, EOFError, gzip.BadGzipFile) as error:
        raise ArchiveSpoiled(f"{path} cannot be read: bring it back from a copy") from error


def read_all(paths: Sequence[Path]) -> Iterator[ArchivedEvent]:
    """The events of several files of one service in one order, each place once."""
    last = None
    for event in heapq.merge(*map(read, paths), key=lambda event: event.place):
        if event.place != last:
            yield event
        last = event.place


def _line_of(event: Any) -> bytes:
    told = {
        "seq": event.seq,
        "event_id": str(event.event_id),
        "complaint_id": str(event.complaint_id),
        "type": event.type,
        "at": event.at.isoformat(),
        "causation_id": str(event.causation_id) if event.causation_id else None,
        "traceparent": event.traceparent,
        "body": event.body.decode(),
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _event_of(line: bytes) -> ArchivedEvent:
    told = json.loads(line)
    return ArchivedEvent(
        seq=told["seq"],
        event_id=UUID(told["event_id"]),
        complaint_id=UUID(told["complaint_id"]),
        type=told["type"],
        at=datetime.fromisoformat(told["at"]),
        causation_id=UUID(told["causation_id"]) if told["causation_id"] else None,
        traceparent=told["traceparent"],
        body=told["body"].encode(),
    )


def _digest_of(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _keep_names(folder: Path) -> None:
    """A name is on the disk when its folder is."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
