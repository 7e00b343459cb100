"""The view of a case: what each event makes of it, in whatever order the emitters are heard."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.tracking.domain import (
    EMITS,
    HEARS,
    Act,
    CaseRecord,
    Notice,
    SentFile,
    SettledFile,
    Supplement,
    decide,
    evolve,
)
from shared.events.catalogue import CATALOGUE
from shared.events.event import Event
from shared.events.intake import ComplaintSupplemented
from shared.events.routing import CaseRejected
from shared.events.sla import DeadlinesSet
from shared.events.vocabulary import (
    CaseState,
    Channel,
    Clock,
    MediaKind,
    MediaOrigin,
    MediaRefusal,
    NotificationTemplate,
    RejectionReason,
)
from tests.builders import T0, a_complaint_id, at, in_envelope
from tests.unit.tracking import events as e


def folded(*heard: Event, view: CaseRecord | None = None) -> CaseRecord:
    for event in heard:
        view = evolve(view, in_envelope(event))
    assert view is not None
    return view


def notice(template: str, outcome: Any) -> Notice:
    return Notice(NotificationTemplate(template), Channel.JAKI, at(1), outcome)


TABLE: list[tuple[str, Sequence[Event], dict[str, Any]]] = [
    ("ComplaintReceived", [e.RECEIVED], {
        "report_number": "JK2411030001", "tracking_digest": "a" * 64, "channel": Channel.JAKI,
        "category": "sampah", "state": CaseState.RECEIVED, "received_at": T0, "closed_at": None,
        "content_ref": e.RECEIVED.content_ref, "supplements": (),
    }),
    ("ComplaintSupplemented", [e.SUPPLEMENTED],
     {"supplemented_at": at(2), "supplements": (Supplement(e.REF, "note", at(2)),)}),
    ("ComplaintWithdrawn", [e.WITHDRAWAL],
     {"withdrawal_asked_at": at(2), "state": CaseState.RECEIVED}),
    ("ReporterErased", [e.ERASED], {"erased": True}),
    ("MediaReceived", [e.FILES],
     {"files": (SentFile(e.REF, at(2), 1),), "settled_files": ()}),
    ("MediaCleared", [e.CLEARED],
     {"settled_files": (SettledFile(e.REF, "shown", MediaKind.PICTURE),), "files": ()}),
    ("MediaRefused", [e.UNCLEARED],
     {"settled_files": (SettledFile(e.REF, "refused", None, MediaRefusal.DAMAGED),)}),
    ("MediaRemoved", [e.CLEARED, e.REMOVED],
     {"settled_files": (SettledFile(e.REF, "removed"),)}),
    ("CaseRouted", [e.RECEIVED, e.ROUTED], {
        "category": "jalan", "citizen_category": "sampah", "unit_name": "Kelurahan Tebet Timur",
        "area_name": "Tebet Timur", "found_kelurahan": "31.74.01.1001",
    }),
    ("CaseTriaged", [e.RECEIVED, e.TRIAGED], {"unit_id": "triage", "category": "sampah"}),
    ("CaseAccepted", [e.ROUTED, e.ACCEPTED], {"accepted": True}),
    ("CaseCoordinated", [e.ROUTED, e.ACCEPTED, e.COORDINATED],
     {"state": CaseState.COORDINATED, "unit_id": "dinas-bina-marga", "accepted": False}),
    ("CaseDelegated", [e.DELEGATED],
     {"state": CaseState.DELEGATED, "unit_name": "Sudin Bina Marga Jakarta Selatan"}),
    ("CaseReturned", [e.COORDINATED, e.RETURNED],
     {"state": CaseState.RECEIVED, "unit_id": "31.74.01.1001"}),
    ("PlanSubmitted", [e.PLANNED], {"state": CaseState.PLANNED, "planned_until": at(days=4)}),
    ("PlanApproved", [e.PLANNED, e.PLAN_APPROVED],
     {"state": CaseState.IN_PROGRESS, "planned_until": at(days=4)}),
    ("PlanReturned", [e.PLANNED, e.PLAN_RETURNED],
     {"state": CaseState.RECEIVED, "planned_until": None}),
    ("WorkStarted", [e.STARTED], {"state": CaseState.IN_PROGRESS}),
    ("CitizenQuestioned", [e.QUESTIONED],
     {"question_open": True, "question_ref": e.REF,
      "acts": (Act("CitizenQuestioned", at(10), ref=e.REF),)}),
    ("CitizenAnswered", [e.QUESTIONED, e.ANSWERED],
     {"question_open": False, "question_ref": None,
      "acts": (Act("CitizenQuestioned", at(10), ref=e.REF),
               Act("CitizenAnswered", at(11), ref=e.ANSWER))}),
    ("ExtensionRequested", [e.EXTENSION_REQUESTED],
     {"extension": "requested", "due_extended": False,
      "acts": (Act("ExtensionRequested", at(1), until=at(days=12)),)}),
    ("ExtensionApproved", [e.EXTENSION_APPROVED],
     {"extension": "approved", "due_extended": False,
      "acts": (Act("ExtensionApproved", at(1), until=at(days=12)),)}),
    ("ExtensionRefused", [e.EXTENSION_REFUSED],
     {"extension": "refused", "acts": (Act("ExtensionRefused", at(1)),)}),
    ("FollowUpSubmitted", [e.FILED],
     {"state": CaseState.AWAITING_VALIDATION, "evidence_count": 2}),
    ("VerificationOrdered", [e.VERIFYING], {"state": CaseState.VERIFYING}),
    ("FollowUpRefused", [e.REFUSED], {"state": CaseState.FOLLOW_UP_REFUSED}),
    ("CaseCompleted", [e.QUESTIONED, e.COMPLETED],
     {"state": CaseState.COMPLETED, "closed_at": at(40), "question_open": False,
      "question_ref": None, "note_ref": e.REF,
      "acts": (Act("CitizenQuestioned", at(10), ref=e.REF),
               Act("CaseCompleted", at(40), ref=e.REF))}),
    ("CaseRejected", [e.REJECTED],
     {"rejection": RejectionReason.NOT_CITY_COMPETENCE, "closed_at": at(4),
      "acts": (Act("CaseRejected", at(4), reason="not_city_competence"),)}),
    ("CaseReopened",
     [e.ACCEPTED, e.PLANNED, e.EXTENSION_APPROVED, e.FILED, e.REJECTED, e.REOPENED],
     {"state": CaseState.RECEIVED, "closed_at": None, "reopened": 1, "rejection": None,
      "evidence_count": 0, "evidence_refs": (),
      "planned_until": None, "extension": None, "accepted": False, "note_ref": None,
      "acts": (Act("ExtensionApproved", at(1), until=at(days=12)),
               Act("CaseRejected", at(4), reason="not_city_competence"),
               Act("CaseReopened", at(days=5), reason="citizen_objection"))}),
    ("CaseMerged", [e.MERGED],
     {"state": CaseState.MERGED, "merged_into": e.HEAD, "closed_at": at(4)}),
    ("CaseSplit", [e.MERGED, e.RELAYED, e.SPLIT],
     {"merged_into": None, "closed_at": None, "note_ref": None, "rejection": None}),
    ("CaseWithdrawn", [e.WITHDRAWN], {"state": CaseState.WITHDRAWN, "closed_at": at(5)}),
    ("DeadlinesSet", [e.DUE], {"due_at": at(days=7), "original_due_at": at(days=7)}),
    ("DeadlineWarned", [e.WARNED], {"warned_step": 1}),
    ("DeadlineMissed", [e.MISSED, e.MISSED], {"missed": (Clock.FOLLOW_UP,)}),
    ("DeadlineRetracted", [e.MISSED, e.RETRACTED], {"missed": ()}),
    ("DeadlineExtended", [e.DUE, e.WARNED, e.EXTENDED],
     {"due_at": at(days=12), "original_due_at": at(days=7), "warned_step": 0,
      "due_extended": True}),
    ("QuestionExpired", [e.DUE, e.QUESTIONED, e.EXPIRED],
     {"question_open": True, "question_ref": e.REF, "missed": (), "lapsed_questions": (e.REF,)}),
    ("EvaluationOpened", [e.EVALUATED], {"evaluation": "opened"}),
    ("EvaluationWaived", [e.EVALUATED, e.WAIVED], {"evaluation": "waived"}),
    ("NotificationSent", [e.SENT], {"notices": (notice("confirmation", "sent"),)}),
    ("NotificationFailed", [e.FAILED], {"notices": (notice("routed", "failed"),)}),
    ("NotificationSuppressed", [e.SENT, e.SUPPRESSED],
     {"notices": (notice("confirmation", "sent"), notice("in_progress", "suppressed"))}),
]  # fmt: skip


@pytest.mark.parametrize(("heard", "expected"), [row[1:] for row in TABLE], ids=lambda _: "")
def test_each_event_changes_the_view_as_the_table_says(
    heard: Sequence[Event], expected: dict[str, Any]
) -> None:
    view = folded(*heard)
    assert {name: getattr(view, name) for name in expected} == expected


def test_the_table_and_the_examples_name_every_event_of_the_catalogue() -> None:
    assert [row[0] for row in TABLE] == [kind.__name__ for kind in CATALOGUE]
    assert [type(event) for event in e.ONE_OF_EACH] == list(CATALOGUE)
    assert all(type(row[1][-1]).__name__ == row[0] for row in TABLE)


def test_tracking_hears_everything_and_says_nothing() -> None:
    assert frozenset(CATALOGUE) == HEARS
    assert not EMITS
    assert decide(None, in_envelope(e.RECEIVED)).events == ()


def test_stages_tell_each_change_of_state_or_holder_once() -> None:
    view = folded(
        e.RECEIVED, e.ROUTED, e.ACCEPTED, e.COORDINATED, e.DELEGATED, e.STARTED, e.QUESTIONED,
        e.ANSWERED, e.FILED, e.COMPLETED, e.REOPENED,
    )  # fmt: skip
    assert [(stage.event, stage.state) for stage in view.stages] == [
        ("ComplaintReceived", CaseState.RECEIVED),
        ("CaseRouted", CaseState.RECEIVED),
        ("CaseCoordinated", CaseState.COORDINATED),
        ("CaseDelegated", CaseState.DELEGATED),
        ("WorkStarted", CaseState.IN_PROGRESS),
        ("FollowUpSubmitted", CaseState.AWAITING_VALIDATION),
        ("CaseCompleted", CaseState.COMPLETED),
        ("CaseReopened", CaseState.RECEIVED),
    ]
    assert view.stages[0].unit_name is None
    assert view.stages[2].unit_name == "Dinas Bina Marga"


def test_a_merged_case_stays_closed_since_the_merger_when_its_head_is_answered() -> None:
    view = folded(e.RECEIVED, e.ROUTED, e.MERGED, e.RELAYED)
    assert view.closed_at == e.MERGED.at
    assert view.stages[-1].state == CaseState.MERGED


def test_a_merged_case_whose_head_is_open_again_has_no_answer_and_still_follows_it() -> None:
    reopened = e.REOPENED.model_copy(update={"state": CaseState.MERGED})
    view = folded(e.RECEIVED, e.ROUTED, e.MERGED, e.RELAYED, reopened)
    assert (view.note_ref, view.state, view.merged_into) == (None, CaseState.MERGED, e.HEAD)
    # The last stage says when it was merged: what the head went through before is not its own.
    assert view.stages[-1].event == "CaseMerged"


def test_a_first_action_clock_does_not_move_the_citizens_due_date() -> None:
    missed = e.MISSED.model_copy(update={"clock": Clock.FIRST_ACTION})
    extended = e.EXTENDED.model_copy(update={"clock": Clock.FIRST_ACTION})
    view = folded(e.DUE, missed, extended)
    assert view.due_at == at(days=7)
    assert view.missed == (Clock.FIRST_ACTION,)


def test_a_warning_of_another_clock_is_not_the_citizens() -> None:
    assert folded(e.WARNED.model_copy(update={"clock": Clock.FIRST_ACTION})).warned_step == 0


def test_a_new_limit_has_not_been_warned_of() -> None:
    assert folded(e.DUE, e.WARNED, e.DUE).warned_step == 0


def test_the_view_is_as_new_as_the_latest_event_however_late_another_is_heard() -> None:
    assert folded(e.RECEIVED, e.COMPLETED, e.STARTED).updated_at == e.COMPLETED.at


def test_what_is_decided_is_the_view_after_the_event() -> None:
    before = folded(e.RECEIVED)
    assert decide(before, in_envelope(e.ROUTED)).state == folded(e.ROUTED, view=before)
    assert decide(before, in_envelope(e.ROUTED)).state != folded(e.ROUTED)


def test_a_completed_case_keeps_how_much_evidence_it_was_completed_on() -> None:
    view = folded(e.RECEIVED, e.ROUTED, e.FILED, e.COMPLETED, e.REOPENED)
    assert [(act.event, act.evidence_count) for act in view.acts] == [
        ("CaseCompleted", 2), ("CaseReopened", 0),
    ]  # fmt: skip


def test_the_files_of_the_last_follow_up_are_the_evidence_until_the_case_is_opened_again() -> None:
    refs = (UUID(int=81), UUID(int=82))
    again = e.FILED.model_copy(update={"media_refs": refs})
    assert folded(e.FILED, again, e.COMPLETED).evidence_refs == refs
    assert folded(e.FILED, again, e.COMPLETED, e.REOPENED).evidence_refs == ()


def test_a_document_is_locked_and_what_an_officer_hands_over_is_no_file_of_the_reporters() -> None:
    document = e.CLEARED.model_copy(update={"kind": MediaKind.DOCUMENT, "locked": True})
    locked = SettledFile(e.REF, "locked", MediaKind.DOCUMENT)
    assert folded(document).settled_files == (locked,)
    for event in (e.CLEARED, e.UNCLEARED, e.REMOVED):
        evidence = event.model_copy(update={"origin": MediaOrigin.EVIDENCE})
        assert folded(document, evidence).settled_files == (locked,)


def test_a_pause_moves_the_due_date_and_extends_nothing() -> None:
    assert folded(e.DUE, e.PAUSED).due_extended is False
    assert folded(e.DUE, e.EXTENDED, e.PAUSED).due_extended is True


def test_a_case_with_a_limit_of_its_own_again_has_no_extension() -> None:
    assert folded(e.DUE, e.EXTENDED, e.DUE).due_extended is False


def test_an_extended_limit_that_is_stated_again_stays_extended() -> None:
    limit = e.a_deadline(Clock.FOLLOW_UP, at(days=12)).model_copy(
        update={"original_due_at": at(days=7)}
    )
    assert folded(e.DUE, e.EXTENDED, e.of_sla(DeadlinesSet, deadlines=(limit,))).due_extended


def test_of_what_comes_without_end_the_latest_fifty_are_kept() -> None:
    refs = [UUID(int=number) for number in range(60)]
    notes = [e.of_intake(ComplaintSupplemented, content_ref=ref, kind="edit") for ref in refs]
    asked = [e.QUESTIONED.model_copy(update={"question_ref": ref}) for ref in refs]
    over = [e.EXPIRED.model_copy(update={"question_ref": ref}) for ref in refs]
    files = [
        e.FILES.model_copy(update={"refs": tuple(refs[at : at + 5])}) for at in range(0, 60, 5)
    ]
    cleared = [e.CLEARED.model_copy(update={"ref": ref}) for ref in refs]
    filed = e.FILED.model_copy(update={"media_refs": tuple(refs)})
    view = folded(e.RECEIVED, *notes, *asked, *over, *over, *files, *cleared, *cleared, filed)
    assert [(file.ref, file.number) for file in view.files] == [
        (ref, place % 5 + 1) for place, ref in enumerate(refs)
    ][10:]
    assert [file.ref for file in view.settled_files] == refs[10:]
    assert list(view.evidence_refs) == refs[:50]
    assert view.content_ref == e.RECEIVED.content_ref
    assert [each.ref for each in view.supplements] == refs[10:]
    assert [act.ref for act in view.acts] == refs[10:]
    assert list(view.lapsed_questions) == refs[10:]


def test_the_view_keeps_no_reference_to_the_reporter_or_to_what_officers_tell_one_another() -> None:
    secret = UUID(int=6 << 100)
    hidden = {"reporter_ref", "note_ref", "plan_ref"}
    told = (CaseRejected,)
    heard = [
        event.model_copy(update=dict.fromkeys(hidden & event.model_dump().keys(), secret))
        for event in e.ONE_OF_EACH
        if not isinstance(event, told)
    ]
    assert str(secret) not in repr(folded(*heard))
    assert str(secret) in repr(heard)


@st.composite
def two_interleavings(draw: st.DrawFn) -> tuple[list[Event], list[Event]]:
    """Two ways of hearing the same events, each emitter's in its own order."""
    later = [event for event in e.ONE_OF_EACH if event is not e.RECEIVED]
    told = [e.RECEIVED, *draw(st.lists(st.sampled_from(later), min_size=1, max_size=14))]
    emitters = [event.emitter for event in told]
    orders = []
    for _ in range(2):
        queues = {name: [x for x in told if x.emitter == name] for name in set(emitters)}
        orders.append([queues[name].pop(0) for name in draw(st.permutations(emitters))])
    return orders[0], orders[1]


@settings(max_examples=300, deadline=None)
@given(two_interleavings())
def test_any_order_that_keeps_each_emitters_own_gives_the_same_view(
    orders: tuple[list[Event], list[Event]],
) -> None:
    one, other = (folded(*order) for order in orders)
    assert one == other
    assert one.complaint_id == a_complaint_id()
