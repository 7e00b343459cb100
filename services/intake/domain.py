"""A complaint as intake knows it: received, added to, withdrawn, erased. Pure.

Routing decides what happens to the *case*. Intake decides only what the reporter's own messages do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, TypeAlias
from uuid import UUID

from shared.decision import Decision
from shared.events.event import Event
from shared.events.intake import (
    ComplaintReceived,
    ComplaintSupplemented,
    ComplaintWithdrawn,
    MediaReceived,
    ReporterErased,
)
from shared.events.vocabulary import Channel

HEARS: frozenset[type[Event]] = frozenset()
EMITS: frozenset[type[Event]] = frozenset(
    {ComplaintReceived, ComplaintSupplemented, ComplaintWithdrawn, MediaReceived, ReporterErased}
)

MAX_QUOTED_REPORTS = 20
CLOCK_TOLERANCE = timedelta(minutes=10)
"""How far a phone's clock may be fast. A report from later than that is filed without a time."""


class ComplaintState(StrEnum):
    RECEIVED = "received"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Complaint:
    """What intake keeps of a complaint besides its words. ``received_at``: UTC."""

    complaint_id: UUID
    report_number: str
    channel: Channel
    reporter_ref: UUID
    state: ComplaintState
    received_at: datetime
    code_key_id: str | None = None
    """Of the key that its tracking code is made by; None of before keys had ids."""

    @property
    def takes_supplements(self) -> bool:
        """After an erasure no words are kept. After a withdrawal more words are still accepted."""
        return self.state is not ComplaintState.ERASED


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """A message that was accepted before. ``opened_it``: it is the complaint itself.

    content_digest: None where its caller was told no code.
    """

    complaint: Complaint
    opened_it: bool
    content_digest: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class EarlyMessage:
    """A message whose edit or deletion came before it.

    complaint: filed of the edit, None after a deletion alone. withdrawn_by: who deleted it.
    """

    complaint: Complaint | None = None
    withdrawn_by: Literal["citizen", "platform"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receive:
    """A new complaint; fields as in ComplaintReceived, refs of its files, and three that the stream
    never tells.

    about_unit: the unit that is complained of; it never gets the case. restricted: it concerns
    officials (the Inspektorat's desk), so that the holding unit alone may see it. code_key_id: of
    the key that its tracking code is made by.
    """

    complaint_id: UUID
    at: datetime
    report_number: str
    code_key_id: str
    tracking_digest: str
    lookup_key_id: str
    channel: Channel
    content_ref: UUID
    reporter_ref: UUID
    reachable: bool
    language: Literal["id", "en"] = "id"
    category: str | None = None
    geotagged: bool = False
    kelurahan_code: str | None = None
    entered_by_unit: str | None = None
    about_unit: str | None = None
    anonymous: bool = False
    confidential: bool = False
    restricted: bool = False
    reported_at: datetime | None = None
    quoted_reports: tuple[str, ...] = ()
    files: tuple[UUID, ...] = ()

    @property
    def discreet(self) -> bool:
        """It is about officials: the stream tells nobody that they are complained of."""
        return self.restricted or self.about_unit is not None

    @property
    def withholds(self) -> bool:
        """Whether the stream is told neither category, place nor desk.

        Of a confidential complaint from a desk it never is. A discreet one comes from a desk too,
        and would stand out if it alone were silent.
        """
        return self.discreet or (self.confidential and self.entered_by_unit is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """What rules decide by and the stream is not told of a complaint; fields as in Receive.

    From the place, the desk and the category it would follow who is complained of, or at least
    which few units it can be.
    """

    complaint_id: UUID
    about_unit: str | None
    restricted: bool
    category: str | None
    geotagged: bool
    kelurahan_code: str | None
    entered_by_unit: str | None


@dataclass(frozen=True, slots=True)
class Supplement:
    content_ref: UUID
    kind: Literal["answer", "note", "edit"]
    at: datetime
    automatic: bool = False
    files: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Withdraw:
    source: Literal["citizen", "platform"]
    at: datetime


@dataclass(frozen=True, slots=True)
class Erase:
    at: datetime


Command: TypeAlias = Receive | Supplement | Withdraw | Erase


def decide(complaint: Complaint | None, command: Command) -> Decision[Complaint | None]:
    """What a command does to a complaint. A command that was done before makes no event."""
    if isinstance(command, Receive):
        return _receive(command) if complaint is None else Decision(complaint)
    if complaint is None:
        return Decision(None)
    match command:
        case Supplement():
            return _supplement(complaint, command)
        case Withdraw():
            return _withdraw(complaint, command)
        case Erase():
            return _erase(complaint, command)


def _receive(command: Receive) -> Decision[Complaint | None]:
    complaint = Complaint(
        complaint_id=command.complaint_id,
        report_number=command.report_number,
        channel=command.channel,
        reporter_ref=command.reporter_ref,
        state=ComplaintState.RECEIVED,
        received_at=command.at,
        code_key_id=command.code_key_id,
    )
    event = ComplaintReceived(
        complaint_id=command.complaint_id,
        at=command.at,
        report_number=command.report_number,
        tracking_digest=command.tracking_digest,
        lookup_key_id=command.lookup_key_id,
        channel=command.channel,
        content_ref=command.content_ref,
        reporter_ref=command.reporter_ref,
        reachable=command.reachable,
        language=command.language,
        anonymous=command.anonymous,
        confidential=command.confidential or command.discreet,
        **({} if command.withholds else _told_of_open(command)),
    )
    return Decision(complaint, (event, *_files(command.complaint_id, command)))


def _files(complaint_id: UUID, command: Receive | Supplement) -> tuple[Event, ...]:
    """That files came with the words. A message without files says nothing of them."""
    if not command.files:
        return ()
    return (
        MediaReceived(
            complaint_id=complaint_id,
            at=command.at,
            content_ref=command.content_ref,
            refs=command.files,
        ),
    )


def _told_of_open(command: Receive) -> dict[str, Any]:
    return {
        "category": command.category,
        "geotagged": command.geotagged,
        "kelurahan_code": command.kelurahan_code,
        "entered_by_unit": command.entered_by_unit,
        "reported_at": believable(command.reported_at, command.at),
        "quoted_reports": command.quoted_reports[:MAX_QUOTED_REPORTS],
    }


def withheld(command: Receive) -> Withheld | None:
    """What is kept beside the event; None where the event says it all."""
    if not command.withholds:
        return None
    return Withheld(
        complaint_id=command.complaint_id,
        about_unit=command.about_unit,
        restricted=command.restricted,
        category=command.category,
        geotagged=command.geotagged,
        kelurahan_code=command.kelurahan_code,
        entered_by_unit=command.entered_by_unit,
    )


def believable(reported_at: datetime | None, received_at: datetime) -> datetime | None:
    """When the citizen says it was reported, but not later than it was received.

    None when the time lies so far in the future that the device's clock must be wrong.
    """
    if reported_at is None or reported_at > received_at + CLOCK_TOLERANCE:
        return None
    return min(reported_at, received_at)


def _supplement(complaint: Complaint, command: Supplement) -> Decision[Complaint | None]:
    if not complaint.takes_supplements:
        return Decision(complaint)
    event = ComplaintSupplemented(
        complaint_id=complaint.complaint_id,
        at=command.at,
        content_ref=command.content_ref,
        kind=command.kind,
        automatic=command.automatic,
    )
    return Decision(complaint, (event, *_files(complaint.complaint_id, command)))


def _withdraw(complaint: Complaint, command: Withdraw) -> Decision[Complaint | None]:
    if complaint.state is not ComplaintState.RECEIVED:
        return Decision(complaint)
    event = ComplaintWithdrawn(
        complaint_id=complaint.complaint_id, at=command.at, source=command.source
    )
    return Decision(replace(complaint, state=ComplaintState.WITHDRAWN), (event,))


def _erase(complaint: Complaint, command: Erase) -> Decision[Complaint | None]:
    if complaint.state is ComplaintState.ERASED:
        return Decision(complaint)
    event = ReporterErased(
        complaint_id=complaint.complaint_id, at=command.at, reporter_ref=complaint.reporter_ref
    )
    return Decision(replace(complaint, state=ComplaintState.ERASED), (event,))


def sequences(days: Sequence[date], last: Mapping[date, int]) -> list[int]:
    """The place of each new complaint in its day's count, in order of ``days``.

    ``last``: each day's counter after all of them have been counted. The first complaint of a
    day is number 1, without gaps.
    """
    left = {day: days.count(day) for day in set(days)}
    numbers = []
    for day in days:
        left[day] -= 1
        numbers.append(last[day] - left[day])
    return numbers
