"""What can be done to the clocks of a case, and the facts that this states: pure.

Time is judged by the instants that events carry, not by when they are heard. So each change to a
running clock first *settles* it: it makes the clock what it must be, given that it ran until the
event's instant. A limit that was reached by then is stated as missed, even when the ticker has
not come by; a miss that was stated is retracted when the event turns out to be earlier than the
limit. A limit that is reached has passed: what is done at that very instant is too late.
"""

from dataclasses import replace
from datetime import datetime

from services.sla.clocks import (
    CaseClocks,
    ClockState,
    Holding,
    Pause,
    Policies,
    Policy,
    Stood,
)
from services.sla.shares import holding_shares
from shared.decision import Decision
from shared.events.event import Event
from shared.events.sla import (
    Deadline,
    DeadlineExtended,
    DeadlineMissed,
    DeadlineRetracted,
    DeadlinesSet,
    DeadlineWarned,
    EvaluationOpened,
    QuestionExpired,
)
from shared.events.vocabulary import Clock


class Turn:
    """One decision while it is made: the case as changed so far, and the facts stated so far.

    ``now``: when the decision is made; the facts carry it as ``at``.
    """

    def __init__(self, case: CaseClocks, now: datetime) -> None:
        self.case = case
        self.now = now
        self._set: list[ClockState] = []
        self._facts: list[Event] = []
        self._told = {name: clock.due_at for name, clock in case.clocks.items()}
        """The limit of each clock as the stream has heard it last."""

    def decision(self) -> Decision[CaseClocks]:
        """The case and its facts. All clocks that were set are told in one DeadlinesSet, after
        the facts about the clocks that they replace."""
        self._correct()
        if self._set:
            deadlines = tuple(_deadline(clock, self.case) for clock in self._set)
            self._state(DeadlinesSet, deadlines=deadlines, paused=self._paused())
        return Decision(self.case, tuple(self._facts))

    def _correct(self) -> None:
        """States the limits that were taken back without a new one: the ticker had ended a pause,
        and an event that is heard late shows that the clock was stopped before that."""
        for clock in self.case.clocks.values():
            if clock.due_at != self._told[clock.clock]:
                self._state_moved(clock, "pause")

    def _paused(self) -> tuple[Clock, ...]:
        return tuple(name for name in self.case.clocks if self._stands(name))

    def _stands(self, name: Clock) -> bool:
        clock = self.find(name)
        return clock is not None and clock.open_pause is not None

    def find(self, name: Clock) -> ClockState | None:
        """The running clock of this name; None if it was never set or is stopped."""
        clock = self.case.clocks.get(name)
        return clock if clock is not None and clock.stopped_at is None else None

    def begin(self, clock: ClockState) -> None:
        """Sets a new clock. The old one of the same name is stopped first, so that its miss is
        stated before it is gone."""
        self.stop(clock.clock, clock.started_at)
        self.set(clock)

    def set(self, clock: ClockState) -> None:
        """The clock runs as given, and is told in the DeadlinesSet of this decision."""
        self._put(clock)
        self._told[clock.clock] = clock.due_at
        self._set.append(clock)

    def stop(self, name: Clock, at: datetime) -> None:
        """The clock runs no further than ``at``. Nothing happens when it does not run."""
        if (clock := self.find(name)) is not None:
            self._put(replace(self._settle(clock, at), stopped_at=at))

    def settle(self, name: Clock, at: datetime) -> ClockState | None:
        """The running clock, with its miss stated or retracted as the instant ``at`` demands."""
        if (clock := self.find(name)) is None:
            return None
        settled = self._settle(clock, at)
        self._put(settled)
        return settled

    def pause(self, name: Clock, at: datetime, until: datetime, policies: Policies) -> None:
        """The clock stands from ``at`` until ``until`` at the latest.

        A clock that has missed its limit does not pause: the time is lost already. One that was
        paused before without an answer does not pause again: else a unit could put question after
        question and never be late.
        """
        clock = self.settle(name, at)
        if clock is None or clock.missed_at is not None or clock.pause is not None:
            return
        self._put(paused(clock, at, until, policies))

    def resume(self, name: Clock, at: datetime, policies: Policies) -> None:
        """The pause ends at ``at``, and the limit moves by the time that the clock stood."""
        clock = self.settle(name, at)
        if clock is not None:
            self._move(clock, resumed(clock, at, policies), "pause")

    def wake(self, clock: ClockState, policies: Policies) -> None:
        """A stopped clock runs again as if it had never been stopped. A pause that was open when
        it stopped ended there: the question was closed with the case."""
        if clock.stopped_at is not None:
            clock = resumed(clock, clock.stopped_at, policies)
        self.set(replace(clock, stopped_at=None))

    def extend(self, name: Clock, at: datetime, until: datetime, policies: Policies) -> None:
        """The limit moves to the later date ``until``, the warnings with it, and all of them come
        anew. An earlier date changes nothing.

        While a question is open the date that was granted holds from ``at`` on: the pause before
        it is part of the grant, the pause after it still moves the limit.
        """
        clock = self.settle(name, at)
        if clock is None:
            return
        running = resumed(clock, at, policies)
        if until <= running.due_at:
            return
        by = until - running.due_at
        moved = replace(
            running,
            due_at=until,
            warn_at=tuple(instant + by for instant in running.warn_at),
            warned=0,
            missed_at=None,
        )
        if clock.open_pause is not None:
            moved = paused(moved, at, clock.open_pause.until, policies)
        self._move(clock, moved, "extension")

    def in_order(self) -> tuple[Clock, ...]:
        """All clocks, the nearest limit first, so that misses are stated in order of their limits.

        A paused clock counts with the limit that it has when nobody answers.
        """

        def limit(name: Clock) -> datetime:
            clock = self.case.clocks[name]
            return clock.open_pause.due_after if clock.open_pause else clock.due_at

        return tuple(sorted(self.case.clocks, key=limit))

    def tick(self, name: Clock) -> None:
        """States what is due by ``now``: the miss, or else a warning.

        When the ticker comes late and several warnings are due, only the last one is stated: the
        unit needs to know how near the limit is, not how often it could have been told.
        """
        clock = self.find(name)
        if clock is None or not clock.armed:
            return
        clock = self._pause_at(clock, self.now)
        if clock.open_pause is not None:
            return
        if self.now >= clock.due_at:
            self._put(self._miss(clock))
            return
        step = sum(instant <= self.now for instant in clock.warn_at)
        if step > clock.warned:
            self._put(replace(clock, warned=step))
            self._state(
                DeadlineWarned, clock=clock.clock, due_at=clock.due_at,
                unit_id=self.case.told_unit(clock), step=step,
            )  # fmt: skip

    def hold(self, unit_id: str | None, at: datetime, parent: str | None = None) -> None:
        """``unit_id`` has the case from ``at`` on; None: nobody has. ``parent``: the unit above."""
        if unit_id == self.case.holder:
            return
        holdings = self.case.holdings
        if holdings and holdings[-1].until is None:
            last = holdings[-1]
            holdings = (*holdings[:-1], replace(last, until=max(at, last.since)))
        if unit_id is not None:
            holdings = (*holdings, Holding(unit_id, at, parent=parent))
        self.case = replace(self.case, holdings=holdings)

    def _settle(self, clock: ClockState, at: datetime) -> ClockState:
        """The clock as it must be, given that it ran until ``at``; a paused one ran until its
        pause began."""
        clock = self._pause_at(clock, at)
        reached = clock.paused_since or at
        if clock.missed_at is None and reached >= clock.due_at:
            return self._miss(clock)
        if clock.missed_at is not None and reached < clock.due_at:
            return self._retract(clock, at)
        return clock

    def _pause_at(self, clock: ClockState, at: datetime) -> ClockState:
        """The clock with its pause over or still open, as the instant ``at`` demands.

        The pause may have been ended by the ticker before an answer in time is heard. Then it is
        opened again, and a miss of the limit that it had after the pause is retracted.
        """
        pause = clock.pause
        if pause is None or clock.pause_over is (at >= pause.until):
            return clock
        if at < pause.until:
            clock = self._retract(clock, at) if clock.missed_at is not None else clock
            return replace(clock, pause_over=False, due_at=pause.due_at, warn_at=pause.warn_at)
        over = _over(clock, pause)
        self._move(clock, over, "pause")
        return over

    def _retract(self, clock: ClockState, at: datetime) -> ClockState:
        """The miss is taken back. A QuestionExpired is not: see there."""
        if clock.clock is not Clock.ANSWER:
            self._state(DeadlineRetracted, clock=clock.clock, due_at=clock.due_at, closed_at=at)
        return replace(clock, missed_at=None)

    def _miss(self, clock: ClockState) -> ClockState:
        """States that the limit has passed, in the event that says what this means."""
        if clock.clock is Clock.EVALUATION:
            shares = holding_shares(self.case.holdings, clock.started_at, clock.due_at)
            told = () if self.case.confidential else shares
            self._state(EvaluationOpened, due_at=clock.due_at, shares=told)
        elif clock.clock is Clock.ANSWER:
            question = self.case.question_ref
            self._state(QuestionExpired, due_at=clock.due_at, question_ref=question)
        else:
            self._state(
                DeadlineMissed, clock=clock.clock, due_at=clock.due_at,
                unit_id=self.case.told_unit(clock), escalate_to=self.case.told_of(clock),
            )  # fmt: skip
        return replace(clock, missed_at=self.now)

    def _move(self, before: ClockState, after: ClockState, cause: str) -> None:
        """Keeps the clock, and states its new limit where that is another."""
        self._put(after)
        if after.due_at != before.due_at:
            self._state_moved(after, cause)

    def _state_moved(self, clock: ClockState, cause: str) -> None:
        self._told[clock.clock] = clock.due_at
        self._state(
            DeadlineExtended, clock=clock.clock, due_at=clock.due_at,
            original_due_at=clock.original_due_at, cause=cause, warned=clock.warned,
        )  # fmt: skip

    def _put(self, clock: ClockState) -> None:
        self.case = replace(self.case, clocks={**self.case.clocks, clock.clock: clock})

    def _state(self, kind: type[Event], **fields: object) -> None:
        self._facts.append(
            kind.model_validate({"complaint_id": self.case.complaint_id, "at": self.now, **fields})
        )


def _deadline(clock: ClockState, case: CaseClocks) -> Deadline:
    return Deadline(
        clock=clock.clock,
        due_at=clock.due_at,
        original_due_at=clock.original_due_at,
        unit_id=clock.unit_id and case.told_unit(clock),
        policy_id=clock.policy_id,
        policy_version=clock.policy_version,
        warned=clock.warned,
        missed=clock.missed_at is not None,
    )


def started(
    policy: Policy, policies: Policies, at: datetime, unit_id: str | None = None
) -> ClockState:
    """A clock that runs from ``at`` by ``policy``."""
    calendar = policies.calendar(policy.calendar)
    due_at = calendar.add(at, policy.limit)
    return ClockState(
        clock=policy.clock,
        started_at=at,
        due_at=due_at,
        original_due_at=due_at,
        policy_id=policy.policy_id,
        policy_version=policy.version,
        calendar=policy.calendar,
        unit_id=unit_id,
        escalate_to=policy.escalate_to,
        warn_at=tuple(sorted(calendar.add(at, span) for span in policy.warn_after)),
    )


def paused(clock: ClockState, at: datetime, until: datetime, policies: Policies) -> ClockState:
    """The clock with an open pause from ``at`` to ``until``.

    Its limit does not move yet: an answer may end the pause before ``until``. The limit that it
    gets at ``until`` is computed now, because the ticker knows no calendar.
    """
    calendar = policies.calendar(clock.calendar)
    lost = calendar.between(at, until)
    pause = Pause(
        since=at,
        until=until,
        due_at=clock.due_at,
        warn_at=clock.warn_at,
        due_after=calendar.add(clock.due_at, lost),
        warn_after=tuple(calendar.add(instant, lost) for instant in clock.warn_at),
    )
    return replace(clock, pause=pause, pause_over=False)


def resumed(clock: ClockState, at: datetime, policies: Policies) -> ClockState:
    """The clock without a pause. Its limit moves by the time from the pause's beginning to
    ``at``; a pause that is over has moved it already."""
    pause = clock.pause
    if pause is None:
        return clock
    until = pause.until if clock.pause_over else at
    stood = (*clock.stood, Stood(pause.since, until))
    ended = replace(clock, pause=None, pause_over=False, stood=stood)
    if clock.pause_over:
        return ended
    calendar = policies.calendar(clock.calendar)
    lost = calendar.between(pause.since, at)
    return replace(
        ended,
        due_at=calendar.add(pause.due_at, lost),
        warn_at=tuple(calendar.add(instant, lost) for instant in pause.warn_at),
    )


def _over(clock: ClockState, pause: Pause) -> ClockState:
    return replace(clock, pause_over=True, due_at=pause.due_after, warn_at=pause.warn_after)


def by_policy(clock: ClockState, policy: Policy, policies: Policies) -> ClockState:
    """The clock as ``policy`` has it from the same start on. What it stood counts as before; only a
    question that came after the new limit pauses nothing."""
    return _stood_as(clock, started(policy, policies, clock.started_at, clock.unit_id), policies)


def moved_by_pauses_alone(clock: ClockState, policies: Policies) -> bool:
    """Whether nothing else has moved the limit: no later date that was granted, and no pause of a
    release that did not note it."""
    original = replace(clock, due_at=clock.original_due_at, pause=None, pause_over=False, stood=())
    return _stood_as(clock, original, policies).due_at == clock.due_at


def _stood_as(clock: ClockState, fresh: ClockState, policies: Policies) -> ClockState:
    """``fresh`` with the pauses of ``clock``."""
    for past in clock.stood:
        if past.since < fresh.due_at:
            fresh = resumed(paused(fresh, past.since, past.until, policies), past.until, policies)
    pause = clock.pause
    if pause is None or pause.since >= fresh.due_at:
        return fresh
    fresh = paused(fresh, pause.since, pause.until, policies)
    return _over(fresh, fresh.pause) if clock.pause_over and fresh.pause else fresh
