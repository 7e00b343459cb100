from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.routing.case.commands import (
    AcceptCase,
    ApproveExtension,
    ApprovePlan,
    AskCitizen,
    AssignFromTriage,
    Command,
    CoordinateCase,
    DelegateCase,
    MergeCase,
    RejectCase,
    ReopenCase,
    RequestExtension,
    ReturnCase,
    ReturnPlan,
    SplitCase,
    StartWork,
    SubmitFollowUp,
    SubmitPlan,
    ValidateFollowUp,
)
from services.routing.case.relations import (
    Relation,
    may_see,
    relations,
)
from services.routing.case.standing import standing_of
from services.routing.case.transitions import (
    act,
)
from services.routing.domain import Actor, Case
from shared.errors import Conflict, Forbidden, Malformed
from shared.events.routing import CaseCoordinated, CaseReturned, CaseRouted, PlanApproved
from shared.events.vocabulary import CaseState, RejectionReason, ReopenReason
from shared.visibility import judges_for
from tests.builders import T0
from tests.unit.routing.cases import (
    BINA_MARGA,
    BIRO_OFFICER,
    HEAD,
    INSPECTOR,
    MANGGARAI,
    SUDIN_BINA_MARGA,
    TEBET_TIMUR,
    TRIAGE_OFFICER,
    UNITS,
    a_case,
    a_context,
    a_head,
    an_officer,
    open_to,
)

S = CaseState
ASKABLE = (S.RECEIVED, S.COORDINATED, S.DELEGATED, S.IN_PROGRESS)
SOON = datetime(2024, 11, 9, tzinfo=UTC)
OPEN_REQUEST = {"extension_until": SOON, "extension_author": "p1", "extensions": 1}
DINAS_OFFICER = an_officer(BINA_MARGA)


@pytest.mark.parametrize(
    "stranger",
    [
        an_officer(MANGGARAI),
        an_officer("31.74.01"),
        an_officer(TEBET_TIMUR, "desk_officer"),
        an_officer(TEBET_TIMUR, "auditor"),
        an_officer(TEBET_TIMUR, "admin"),
    ],
    ids=lambda actor: f"{actor.role} {actor.unit}",
)
def test_neither_another_unit_nor_a_role_without_cases_is_anything_to_a_case(
    stranger: Actor,
) -> None:
    for state in CaseState:
        assert relations(a_case(state), stranger, UNITS) == frozenset()


def test_a_kelurahan_that_can_fix_it_on_the_spot_starts_work_at_once() -> None:
    after = act(a_case(), StartWork(), a_context()).state
    assert after.state is S.IN_PROGRESS
    assert after.accepted


def test_work_on_a_road_waits_for_an_approved_plan() -> None:
    road = a_case(category="jalan")
    with pytest.raises(Conflict, match="approved plan"):
        act(road, StartWork(), a_context())
    planned = act(road, SubmitPlan(plan="Tambal", complete_by=SOON), a_context()).state
    decision = act(planned, ApprovePlan(), a_context(BIRO_OFFICER))
    assert decision.state.state is S.IN_PROGRESS
    assert isinstance(decision.events[0], PlanApproved)


def test_a_case_that_was_passed_on_can_be_returned_to_its_sender_with_a_reason() -> None:
    passed = act(a_case(), CoordinateCase(to_unit=BINA_MARGA), a_context())
    assert isinstance(passed.events[0], CaseCoordinated)
    assert passed.events[0].from_unit_id == TEBET_TIMUR
    back = act(passed.state, ReturnCase(reason="Jalan lingkungan"), a_context(DINAS_OFFICER))
    assert isinstance(back.events[0], CaseReturned)
    assert (back.state.unit_id, back.state.state) == (TEBET_TIMUR, S.RECEIVED)
    with pytest.raises(Conflict):
        act(back.state, ReturnCase(reason="Lagi"), a_context())


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (CoordinateCase(to_unit="dinas-sihir"), Malformed),
        (CoordinateCase(to_unit="triage"), Malformed),
        (CoordinateCase(to_unit=BINA_MARGA), Conflict),
        (DelegateCase(to_unit="sudin-sosial-31.74"), Conflict),
        (DelegateCase(to_unit=MANGGARAI), Conflict),
        (SubmitPlan(plan="Tambal", complete_by=T0), Malformed),
        (SubmitPlan(plan="Tambal", complete_by=T0 + timedelta(days=400)), Malformed),
    ],
)
def test_a_wrong_receiver_or_date_is_refused(command: Command, error: type[Exception]) -> None:
    with pytest.raises(error):
        act(a_case(unit_id=BINA_MARGA), command, a_context(DINAS_OFFICER))


def test_a_case_is_not_passed_on_from_disposisi() -> None:
    """A Dinas gave it to its own office; that office does the work, or returns it."""
    delegated = a_case(S.DELEGATED, unit_id=BINA_MARGA, sender="dinas-perhubungan")
    for command in (CoordinateCase(to_unit=MANGGARAI), DelegateCase(to_unit=SUDIN_BINA_MARGA)):
        with pytest.raises(Conflict, match="is in state delegated"):
            act(delegated, command, a_context(DINAS_OFFICER))


def test_after_a_refusal_the_work_is_repeated_and_nothing_else() -> None:
    refused = a_case(S.FOLLOW_UP_REFUSED, category="jalan")
    for command in (
        AcceptCase(),
        SubmitPlan(plan="Tambal", complete_by=SOON),
        RequestExtension(reason="Hujan", complete_by=SOON),
    ):
        with pytest.raises(Conflict, match="is in state follow_up_refused"):
            act(refused, command, a_context())


@pytest.mark.parametrize("state", [S.COORDINATED, S.DELEGATED])
def test_a_case_that_was_passed_on_is_not_merged(state: CaseState) -> None:
    for officer in (an_officer(), BIRO_OFFICER):
        with pytest.raises(Conflict, match="is in state"):
            act(a_case(state), MergeCase(head=HEAD), a_context(officer))


def test_a_dinas_delegates_to_its_own_office_in_a_city() -> None:
    after = act(
        a_case(unit_id=BINA_MARGA), DelegateCase(to_unit=SUDIN_BINA_MARGA), a_context(DINAS_OFFICER)
    ).state
    assert (after.unit_id, after.state) == (SUDIN_BINA_MARGA, S.DELEGATED)


def test_a_new_holder_needs_a_plan_of_its_own() -> None:
    road = a_case(S.IN_PROGRESS, category="jalan", plan_approved=True, **OPEN_REQUEST)
    after = act(road, CoordinateCase(to_unit=BINA_MARGA), a_context()).state
    assert not after.plan_approved
    assert after.extension_until is None


def test_the_unit_complained_of_never_gets_the_case_nor_one_beneath_it() -> None:
    case = a_case(unit_id="inspektorat", about_unit="31.74.01")
    for unit in ("31.74.01", TEBET_TIMUR):
        with pytest.raises(Conflict, match="about that unit"):
            act(case, CoordinateCase(to_unit=unit), a_context(INSPECTOR))


def test_an_officer_of_the_unit_complained_of_does_not_even_see_the_case() -> None:
    case = a_case(unit_id="inspektorat", about_unit="biro-pemerintahan", restricted=True)
    assert not may_see(case, BIRO_OFFICER, UNITS)
    assert may_see(case, INSPECTOR, UNITS)


@pytest.mark.parametrize(
    ("case", "command"),
    [
        (a_case(S.PLANNED, plan_author="b1"), ApprovePlan()),
        (a_case(S.PLANNED, plan_author="b1"), ReturnPlan(reason="Kurang")),
        (a_case(S.AWAITING_VALIDATION, follow_up_author="b1"), ValidateFollowUp()),
        (a_case(S.IN_PROGRESS, **{**OPEN_REQUEST, "extension_author": "b1"}), ApproveExtension()),
    ],
)
def test_who_filed_it_does_not_judge_it(case: Case, command: Command) -> None:
    with pytest.raises(Forbidden, match="four eyes"):
        act(case, command, a_context(BIRO_OFFICER))


@pytest.mark.parametrize("unit", [TEBET_TIMUR, MANGGARAI])
def test_only_the_judging_unit_has_officers_that_judge(unit: str) -> None:
    filed = a_case(S.AWAITING_VALIDATION, follow_up_author="p1", follow_up_ref=HEAD)
    with pytest.raises(Forbidden):
        act(filed, ValidateFollowUp(), a_context(an_officer(unit, "biro", "p2")))


def test_the_biros_own_work_is_judged_by_the_inspektorat() -> None:
    own = a_case(S.AWAITING_VALIDATION, unit_id="biro-pemerintahan", follow_up_ref=HEAD)
    assert standing_of(own, UNITS).awaited == "inspektorat"
    with pytest.raises(Forbidden):
        act(own, ValidateFollowUp(), a_context(BIRO_OFFICER))
    assert act(own, ValidateFollowUp(), a_context(INSPECTOR)).state.state is S.COMPLETED


def test_a_complaint_about_the_biro_is_judged_by_the_inspektorat() -> None:
    filed = a_case(S.AWAITING_VALIDATION, about_unit="biro-pemerintahan", follow_up_ref=HEAD)
    assert standing_of(filed, UNITS).awaited == "inspektorat"
    with pytest.raises(Forbidden):
        act(filed, ValidateFollowUp(), a_context(BIRO_OFFICER))
    assert act(filed, ValidateFollowUp(), a_context(INSPECTOR)).state.state is S.COMPLETED


def test_on_a_complaint_about_the_inspektorat_the_biro_is_judged_by_a_colleague() -> None:
    filed = a_case(
        S.AWAITING_VALIDATION, unit_id="biro-pemerintahan", about_unit="inspektorat",
        follow_up_author="b1", follow_up_ref=HEAD,
    )  # fmt: skip
    assert standing_of(filed, UNITS).awaited == "biro-pemerintahan"
    with pytest.raises(Forbidden, match="four eyes"):
        act(filed, ValidateFollowUp(), a_context(BIRO_OFFICER))
    colleague = an_officer("biro-pemerintahan", "biro", "b2")
    assert act(filed, ValidateFollowUp(), a_context(colleague)).state.state is S.COMPLETED
    assert not may_see(filed, INSPECTOR, UNITS)


@pytest.mark.parametrize(
    ("state", "fields", "waits"),
    [
        (S.PLANNED, {}, True),
        (S.AWAITING_VALIDATION, {}, True),
        (S.VERIFYING, {}, True),
        (S.IN_PROGRESS, OPEN_REQUEST, True),
        (S.IN_PROGRESS, {}, False),
        (S.RECEIVED, {}, False),
        (S.FOLLOW_UP_REFUSED, {}, False),
    ],
)
def test_plans_follow_ups_and_later_dates_wait_for_the_biro(
    state: CaseState, fields: dict[str, Any], waits: bool
) -> None:
    awaited = standing_of(a_case(state, **fields), UNITS).awaited
    assert awaited == ("biro-pemerintahan" if waits else None)


def test_a_closed_case_waits_for_no_judgement() -> None:
    asked = a_case(S.WITHDRAWN, category="jalan", **OPEN_REQUEST)
    assert standing_of(asked, UNITS).awaited is None


def test_an_area_passes_cases_on_but_delegates_none() -> None:
    at_the_city = a_case(unit_id="31.74")
    with pytest.raises(Conflict, match="Coordinate it instead"):
        act(at_the_city, DelegateCase(to_unit="31.74.01"), a_context(an_officer("31.74")))


def test_refused_work_is_repeated_without_another_plan() -> None:
    refused = a_case(S.FOLLOW_UP_REFUSED, category="jalan", plan_approved=False)
    assert act(refused, StartWork(), a_context()).state.state is S.IN_PROGRESS


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"category": "sampah"}, Conflict),
        ({"category": "jalan", "extensions": 2}, Conflict),
        ({"category": "jalan", **OPEN_REQUEST}, Conflict),
    ],
)
def test_a_later_date_is_asked_for_twice_at_most_where_the_category_allows(
    fields: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        act(
            a_case(S.IN_PROGRESS, **fields),
            RequestExtension(reason="Hujan", complete_by=SOON),
            a_context(),
        )


def test_a_case_is_called_incomplete_only_after_a_question() -> None:
    command = RejectCase(reason=RejectionReason.INCOMPLETE)
    with pytest.raises(Conflict):
        act(a_case(), command, a_context())
    asked = act(a_case(), AskCitizen(question="Di mana?"), a_context()).state
    with pytest.raises(Conflict, match="question is open"):
        act(asked, AskCitizen(question="Di mana?"), a_context())
    with pytest.raises(Conflict, match="Wait for the answer"):
        act(asked, command, a_context())
    answered = replace(asked, question_ref=None)
    assert act(answered, command, a_context()).state.state is S.REJECTED


@pytest.mark.parametrize("state", ASKABLE)
def test_a_case_whose_question_stays_unanswered_may_be_rejected_as_incomplete(
    state: CaseState,
) -> None:
    silent = a_case(state, question_ref=HEAD, question_expired=True, questions=1)
    closed = act(silent, RejectCase(reason=RejectionReason.INCOMPLETE), a_context()).state
    assert (closed.state, closed.question_ref, closed.question_expired) == (S.REJECTED, None, False)


@pytest.mark.parametrize("state", [state for state in ASKABLE if state is not S.RECEIVED])
def test_what_a_unit_has_taken_on_it_rejects_for_a_citizens_silence_only(state: CaseState) -> None:
    silent = a_case(state, question_ref=HEAD, question_expired=True, questions=1)
    with pytest.raises(Conflict):
        act(silent, RejectCase(reason=RejectionReason.OFF_TOPIC), a_context())
    answered = a_case(state, questions=1)
    with pytest.raises(Conflict):
        act(answered, RejectCase(reason=RejectionReason.INCOMPLETE), a_context())


def test_a_question_that_stayed_unanswered_may_be_asked_again() -> None:
    silent = a_case(question_ref=HEAD, question_expired=True, questions=1)
    asked = act(silent, AskCitizen(question="Di mana?"), a_context()).state
    assert (asked.question_ref, asked.question_expired) == (a_context().note_id, False)


@pytest.mark.parametrize(
    ("state", "command"),
    [
        (S.IN_PROGRESS, SubmitFollowUp(text="Sudah diangkut")),
        (S.RECEIVED, MergeCase(head=HEAD)),
        (S.RECEIVED, RejectCase(reason=RejectionReason.OFF_TOPIC)),
    ],
)
def test_who_answers_or_ends_the_case_waits_for_the_citizen_no_longer(
    state: CaseState, command: Command
) -> None:
    asked = a_case(state, question_ref=a_context().note_id, questions=1)
    assert act(asked, command, a_context()).state.question_ref is None


@pytest.mark.parametrize(
    ("state", "reason", "to_unit", "days", "passes"),
    [
        (S.COMPLETED, ReopenReason.CITIZEN_OBJECTION, None, 10, True),
        (S.COMPLETED, ReopenReason.CITIZEN_OBJECTION, None, 10.01, False),
        (S.REJECTED, ReopenReason.CITIZEN_OBJECTION, None, 1, False),
        (S.REJECTED, ReopenReason.APPEAL, None, 10, True),
        (S.REJECTED, ReopenReason.APPEAL, None, 11, False),
        (S.COMPLETED, ReopenReason.APPEAL, None, 1, False),
        (S.COMPLETED, ReopenReason.NEW_FACTS, None, 300, True),
        (S.COMPLETED, ReopenReason.SUSPECTED_FRAUD, None, 300, False),
        (S.COMPLETED, ReopenReason.SUSPECTED_FRAUD, TEBET_TIMUR, 300, False),
        (S.COMPLETED, ReopenReason.SUSPECTED_FRAUD, MANGGARAI, 300, True),
    ],
)
def test_a_closed_case_is_reopened_for_a_reason_that_fits_in_time(
    state: CaseState, reason: ReopenReason, to_unit: str | None, days: float, passes: bool
) -> None:
    closed = a_case(state, closed_at=T0)
    context = a_context(BIRO_OFFICER, now=T0 + timedelta(days=days))
    command = ReopenCase(reason=reason, to_unit=to_unit)
    if not passes:
        with pytest.raises(Conflict):
            act(closed, command, context)
        return
    after = act(closed, command, context).state
    assert (after.state, after.unit_id) == (S.RECEIVED, to_unit or TEBET_TIMUR)
    assert after.closed_at is None


@pytest.mark.parametrize(
    ("context", "error"),
    [
        ({"head": None}, Malformed),
        ({"head": a_case()}, Malformed),
        ({"head": a_head(state=S.COMPLETED)}, Conflict),
        ({"head": a_head(state=S.MERGED)}, Conflict),
        ({"has_children": True}, Conflict),
        ({"head": a_head(about_unit=MANGGARAI)}, Conflict),
    ],
)
def test_a_case_is_merged_only_into_an_open_head_and_without_chains(
    context: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        act(a_case(), MergeCase(head=HEAD), a_context(**context))


def test_a_merged_case_goes_its_own_way_again() -> None:
    merged = act(a_case(), MergeCase(head=HEAD), a_context()).state
    assert merged.head_id == HEAD
    alone = act(merged, SplitCase(), a_context()).state
    assert (alone.state, alone.head_id, alone.closed_at) == (S.RECEIVED, None, None)


def test_the_reviewer_may_split_a_merged_case() -> None:
    merged = a_case(S.MERGED, head_id=HEAD, closed_at=T0)
    assert act(merged, SplitCase(), a_context(BIRO_OFFICER)).state.state is S.RECEIVED


def test_the_triage_desk_gives_unit_category_and_place() -> None:
    case = a_case(unit_id="triage", category=None, kelurahan_code=None, area_name=None)
    command = AssignFromTriage(unit=MANGGARAI, category="sampah", kelurahan=MANGGARAI)
    decision = act(case, command, a_context(TRIAGE_OFFICER))
    [event] = decision.events
    assert isinstance(event, CaseRouted)
    assert (event.routed_by, event.unit_id, event.category) == ("triage", MANGGARAI, "sampah")
    assert event.area_name == "Manggarai"


@pytest.mark.parametrize(
    "command",
    [
        AssignFromTriage(unit=MANGGARAI, category="sihir"),
        AssignFromTriage(unit="dinas-sihir", category="sampah"),
        AssignFromTriage(unit=MANGGARAI, category="sampah", kelurahan="31.74"),
    ],
)
def test_the_triage_desk_cannot_name_what_is_not_in_the_tables(command: Command) -> None:
    with pytest.raises(Malformed):
        act(a_case(unit_id="triage"), command, a_context(TRIAGE_OFFICER))


def test_a_case_is_accepted_once() -> None:
    accepted = act(a_case(), AcceptCase(), a_context()).state
    with pytest.raises(Conflict, match="already accepted"):
        act(accepted, AcceptCase(), a_context())


def test_nothing_is_open_to_the_holder_of_a_closed_case() -> None:
    assert open_to(an_officer(), a_case(S.COMPLETED)) == ()
    assert open_to(BIRO_OFFICER, a_case(S.COMPLETED)) == ("reopen",)


@pytest.mark.parametrize("fields", [{}, {"confidential": True}, {"restricted": True}])
def test_the_triage_desk_sees_what_it_holds_and_nothing_after_that(fields: dict[str, Any]) -> None:
    assert may_see(a_case(unit_id="triage", **fields), TRIAGE_OFFICER, UNITS)
    assert not may_see(a_case(**fields), TRIAGE_OFFICER, UNITS)
    assign = AssignFromTriage(unit=MANGGARAI, category="sampah")
    held = a_case(unit_id="triage", **fields)
    assigned = act(held, assign, a_context(TRIAGE_OFFICER)).state
    assert not may_see(assigned, TRIAGE_OFFICER, UNITS)


@pytest.mark.parametrize("unit", [TEBET_TIMUR, MANGGARAI, "inspektorat", "no-such-unit"])
def test_a_triage_officer_of_another_unit_is_nothing_to_any_case(unit: str) -> None:
    officer = an_officer(unit, "triage_officer")
    held = a_case(unit_id="triage")
    assert not may_see(held, officer, UNITS)
    assert relations(held, officer, UNITS) == frozenset()


def test_a_unit_that_has_passed_a_case_on_watches_it_and_may_do_nothing() -> None:
    passed = act(a_case(), CoordinateCase(to_unit=BINA_MARGA), a_context()).state
    assert passed.watchers == (TEBET_TIMUR,)
    assert may_see(passed, an_officer(), UNITS)
    assert open_to(an_officer(), passed) == ()
    dinas = a_context(an_officer(BINA_MARGA))
    further = act(passed, DelegateCase(to_unit=SUDIN_BINA_MARGA), dinas).state
    assert further.watchers == (TEBET_TIMUR, BINA_MARGA)
    sudin = a_context(an_officer(SUDIN_BINA_MARGA))
    back = act(further, ReturnCase(reason="Bukan aset kami"), sudin).state
    assert back.watchers == (TEBET_TIMUR, SUDIN_BINA_MARGA)
    assert not may_see(back, an_officer(MANGGARAI), UNITS)


def test_a_unit_from_which_a_case_is_taken_does_not_watch_it() -> None:
    reopened = act(
        a_case(S.COMPLETED, follow_up_ref=HEAD),
        ReopenCase(reason=ReopenReason.SUSPECTED_FRAUD, to_unit=MANGGARAI),
        a_context(BIRO_OFFICER),
    ).state
    assert not may_see(reopened, an_officer(), UNITS)


@pytest.mark.parametrize(
    ("state", "fields", "seen"),
    [
        (S.RECEIVED, {}, False),
        (S.IN_PROGRESS, {}, False),
        (S.IN_PROGRESS, {"extension_until": SOON}, True),
        (S.PLANNED, {}, True),
        (S.AWAITING_VALIDATION, {}, True),
        (S.VERIFYING, {}, True),
        (S.FOLLOW_UP_REFUSED, {}, False),
        (S.COMPLETED, {}, True),
        (S.REJECTED, {}, True),
        (S.MERGED, {}, False),
        (S.WITHDRAWN, {}, False),
    ],
)
def test_the_reviewer_of_a_restricted_case_sees_it_while_there_is_something_to_judge(
    state: S, fields: dict[str, Any], seen: bool
) -> None:
    case = a_case(state, unit_id="inspektorat", restricted=True, **fields)
    assert may_see(case, BIRO_OFFICER, UNITS) is seen
    own = a_case(state, unit_id="biro-pemerintahan", **fields)
    assert may_see(own, INSPECTOR, UNITS) is seen


@pytest.mark.parametrize("words", ["", "   ", "x" * 4001])
def test_words_must_be_there_and_have_an_end(words: str) -> None:
    with pytest.raises(ValidationError):
        SubmitFollowUp(text=words)


def test_a_command_knows_no_extra_fields() -> None:
    with pytest.raises(ValidationError):
        AcceptCase.model_validate({"unit": MANGGARAI})


def test_who_judges_is_an_officer_of_the_judging_unit_in_the_judging_role() -> None:
    assert judges_for(BIRO_OFFICER, UNITS) == "biro-pemerintahan"
    assert judges_for(INSPECTOR, UNITS) == "inspektorat"
    for nobody in (
        an_officer(),
        TRIAGE_OFFICER,
        an_officer("inspektorat", "auditor"),
        an_officer("biro-pemerintahan"),
    ):
        assert judges_for(nobody, UNITS) is None


def test_the_biro_holds_its_own_cases() -> None:
    own = a_case(unit_id="biro-pemerintahan")
    assert Relation.HOLDER in relations(own, BIRO_OFFICER, UNITS)
