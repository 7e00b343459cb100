"""An erasure is asked for by one administrator and confirmed by another. Pure.

It cannot be undone, and it takes the words of a case from everybody. So no officer may do it alone:
neither by mistake nor to be rid of a complaint.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from shared.errors import Conflict, Forbidden, Gone

Outcome = Literal["confirmed", "withdrawn", "expired"]


@dataclass(frozen=True, slots=True)
class ErasureRequest:
    """A wish to erase a reporter. ``outcome``: None while it waits for a second person.

    ``asked_by``, ``settled_by``: opaque subjects of two administrators. ``note``, ``settled_note``:
    on what ground each acted. Instants: UTC.
    """

    erasure_id: UUID
    complaint_id: UUID
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


def ask(
    erasure_id: UUID, complaint_id: UUID, by: str, note: str, now: datetime, lifetime: timedelta
) -> ErasureRequest:
    """A new request."""
    return ErasureRequest(erasure_id, complaint_id, by, note, now, now + lifetime)


def asked_again(request: ErasureRequest, by: str) -> ErasureRequest:
    """The request that waits, for whoever made it; raises Conflict for another officer."""
    if request.asked_by == by:
        return request
    raise Conflict(
        "Another administrator has asked for it. Confirm that request.", field="complaint_id"
    )


def expire(request: ErasureRequest, now: datetime) -> ErasureRequest:
    """A request that nobody has confirmed in time makes room for another."""
    return replace(request, outcome="expired", settled_at=now)


def confirm(request: ErasureRequest, by: str, note: str, now: datetime) -> ErasureRequest:
    """Raises Forbidden for the officer who asked, Conflict for a request that waits no longer,
    Gone for one that was confirmed before."""
    if request.outcome == "confirmed":
        raise Gone("The reporter is erased already.", field="complaint_id")
    _check_waits(request, now)
    if request.asked_by == by:
        raise Forbidden("Who asked for it may not confirm it. Ask a colleague (two persons).")
    return replace(request, outcome="confirmed", settled_by=by, settled_note=note, settled_at=now)


def withdraw(request: ErasureRequest, by: str, note: str, now: datetime) -> ErasureRequest:
    """By whoever asked, or by the second person, who says no. Raises as `confirm`."""
    if request.outcome == "withdrawn":
        return request
    if request.outcome == "confirmed":
        raise Gone("The reporter is erased already.", field="complaint_id")
    _check_waits(request, now)
    return replace(request, outcome="withdrawn", settled_by=by, settled_note=note, settled_at=now)


def _check_waits(request: ErasureRequest, now: datetime) -> None:
    if request.outcome == "withdrawn":
        raise Conflict("The request was withdrawn. Ask anew.")
    if not request.waits(now):
        raise Conflict("The request was not confirmed in time. Ask anew.")
