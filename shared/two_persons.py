"""An act that one officer asks for and another confirms, in time. Pure.

Some acts cannot be undone, others show what nobody should read alone. So no officer may do one
alone: neither by mistake nor on purpose. Both persons and both reasons stay on record, and so do
the requests that came to nothing.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar

from shared.errors import Conflict, Forbidden

LIFETIME = timedelta(hours=24)
"""So long a request waits for the second person, unless a setting says otherwise."""

Outcome = Literal["confirmed", "withdrawn", "expired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What every request has; what it is for stands in the class that is made of it.

    ``outcome``: None while it waits for a second person. ``asked_by``, ``settled_by``: opaque
    subjects of two officers. ``note``, ``settled_note``: on what ground each acted. Instants: UTC.
    """

    asked_by: str
    note: str
    asked_at: datetime
    expires_at: datetime
    outcome: Outcome | None = None
    settled_by: str | None = None
    settled_note: str | None = None
    settled_at: datetime | None = None

    def waits(self, now: datetime) -> bool:
        """Whether it may still be confirmed."""
        return self.outcome is None and now < self.expires_at


R = TypeVar("R", bound=Request)


def standing(asked_by: str, note: str, asked_at: datetime) -> Request:
    """A request that waits for a second person as long as it takes."""
    never = datetime.max.replace(tzinfo=UTC)
    return Request(asked_by=asked_by, note=note, asked_at=asked_at, expires_at=never)


def asked_again(request: R, by: str, field: str | None = None) -> R:
    """The request that waits, for whoever made it; raises Conflict for another officer.

    ``field``: of the input, which names what both have asked for."""
    if request.asked_by == by:
        return request
    raise Conflict("Another administrator has asked for it. Confirm that request.", field=field)


def expire(request: R, now: datetime) -> R:
    """A request that nobody has confirmed in time makes room for another."""
    return replace(request, outcome="expired", settled_at=now)


def confirm(request: R, by: str, note: str, now: datetime) -> R:
    """Raises Forbidden for the officer who asked, Conflict for a request that waits no longer."""
    check_in_time(request, now)
    if request.asked_by == by:
        raise Forbidden("Who asked for it may not confirm it. Ask a colleague (two persons).")
    if request.outcome == "confirmed":
        raise Conflict("Another administrator has confirmed it already.")
    return replace(request, outcome="confirmed", settled_by=by, settled_note=note, settled_at=now)


def withdraw(request: R, by: str, note: str, now: datetime) -> R:
    """By whoever asked, or by the second person, who says no. Raises Conflict for a request that
    was confirmed or is over."""
    if request.outcome == "withdrawn":
        return request
    check_in_time(request, now)
    if request.outcome == "confirmed":
        raise Conflict("Another administrator has confirmed it already.")
    return replace(request, outcome="withdrawn", settled_by=by, settled_note=note, settled_at=now)


def check_in_time(request: Request, now: datetime) -> None:
    """Raises Conflict for a request that was withdrawn or whose time is over."""
    if request.outcome == "withdrawn":
        raise Conflict("The request was withdrawn. Ask anew.")
    if request.outcome == "expired" or now >= request.expires_at:
        raise Conflict("The time for this request is over. Ask anew.")
