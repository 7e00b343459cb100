"""What each event of the stream does to the clocks."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.sla.clocks import Policy
from services.sla.domain import CLOSERS, EMITS, HEARS, Context, decide
from shared.errors import Reject
from shared.events.intake import IntakeEvent, ReporterErased
from shared.events.routing import (
    TOUCHES,
    CaseAccepted,
    CaseCompleted,
    CaseCoordinated,
    CaseEvent,
    CaseMerged,
    CaseReopened,
    CaseRouted,
    CaseSplit,
    CaseTriaged,
    CitizenAnswered,
    CitizenQuestioned,
    ExtensionApproved,
    FollowUpRefused,
    FollowUpSubmitted,
    PlanApproved,
    PlanReturned,
    PlanSubmitted,
    VerificationOrdered,
)
from shared.events.sla import (
    DeadlineExtended,
    DeadlineMissed,
    DeadlineRetracted,
    DeadlinesSet,
    EvaluationOpened,
    SlaEvent,
)
from shared.events.vocabulary import CaseState, Clock, UnitKind
from tests.builders import T0, a_complaint, a_complaint_id, at
from tests.unit.sla.story import (
    DINAS,
    KELURAHAN,
    REF,
    Story,
    case_event,
    policy_table,
    routed,
    worked_on,
)

FOLLOW_UP, EVALUATION = Clock.FOLLOW_UP, Clock.EVALUATION
FIRST_ACTION, PLAN_CHECK, VALIDATION = Clock.FIRST_ACTION, Clock.PLAN_CHECK, Clock.VALIDATION


def limits(events: Any) -> dict[Clock, Any]:
    """The one DeadlinesSet among ``events``, clock by clock."""
    [fact] = [event for event in events if isinstance(event, DeadlinesSet)]
    return {deadline.clock: deadline.due_at for deadline in fact.deadlines}


def kinds(events: Any) -> list[type[Any]]:
    return [type(event) for event in events]


def test_sla_hears_all_that_routing_says_and_receipts_and_says_all_that_is_its_own() -> None:
    assert not [event for event in HEARS if not issubclass(event, CaseEvent | IntakeEvent)]
    assert set(CaseEvent.__subclasses__()) < HEARS
    assert set(SlaEvent.__subclasses__()) == EMITS


def test_a_complaint_is_promised_a_week_and_evaluated_after_a_month() -> None:
    story = Story()
    events = story.received()
    assert limits(events) == {FOLLOW_UP: at(days=7), EVALUATION: at(days=30)}
    assert len(events) == 1


def test_receipt_is_the_zero_however_late_it_is_heard() -> None:
    assert limits(Story().hear(a_complaint(), at(days=2)))[FOLLOW_UP] == at(days=7)


@pytest.mark.parametrize(
    ("kind", "hours"),
    [
        (UnitKind.KELURAHAN, 24),
        (UnitKind.KECAMATAN, 6),
        (UnitKind.DINAS, 6),
        (UnitKind.SUKU_DINAS, 6),
        (UnitKind.OTHER, 6),
    ],
)
def test_a_kelurahan_has_a_day_for_its_first_action_and_others_six_hours(
    kind: UnitKind, hours: int
) -> None:
    story = Story()
    story.received()
    events = story.happens(CaseRouted, at(hours=1), unit_kind=kind)
    assert limits(events) == {FIRST_ACTION: at(hours=1 + hours)}


@pytest.mark.parametrize("entry", [CaseReopened, CaseSplit])
def test_a_first_action_is_awaited_anew_from_whoever_gets_the_case_again(
    entry: type[CaseEvent],
) -> None:
    story = Story()
    story.received()
    assert limits(story.happens(entry, at(hours=1)))[FIRST_ACTION] == at(hours=25)


def test_the_triage_desk_must_act_too_until_a_unit_is_found() -> None:
    story = Story()
    story.received()
    assert limits(story.happens(CaseTriaged, at())) == {FIRST_ACTION: at(hours=6)}
    assert story.clock(FIRST_ACTION).unit_id == "triage"
    events = story.happens(CaseRouted, at(hours=2), routed_by="triage")
    assert limits(events) == {FIRST_ACTION: at(hours=26)}
    assert [holding.unit_id for holding in story.known.holdings] == ["triage", KELURAHAN]


@pytest.mark.parametrize("kind", TOUCHES)
def test_whatever_the_entry_unit_does_first_stops_its_first_action(kind: type[CaseEvent]) -> None:
    story = routed()
    story.happens(kind, at(hours=5))
    assert story.clock(FIRST_ACTION).stopped_at == at(hours=5)


@pytest.mark.parametrize("kind", [CitizenAnswered, VerificationOrdered])
def test_what_others_do_is_not_the_units_first_action(kind: type[CaseEvent]) -> None:
    story = routed()
    story.happens(kind, at(hours=5))
    assert story.clock(FIRST_ACTION).stopped_at is None


def test_a_plan_is_checked_within_a_day_by_the_biro() -> None:
    story = routed()
    events = story.happens(PlanSubmitted, at(hours=3))
    assert limits(events) == {PLAN_CHECK: at(hours=27)}
    assert story.clock(PLAN_CHECK).unit_id == "biro-pemerintahan"


@pytest.mark.parametrize("kind", [PlanApproved, PlanReturned])
def test_the_answer_to_a_plan_stops_its_check(kind: type[CaseEvent]) -> None:
    story = routed()
    story.happens(PlanSubmitted, at(hours=3))
    assert story.happens(kind, at(hours=4)) == ()
    assert story.clock(PLAN_CHECK).stopped_at == at(hours=4)


def test_a_question_leaves_the_check_of_the_plan_running() -> None:
    story = routed()
    story.happens(PlanSubmitted, at(hours=3))
    story.happens(CitizenQuestioned, at(hours=4), state=CaseState.PLANNED)
    assert story.clock(PLAN_CHECK).stopped_at is None


def test_a_follow_up_is_validated_within_three_days() -> None:
    story = routed()
    assert limits(story.happens(FollowUpSubmitted, at(days=1))) == {VALIDATION: at(days=4)}


@pytest.mark.parametrize("kind", [FollowUpRefused, VerificationOrdered, CaseCompleted])
def test_the_answer_to_a_follow_up_stops_its_validation(kind: type[CaseEvent]) -> None:
    story = routed()
    story.happens(FollowUpSubmitted, at(days=1))
    story.happens(kind, at(days=2))
    assert story.clock(VALIDATION).stopped_at == at(days=2)


def test_a_repeated_follow_up_is_validated_anew() -> None:
    story = routed()
    story.happens(FollowUpSubmitted, at(days=1))
    story.happens(FollowUpRefused, at(days=2))
    assert limits(story.happens(FollowUpSubmitted, at(days=3))) == {VALIDATION: at(days=6)}


def test_a_unit_is_judged_by_whom_routing_names() -> None:
    story = Story(judge="inspektorat")
    story.received()
    story.happens(CaseRouted, at(hours=1), unit_id="biro-pemerintahan")
    story.happens(PlanSubmitted, at(hours=3), unit_id="biro-pemerintahan")
    assert story.clock(PLAN_CHECK).unit_id == "inspektorat"


def test_a_policy_names_who_is_told_of_a_late_judge() -> None:
    strict = Policy("check", 2, PLAN_CHECK, timedelta(hours=5), escalate_to="setda",
                    category="sampah")  # fmt: skip
    story = routed(strict)
    story.happens(PlanSubmitted, at(hours=2))
    assert story.clock(PLAN_CHECK).escalate_to == "setda"


@pytest.mark.parametrize("kind", [PlanSubmitted, FollowUpSubmitted])
def test_what_nobody_is_known_to_judge_is_rejected_and_starts_no_clock(
    kind: type[CaseEvent],
) -> None:
    story = routed()
    elsewhere = {(a_complaint_id(), DINAS): "biro-pemerintahan"}
    context = Context(at(hours=3), policy_table(), reviewers=elsewhere)
    with pytest.raises(Reject) as refusal:
        decide(story.case, case_event(kind, case_version=2, at=at(hours=3)), context)
    assert refusal.value.cause == "unknown_reviewer"
    assert refusal.value.detail == "routing names nobody who judges unit 31.74.01.1001"


def test_a_late_judgement_on_the_biro_is_not_told_to_the_biro() -> None:
    story = Story(judge="inspektorat")
    story.received()
    story.happens(CaseRouted, at(hours=1), unit_id="biro-pemerintahan")
    story.happens(PlanSubmitted, at(hours=3), unit_id="biro-pemerintahan")
    [missed] = story.tick(at(hours=27))
    assert isinstance(missed, DeadlineMissed)
    assert (missed.unit_id, missed.escalate_to) == ("inspektorat", "inspektorat")


@pytest.mark.parametrize("about", [None, "biro-pemerintahan", "satpol-pp"])
def test_who_judges_a_confidential_case_is_told_to_nobody(about: str | None) -> None:
    """A judge who is not the Biro would tell that the complaint is about the Biro."""
    story = Story(judge="biro-pemerintahan" if about is None else "inspektorat")
    story.received_in_silence(about_unit=about)
    story.happens(CaseRouted, at(hours=1), unit_id="inspektorat")
    story.happens(PlanSubmitted, at(hours=3), unit_id="inspektorat")
    [missed] = story.tick(at(hours=27))
    assert isinstance(missed, DeadlineMissed)
    assert (missed.unit_id, missed.escalate_to) == (None, None)
    assert story.known.responsible(story.clock(PLAN_CHECK)) == story.judge


def test_a_question_to_the_citizen_pauses_the_follow_up_and_nothing_else() -> None:
    story = worked_on()
    story.happens(CitizenQuestioned, at(days=2))
    assert story.tick(at(days=4.9)) == ()
    assert story.clock(EVALUATION).next_fire_at == at(days=30)
    [extended] = story.happens(CitizenAnswered, at(days=5))
    assert extended == DeadlineExtended(
        complaint_id=a_complaint_id(),
        at=at(days=5),
        clock=FOLLOW_UP,
        due_at=at(days=10),
        original_due_at=at(days=7),
        cause="pause",
    )
    assert story.clock(FOLLOW_UP).next_fire_at == at(days=8)


def test_a_second_question_while_one_is_open_changes_nothing() -> None:
    story = worked_on()
    story.happens(CitizenQuestioned, at(days=2))
    story.happens(CitizenQuestioned, at(days=3))
    story.happens(CitizenAnswered, at(days=4))
    assert story.clock(FOLLOW_UP).due_at == at(days=9)


def test_a_question_after_the_limit_gives_no_time_back() -> None:
    story = worked_on()
    missed, _ = story.happens(CitizenQuestioned, at(days=8))
    assert isinstance(missed, DeadlineMissed)
    assert story.happens(CitizenAnswered, at(days=9)) == ()
    assert story.clock(FOLLOW_UP).overdue


def test_an_extension_moves_the_limit_and_keeps_the_original_beside_it() -> None:
    story = worked_on()
    [extended] = story.happens(ExtensionApproved, at(days=6), complete_by=at(days=12), number=1)
    assert isinstance(extended, DeadlineExtended)
    assert (extended.due_at, extended.original_due_at) == (at(days=12), at(days=7))
    assert extended.cause == "extension"
    assert story.clock(FOLLOW_UP).next_fire_at == at(days=10)


def test_an_extension_is_counted_once_and_never_shortens() -> None:
    story = worked_on()
    story.happens(ExtensionApproved, at(days=1), complete_by=at(days=12), number=1)
    assert story.happens(ExtensionApproved, at(days=2), complete_by=at(days=15), number=1) == ()
    assert story.happens(ExtensionApproved, at(days=2), complete_by=at(days=8), number=2) == ()
    assert story.clock(FOLLOW_UP).due_at == at(days=12)
    assert story.known.extensions == 2


def test_an_extension_after_the_limit_leaves_the_miss_a_fact_and_gives_a_new_limit() -> None:
    story = worked_on()
    events = story.happens(ExtensionApproved, at(days=8), complete_by=at(days=12), number=1)
    missed, extended = events
    assert isinstance(missed, DeadlineMissed)
    assert isinstance(extended, DeadlineExtended)
    assert kinds(story.tick(at(days=12))) == [DeadlineMissed]


@pytest.mark.parametrize("kind", CLOSERS)
def test_a_close_stops_every_clock_and_nobody_holds_the_case(kind: type[CaseEvent]) -> None:
    story = routed()
    story.happens(FollowUpSubmitted, at(days=1))
    assert story.happens(kind, at(days=2)) == ()
    assert all(clock.stopped_at for clock in story.known.clocks.values())
    assert (story.known.next_fire_at, story.known.holder) == (None, None)


@pytest.mark.parametrize("kind", CLOSERS)
def test_a_late_close_takes_back_the_miss_that_was_stated_meanwhile(kind: type[CaseEvent]) -> None:
    story = worked_on()
    story.tick(at(days=7))
    events = story.happens(kind, at(days=6.9), now=at(days=7.1))
    assert events == (
        DeadlineRetracted(
            complaint_id=a_complaint_id(),
            at=at(days=7.1),
            clock=FOLLOW_UP,
            due_at=at(days=7),
            closed_at=at(days=6.9),
        ),
    )
    assert not story.clock(FOLLOW_UP).overdue


def test_a_late_first_action_takes_back_its_miss() -> None:
    story = routed()
    assert kinds(story.tick(at(hours=25))) == [DeadlineMissed]
    [taken_back] = story.happens(CaseAccepted, at(hours=24.5), now=at(hours=26))
    assert isinstance(taken_back, DeadlineRetracted)
    assert taken_back.clock is FIRST_ACTION


def test_a_close_at_the_limit_itself_is_too_late() -> None:
    story = worked_on()
    story.tick(at(days=7))
    assert story.happens(CaseCompleted, at(days=7)) == ()
    assert story.clock(FOLLOW_UP).missed_at == at(days=7)


def test_a_close_after_the_limit_is_missed_also_when_the_ticker_never_came() -> None:
    story = routed()
    events = story.happens(CaseCompleted, at(days=31))
    assert kinds(events) == [DeadlineMissed, DeadlineMissed, EvaluationOpened]
    assert story.known.next_fire_at is None


def test_a_reopened_case_is_a_new_promise_told_in_one_event() -> None:
    story = routed()
    story.happens(CaseCompleted, at(days=3))
    events = story.happens(CaseReopened, at(days=9), unit_id=DINAS, unit_kind=UnitKind.DINAS)
    assert limits(events) == {
        FIRST_ACTION: at(days=9, hours=6),
        FOLLOW_UP: at(days=16),
        EVALUATION: at(days=39),
    }
    assert len(events) == 1
    assert story.known.closed_at is None


def test_the_miss_of_a_clock_that_is_replaced_is_not_lost() -> None:
    story = worked_on()
    events = story.happens(CaseReopened, at(days=8))
    assert kinds(events) == [DeadlineMissed, DeadlinesSet]
    story.happens(FollowUpSubmitted, at(days=9))
    events = story.happens(FollowUpSubmitted, at(days=13))
    assert kinds(events) == [DeadlineMissed, DeadlinesSet]


def test_a_merge_is_no_answer_so_the_citizens_clocks_go_on_after_the_split() -> None:
    story = routed()
    story.happens(CaseMerged, at(days=2))
    events = story.happens(CaseSplit, at(days=4))
    assert limits(events) == {
        FIRST_ACTION: at(days=5),
        FOLLOW_UP: at(days=7),
        EVALUATION: at(days=30),
    }
    [missed] = story.tick(at(days=7))[-1:]
    assert isinstance(missed, DeadlineMissed)
    assert missed.clock is FOLLOW_UP


def test_an_answer_counts_for_the_split_that_follows_it_and_for_no_later_one() -> None:
    story = worked_on()
    story.happens(CaseMerged, at(days=2))
    story.happens(CaseCompleted, at(days=3), state=CaseState.MERGED)
    story.happens(CaseSplit, at(days=4))
    story.happens(CaseMerged, at(days=5))
    story.happens(CaseSplit, at(days=6))
    assert story.clock(FOLLOW_UP).due_at == at(days=11)


@pytest.mark.parametrize("entry", [CaseRouted, CaseTriaged])
def test_a_case_that_another_unit_gets_is_judged_no_more_and_its_question_stays_open(
    entry: type[CaseEvent],
) -> None:
    story = routed()
    story.happens(PlanSubmitted, at(hours=2))
    story.happens(CitizenQuestioned, at(hours=3), state=CaseState.PLANNED)
    story.happens(entry, at(hours=4))
    assert story.clock(PLAN_CHECK).stopped_at == at(hours=4)
    assert story.clock(Clock.ANSWER).stopped_at is None


def test_a_reopened_case_begins_without_a_question() -> None:
    story = worked_on()
    story.happens(CitizenQuestioned, at(days=2))
    story.happens(CaseReopened, at(days=3))
    assert story.clock(Clock.ANSWER).stopped_at == at(days=3)
    assert story.clock(FOLLOW_UP).paused_since is None


def test_a_limit_that_was_missed_stays_missed_whatever_the_category_becomes() -> None:
    slow = Policy("follow-up-jalan", 1, FOLLOW_UP, timedelta(days=14), category="jalan")
    story = worked_on(slow)
    story.tick(at(days=7))
    story.happens(CaseRouted, at(days=8), category="jalan")
    assert (story.clock(FOLLOW_UP).due_at, story.clock(FOLLOW_UP).missed_at) == (at(days=7),) * 2


def test_a_clock_that_is_set_names_the_unit_that_must_act() -> None:
    story = Story()
    story.received()
    [fact] = story.happens(CaseRouted, at(hours=1))
    assert isinstance(fact, DeadlinesSet)
    assert [(d.clock, d.unit_id) for d in fact.deadlines] == [(FIRST_ACTION, KELURAHAN)]


def test_the_last_event_that_changed_something_is_remembered_as_the_cause_of_what_time_brings() -> (
    None
):
    first, second = UUID(int=11), UUID(int=12)
    policies = policy_table()
    case = decide(None, a_complaint(), Context(T0, policies, first)).state
    assert case is not None
    assert case.heard == first
    repeated = decide(case, a_complaint(), Context(T0, policies, second)).state
    assert repeated is case
    routing = case_event(CaseRouted, case_version=1)
    after = decide(case, routing, Context(at(hours=1), policies, second)).state
    assert after is not None
    assert after.heard == second


def test_a_passed_case_is_held_by_the_one_and_then_by_the_other() -> None:
    story = routed()
    story.happens(CaseCoordinated, at(hours=3))
    story.happens(CaseCompleted, at(hours=9))
    held = [(h.unit_id, h.since, h.until) for h in story.known.holdings]
    assert held == [(KELURAHAN, at(hours=1), at(hours=3)), (DINAS, at(hours=3), at(hours=9))]


def test_the_officers_category_may_have_another_limit_from_the_same_start() -> None:
    slow = Policy("follow-up-jalan", 1, FOLLOW_UP, timedelta(days=14), category="jalan")
    story = Story(slow)
    story.received(category="sampah")
    events = story.happens(CaseRouted, at(hours=1), category="jalan")
    assert limits(events) == {FIRST_ACTION: at(hours=25), FOLLOW_UP: at(days=14)}


def test_an_older_or_repeated_event_changes_nothing() -> None:
    story = routed()
    story.happens(CaseCompleted, at(days=1))
    before = story.known
    for event in (
        a_complaint(),
        case_event(CaseRouted, case_version=1),
        case_event(CaseCompleted, case_version=2, at=at(days=1)),
    ):
        assert story.hear(event, at(days=3)) == ()
        assert story.known is before


def test_a_receipt_heard_after_the_close_sets_clocks_that_stand_still() -> None:
    story = Story()
    story.happens(CaseRouted, at(hours=1))
    story.happens(CaseCompleted, at(days=1))
    story.received()
    assert story.known.received_at == T0
    assert story.clock(FOLLOW_UP).stopped_at == at(days=1)
    assert story.known.next_fire_at is None


def test_a_step_of_a_closed_case_wakes_no_clock() -> None:
    story = routed()
    story.happens(CaseCompleted, at(days=1))
    assert story.happens(FollowUpSubmitted, at(days=2)) == ()
    assert (story.known.next_fire_at, story.known.holder) == (None, None)


def test_what_is_not_heard_changes_nothing() -> None:
    story = routed()
    erased = ReporterErased(complaint_id=a_complaint_id(), at=at(days=1), reporter_ref=REF)
    decision = decide(story.case, erased, Context(at(days=1), policy_table()))
    assert decision.state is story.case
    assert decision.events == ()
