"""A decision changes of a case what it says, and leaves the rest as it was."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.routing.case.commands import (
    AcceptCase,
    ApproveExtension,
    ApprovePlan,
    AskCitizen,
    AssignFromTriage,
    Command,
    CoordinateCase,
    DelegateCase,
    OrderVerification,
    RefuseExtension,
    RefuseFollowUp,
    RejectCase,
    ReopenCase,
    RequestExtension,
    ReturnCase,
    ReturnPlan,
    StartWork,
    SubmitFollowUp,
    SubmitPlan,
    ValidateFollowUp,
)
from services.routing.case.transitions import act
from services.routing.domain import Actor, Case, Routed, Triaged, answer_child, decide
from shared.errors import Forbidden, Malformed
from shared.events.intake import ComplaintSupplemented, ComplaintWithdrawn
from shared.events.routing import (
    CaseCoordinated,
    CaseDelegated,
    CaseRejected,
    CaseReopened,
    CaseRouted,
    CaseTriaged,
)
from shared.events.vocabulary import (
    CaseState,
    Channel,
    Clock,
    RejectionReason,
    ReopenReason,
    TriageReason,
)
from tests.builders import T0, a_case_event, a_complaint, a_complaint_id, a_silent_complaint
from tests.unit.routing.cases import (
    BINA_MARGA,
    BIRO_OFFICER,
    HEAD,
    MANGGARAI,
    SUDIN_BINA_MARGA,
    TEBET_TIMUR,
    TRIAGE_OFFICER,
    a_case,
    a_context,
    an_officer,
)

S = CaseState
NOW = T0 + timedelta(hours=1)
NOTE = UUID(int=77)
"""The id of the command's text, as `a_context` gives it."""
SOON = datetime(2024, 11, 9, tzinfo=UTC)
PLAN, QUESTION, FOLLOW_UP = UUID(int=31), UUID(int=32), UUID(int=33)
DINAS = an_officer(BINA_MARGA)
NOTHING_UNDER_WAY: dict[str, Any] = {
    "accepted": False, "plan_ref": None, "plan_author": None, "plan_from": None,
    "plan_approved": False, "extension_author": None, "extension_until": None,
}  # fmt: skip
TOUCHED: dict[str, Any] = {"untouched": False}
NOTHING_AWAITED: dict[str, Any] = {
    "question_ref": None, "question_expired": False, "extension_author": None,
    "extension_until": None,
}  # fmt: skip


def a_full_case(state: CaseState, **fields: Any) -> Case:
    """Every field says something, so that one that is lost is missed."""
    full: dict[str, Any] = {
        "unit_id": BINA_MARGA, "category": "jalan", "citizen_category": "trotoar",
        "confidential": True, "restricted": True, "from_desk": True, "accepted": True,
        "sender": MANGGARAI,
        "plan_ref": PLAN, "plan_author": "p7", "plan_from": S.COORDINATED, "plan_approved": True,
        "question_ref": QUESTION, "question_expired": True, "questions": 1, "extensions": 1,
        "extension_author": "p8", "extension_until": SOON, "follow_up_ref": FOLLOW_UP,
        "follow_up_author": "p9", "about_unit": "dinas-sosial",
        "approximate_area": True, "unread": (UUID(int=11),), "unread_since": T0,
        "untouched": True, "limits": {Clock.FOLLOW_UP: SOON}, "original_due_at": T0,
        "question_pauses": True, "emergency": True, "rules_version": 7,
    }  # fmt: skip
    return a_case(state, **{**full, **fields})


@pytest.mark.parametrize(
    ("before", "command", "actor", "changes"),
    [
        (a_full_case(S.RECEIVED, accepted=False), AcceptCase(), DINAS,
         {"accepted": True, **TOUCHED}),
        (a_full_case(S.RECEIVED), CoordinateCase(to_unit=MANGGARAI), DINAS,
         {"state": S.COORDINATED, "unit_id": MANGGARAI, "sender": BINA_MARGA,
          "watchers": (BINA_MARGA,), **NOTHING_UNDER_WAY, **TOUCHED}),
        (a_full_case(S.IN_PROGRESS), DelegateCase(to_unit=SUDIN_BINA_MARGA), DINAS,
         {"state": S.DELEGATED, "unit_id": SUDIN_BINA_MARGA, "sender": BINA_MARGA,
          "watchers": (BINA_MARGA,), **NOTHING_UNDER_WAY, **TOUCHED}),
        (a_full_case(S.DELEGATED), ReturnCase(reason="Bukan kami"), DINAS,
         {"state": S.RECEIVED, "unit_id": MANGGARAI, "sender": None, "watchers": (BINA_MARGA,),
          **NOTHING_UNDER_WAY, **TOUCHED}),
        (a_full_case(S.DELEGATED, accepted=False), SubmitPlan(plan="Tambal", complete_by=SOON),
         DINAS, {"state": S.PLANNED, "accepted": True, "plan_ref": NOTE, "plan_author": "p1",
                 "plan_from": S.DELEGATED, **TOUCHED}),
        (a_full_case(S.PLANNED, plan_approved=False), ApprovePlan(), BIRO_OFFICER,
         {"state": S.IN_PROGRESS, "plan_approved": True, "plan_from": None}),
        (a_full_case(S.PLANNED), ReturnPlan(reason="Siapa?"), BIRO_OFFICER,
         {"state": S.COORDINATED, "plan_ref": None, "plan_author": None, "plan_from": None}),
        (a_full_case(S.DELEGATED, accepted=False), StartWork(), DINAS,
         {"state": S.IN_PROGRESS, "accepted": True, **TOUCHED}),
        (a_full_case(S.RECEIVED), AskCitizen(question="Di mana?"), DINAS,
         {"question_ref": NOTE, "question_expired": False, "questions": 2, **TOUCHED}),
        (a_full_case(S.IN_PROGRESS, extension_until=None, extension_author=None, about_unit=None,
                     restricted=False),
         RequestExtension(reason="Hujan", complete_by=SOON), DINAS,
         {"extensions": 2, "extension_author": "p1", "extension_until": SOON, **TOUCHED}),
        (a_full_case(S.IN_PROGRESS), ApproveExtension(), BIRO_OFFICER,
         {"extension_author": None, "extension_until": None}),
        (a_full_case(S.IN_PROGRESS), RefuseExtension(reason="Ada"), BIRO_OFFICER,
         {"extension_author": None, "extension_until": None}),
        (a_full_case(S.IN_PROGRESS), SubmitFollowUp(text="Sudah"), DINAS,
         {"state": S.AWAITING_VALIDATION, "follow_up_ref": NOTE, "follow_up_author": "p1",
          **NOTHING_AWAITED, **TOUCHED}),
        (a_full_case(S.AWAITING_VALIDATION), OrderVerification(), BIRO_OFFICER,
         {"state": S.VERIFYING}),
        (a_full_case(S.VERIFYING), ValidateFollowUp(), BIRO_OFFICER,
         {"state": S.COMPLETED, "closed_at": NOW, **NOTHING_AWAITED}),
        (a_full_case(S.VERIFYING), RefuseFollowUp(reason="Kotor"), BIRO_OFFICER,
         {"state": S.FOLLOW_UP_REFUSED}),
        (a_full_case(S.RECEIVED), RejectCase(reason=RejectionReason.OFF_TOPIC), DINAS,
         {"state": S.REJECTED, "closed_at": NOW, **NOTHING_AWAITED}),
        (a_full_case(S.COMPLETED, closed_at=T0, untouched=False),
         ReopenCase(reason=ReopenReason.NEW_FACTS), BIRO_OFFICER,
         {"untouched": True, "state": S.RECEIVED, "sender": None, "follow_up_ref": None,
                        "follow_up_author": None, "closed_at": None, **NOTHING_UNDER_WAY}),
        (a_full_case(S.RECEIVED, unit_id="triage", untouched=False),
         AssignFromTriage(unit=SUDIN_BINA_MARGA, category="trotoar", kelurahan=MANGGARAI),
         TRIAGE_OFFICER,
         {"untouched": True, "unit_id": SUDIN_BINA_MARGA, "sender": None, "category": "trotoar",
          "kelurahan_code": MANGGARAI, "area_name": "Manggarai", "approximate_area": False,
          **NOTHING_UNDER_WAY}),
    ],
    ids=lambda value: value.verb if isinstance(value, Command) else "",
)  # fmt: skip
def test_a_command_changes_what_it_is_for_and_nothing_else(
    before: Case, command: Command, actor: Actor, changes: dict[str, Any]
) -> None:
    after = act(before, command, a_context(actor)).state
    moved = {"version": before.version + 1, "former_state": before.state, **changes}
    assert after == replace(before, **moved)


def test_a_withdrawal_closes_a_case_and_leaves_the_rest_of_it() -> None:
    merged = a_full_case(S.MERGED, head_id=HEAD, closed_at=T0)
    withdrawal = ComplaintWithdrawn(complaint_id=a_complaint_id(), at=T0, source="citizen")
    assert decide(merged, withdrawal, a_context()).state == replace(
        merged, state=S.WITHDRAWN, version=merged.version + 1, closed_at=NOW, head_id=None,
        **NOTHING_AWAITED,
    )  # fmt: skip


def test_an_answer_of_the_citizen_is_a_new_version_without_a_question() -> None:
    asked = a_full_case(S.IN_PROGRESS)
    answer = ComplaintSupplemented(
        complaint_id=a_complaint_id(), at=T0, content_ref=UUID(int=12), kind="answer"
    )
    assert decide(asked, answer, a_context()).state == replace(
        asked, version=asked.version + 1, content_refs=(*asked.content_refs, UUID(int=12)),
        question_ref=None, question_expired=False, unread=(*asked.unread, UUID(int=12)),
        unread_since=asked.unread_since or T0,
    )  # fmt: skip


def test_a_merged_case_that_is_told_of_a_rejection_is_one_version_on_with_the_heads_note() -> None:
    merged = a_full_case(S.MERGED, head_id=HEAD, closed_at=T0)
    rejection = a_case_event(
        CaseRejected, number=2, reason=RejectionReason.OFF_TOPIC, note_ref=UUID(int=8)
    )
    decision = answer_child(merged, rejection, a_context())
    assert decision.state == replace(merged, version=merged.version + 1)
    [told] = decision.events
    assert isinstance(told, CaseRejected)
    assert (told.case_version, told.note_ref) == (merged.version + 1, UUID(int=8))


def test_a_case_is_opened_with_all_that_the_complaint_and_the_rules_say() -> None:
    complaint, facts = a_silent_complaint(
        category="trotoar", restricted=True, about_unit="dinas-sosial"
    )
    found = Routed(
        TEBET_TIMUR,
        "jalan",
        "kelurahan-named",
        4,
        0.8,
        TEBET_TIMUR,
        "Tebet Timur",
        True,
        ("got",),
        emergency=True,
    )
    decision = decide(None, complaint, a_context(routing=found, facts=facts, rules_version=4))
    assert decision.state == Case(
        complaint_id=complaint.complaint_id, version=1, state=S.RECEIVED, unit_id=TEBET_TIMUR,
        report_number="JK2411030001", channel=Channel(complaint.channel), received_at=T0,
        content_refs=(complaint.content_ref,), citizen_category="trotoar", category="jalan",
        kelurahan_code=TEBET_TIMUR, area_name="Tebet Timur", about_unit="dinas-sosial",
        confidential=True, untouched=True, restricted=True, approximate_area=True,
        emergency=True, rules_version=4,
    )  # fmt: skip
    [routed] = decision.events
    assert isinstance(routed, CaseRouted)
    assert (routed.kelurahan_code, routed.area_name, routed.approximate_area) == (
        TEBET_TIMUR, "Tebet Timur", True,
    )  # fmt: skip
    assert (routed.rule_id, routed.rule_version, routed.confidence, routed.runners_up) == (
        "kelurahan-named", 4, 0.8, ("got",),
    )  # fmt: skip
    assert routed.emergency


def test_the_triage_desk_is_told_what_the_rules_have_found_all_the_same() -> None:
    found = Triaged(TriageReason.NO_RULE, "jalan", TEBET_TIMUR, "Tebet Timur", ("got",), True)
    decision = decide(None, a_complaint(), a_context(routing=found))
    [triaged] = decision.events
    assert isinstance(triaged, CaseTriaged)
    assert (triaged.reason, triaged.category, triaged.kelurahan_code, triaged.area_name) == (
        TriageReason.NO_RULE, "jalan", TEBET_TIMUR, "Tebet Timur",
    )  # fmt: skip
    assert triaged.runners_up == ("got",)
    assert triaged.emergency


@pytest.mark.parametrize(
    ("case", "command", "actor", "kind"),
    [
        (a_case(), CoordinateCase(to_unit=BINA_MARGA, note="Jalan"), an_officer(), CaseCoordinated),
        (a_case(unit_id=BINA_MARGA), DelegateCase(to_unit=SUDIN_BINA_MARGA, note="Segera"), DINAS,
         CaseDelegated),
        (a_case(), RejectCase(reason=RejectionReason.OFF_TOPIC, note="112"), an_officer(),
         CaseRejected),
        (a_case(S.COMPLETED), ReopenCase(reason=ReopenReason.NEW_FACTS, note="Foto"), BIRO_OFFICER,
         CaseReopened),
    ],
    ids=lambda value: value.verb if isinstance(value, Command) else "",
)  # fmt: skip
def test_an_event_names_the_note_that_came_with_the_command(
    case: Case, command: Command, actor: Actor, kind: type
) -> None:
    [event] = act(case, command, a_context(actor)).events
    assert isinstance(event, kind)
    assert getattr(event, "note_ref", None) == NOTE


@pytest.mark.parametrize("command", [OrderVerification(), RefuseFollowUp(reason="Kotor")])
def test_who_filed_a_follow_up_neither_sends_it_to_the_site_nor_refuses_it(
    command: Command,
) -> None:
    filed = a_full_case(S.AWAITING_VALIDATION, follow_up_author="b1")
    with pytest.raises(Forbidden, match="four eyes"):
        act(filed, command, a_context(BIRO_OFFICER))


def test_a_plan_is_for_a_time_after_now_and_a_year_at_most() -> None:
    a_year_on = NOW + timedelta(days=366)
    act(a_case(), SubmitPlan(plan="Tambal", complete_by=a_year_on), a_context())
    for refused in (NOW, a_year_on + timedelta(seconds=1)):
        with pytest.raises(Malformed, match="within a year") as error:
            act(a_case(), SubmitPlan(plan="Tambal", complete_by=refused), a_context())
        assert error.value.field == "complete_by"


def test_a_case_about_one_unit_is_passed_on_to_another() -> None:
    about = a_case(about_unit="dinas-sosial")
    after = act(about, CoordinateCase(to_unit=BINA_MARGA), a_context()).state
    assert after.unit_id == BINA_MARGA
