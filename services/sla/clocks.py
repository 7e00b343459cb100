"""What is known of a case's clocks: pure values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol
from uuid import UUID

from shared.events.vocabulary import CaseState, Clock, UnitKind
from shared.reviewing import open_reviewer, reviewer_of
from shared.units import Units
from shared.visibility import CaseFacts


@dataclass(frozen=True, slots=True)
class Policy:
    """A limit as versioned data. ``unit_kind``, ``category``: None for any.

    ``limit`` and ``warn_after`` are counted from the clock's start in the time of ``calendar``.
    """

    policy_id: str
    version: int
    clock: Clock
    limit: timedelta
    warn_after: tuple[timedelta, ...] = ()
    calendar: Literal["elapsed", "working"] = "elapsed"
    escalate_to: str | None = None
    unit_kind: UnitKind | None = None
    category: str | None = None
    valid_from: datetime | None = None


class WorkingCalendar(Protocol):
    """Which time counts."""

    def add(self, start: datetime, span: timedelta) -> datetime:
        """The first instant at which ``span`` of counted time has passed since ``start``."""

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The counted time from ``start`` to ``end``; zero when ``end`` is not after it."""


class Policies(Protocol):
    def find(
        self, clock: Clock, unit_kind: UnitKind | None, category: str | None, at: datetime
    ) -> Policy:
        """The most specific policy valid at ``at``."""

    def calendar(self, name: str) -> WorkingCalendar: ...


@dataclass(frozen=True, slots=True)
class Holding:
    """A unit had the case from ``since`` to ``until`` (None: still has it).

    ``parent``: the unit above it.
    """

    unit_id: str
    since: datetime
    until: datetime | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """A clock stands from ``since`` until the citizen's answer, ``until`` at the latest.

    ``due_at``, ``warn_at``: limit and warnings before the pause. ``due_after``, ``warn_after``:
    those after the whole of it. Both are kept, because an answer in time may be heard after the
    pause has ended: then the clock is computed anew from what it was before.
    """

    since: datetime
    until: datetime
    due_at: datetime
    warn_at: tuple[datetime, ...]
    due_after: datetime
    warn_after: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Stood:
    """A pause that is past: the clock stood from ``since`` to ``until``."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class ClockState:
    """One clock of a case.

    ``unit_id``: who must act; None: whoever holds the case. ``warn_at``: instants of the warnings,
    in order; ``warned``: how many were given. ``missed_at``: when it was stated that ``due_at`` had
    passed. ``pause``: the last pause, until the question is answered; ``pause_over``: the pause
    ended without an answer. ``stood``: the pauses before it, since a release that noted them.
    """

    clock: Clock
    started_at: datetime
    due_at: datetime
    original_due_at: datetime
    policy_id: str
    policy_version: int
    calendar: str
    unit_id: str | None = None
    escalate_to: str | None = None
    warn_at: tuple[datetime, ...] = ()
    warned: int = 0
    missed_at: datetime | None = None
    waived_at: datetime | None = None
    stopped_at: datetime | None = None
    pause: Pause | None = None
    pause_over: bool = False
    stood: tuple[Stood, ...] = ()

    @property
    def open_pause(self) -> Pause | None:
        return None if self.pause_over else self.pause

    @property
    def paused_since(self) -> datetime | None:
        return self.open_pause.since if self.open_pause else None

    @property
    def armed(self) -> bool:
        """Whether time alone can still bring something about."""
        return self.stopped_at is None and self.missed_at is None

    @property
    def overdue(self) -> bool:
        """Whether a unit let the limit pass, and still does. The end of the citizen's time to
        answer is no unit's fault, so that no list of overdue limits shows it."""
        late = self.missed_at is not None and self.clock is not Clock.ANSWER
        return late and self.stopped_at is None and self.waived_at is None

    @property
    def next_fire_at(self) -> datetime | None:
        """The next warning or the limit; of a paused clock the end of its pause."""
        if not self.armed:
            return None
        if self.open_pause is not None:
            return self.open_pause.until
        return min((*self.warn_at[self.warned :], self.due_at))


@dataclass(frozen=True, slots=True)
class CaseClocks:
    """The clocks of a complaint, and what they depend on.

    ``case_version``: of the newest case event heard. ``heard``: id of the last event that
    changed anything; what time brings about is caused by it.
    """

    complaint_id: UUID
    received_at: datetime | None = None
    case_version: int = 0
    category: str | None = None
    about_unit: str | None = None
    restricted: bool = False
    confidential: bool = True
    """As long as nothing else is known: cases of earlier releases did not note it."""
    state: CaseState | None = None
    """None: no case event was heard since this was noted."""
    asks_for_time: bool = False
    """A later date is asked for and not yet answered."""
    watchers: tuple[str, ...] = ()
    """Units that have passed the case on."""
    holdings: tuple[Holding, ...] = ()
    clocks: Mapping[Clock, ClockState] = field(default_factory=dict)
    extensions: int = 0
    question_ref: UUID | None = None
    """The last question to the citizen."""
    answered: bool = False
    """While it was merged, its head was closed with an answer."""
    closed_at: datetime | None = None
    heard: UUID | None = None

    @property
    def question_open(self) -> bool:
        """A question waits for the citizen's answer, be the time for it over or not."""
        clock = self.clocks.get(Clock.ANSWER)
        return clock is not None and clock.stopped_at is None

    @property
    def holder(self) -> str | None:
        """Who holds the case now; None before it is routed and after it is closed."""
        last = self.holdings[-1] if self.holdings else None
        return last.unit_id if last and last.until is None else None

    def facts(self, units: Units) -> CaseFacts:
        """What the rule of visibility asks of the case. As long as the complaint itself was not
        heard, nobody knows whom it is about: it counts as restricted."""
        return CaseFacts(
            holder=self.last_holder,
            reviewer=self._reviewer(units),
            watchers=self.watchers,
            about_unit=self.about_unit,
            restricted=self.restricted or self.received_at is None,
        )

    @property
    def last_holder(self) -> str | None:
        """Who holds the case, or held it when it was closed; None before it is routed."""
        return self.holdings[-1].unit_id if self.holdings else None

    def _reviewer(self, units: Units) -> str | None:
        """Who may judge now. An open evaluation is a judgement too: it may be waived."""
        unit_id = self.last_holder
        if unit_id is None or self.state is None or self.received_at is None:
            return None
        evaluation = self.clocks.get(Clock.EVALUATION)
        if evaluation is not None and evaluation.missed_at and evaluation.waived_at is None:
            return reviewer_of(unit_id, self.about_unit, units)
        return open_reviewer(self.state, self.asks_for_time, unit_id, self.about_unit, units)

    def told_unit(self, clock: ClockState) -> str | None:
        """The unit that events name as the one that must act before the clock's limit.

        Of a confidential case none is named, nor who is told of its miss. Among such cases are
        those about officials, and a judge who is not the usual one tells whom they are about.
        """
        return None if self.confidential else self.responsible(clock)

    def told_of(self, clock: ClockState) -> str | None:
        """Whom events name as the one who hears of a unit's miss: whom the policy names, else the
        unit above the holder; None at the top of the tree, and for a confidential case."""
        if self.confidential:
            return None
        holders = clock.unit_id in (None, self.holder)
        above = self.holdings[-1].parent if holders and self.holder else None
        return clock.escalate_to or above

    def responsible(self, clock: ClockState) -> str | None:
        """The unit that must act before the clock's limit; None where the citizen must."""
        return None if clock.clock is Clock.ANSWER else clock.unit_id or self.holder

    @property
    def next_fire_at(self) -> datetime | None:
        """When time next brings something about; None when it cannot."""
        instants = (clock.next_fire_at for clock in self.clocks.values())
        return min((at for at in instants if at is not None), default=None)
