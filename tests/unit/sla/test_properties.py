"""What holds for every life of a case, whatever happens in it and whenever it is heard."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.sla.clocks import Holding, Policy
from services.sla.domain import CLOSERS, OTHERS
from services.sla.shares import SHARE_PARTS, holding_shares
from shared.events.event import Event
from shared.events.routing import ENTRIES, TOUCHES, CitizenAnswered, CitizenQuestioned
from shared.events.sla import (
    DeadlineExtended,
    DeadlineMissed,
    DeadlineRetracted,
    EvaluationOpened,
    QuestionExpired,
)
from shared.events.vocabulary import Clock
from tests.builders import a_complaint, at
from tests.unit.sla.story import KELURAHAN, Story, case_event, routed

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no failure."""

SLOW = Policy("slow", 1, Clock.FOLLOW_UP, timedelta(days=14), category="jalan")
HASTY = Policy("hasty", 1, Clock.FOLLOW_UP, timedelta(days=2), category="pohon")

KINDS = (*ENTRIES, *TOUCHES, *CLOSERS, *OTHERS)
UNITS = (KELURAHAN, "dinas-bina-marga", "satpol-pp", "biro-pemerintahan")

steps = st.tuples(
    st.sampled_from(KINDS),
    st.floats(0, 200, allow_nan=False),
    st.sampled_from(UNITS),
    st.integers(1, 3),
    st.floats(1, 60, allow_nan=False),
)


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    """A receipt and what routing might say after it, in the order of its own versions."""
    hours = 0.0
    events: list[Event] = [a_complaint()]
    for version, (kind, wait, unit, number, days) in enumerate(draw(st.lists(steps)), 1):
        hours += wait
        fields: dict[str, Any] = {"at": at(hours=hours), "case_version": version}
        if kind.__name__ not in ("CaseTriaged",):
            fields["unit_id"] = unit
        if kind.__name__ == "CaseRouted":
            fields["category"] = ("sampah", "jalan", "pohon")[number - 1]
        if kind.__name__ in ("ExtensionApproved", "ExtensionRequested"):
            fields |= {"number": number, "complete_by": at(hours=hours, days=days)}
        events.append(case_event(kind, **fields))
    return events


def told(events: Sequence[Event], ticks: Sequence[float] = (), lag: float = 0) -> Story:
    """The life as heard ``lag`` hours late, with the ticker passing at each of ``ticks``."""
    story = Story(SLOW, HASTY)
    waiting = sorted(at(hours=hour) for hour in ticks)
    late = timedelta(hours=lag)
    for event in events:
        heard = event.at + late
        while waiting and waiting[0] < heard:
            now = waiting.pop(0)
            if story.case is not None:
                story.tick(now)
        story.hear(event, heard)
    return story


def standing(story: Story) -> dict[tuple[Clock, datetime], int]:
    """Misses that were stated and not taken back, by clock and limit."""
    found: dict[tuple[Clock, datetime], int] = {}
    for fact in story.facts:
        if isinstance(fact, DeadlineMissed | DeadlineRetracted):
            key, by = (fact.clock, fact.due_at), 1 if isinstance(fact, DeadlineMissed) else -1
        elif isinstance(fact, EvaluationOpened):
            key, by = (Clock.EVALUATION, fact.due_at), 1
        else:
            continue
        found[key] = found.get(key, 0) + by
    return {key: count for key, count in found.items() if count}


def expired(story: Story) -> list[datetime]:
    """The limits of the questions that were said to be over, after the end of all time."""
    story.tick(END)
    return [fact.due_at for fact in story.facts if isinstance(fact, QuestionExpired)]


END = at(days=10_000)

ticks = st.lists(st.floats(0, 3000, allow_nan=False), max_size=12)


@unhurried
@given(lives(), ticks, st.floats(0, 400, allow_nan=False))
def test_what_was_missed_does_not_depend_on_when_it_is_heard_or_how_often_the_ticker_passes(
    life: list[Event], passes: list[float], lag: float
) -> None:
    calm, busy = told(life), told(life, passes, lag)
    calm.tick(END)
    busy.tick(END)
    assert standing(busy) == standing(calm)
    assert all(count == 1 for count in standing(busy).values())


@unhurried
@given(lives(), ticks, st.floats(0, 400, allow_nan=False))
def test_each_question_expires_once_at_most_and_always_when_it_was_not_answered_in_time(
    life: list[Event], passes: list[float], lag: float
) -> None:
    calm, busy = expired(told(life)), expired(told(life, passes, lag))
    assert set(calm) <= set(busy)
    assert len(set(busy)) == len(busy)


@unhurried
@given(lives(), ticks)
def test_hearing_everything_twice_is_hearing_it_once(
    life: list[Event], passes: list[float]
) -> None:
    once = told(life, passes)
    twice = told([event for event in life for _ in range(2)], passes)
    assert (twice.case, twice.facts) == (once.case, once.facts)
    before = once.case
    for event in life:
        assert once.hear(event, END) == ()
    assert once.case is before


@unhurried
@given(lives(), ticks)
def test_a_clocks_limit_never_moves_nearer(life: list[Event], passes: list[float]) -> None:
    for fact in told(life, passes).facts:
        if isinstance(fact, DeadlineExtended):
            assert fact.due_at > fact.original_due_at
    story = Story()
    for event in life:
        before = dict(story.case.clocks) if story.case else {}
        story.hear(event)
        for name, clock in story.known.clocks.items():
            old = before.get(name)
            if old is not None and not isinstance(event, ENTRIES):
                assert clock.due_at >= old.due_at
            assert clock.started_at <= clock.original_due_at <= clock.due_at


@unhurried
@given(lives(), st.floats(0, 3000, allow_nan=False))
def test_after_the_ticker_has_passed_nothing_is_due(life: list[Event], hours: float) -> None:
    story = told(life)
    now = at(hours=hours)
    story.tick(now)
    fires = story.known.next_fire_at
    assert fires is None or fires > now
    assert story.tick(now) == ()


@unhurried
@given(lives().flatmap(st.permutations))
def test_no_order_of_arrival_breaks_anything(life: list[Event]) -> None:
    story = told(life)
    story.tick(END)
    assert story.known.next_fire_at is None


@unhurried
@given(st.floats(2, 160), st.floats(0, 1000))
def test_a_pause_gives_back_exactly_the_time_it_took_and_ten_days_at_most(
    hours: float, length: float
) -> None:
    story = routed()
    asked = at(hours=hours)
    answered = asked + timedelta(hours=length)
    story.happens(CitizenQuestioned, asked)
    story.happens(CitizenAnswered, answered)
    lost = min(answered - asked, timedelta(days=10))
    assert story.clock(Clock.FOLLOW_UP).due_at == at(days=7) + lost


holdings = st.lists(
    st.tuples(st.sampled_from(UNITS), st.timedeltas(timedelta(), timedelta(days=9))), max_size=12
)


@unhurried
@given(holdings)
def test_shares_add_up_to_one_and_follow_the_time_held(
    spans: list[tuple[str, timedelta]],
) -> None:
    since = at()
    history = []
    for unit, span in spans:
        history.append(Holding(unit, since, since + span))
        since += span
    shares = holding_shares(history, at(), since)
    total = since - at()
    if not total:
        assert shares == ()
        return
    assert sum(round(share.share * SHARE_PARTS) for share in shares) == SHARE_PARTS
    for share in shares:
        held = sum((span for unit, span in spans if unit == share.unit_id), timedelta())
        assert abs(share.share - held / total) < 1 / SHARE_PARTS
        assert share.held_seconds == held // timedelta(seconds=1)


@unhurried
@given(lives())
def test_a_case_is_held_by_one_unit_at_a_time(life: list[Event]) -> None:
    held = told(life).known.holdings
    for earlier, later in pairwise(held):
        assert earlier.until is not None
        assert earlier.since <= earlier.until <= later.since
    assert all(holding.until is not None for holding in held[:-1])
