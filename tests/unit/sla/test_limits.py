"""What is done at the very instant of a limit, and what an extension and a category leave."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.sla.clocks import Policy
from shared.events.routing import (
    CaseAccepted,
    CaseCompleted,
    CaseMerged,
    CaseReopened,
    CaseRouted,
    CaseSplit,
    CitizenAnswered,
    CitizenQuestioned,
    ExtensionApproved,
)
from shared.events.sla import DeadlineMissed, DeadlinesSet, DeadlineWarned, QuestionExpired
from shared.events.vocabulary import CaseState, Clock
from tests.builders import at
from tests.unit.sla.story import Story, routed, worked_on

FIRST_ACTION, FOLLOW_UP = Clock.FIRST_ACTION, Clock.FOLLOW_UP
INSTANT = timedelta(microseconds=1)


def asked() -> Story:
    """A question is open since the second day, so that the answer is due on the twelfth."""
    story = worked_on()
    story.happens(CitizenQuestioned, at(days=2))
    return story


LIMITS = pytest.mark.parametrize(
    ("story", "act", "limit", "over"),
    [
        (routed, CaseAccepted, at(hours=25), DeadlineMissed),
        (worked_on, CaseCompleted, at(days=7), DeadlineMissed),
        (asked, CitizenAnswered, at(days=12), QuestionExpired),
    ],
    ids=["first-action", "follow-up", "answer"],
)


@LIMITS
def test_an_act_at_the_limit_itself_is_too_late(
    story: Any, act: type[Any], limit: datetime, over: type[Any]
) -> None:
    assert [type(fact) for fact in story().happens(act, limit)][:1] == [over]


@LIMITS
def test_an_act_an_instant_before_the_limit_is_in_time(
    story: Any, act: type[Any], limit: datetime, over: type[Any]
) -> None:
    facts = story().happens(act, limit - INSTANT)
    assert [fact for fact in facts if isinstance(fact, over)] == []


def test_the_ticker_states_a_miss_at_the_limit_and_not_an_instant_before() -> None:
    story = worked_on()
    assert [type(fact) for fact in story.tick(at(days=7) - INSTANT)] == [DeadlineWarned]
    [missed] = story.tick(at(days=7))
    assert isinstance(missed, DeadlineMissed)


def test_warnings_come_anew_after_an_extension() -> None:
    story = worked_on()
    for days in (5.0, 6.0):
        story.tick(at(days=days))
    story.happens(ExtensionApproved, at(days=6.5), complete_by=at(days=12), number=1)
    given = []
    for day in (9.9, 10.0, 11.0):
        for warned in story.tick(at(days=day)):
            assert isinstance(warned, DeadlineWarned)
            given.append((day, warned.clock, warned.step, warned.due_at))
    assert given == [(10, FOLLOW_UP, 1, at(days=12)), (11, FOLLOW_UP, 2, at(days=12))]


def test_an_extension_to_the_date_that_holds_anyway_repeats_no_warning() -> None:
    story = worked_on()
    story.tick(at(days=5))
    story.happens(ExtensionApproved, at(days=5.5), complete_by=at(days=7), number=1)
    assert story.tick(at(days=5.6)) == ()


def test_an_extended_date_survives_a_new_category_whose_limit_is_another() -> None:
    hasty = Policy("hasty", 1, FOLLOW_UP, timedelta(days=2), category="pohon")
    story = worked_on(hasty)
    story.happens(ExtensionApproved, at(hours=10), complete_by=at(days=12), number=1)
    story.happens(CaseRouted, at(hours=20), category="pohon")
    assert story.clock(FOLLOW_UP).due_at == at(days=12)
    assert story.clock(FOLLOW_UP).policy_id == "follow-up"


HASTY = Policy("hasty", 1, FOLLOW_UP, timedelta(days=2), category="pohon")
"""Under it the case of these tests is due on the second day."""


def follow_up_of(story: Story) -> tuple[str, datetime, datetime]:
    """Policy, limit, and the limit without what it stood."""
    clock = story.clock(FOLLOW_UP)
    return clock.policy_id, clock.due_at, clock.original_due_at


def test_the_limit_of_a_new_category_counts_after_a_pause_and_the_pause_with_it() -> None:
    story = worked_on(HASTY)
    story.happens(CitizenQuestioned, at(hours=10))
    story.happens(CitizenAnswered, at(hours=34))
    story.happens(CitizenQuestioned, at(hours=35))
    story.happens(CitizenAnswered, at(hours=37))
    [*_, told] = story.happens(CaseRouted, at(hours=40), category="pohon")
    assert follow_up_of(story) == ("hasty", at(hours=48 + 24 + 2), at(hours=48))
    assert isinstance(told, DeadlinesSet)
    assert {each.clock: each.due_at for each in told.deadlines}[FOLLOW_UP] == at(hours=74)
    assert told.paused == ()


def test_the_limit_of_a_new_category_stands_while_the_question_of_before_is_open() -> None:
    story = worked_on(HASTY)
    story.happens(CitizenQuestioned, at(hours=10))
    [*_, told] = story.happens(CaseRouted, at(hours=20), category="pohon")
    assert isinstance(told, DeadlinesSet)
    assert told.paused == (FOLLOW_UP,)
    story.happens(CitizenAnswered, at(hours=40))
    assert follow_up_of(story) == ("hasty", at(hours=48 + 30), at(hours=48))


def test_the_limit_of_a_new_category_counts_after_a_silence() -> None:
    story = worked_on(HASTY)
    story.happens(CitizenQuestioned, at(days=1))
    story.tick(at(days=11))
    story.happens(CaseRouted, at(days=11, hours=1), category="pohon")
    assert follow_up_of(story) == ("hasty", at(days=12), at(days=2))
    story.happens(CitizenAnswered, at(days=11, hours=2))
    assert follow_up_of(story) == ("hasty", at(days=12), at(days=2))


def test_a_question_that_came_after_the_new_categorys_limit_has_paused_nothing() -> None:
    story = worked_on(HASTY)
    story.happens(CitizenQuestioned, at(days=3))
    [*_, told] = story.happens(CaseRouted, at(days=3, hours=1), category="pohon")
    assert isinstance(told, DeadlinesSet)
    assert told.paused == ()
    assert [type(fact) for fact in story.tick(at(days=3, hours=2))] == [DeadlineMissed]
    assert follow_up_of(story) == ("hasty", at(days=2), at(days=2))


def test_a_date_that_was_granted_beside_a_pause_survives_a_new_category() -> None:
    story = worked_on(HASTY)
    story.happens(CitizenQuestioned, at(hours=10))
    story.happens(CitizenAnswered, at(hours=34))
    story.happens(ExtensionApproved, at(hours=35), complete_by=at(days=12), number=1)
    story.happens(CaseRouted, at(hours=36), category="pohon")
    assert follow_up_of(story) == ("follow-up", at(days=12), at(days=7))


def test_a_limit_that_an_earlier_release_moved_without_a_note_is_left_as_it_is() -> None:
    story = worked_on(HASTY)
    story.happens(CitizenQuestioned, at(hours=10))
    story.happens(CitizenAnswered, at(hours=34))
    noted = story.known
    unnoted = replace(noted.clocks[FOLLOW_UP], stood=())
    story.case = replace(noted, clocks={**noted.clocks, FOLLOW_UP: unnoted})
    story.happens(CaseRouted, at(hours=40), category="pohon")
    assert follow_up_of(story) == ("follow-up", at(days=8), at(days=7))


def test_no_clock_of_a_merged_case_runs_because_its_head_is_open_again() -> None:
    story = worked_on()
    story.happens(CaseMerged, at(days=2))
    story.happens(CaseCompleted, at(days=3), state=CaseState.MERGED)
    assert story.happens(CaseReopened, at(days=4), state=CaseState.MERGED) == ()
    assert story.tick(at(days=400)) == ()
    story.happens(CaseSplit, at(days=12))
    assert story.clock(FOLLOW_UP).due_at == at(days=19)


def test_a_merged_case_that_was_answered_is_a_new_promise_whatever_it_hears_before_its_split() -> (
    None
):
    story = worked_on()
    story.happens(CaseMerged, at(days=2))
    story.happens(CaseCompleted, at(days=3), state=CaseState.MERGED)
    story.happens(CitizenAnswered, at(days=4), state=CaseState.MERGED)
    story.happens(CaseSplit, at(days=12))
    assert story.clock(FOLLOW_UP).due_at == at(days=19)
