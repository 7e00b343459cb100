"""Every field of the stream was judged: what does it tell a unit that is complained of?

A new field fails here until somebody has thought about it. The verdicts that say "silent" or
"hidden" are held by test_silence.py, which compares whole lives.
"""

from collections.abc import Iterator

from pydantic import BaseModel

from shared.events.catalogue import CATALOGUE
from shared.events.event import Event
from shared.privacy import nested_models

OPAQUE = "opaque: a reference, a keyed hash or a number that follows from nothing"
TIME = (
    "time: it cannot be hidden; without place, category and desk it is one case of the whole city"
)
STEP = "step: the same whomever the case is about, for the same rules hold for all such cases"
SILENT = "silent: told of such a complaint as of one that says nothing"
HIDDEN = "hidden: a holder that lets guess whom it is about is named 'withheld'"
UNNAMED = "unnamed: sla names no unit of a confidential case"
OWN = "own: how the report came and who made it, nothing of whom it is about"

VERDICTS = {
    "Event.complaint_id": OPAQUE,
    "Event.at": TIME,
    "ComplaintReceived.report_number": OPAQUE,
    "ComplaintReceived.tracking_digest": OPAQUE,
    # The same for all complaints of its time.
    "ComplaintReceived.lookup_key_id": OPAQUE,
    # "inspektorat" tells that it is about officials; the Inspektorat has entered it itself.
    "ComplaintReceived.channel": OWN,
    "ComplaintReceived.content_ref": OPAQUE,
    "ComplaintReceived.reporter_ref": OPAQUE,
    "ComplaintReceived.reachable": OWN,
    "ComplaintReceived.language": OWN,
    "ComplaintReceived.category": SILENT,
    "ComplaintReceived.geotagged": SILENT,
    "ComplaintReceived.kelurahan_code": SILENT,
    "ComplaintReceived.entered_by_unit": SILENT,
    "ComplaintReceived.anonymous": OWN,
    # Always true of such a complaint, as of most others that come by JAKI or mail.
    "ComplaintReceived.confidential": SILENT,
    "ComplaintReceived.reported_at": SILENT,
    "ComplaintReceived.quoted_reports": SILENT,
    "ComplaintSupplemented.content_ref": OPAQUE,
    "ComplaintSupplemented.kind": OWN,
    "ComplaintSupplemented.automatic": OWN,
    "ComplaintWithdrawn.source": OWN,
    "ReporterErased.reporter_ref": OPAQUE,
    "MediaReceived.content_ref": OPAQUE,
    # How many files came tells how it was reported.
    "MediaReceived.refs": OPAQUE,
    "MediaEvent.ref": OPAQUE,
    "MediaEvent.origin": STEP,
    "MediaEvent.number": OWN,
    "MediaEvent.content_ref": OPAQUE,
    "MediaCleared.kind": OWN,
    "MediaCleared.locked": OWN,
    # Of evidence alone: what a reviewer should look at, of whichever case.
    "MediaCleared.flags": STEP,
    "MediaRefused.reason": OWN,
    "CaseEvent.state": STEP,
    "CaseEvent.unit_id": HIDDEN,
    "CaseEvent.unit_name": HIDDEN,
    "CaseEvent.unit_kind": HIDDEN,
    "CaseEvent.unit_parent_id": HIDDEN,
    "CaseEvent.case_version": STEP,
    "CaseEvent.standing": STEP,
    "Standing.accepted": STEP,
    "Standing.planned": STEP,
    "Standing.asks_for_time": STEP,
    "Standing.question_ref": OPAQUE,
    "Standing.head_complaint_id": OPAQUE,
    "Standing.closed_at": TIME,
    "CaseRouted.category": SILENT,
    "CaseRouted.kelurahan_code": SILENT,
    "CaseRouted.area_name": SILENT,
    "CaseRouted.approximate_area": SILENT,
    "CaseRouted.rule_id": STEP,
    "CaseRouted.rule_version": STEP,
    "CaseRouted.confidence": SILENT,
    "CaseRouted.runners_up": SILENT,
    "CaseRouted.routed_by": STEP,
    # Danger is told by the reporter's words, whomever they are about.
    "CaseRouted.emergency": OWN,
    "CaseTriaged.emergency": OWN,
    "CaseTriaged.reason": SILENT,
    "CaseTriaged.category": SILENT,
    "CaseTriaged.kelurahan_code": SILENT,
    "CaseTriaged.area_name": SILENT,
    "CaseTriaged.runners_up": SILENT,
    "CaseTriaged.rule_version": STEP,
    "CaseCoordinated.from_unit_id": HIDDEN,
    "CaseCoordinated.note_ref": OPAQUE,
    "CaseDelegated.from_unit_id": HIDDEN,
    "CaseDelegated.note_ref": OPAQUE,
    "CaseReturned.from_unit_id": HIDDEN,
    "CaseReturned.note_ref": OPAQUE,
    "PlanSubmitted.plan_ref": OPAQUE,
    "PlanSubmitted.complete_by": TIME,
    "PlanApproved.plan_ref": OPAQUE,
    "PlanReturned.plan_ref": OPAQUE,
    "PlanReturned.note_ref": OPAQUE,
    "CitizenQuestioned.question_ref": OPAQUE,
    "CitizenAnswered.content_ref": OPAQUE,
    "ExtensionRequested.complete_by": TIME,
    "ExtensionRequested.note_ref": OPAQUE,
    "ExtensionRequested.number": STEP,
    "ExtensionApproved.complete_by": TIME,
    "ExtensionApproved.number": STEP,
    "ExtensionRefused.note_ref": OPAQUE,
    "ExtensionRefused.number": STEP,
    "FollowUpSubmitted.follow_up_ref": OPAQUE,
    "FollowUpSubmitted.evidence_count": STEP,
    "FollowUpSubmitted.media_refs": OPAQUE,
    "FollowUpRefused.note_ref": OPAQUE,
    "CaseCompleted.follow_up_ref": OPAQUE,
    "CaseCompleted.accepted_flags": STEP,
    "AcceptedFlag.media_ref": OPAQUE,
    "AcceptedFlag.flag": STEP,
    "CaseRejected.reason": STEP,
    "CaseRejected.note_ref": OPAQUE,
    # suspected_fraud would tell the unit before that it is suspected: it is told as new_facts.
    "CaseReopened.reason": SILENT,
    "CaseReopened.note_ref": OPAQUE,
    # Only cases about the same unit are merged: the head is as silent as the case itself.
    "CaseMerged.head_complaint_id": OPAQUE,
    "CaseSplit.head_complaint_id": OPAQUE,
    "CaseWithdrawn.source": OWN,
    "Deadline.clock": STEP,
    "Deadline.due_at": STEP,
    "Deadline.original_due_at": STEP,
    "Deadline.unit_id": UNNAMED,
    "Deadline.policy_id": STEP,
    "Deadline.policy_version": STEP,
    "Deadline.warned": STEP,
    "Deadline.missed": STEP,
    "DeadlinesSet.deadlines": STEP,
    "DeadlinesSet.paused": STEP,
    "DeadlineWarned.clock": STEP,
    "DeadlineWarned.due_at": STEP,
    "DeadlineWarned.unit_id": UNNAMED,
    "DeadlineWarned.step": STEP,
    "DeadlineMissed.clock": STEP,
    "DeadlineMissed.due_at": STEP,
    "DeadlineMissed.unit_id": UNNAMED,
    "DeadlineMissed.escalate_to": UNNAMED,
    "DeadlineRetracted.clock": STEP,
    "DeadlineRetracted.due_at": STEP,
    "DeadlineRetracted.closed_at": TIME,
    "DeadlineExtended.clock": STEP,
    "DeadlineExtended.due_at": STEP,
    "DeadlineExtended.original_due_at": STEP,
    "DeadlineExtended.cause": STEP,
    "DeadlineExtended.warned": STEP,
    "QuestionExpired.due_at": STEP,
    "QuestionExpired.question_ref": OPAQUE,
    "HoldingShare.unit_id": UNNAMED,
    "HoldingShare.held_seconds": UNNAMED,
    "HoldingShare.share": UNNAMED,
    "EvaluationOpened.due_at": STEP,
    "EvaluationOpened.shares": UNNAMED,
    "EvaluationWaived.note_ref": OPAQUE,
    "NotificationEvent.delivery_id": OPAQUE,
    "NotificationEvent.template": STEP,
    "NotificationEvent.channel": OWN,
    "NotificationFailed.reason": OWN,
    "NotificationSuppressed.reason": OWN,
}


def fields_of(model: type[BaseModel]) -> Iterator[str]:
    """A model's fields under the name of the class that declares them, and those within them."""
    for name, field in model.model_fields.items():
        owner = next(c for c in reversed(model.__mro__) if name in getattr(c, "model_fields", {}))
        yield f"{owner.__name__}.{name}"
        for inner in nested_models(field.annotation):
            yield from fields_of(inner)


def on_the_stream(events: tuple[type[Event], ...]) -> set[str]:
    return {field for event in events for field in fields_of(event)}


def test_every_field_of_every_event_has_been_judged() -> None:
    assert on_the_stream(CATALOGUE) == set(VERDICTS)


def test_a_field_that_nobody_has_judged_is_named() -> None:
    class CaseWeighed(BaseModel):
        weight: int

    assert set(fields_of(CaseWeighed)) - set(VERDICTS) == {"CaseWeighed.weight"}
