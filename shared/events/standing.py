"""What an event of a case leaves open, also where an earlier release did not state it. Pure.

Routing states it in every event (`CaseEvent.standing`), so that readers take it as it is told.
Events of earlier releases stay in the outboxes, and come again when the stream is rebuilt. What
they left open is read here and nowhere else.
"""

from shared.events.routing import (
    CaseAccepted,
    CaseCoordinated,
    CaseDelegated,
    CaseEvent,
    CaseMerged,
    CaseReopened,
    CaseReturned,
    CaseRouted,
    CaseSplit,
    CaseTriaged,
    CaseWithdrawn,
    CitizenAnswered,
    CitizenQuestioned,
    ExtensionApproved,
    ExtensionRefused,
    ExtensionRequested,
    FollowUpSubmitted,
    PlanReturned,
    PlanSubmitted,
    Standing,
    WorkStarted,
)
from shared.events.vocabulary import CLOSED_STATES

_HANDOVERS = (
    CaseRouted, CaseTriaged, CaseCoordinated, CaseDelegated, CaseReturned, CaseReopened,
)  # fmt: skip
_TAKEN_ON = (CaseAccepted, PlanSubmitted, WorkStarted)
_ENDS_OF_A_REQUEST = (ExtensionApproved, ExtensionRefused, FollowUpSubmitted, *_HANDOVERS)


def standing_of(event: CaseEvent, before: Standing) -> Standing:
    """What is open after ``event``. ``before``: what the reader knows to be open until then; it is
    asked only about an event that does not state it."""
    return event.standing or _as_meant(event, before)


def _as_meant(event: CaseEvent, before: Standing) -> Standing:
    """What routing had open after such an event in the releases that did not state it."""
    if event.state in CLOSED_STATES:
        return _closed(event, before)
    changes: dict[str, object] = {"closed_at": None, "head_complaint_id": None}
    if isinstance(event, _HANDOVERS):
        changes |= {"accepted": False, "planned": False}
    if isinstance(event, _TAKEN_ON):
        changes["accepted"] = True
    if isinstance(event, PlanSubmitted | PlanReturned):
        changes["planned"] = isinstance(event, PlanSubmitted)
    if isinstance(event, (ExtensionRequested, *_ENDS_OF_A_REQUEST)):
        changes["asks_for_time"] = isinstance(event, ExtensionRequested)
    if isinstance(event, CitizenQuestioned):
        changes["question_ref"] = event.question_ref
    if isinstance(event, CitizenAnswered | FollowUpSubmitted | CaseReopened | CaseSplit):
        changes["question_ref"] = None
    return before.model_copy(update=changes)


def _closed(event: CaseEvent, before: Standing) -> Standing:
    """A closed case asks for nothing. The answer to its head closes no merged case once more."""
    goes_on = before.closed_at is not None and not isinstance(event, CaseWithdrawn)
    head = before.head_complaint_id if not isinstance(event, CaseWithdrawn) else None
    return before.model_copy(
        update={
            "asks_for_time": False,
            "question_ref": None,
            "head_complaint_id": event.head_complaint_id if isinstance(event, CaseMerged) else head,
            "closed_at": before.closed_at if goes_on else event.at,
        }
    )
