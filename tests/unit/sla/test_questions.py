"""A question to the citizen: the follow-up waits for the answer, but not for ever."""

from datetime import timedelta
from typing import Any

import pytest

from services.sla.clocks import Policy
from shared.cloudevents import decode_body
from shared.events.routing import (
    CaseCompleted,
    CaseMerged,
    CaseRejected,
    CaseSplit,
    CitizenAnswered,
    CitizenQuestioned,
    ExtensionApproved,
    FollowUpSubmitted,
)
from shared.events.sla import (
    DeadlineExtended,
    DeadlineMissed,
    DeadlineRetracted,
    DeadlinesSet,
    QuestionExpired,
)
from shared.events.vocabulary import CaseState, Clock
from tests.builders import a_complaint_id, at
from tests.unit.sla.story import REF, Story, worked_on

FOLLOW_UP, ANSWER = Clock.FOLLOW_UP, Clock.ANSWER


def asked(*extra: Policy, days: float = 2) -> Story:
    """At work since the first day, and a question is open."""
    story = worked_on(*extra)
    story.happens(CitizenQuestioned, at(days=days))
    return story


def kinds(events: Any) -> list[type[Any]]:
    return [type(event) for event in events]


def test_a_citizen_has_ten_days_to_answer() -> None:
    story = worked_on()
    [fact] = story.happens(CitizenQuestioned, at(days=2))
    assert isinstance(fact, DeadlinesSet)
    [deadline] = fact.deadlines
    assert (deadline.clock, deadline.due_at, deadline.unit_id) == (ANSWER, at(days=12), None)


def test_a_question_says_which_clocks_stand_while_it_is_open() -> None:
    asks_in_time, too_late = worked_on(), worked_on()
    too_late.tick(at(days=8))
    for story, day, paused in ((asks_in_time, 2, (FOLLOW_UP,)), (too_late, 9, ())):
        [fact] = story.happens(CitizenQuestioned, at(days=day))
        assert isinstance(fact, DeadlinesSet)
        assert fact.paused == paused


def test_warnings_that_were_given_before_a_pause_count_after_it() -> None:
    story = worked_on()
    story.tick(at(days=5))
    story.happens(CitizenQuestioned, at(days=5.5))
    [moved] = story.happens(CitizenAnswered, at(days=6))
    assert isinstance(moved, DeadlineExtended)
    assert (moved.due_at, moved.warned) == (at(days=7.5), 1)


def test_how_long_a_citizen_may_take_is_a_policy() -> None:
    patient = Policy("answer-sampah", 1, ANSWER, timedelta(days=20), category="sampah")
    assert asked(patient).clock(ANSWER).due_at == at(days=22)


def test_a_question_without_an_answer_ends_and_the_follow_up_runs_on_from_there() -> None:
    story = asked()
    assert story.tick(at(days=11.9)) == ()
    silence, moved = story.tick(at(days=12))
    assert silence == QuestionExpired(
        complaint_id=a_complaint_id(), at=at(days=12), due_at=at(days=12), question_ref=REF
    )
    assert isinstance(moved, DeadlineExtended)
    assert (moved.clock, moved.due_at, moved.original_due_at) == (
        FOLLOW_UP, at(days=17), at(days=7),
    )  # fmt: skip
    assert story.clock(FOLLOW_UP).next_fire_at == at(days=15)
    assert story.tick(at(days=12.5)) == ()
    assert kinds(story.tick(at(days=17))) == [DeadlineMissed]


def test_a_silence_is_nobodys_overdue_limit() -> None:
    story = asked()
    story.tick(at(days=13))
    assert not any(clock.overdue for clock in story.known.clocks.values())
    assert story.known.responsible(story.clock(ANSWER)) is None


def test_a_ticker_that_was_down_all_the_while_counts_from_the_end_of_the_answer_period() -> None:
    story = asked()
    facts = story.tick(at(days=20))
    assert kinds(facts) == [QuestionExpired, DeadlineExtended, DeadlineMissed]
    last = facts[-1]
    assert isinstance(last, DeadlineMissed)
    assert (last.clock, last.due_at) == (FOLLOW_UP, at(days=17))


@pytest.mark.parametrize("ticked", [True, False])
def test_an_answer_that_comes_too_late_gives_the_time_of_the_period_only(ticked: bool) -> None:
    story = asked()
    if ticked:
        story.tick(at(days=12))
    story.happens(CitizenAnswered, at(days=16))
    assert story.clock(FOLLOW_UP).due_at == at(days=17)
    assert story.clock(ANSWER).stopped_at == at(days=16)


def test_an_answer_in_time_that_is_heard_late_moves_the_limit_and_retracts_nothing() -> None:
    story = asked()
    story.tick(at(days=12))
    [moved] = story.happens(CitizenAnswered, at(days=5), now=at(days=13))
    assert isinstance(moved, DeadlineExtended)
    assert (moved.clock, moved.due_at) == (FOLLOW_UP, at(days=10))
    assert story.clock(ANSWER).missed_at is None


def test_it_takes_back_the_miss_of_a_limit_that_was_never_the_right_one() -> None:
    story = asked()
    story.tick(at(days=18))
    facts = story.happens(CitizenAnswered, at(days=5), now=at(days=19))
    retracted = [(f.clock, f.due_at) for f in facts if isinstance(f, DeadlineRetracted)]
    assert retracted == [(FOLLOW_UP, at(days=17))]
    [missed] = story.tick(at(days=19))
    assert isinstance(missed, DeadlineMissed)
    assert missed.due_at == at(days=10)


def test_after_a_silence_another_question_gives_no_more_time() -> None:
    story = asked()
    story.tick(at(days=12))
    story.happens(CitizenQuestioned, at(days=13))
    assert story.clock(ANSWER).due_at == at(days=23)
    assert story.clock(FOLLOW_UP).due_at == at(days=17)
    assert kinds(story.tick(at(days=17))) == [DeadlineMissed]


def test_after_an_answer_another_question_gives_time_again() -> None:
    story = asked()
    story.happens(CitizenAnswered, at(days=3))
    story.happens(CitizenQuestioned, at(days=4))
    story.happens(CitizenAnswered, at(days=6))
    assert story.clock(FOLLOW_UP).due_at == at(days=10)


def test_after_a_late_answer_another_question_gives_time_again() -> None:
    story = asked()
    story.tick(at(days=12))
    story.happens(CitizenAnswered, at(days=13))
    story.happens(CitizenQuestioned, at(days=14))
    story.happens(CitizenAnswered, at(days=15))
    assert story.clock(FOLLOW_UP).due_at == at(days=18)


def test_a_close_during_the_question_that_is_heard_late_takes_the_limit_of_before_it_back() -> None:
    story = asked()
    story.tick(at(days=12))
    [back] = story.happens(CaseCompleted, at(days=5), now=at(days=13))
    assert isinstance(back, DeadlineExtended)
    assert (back.clock, back.due_at, back.cause) == (FOLLOW_UP, at(days=7), "pause")
    follow_up = story.clock(FOLLOW_UP)
    assert (follow_up.due_at, follow_up.warn_at) == (at(days=7), (at(days=5), at(days=6)))
    assert (follow_up.stopped_at, follow_up.missed_at) == (at(days=5), None)


def test_a_unit_that_files_its_follow_up_waits_no_longer_for_the_answer() -> None:
    story = asked()
    story.happens(FollowUpSubmitted, at(days=4))
    assert story.clock(ANSWER).stopped_at == at(days=4)
    assert story.clock(FOLLOW_UP).due_at == at(days=9)
    assert story.clock(FOLLOW_UP).paused_since is None


@pytest.mark.parametrize("kind", [CaseRejected, CaseCompleted])
def test_a_close_ends_the_question(kind: type[Any]) -> None:
    story = asked()
    assert story.happens(kind, at(days=4)) == ()
    assert story.clock(ANSWER).stopped_at == at(days=4)
    assert story.known.next_fire_at is None


def test_a_question_that_a_merger_ended_pauses_nothing_after_the_split() -> None:
    story = asked()
    story.happens(CaseMerged, at(days=4))
    story.happens(CaseSplit, at(days=5))
    assert story.clock(FOLLOW_UP).due_at == at(days=9)
    assert story.clock(FOLLOW_UP).paused_since is None


def test_a_later_date_that_is_granted_while_a_question_is_open_is_the_date_granted() -> None:
    story = asked()
    extended: Any = {"complete_by": at(days=20), "number": 1, "state": CaseState.IN_PROGRESS}
    [moved] = story.happens(ExtensionApproved, at(days=6), **extended)
    assert isinstance(moved, DeadlineExtended)
    assert moved.due_at == at(days=20)
    story.happens(CitizenAnswered, at(days=7))
    assert story.clock(FOLLOW_UP).due_at == at(days=21)


def test_a_split_after_the_heads_answer_is_a_new_promise() -> None:
    story = worked_on()
    story.happens(CaseMerged, at(days=2))
    story.happens(CaseCompleted, at(days=3), state=CaseState.MERGED)
    story.happens(CaseSplit, at(days=12))
    assert story.clock(FOLLOW_UP).due_at == at(days=19)
    assert story.tick(at(days=12.1)) == ()


def test_a_silence_that_an_older_release_stated_is_still_read() -> None:
    stated = (
        b'{"complaint_id": "0192f000-0000-7000-8000-000000000001", "at": "2024-11-15T02:00:00Z",'
        b' "clock": "answer", "due_at": "2024-11-15T02:00:00Z", "unit_id": null,'
        b' "escalate_to": null, "question_ref": "00000070-0000-0000-0000-000000000000"}'
    )
    missed = decode_body(DeadlineMissed, stated)
    assert isinstance(missed, DeadlineMissed)
    assert (missed.clock, missed.due_at) == (ANSWER, at(days=12))
