"""What the services have written down, as the ledger compares it: plain rows, no SQL."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from deploy.contracts import hears
from deploy.services import HEARING
from shared.events.event import Event

HEARERS: Mapping[str, frozenset[type[Event]]] = {name: hears(name) for name in HEARING}

Outcome = Literal["answered", "found", "refused", "unanswered"]


@dataclass(frozen=True, slots=True)
class Deed:
    """A command of an officer, as the officer knows it.

    subject: whoever gave it gives no other of that kind on that case, so that the history tells
    which step is its work.
    outcome: ``answered`` 2xx; ``found`` done when the case was read after a lost answer;
    ``refused`` for good; ``unanswered`` in the end. version: of the case after it; None where the
    answer, a page, does not tell it.
    """

    complaint_id: UUID
    verb: str
    event: str
    subject: str
    outcome: Outcome
    version: int | None = None
    last: str = ""

    @property
    def is_done(self) -> bool:
        return self.outcome in ("answered", "found")

    def __str__(self) -> str:
        return f"{self.verb} on {self.complaint_id} ({self.outcome})"


class Step(NamedTuple):
    """A row of routing's history. ``event``: class name; ``actor``: None for the stream."""

    complaint_id: UUID
    version: int
    event: str
    state: str
    unit_id: str
    actor: str | None = None


class Case(NamedTuple):
    """What routing has of a case. ``contents``: the complaint and its supplements."""

    version: int
    state: str
    contents: int


class Stage(NamedTuple):
    event: str
    state: str
    unit_id: str | None


@dataclass(frozen=True, slots=True)
class View:
    """What tracking has of a case. notices: by template and outcome."""

    stages: tuple[Stage, ...]
    notices: Counter[tuple[str, str]] = field(default_factory=Counter)
    erased: bool = False


class Clocks(NamedTuple):
    """What sla has of a case. ``fires``: time can still bring something about."""

    case_version: int
    running: frozenset[str]
    fires: bool = False


class Delivery(NamedTuple):
    """A row of notify's deliveries. cause: id of the event that called for it."""

    id: UUID
    complaint_id: UUID
    created_at: datetime
    cause: UUID | None = None


Standing = Mapping[str, object]
"""Where a case stands, as one service has it: what is held by its name (``archive.py``)."""


class FileRow(NamedTuple):
    """What media has of a file. origin: ``reporter`` or ``evidence``. reason: of a refusal."""

    complaint_id: UUID
    origin: str
    state: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Files:
    """Files, by ref where nothing else is said.

    removed: which media remembers as erased. told: state, as routing has it. handed_over: evidence
    that media has acknowledged to an officer. officers: complaint and officer of each file of
    evidence. keys: complaints of which media has the reporter's key. named: file by the name of an
    object, as the rows have it. doomed: objects that are to be deleted. objects: names in the
    store, and whether one is old enough for the sweep. chunks: files of which bytes wait; the old
    ones are the sweep's where there is no file.
    """

    rows: Mapping[UUID, FileRow] = field(default_factory=dict)
    removed: frozenset[UUID] = frozenset()
    told: Mapping[UUID, str] = field(default_factory=dict)
    handed_over: frozenset[UUID] = frozenset()
    officers: Sequence[tuple[UUID, str]] = ()
    keys: frozenset[UUID] = frozenset()
    named: Mapping[str, UUID] = field(default_factory=dict)
    doomed: frozenset[str] = frozenset()
    objects: Mapping[str, bool] = field(default_factory=dict)
    chunks: frozenset[UUID] = frozenset()
    old_chunks: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Books:
    """All of it, by complaint where it is one row per complaint.

    sealed: complaints of which the vault holds a sealed reporter. worded: those of which intake
    keeps words. inboxes: event ids by service. silenced: when notify heard of the erasure.
    standings: by service and complaint, of those services that hold a case themselves.
    """

    deeds: Sequence[Deed] = ()
    history: Sequence[Step] = ()
    cases: Mapping[UUID, Case] = field(default_factory=dict)
    views: Mapping[UUID, View] = field(default_factory=dict)
    clocks: Mapping[UUID, Clocks] = field(default_factory=dict)
    deliveries: Sequence[Delivery] = ()
    sealed: frozenset[UUID] = frozenset()
    worded: frozenset[UUID] = frozenset()
    inboxes: Mapping[str, frozenset[UUID]] = field(default_factory=dict)
    silenced: Mapping[UUID, datetime] = field(default_factory=dict)
    standings: Mapping[str, Mapping[UUID, Standing]] = field(default_factory=dict)
    files: Files = field(default_factory=Files)
