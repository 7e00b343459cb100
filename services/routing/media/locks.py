"""Which files of a case are locked, and who may open one. Pure.

The reporter's pictures of a private report show where he stood, and so who he is: since July 2021
the handling unit works without them. A document or a video is as it came, and may do harm to the
machine that opens it. Neither is shown with the case; each is opened by itself, with a reason.
"""

from enum import StrEnum, auto

from services.routing.case.reasons import NOT_LOCKED, NOT_YET_CLEARED, NOTHING_LEFT, not_yours
from services.routing.case.relations import Relation, relations
from services.routing.domain import Actor, Case, CaseMedia, MediaState
from shared.errors import Conflict, DomainError, Forbidden, Gone
from shared.events.vocabulary import MediaOrigin
from shared.units import Units


class Lock(StrEnum):
    """Why a file is not shown with its case."""

    PRIVATE_REPORT = auto()
    DOCUMENT = auto()


OPENED_BY = {
    Lock.PRIVATE_REPORT: frozenset({Relation.REVIEWER, Relation.TRIAGE}),
    Lock.DOCUMENT: frozenset(Relation),
}
"""What one must be to the case."""


def lock_of(file: CaseMedia, case: Case) -> Lock | None:
    """None: whoever sees the case sees the file."""
    if case.confidential and file.origin is MediaOrigin.REPORTER:
        return Lock.PRIVATE_REPORT
    return Lock.DOCUMENT if file.state is MediaState.LOCKED else None


def is_shown(file: CaseMedia, case: Case) -> bool:
    """Whether it is shown with the case."""
    return file.state is MediaState.CLEARED and lock_of(file, case) is None


def opening_barred(file: CaseMedia, case: Case, actor: Actor, units: Units) -> DomainError | None:
    """Why the officer may not open the file; None: nothing stands against it."""
    lock = lock_of(file, case)
    if lock is not None and not OPENED_BY[lock] & relations(case, actor, units):
        return Forbidden(not_yours(OPENED_BY[lock]))
    if file.state in (MediaState.REFUSED, MediaState.REMOVED):
        return Gone(NOTHING_LEFT)
    if file.state is MediaState.RECEIVED:
        return Conflict(NOT_YET_CLEARED)
    return Conflict(NOT_LOCKED) if lock is None else None
