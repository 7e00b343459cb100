"""What sla says: limits, warnings, misses, evaluations."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.events.event import Emitter, Event
from shared.events.vocabulary import Clock
from shared.privacy import Open


class SlaEvent(Event):
    emitter: ClassVar[Emitter] = "sla"


class Deadline(BaseModel):
    """One clock of a case. ``original_due_at`` stays what it was when an extension moves it.
    ``unit_id``: who must act, where it is not who holds the case; None for a confidential case."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    clock: Open[Clock]
    due_at: Open[datetime]
    original_due_at: Open[datetime]
    unit_id: Open[str | None] = None
    policy_id: Open[str]
    policy_version: Open[int]
    warned: Open[int] = 0
    """Warnings that count already: of a clock that goes on those given before."""
    missed: Open[bool | None] = None
    """Whether the limit has passed already, as it may have where a clock goes on after a split. An
    evaluation that begins anew leaves none open. None: an earlier release did not state it."""


class DeadlinesSet(SlaEvent):
    """All clocks that one decision set."""

    deadlines: Open[tuple[Deadline, ...]]
    paused: Open[tuple[Clock, ...] | None] = None
    """Clocks that stand now, until the open question is answered or its time is over. A question
    pauses no clock whose limit has passed, nor again one that a question without an answer has
    paused. None: an earlier release did not state it; a question paused the follow-up."""


class DeadlineWarned(SlaEvent):
    """A limit comes near. ``unit_id``: who must act; None for a confidential case."""

    clock: Open[Clock]
    due_at: Open[datetime]
    unit_id: Open[str | None]
    step: Open[int]
    """1 for the first warning before the limit, 2 for the next."""


class DeadlineMissed(SlaEvent):
    """A unit has let a limit pass. ``unit_id``: which; None for a confidential case."""

    clock: Open[Clock]
    due_at: Open[datetime]
    unit_id: Open[str | None]
    escalate_to: Open[str | None] = None
    """Who hears of it: the unit above, or whom the policy names; None at the top of the tree, and
    for a confidential case."""


class DeadlineRetracted(SlaEvent):
    """A miss, or an evaluation, that a late message undoes: what the clock waited for had
    happened in time.

    ``closed_at``: when it had happened (a close, a first action).
    """

    clock: Open[Clock]
    due_at: Open[datetime]
    closed_at: Open[datetime]


class DeadlineExtended(SlaEvent):
    """A due date was moved: by an extension, or by the time a question was open. It is moved back
    when an event that sla hears late shows that the clock was stopped while the question was open.
    """

    clock: Open[Clock]
    due_at: Open[datetime]
    original_due_at: Open[datetime]
    cause: Open[Literal["extension", "pause"]]
    warned: Open[int] = 0
    """Warnings that count already: none after an extension, after a pause those given before it."""


class QuestionExpired(SlaEvent):
    """The reporter's time to answer a question is over; no unit has missed anything.

    It is never retracted. An answer in time that sla hears late is routing's CitizenAnswered,
    whose ``at`` is before ``due_at``: routing, which alone acts on this event, closed the
    question when it stated that one, and the follow-up's DeadlineExtended tells the new limit.
    """

    due_at: Open[datetime]
    question_ref: Open[UUID]


class HoldingShare(BaseModel):
    """A unit's part of the time that a case was held; the shares of a case add up to 1."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    unit_id: Open[str]
    held_seconds: Open[int]
    share: Open[float]


class EvaluationOpened(SlaEvent):
    """The case was not closed within the evaluation's limit (a month): this is recorded against the
    units that held it. Of a confidential case their shares are not told."""

    due_at: Open[datetime]
    shares: Open[tuple[HoldingShare, ...]]


class EvaluationWaived(SlaEvent):
    """Biro Pemerintahan lets an evaluation go, with a reason."""

    note_ref: Open[UUID]
