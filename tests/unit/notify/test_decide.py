"""Whom to tell what."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.notify.domain import EMITS, HEARS, POLICY, Case, DeliveryStatus, decide
from shared.errors import Reject
from shared.events.event import Event
from shared.events.intake import ReporterErased
from shared.events.media import MediaRefused
from shared.events.notify import NotificationSuppressed
from shared.events.routing import (
    CaseAccepted,
    CaseCompleted,
    CaseMerged,
    CaseRejected,
    CaseReopened,
    CaseTriaged,
    CaseWithdrawn,
    CitizenQuestioned,
    FollowUpRefused,
    WorkStarted,
)
from shared.events.sla import DeadlineExtended
from shared.events.vocabulary import Channel, Clock, MediaRefusal, RejectionReason, ReopenReason
from shared.events.vocabulary import NotificationTemplate as T
from shared.ids import derived_id
from tests.builders import (
    T0,
    a_case_event,
    a_complaint,
    a_complaint_id,
    a_routing,
    a_silent_complaint,
    in_envelope,
)
from tests.unit.notify.cases import a_case, decided, heard, told


def extended(**fields: Any) -> DeadlineExtended:
    defaults: dict[str, Any] = {
        "complaint_id": a_complaint_id(),
        "at": T0,
        "clock": Clock.FOLLOW_UP,
        "due_at": T0 + timedelta(days=14),
        "original_due_at": T0 + timedelta(days=7),
        "cause": "extension",
    }
    return DeadlineExtended(**{**defaults, **fields})


def refused(reason: str = "damaged", origin: str = "reporter", number: int = 1) -> MediaRefused:
    return MediaRefused.model_validate(
        {
            "complaint_id": a_complaint_id(),
            "at": T0,
            "ref": UUID(int=number),
            "origin": origin,
            "number": number,
            "reason": reason,
        }
    )


def a_triage(**fields: Any) -> CaseTriaged:
    reasons = {"reason": "no_place", "category": None, "kelurahan_code": None, "area_name": None}
    told: CaseTriaged = a_case_event(CaseTriaged, **reasons, **fields)
    return told


WORK = a_case_event(WorkStarted)
DONE = a_case_event(CaseCompleted, follow_up_ref=UUID(int=9))
REOPENED = a_case_event(CaseReopened, reason=ReopenReason.CITIZEN_OBJECTION)
ERASED = ReporterErased(complaint_id=a_complaint_id(), at=T0, reporter_ref=UUID(int=1))


def test_a_complaint_is_confirmed_once_under_an_id_of_the_event() -> None:
    first = decided(None, a_complaint("sms"))
    assert first.state is not None
    (delivery,) = first.state.new
    assert (delivery.template, delivery.status) == (T.CONFIRMATION, DeliveryStatus.WAITING)
    assert first.events == ()
    again = decided(None, a_complaint("sms"))
    assert again.state is not None
    assert again.state.new[0].id == delivery.id
    other = decided(None, a_complaint("sms"), number=2)
    assert other.state is not None
    assert other.state.new[0].id != delivery.id


def test_a_case_is_opened_with_what_the_complaint_says() -> None:
    state = decided(None, a_complaint("sms", language="en")).state
    assert state is not None
    assert replace(state, new=()) == Case(
        complaint_id=a_complaint_id(),
        channel=Channel.SMS,
        report_number="JK2411030001",
        reporter_ref=UUID(int=(2 << 100) + 1),
        language="en",
        reachable=True,
        confidential=False,
        muted=False,
        erased=False,
        told=frozenset(),
    )


def test_a_delivery_is_due_at_once_and_belongs_to_the_trace_of_its_event() -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    envelope = replace(heard(a_complaint("sms")), traceparent=trace)
    state = decide(None, envelope, T0, derived_id).state
    assert state is not None
    (delivery,) = state.new
    assert (delivery.created_at, delivery.next_attempt_at) == (T0, T0)
    assert (delivery.traceparent, delivery.attempt) == (trace, 0)


def test_a_complaint_heard_again_later_changes_nothing() -> None:
    case = a_case()
    decision = decided(case, a_complaint("sms"), number=2)
    assert decision.state is case
    assert decision.events == ()


@pytest.mark.parametrize(
    ("event", "template"),
    [
        (a_routing(routed_by="triage"), T.ROUTED),
        (WORK, T.IN_PROGRESS),
        (a_case_event(CitizenQuestioned, question_ref=UUID(int=8)), T.QUESTION),
        (extended(), T.EXTENDED),
        (DONE, T.COMPLETED),
        (a_case_event(CaseRejected, reason=RejectionReason.INCOMPLETE), T.REJECTED),
        (REOPENED, T.REOPENED),
        (a_case_event(CaseMerged, head_complaint_id=a_complaint_id(2)), T.MERGED),
        (a_case_event(CaseWithdrawn, source="citizen"), T.WITHDRAWN),
        (refused(), T.FILE_REFUSED),
        (a_routing(emergency=True), T.EMERGENCY),
        (a_triage(emergency=True), T.EMERGENCY),
    ],
)
def test_each_public_stage_is_told(event: Event, template: T) -> None:
    assert [d.template for d in told(a_complaint("email"), event)] == [T.CONFIRMATION, template]


@pytest.mark.parametrize(
    "event",
    [
        a_routing(routed_by="rule"),
        a_triage(),
        extended(cause="pause"),
        extended(clock=Clock.EVALUATION),
        a_case_event(CaseAccepted),
        a_case_event(FollowUpRefused, note_ref=UUID(int=3)),
        refused(origin="evidence"),
    ],
)
def test_steps_that_change_nothing_for_the_citizen_are_not_told(event: Event) -> None:
    assert [d.template for d in told(a_complaint("email"), event)] == [T.CONFIRMATION]


def test_work_that_starts_again_after_a_refusal_is_not_told_again() -> None:
    assert [d.template for d in told(a_complaint("sms"), WORK, WORK)] == [
        T.CONFIRMATION,
        T.IN_PROGRESS,
    ]


def test_files_that_are_refused_together_are_told_once_and_later_ones_anew() -> None:
    case: Case | None = None
    events = [a_complaint("email"), refused("type"), refused(number=2), refused(number=3)]
    minutes = [0, 1, 1, 15]
    for number, (event, minute) in enumerate(zip(events, minutes, strict=True)):
        now = T0 + timedelta(minutes=minute)
        case = decide(case, heard(event, number), now, derived_id).state
    assert case is not None
    assert [d.refusal for d in case.new] == [None, MediaRefusal.TYPE]
    case = decide(case, heard(refused(number=4), 4), T0 + timedelta(minutes=16), derived_id).state
    assert case is not None
    assert [d.refusal for d in case.new] == [None, MediaRefusal.TYPE, MediaRefusal.DAMAGED]
    assert len({d.id for d in case.new}) == 3


def test_after_a_reopening_the_work_is_told_anew() -> None:
    stages = told(a_complaint("sms"), WORK, DONE, REOPENED, WORK, DONE)
    assert [d.template for d in stages] == [
        T.CONFIRMATION,
        T.IN_PROGRESS,
        T.COMPLETED,
        T.REOPENED,
        T.IN_PROGRESS,
        T.COMPLETED,
    ]
    assert len({d.id for d in stages}) == 6


def test_a_delivery_carries_what_its_wording_needs_and_its_cause() -> None:
    confirmation, moved, refused = told(
        a_complaint("sms"),
        extended(),
        a_case_event(CaseRejected, reason=RejectionReason.EMERGENCY, unit_name="Satpol PP"),
    )
    assert moved.due_at == T0 + timedelta(days=14)
    assert (refused.rejection, refused.unit_name) == (RejectionReason.EMERGENCY, "Satpol PP")
    assert confirmation.cause == UUID(int=1000)


@pytest.mark.parametrize(
    ("channel", "reason"), [("sms", "no_reply_path"), ("email", "automatic_mail")]
)
def test_who_left_no_way_back_is_not_told_and_that_is_stated(channel: str, reason: str) -> None:
    decision = decided(None, a_complaint(channel, reachable=False))
    (event,) = decision.events
    assert isinstance(event, NotificationSuppressed)
    assert (event.reason, event.template) == (reason, T.CONFIRMATION)
    assert decision.state is not None
    assert decision.state.new[0].status is DeliveryStatus.SUPPRESSED
    assert decision.state.new[0].reason == reason
    assert event.delivery_id == decision.state.new[0].id


def test_a_muted_complaint_is_silent() -> None:
    decision = decided(replace(a_case(), muted=True), WORK)
    assert [getattr(event, "reason", None) for event in decision.events] == ["muted"]


def test_after_erasure_nothing_waits_for_a_contact() -> None:
    erased = decided(a_case(), ERASED)
    assert erased.state is not None
    assert erased.state.erased
    later = decided(erased.state, DONE, number=2)
    assert [getattr(event, "reason", None) for event in later.events] == ["no_reply_path"]


def test_an_event_of_a_complaint_that_is_not_known_changes_nothing() -> None:
    decision = decided(None, WORK)
    assert (decision.state, decision.events) == (None, ())


def test_confidential_reports_are_not_spoken_of_in_public() -> None:
    state = decided(None, a_complaint("facebook", confidential=True)).state
    assert state is not None
    assert state.confidential


def test_a_complaint_of_which_the_stream_is_silent_is_opened_with_what_intake_tells() -> None:
    complaint, facts = a_silent_complaint(about_unit="dinas-sosial", restricted=True)
    told = {complaint.complaint_id: facts}
    state = decide(None, in_envelope(complaint), T0, derived_id, told).state
    assert state is not None
    assert (state.about_unit, state.restricted) == ("dinas-sosial", True)
    with pytest.raises(Reject, match="unknown_facts"):
        decide(None, in_envelope(complaint), T0, derived_id)


def test_the_policy_and_what_is_heard_agree() -> None:
    assert frozenset(POLICY) | {ReporterErased} == HEARS
    assert {rule.template for rule in POLICY.values()} == set(T)
    assert all(event.emitter == "notify" for event in EMITS)
