"""What the passing of time brings about, and what the Biro may drop."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from services.sla.clocks import Policy
from services.sla.domain import waive
from shared.errors import Conflict, Forbidden
from shared.events.event import Event
from shared.events.routing import (
    CaseCompleted,
    CaseCoordinated,
    CaseReopened,
    CaseRouted,
    CitizenQuestioned,
    FollowUpSubmitted,
    PlanSubmitted,
)
from shared.events.sla import (
    DeadlineMissed,
    DeadlineWarned,
    EvaluationOpened,
    EvaluationWaived,
    HoldingShare,
)
from shared.events.vocabulary import Clock, UnitKind
from tests.builders import a_complaint_id, at
from tests.unit.sla.story import BIRO, DINAS, KELURAHAN, REF, Story, routed, worked_on


def limits(facts: Sequence[Event]) -> list[datetime]:
    """The limits that were missed, in the order in which it was said."""
    assert all(isinstance(fact, DeadlineMissed | EvaluationOpened) for fact in facts)
    return [fact.due_at for fact in facts if isinstance(fact, DeadlineMissed | EvaluationOpened)]


def steps(story: Story, *hours: float) -> list[tuple[float, Clock, int]]:
    """The warnings given to the kelurahan at each of ``hours``."""
    found = []
    for hour in hours:
        for event in story.tick(at(hours=hour)):
            assert isinstance(event, DeadlineWarned)
            assert event.unit_id == KELURAHAN
            found.append((hour, event.clock, event.step))
    return found


@pytest.mark.parametrize(
    ("kind", "warned", "missed"), [(UnitKind.KELURAHAN, 19, 25), (UnitKind.DINAS, 5.5, 7)]
)
def test_a_unit_is_warned_at_three_quarters_of_its_first_action(
    kind: UnitKind, warned: float, missed: float
) -> None:
    story = routed(unit_kind=kind)
    assert steps(story, warned - 0.01, warned) == [(warned, Clock.FIRST_ACTION, 1)]
    [miss] = story.tick(at(hours=missed))
    assert isinstance(miss, DeadlineMissed)
    assert (miss.clock, miss.unit_id, miss.escalate_to) == (Clock.FIRST_ACTION, KELURAHAN, None)


def test_a_unit_that_misses_its_first_action_is_told_of_to_the_unit_above_it() -> None:
    story = routed(unit_parent_id="31.74.01")
    [miss] = story.tick(at(hours=25))
    assert isinstance(miss, DeadlineMissed)
    assert miss.escalate_to == "31.74.01"


def test_a_late_follow_up_is_told_to_the_unit_above_the_one_that_holds_it_then() -> None:
    story = worked_on(unit_parent_id="31.74.01")
    story.happens(CaseCoordinated, at(days=2), unit_id="sudin", unit_parent_id=DINAS)
    [miss] = story.tick(at(days=7))
    assert isinstance(miss, DeadlineMissed)
    assert (miss.unit_id, miss.escalate_to) == ("sudin", DINAS)


def test_a_policy_may_name_somebody_else_to_be_told() -> None:
    strict = Policy("strict", 1, Clock.FIRST_ACTION, timedelta(hours=2), escalate_to="inspektorat",
                    category="sampah")  # fmt: skip
    story = routed(strict, unit_parent_id="31.74.01")
    [miss] = story.tick(at(hours=3))
    assert isinstance(miss, DeadlineMissed)
    assert miss.escalate_to == "inspektorat"


def test_the_holder_is_warned_at_five_and_six_days_and_misses_at_seven() -> None:
    story = worked_on()
    five, six = 5 * 24.0, 6 * 24.0
    assert steps(story, five - 1, five, six - 1, six) == [
        (five, Clock.FOLLOW_UP, 1),
        (six, Clock.FOLLOW_UP, 2),
    ]
    [miss] = story.tick(at(days=7))
    assert isinstance(miss, DeadlineMissed)
    assert (miss.clock, miss.unit_id) == (Clock.FOLLOW_UP, KELURAHAN)
    assert story.tick(at(days=8)) == ()


def test_a_ticker_that_comes_late_gives_the_last_warning_only() -> None:
    story = worked_on()
    assert steps(story, 6.5 * 24) == [(6.5 * 24, Clock.FOLLOW_UP, 2)]


def test_a_ticker_that_comes_after_the_limit_warns_no_more() -> None:
    story = worked_on()
    assert [type(event) for event in story.tick(at(days=9))] == [DeadlineMissed]


def test_a_ticker_that_was_down_for_weeks_states_each_miss_once_and_in_order() -> None:
    story = routed()
    missed = story.tick(at(days=40))
    assert limits(missed) == [at(hours=25), at(days=7), at(days=30)]
    assert {fact.at for fact in missed} == {at(days=40)}
    assert story.tick(at(days=41)) == ()


def test_a_close_after_weeks_of_silence_states_the_misses_in_order() -> None:
    story = routed()
    missed = story.happens(CaseCompleted, at(days=40))
    assert limits(missed) == [at(hours=25), at(days=7), at(days=30)]
    assert story.tick(at(days=41)) == ()


def test_warnings_in_any_order_of_a_table_are_given_once_each() -> None:
    story = worked_on(
        Policy("mixed", 1, Clock.FOLLOW_UP, timedelta(days=7),
               (timedelta(days=6), timedelta(days=5)), category="sampah")
    )  # fmt: skip
    assert len(story.tick(at(days=5))) == 1
    assert story.known.next_fire_at == at(days=6)


@pytest.mark.parametrize(
    ("kind", "clock", "hours"),
    [(PlanSubmitted, Clock.PLAN_CHECK, 24), (FollowUpSubmitted, Clock.VALIDATION, 72)],
)
def test_a_late_reviewer_is_told_to_the_head_of_the_biro(
    kind: type[PlanSubmitted], clock: Clock, hours: float
) -> None:
    story = routed()
    story.happens(kind, at(hours=2))
    [miss] = story.tick(at(hours=2 + hours))
    assert isinstance(miss, DeadlineMissed)
    assert (miss.clock, miss.escalate_to) == (clock, "biro-pemerintahan")


def test_an_open_question_holds_warnings_and_miss_back() -> None:
    story = routed()
    story.happens(CitizenQuestioned, at(days=1))
    assert story.tick(at(days=10.9)) == ()


def test_a_month_unfinished_is_shared_out_by_holding_time() -> None:
    story = Story()
    story.received()
    story.happens(CaseRouted, at())
    story.happens(CaseCoordinated, at(days=10))
    story.tick(at(days=7))
    [opened] = story.tick(at(days=30))
    assert isinstance(opened, EvaluationOpened)
    day = 86_400
    assert opened.shares == (
        HoldingShare(unit_id=KELURAHAN, held_seconds=10 * day, share=0.3333),
        HoldingShare(unit_id=DINAS, held_seconds=20 * day, share=0.6667),
    )


def test_a_case_that_nobody_ever_held_is_evaluated_against_nobody() -> None:
    story = Story()
    story.received()
    opened = story.tick(at(days=30))[-1]
    assert isinstance(opened, EvaluationOpened)
    assert opened.shares == ()


def evaluated() -> Story:
    story = routed()
    story.tick(at(days=30))
    return story


def test_the_biro_may_waive_an_evaluation_once() -> None:
    story = evaluated()
    decision = waive(story.known, BIRO, REF, at(days=31))
    fact = EvaluationWaived(complaint_id=a_complaint_id(), at=at(days=31), note_ref=REF)
    assert decision.events == (fact,)
    assert not decision.state.clocks[Clock.EVALUATION].overdue
    with pytest.raises(Conflict, match=r"^The evaluation is waived already\.$"):
        waive(decision.state, BIRO, REF, at(days=32))


def test_nothing_can_be_waived_before_it_is_opened() -> None:
    with pytest.raises(Conflict, match=r"^No evaluation was opened for this case\.$"):
        waive(routed().known, BIRO, REF, at(days=2))


def test_a_unit_may_not_waive_the_evaluation_of_a_case_that_it_held() -> None:
    story = routed(unit_id=BIRO)
    story.happens(CaseCoordinated, at(days=2), from_unit_id=BIRO)
    story.tick(at(days=30))
    with pytest.raises(Forbidden, match=r"^Your unit held this case itself and may not"):
        waive(story.known, BIRO, REF, at(days=31))


def test_a_reopened_case_is_evaluated_for_the_time_since_then() -> None:
    story = routed()
    story.happens(CaseReopened, at(days=9), unit_id=DINAS)
    story.tick(at(days=16))
    [opened] = story.tick(at(days=39))
    assert isinstance(opened, EvaluationOpened)
    assert [(share.unit_id, share.share) for share in opened.shares] == [(DINAS, 1.0)]
