"""What can be done to clocks, and the facts that come of it: pure."""

from dataclasses import replace
from datetime import datetime

from services.sla.clocks import CaseClocks, ClockState, Holding, Pause, Policies, Policy
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
    """A decision in the making: the case so far, and the facts so far."""

    def __init__(self, case: CaseClocks, now: datetime) -> None:
        self.case = case
        self.now = now
        self._set: list[ClockState] = []
        self._facts: list[Event] = []

    def decision(self) -> Decision[CaseClocks]:
        """All clocks that were set are one fact, stated after what ended the old ones."""
        if self._set:
            deadlines = tuple(_deadline(clock) for clock in self._set)
            self._state(DeadlinesSet, deadlines=deadlines)
        return Decision(self.case, tuple(self._facts))

    def find(self, name: Clock) -> ClockState | None:
        """The clock, if it was set and is not stopped."""
        clock = self.case.clocks.get(name)
        return clock if clock is not None and clock.stopped_at is None else None

    def begin(self, clock: ClockState) -> None:
        """A new clock in the place of an old one, whose miss is not lost by that."""
        self.stop(clock.clock, clock.started_at)
        self.set(clock)

    def set(self, clock: ClockState) -> None:
        self._put(clock)
        self._set.append(clock)

    def stop(self, name: Clock, at: datetime) -> None:
        if (clock := self.find(name)) is not None:
            self._put(replace(self._settle(clock, at), stopped_at=at))

    def settle(self, name: Clock, at: datetime) -> ClockState | None:
        """The running clock, missed or not as the instant ``at`` says."""
        if (clock := self.find(name)) is None:
            return None
        settled = self._settle(clock, at)
        self._put(settled)
        return settled

    def pause(self, name: Clock, at: datetime, until: datetime, policies: Policies) -> None:
        """A question after the limit gives no time back, nor does one after a silence."""
        clock = self.settle(name, at)
        if clock is None or clock.missed_at is not None or clock.pause is not None:
            return
        self._put(paused(clock, at, until, policies))

    def resume(self, name: Clock, at: datetime, policies: Policies) -> None:
        clock = self.settle(name, at)
        if clock is not None:
            self._move(clock, resumed(clock, at, policies), "pause")

    def wake(self, clock: ClockState, policies: Policies) -> None:
        """A stopped clock goes on as if it had never been; a question ended when it stopped."""
        if clock.stopped_at is not None:
            clock = resumed(clock, clock.stopped_at, policies)
        self.set(replace(clock, stopped_at=None))

    def extend(self, name: Clock, at: datetime, until: datetime, policies: Policies) -> None:
        """The date granted counts whole: of an open pause only what comes after it adds to it."""
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
        """All clocks, the nearest limit first: what fell due first is stated first."""

        def limit(name: Clock) -> datetime:
            clock = self.case.clocks[name]
            return clock.open_pause.due_after if clock.open_pause else clock.due_at

        return tuple(sorted(self.case.clocks, key=limit))

    def tick(self, name: Clock) -> None:
        """What is due by ``now``; of several warnings that are due the last says it all."""
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
                unit_id=self.case.responsible(clock), step=step,
            )  # fmt: skip

    def hold(self, unit_id: str | None, at: datetime, parent: str | None = None) -> None:
        """``unit_id``, beneath ``parent``, has the case from now on; None: nobody has."""
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
        """The clock as it must be, given that it ran until ``at`` and no further."""
        clock = self._pause_at(clock, at)
        reached = clock.paused_since or at
        if clock.missed_at is None and reached >= clock.due_at:
            return self._miss(clock)
        if clock.missed_at is not None and reached < clock.due_at:
            return self._retract(clock, at)
        return clock

    def _pause_at(self, clock: ClockState, at: datetime) -> ClockState:
        """The clock with its pause over, or not, as the instant ``at`` says."""
        pause = clock.pause
        if pause is None or clock.pause_over is (at >= pause.until):
            return clock
        if at < pause.until:
            clock = self._retract(clock, at) if clock.missed_at is not None else clock
            return replace(clock, pause_over=False, due_at=pause.due_at, warn_at=pause.warn_at)
        over = replace(clock, pause_over=True, due_at=pause.due_after, warn_at=pause.warn_after)
        self._move(clock, over, "pause")
        return over

    def _retract(self, clock: ClockState, at: datetime) -> ClockState:
        if clock.clock is not Clock.ANSWER:
            self._state(DeadlineRetracted, clock=clock.clock, due_at=clock.due_at, closed_at=at)
        return replace(clock, missed_at=None)

    def _miss(self, clock: ClockState) -> ClockState:
        if clock.clock is Clock.EVALUATION:
            shares = holding_shares(self.case.holdings, clock.started_at, clock.due_at)
            self._state(EvaluationOpened, due_at=clock.due_at, shares=shares)
        elif clock.clock is Clock.ANSWER:
            question = self.case.question_ref
            self._state(QuestionExpired, due_at=clock.due_at, question_ref=question)
        else:
            self._state(
                DeadlineMissed, clock=clock.clock, due_at=clock.due_at,
                unit_id=self.case.responsible(clock), escalate_to=self.case.told_of(clock),
            )  # fmt: skip
        return replace(clock, missed_at=self.now)

    def _move(self, before: ClockState, after: ClockState, cause: str) -> None:
        self._put(after)
        if after.due_at != before.due_at:
            self._state(
                DeadlineExtended, clock=after.clock, due_at=after.due_at,
                original_due_at=after.original_due_at, cause=cause,
            )  # fmt: skip

    def _put(self, clock: ClockState) -> None:
        self.case = replace(self.case, clocks={**self.case.clocks, clock.clock: clock})

    def _state(self, kind: type[Event], **fields: object) -> None:
        self._facts.append(
            kind.model_validate({"complaint_id": self.case.complaint_id, "at": self.now, **fields})
        )


def _deadline(clock: ClockState) -> Deadline:
    return Deadline(
        clock=clock.clock,
        due_at=clock.due_at,
        original_due_at=clock.original_due_at,
        unit_id=clock.unit_id,
        policy_id=clock.policy_id,
        policy_version=clock.policy_version,
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
    """The clock stands from ``at`` on, and goes on at ``until`` when nothing comes before."""
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
    """The clock goes on from ``at``: its limit moves by the time that it stood."""
    pause = clock.open_pause
    if pause is None:
        return replace(clock, pause=None, pause_over=False)
    calendar = policies.calendar(clock.calendar)
    lost = calendar.between(pause.since, at)
    return replace(
        clock,
        pause=None,
        due_at=calendar.add(pause.due_at, lost),
        warn_at=tuple(calendar.add(instant, lost) for instant in pause.warn_at),
    )
