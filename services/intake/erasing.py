"""An erasure is asked for by one administrator and confirmed by another. Pure.

It cannot be undone, and it takes the words of a case from everybody.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from shared import two_persons
from shared.errors import Gone


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRequest(two_persons.Request):
    """A wish to erase a reporter."""

    erasure_id: UUID
    complaint_id: UUID


def ask(
    erasure_id: UUID, complaint_id: UUID, by: str, note: str, now: datetime, lifetime: timedelta
) -> ErasureRequest:
    """A new request."""
    return ErasureRequest(
        erasure_id=erasure_id, complaint_id=complaint_id, asked_by=by, note=note, asked_at=now,
        expires_at=now + lifetime,
    )  # fmt: skip


def asked_again(request: ErasureRequest, by: str) -> ErasureRequest:
    """As `two_persons.asked_again`."""
    return two_persons.asked_again(request, by, field="complaint_id")


def confirm(request: ErasureRequest, by: str, note: str, now: datetime) -> ErasureRequest:
    """As `two_persons.confirm`; raises Gone for a request that was confirmed before."""
    _check_not_erased(request)
    return two_persons.confirm(request, by, note, now)


def withdraw(request: ErasureRequest, by: str, note: str, now: datetime) -> ErasureRequest:
    """As `two_persons.withdraw`; raises Gone for a request that was confirmed before."""
    _check_not_erased(request)
    return two_persons.withdraw(request, by, note, now)


def _check_not_erased(request: ErasureRequest) -> None:
    if request.outcome == "confirmed":
        raise Gone("The reporter is erased already.", field="complaint_id")
