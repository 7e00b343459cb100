"""The clocks of a case: pure.

`decide` says what an event of the stream does to them, `due` what the passing of time does.
Whether a limit was kept depends on the instants in the events alone, not on when they are heard.
An event that comes late, about something that happened in time, retracts a miss that was stated
meanwhile. An event that comes before the ticker has looked states the miss itself.

Two clocks are the citizen's: follow-up and evaluation. They run from receipt.
- A reopened case is a new promise to the citizen and gets new ones.
- A merged case that is split keeps its own ones, unless its head was answered meanwhile: that was
  this citizen's answer too, so that the split is a new promise.
- A question to the citizen pauses the follow-up until it is answered, or until the time for the
  answer is over.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from services.sla.clocks import CaseClocks, Policies, Policy
from services.sla.turn import Turn, by_policy, moved_by_pauses_alone, started
from shared.decision import Decision
from shared.errors import Conflict, Forbidden, Reject
from shared.events.event import Event
from shared.events.facts import ClaimedFacts, facts_of
from shared.events.holders import ClaimedHolders, Holder, holder_of, watchers_after
from shared.events.intake import ComplaintReceived
from shared.events.routing import (
    ENTRIES,
    TOUCHES,
    CaseCompleted,
    CaseEvent,
    CaseMerged,
    CaseRejected,
    CaseReopened,
    CaseWithdrawn,
    CitizenAnswered,
    CitizenQuestioned,
    ExtensionApproved,
    ExtensionRefused,
    FollowUpRefused,
    FollowUpSubmitted,
    PlanApproved,
    PlanReturned,
    PlanSubmitted,
    Standing,
    VerificationOrdered,
)
from shared.events.sla import (
    DeadlineExtended,
    DeadlineMissed,
    DeadlineRetracted,
    DeadlinesSet,
    DeadlineWarned,
    EvaluationOpened,
    EvaluationWaived,
    QuestionExpired,
)
from shared.events.standing import standing_of
from shared.events.vocabulary import CaseState, Clock

CLOSERS = (CaseCompleted, CaseRejected, CaseMerged, CaseWithdrawn)
OTHERS = (
    PlanApproved, PlanReturned, CitizenAnswered, ExtensionApproved, ExtensionRefused,
    VerificationOrdered, FollowUpRefused,
)  # fmt: skip

HEARS: frozenset[type[Event]] = frozenset(
    {ComplaintReceived, *ENTRIES, *TOUCHES, *CLOSERS, *OTHERS}
)
EMITS: frozenset[type[Event]] = frozenset(
    {
        DeadlinesSet, DeadlineWarned, DeadlineMissed, DeadlineRetracted, DeadlineExtended,
        QuestionExpired, EvaluationOpened, EvaluationWaived,
    }
)  # fmt: skip

CITIZENS_CLOCKS = (Clock.FOLLOW_UP, Clock.EVALUATION)
REVIEWS: Mapping[type[Event], Clock] = {
    PlanSubmitted: Clock.PLAN_CHECK,
    FollowUpSubmitted: Clock.VALIDATION,
}
"""What is judged by another unit, and within which clock."""
REVIEW_STATES = {
    Clock.PLAN_CHECK: CaseState.PLANNED,
    Clock.VALIDATION: CaseState.AWAITING_VALIDATION,
}
"""A reviewer's clock runs while the case is in this state."""


JudgedUnit: TypeAlias = tuple[UUID, str]
"""A complaint, and the unit whose plan or follow-up on it is judged."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a decision may know besides the case.

    ``event_id``: of the event decided on. ``reviewers``: who judges, as routing has told.
    ``facts``, ``holders``: what the stream does not tell, as intake and routing have told. They say
    whose a limit is; how long it is depends on what the stream tells alone.
    """

    now: datetime
    policies: Policies
    event_id: UUID | None = None
    reviewers: Mapping[JudgedUnit, str] = field(default_factory=dict)
    facts: ClaimedFacts = field(default_factory=dict)
    holders: ClaimedHolders = field(default_factory=dict)


def decide(case: CaseClocks | None, event: Event, context: Context) -> Decision[CaseClocks | None]:
    """What an event of the stream does to the clocks; the same case when it does nothing.

    Raises Reject for a plan or a follow-up whose judge routing does not know, and where facts or
    holder that the stream does not tell are not known to intake or routing.
    """
    if type(event) not in HEARS:
        return Decision(case)
    known = case or CaseClocks(event.complaint_id)
    if not _is_news(known, event):
        return Decision(case)
    turn = Turn(replace(known, heard=context.event_id or known.heard), context.now)
    if isinstance(event, ComplaintReceived):
        _receive(turn, event, context)
    elif isinstance(event, CaseEvent):
        _follow(turn, event, context)
    decision = turn.decision()
    return Decision(decision.state, decision.events)


def due(case: CaseClocks, now: datetime) -> Decision[CaseClocks]:
    """What the passing of time brings about: warnings, misses, the evaluation."""
    turn = Turn(case, now)
    for name in turn.in_order():
        turn.tick(name)
    return turn.decision()


def waive(case: CaseClocks, unit_id: str, note_ref: UUID, now: datetime) -> Decision[CaseClocks]:
    """The consequence of an evaluation is dropped, for a reason that was written down.

    ``unit_id``: the unit of the officer who drops it. Raises Conflict when no evaluation is open,
    Forbidden when that unit is evaluated itself.
    """
    clock = case.clocks.get(Clock.EVALUATION)
    if clock is None or clock.missed_at is None:
        raise Conflict("No evaluation was opened for this case.")
    if clock.waived_at is not None:
        raise Conflict("The evaluation is waived already.")
    if any(holding.unit_id == unit_id for holding in case.holdings):
        raise Forbidden("Your unit held this case itself and may not waive its own evaluation.")
    clocks = {**case.clocks, Clock.EVALUATION: replace(clock, waived_at=now)}
    fact = EvaluationWaived(complaint_id=case.complaint_id, at=now, note_ref=note_ref)
    return Decision(replace(case, clocks=clocks), (fact,))


def _is_news(case: CaseClocks, event: Event) -> bool:
    """Whether the event may change anything. Routing numbers the events of a case: one whose
    number is not higher than the last was heard before, or a later one has replaced it."""
    if isinstance(event, CaseEvent):
        return event.case_version > case.case_version
    return case.received_at is None


def _receive(turn: Turn, event: ComplaintReceived, context: Context) -> None:
    case, policies = turn.case, context.policies
    facts = facts_of(event, context.facts)
    # As the stream tells it, and no better: a limit tells the category that it belongs to.
    category = case.category or event.category
    turn.case = replace(
        case, received_at=event.at, category=category, about_unit=facts.about_unit,
        restricted=facts.restricted, confidential=event.confidential,
    )  # fmt: skip
    for name in CITIZENS_CLOCKS:
        # When the reopening was heard before the receipt, it has set the citizen's clocks already.
        if name not in case.clocks:
            policy = policies.find(name, None, category, event.at)
            turn.set(started(policy, policies, event.at))
        if case.closed_at is not None:
            turn.stop(name, case.closed_at)


def _follow(turn: Turn, event: CaseEvent, context: Context) -> None:
    before = turn.case
    standing = standing_of(event, _standing(before))
    holder = holder_of(event, context.holders)
    turn.case = _as_told(before, event, holder, standing)
    if isinstance(event, ENTRIES) and event.state is not CaseState.MERGED:
        _enter(turn, event, holder, standing, context.policies)
    elif before.closed_at is not None:
        # The case is merged: its head was answered, and so was the reporter of this one. That the
        # head was reopened starts no clock of a case that only follows it.
        told = before.answered or isinstance(event, CaseCompleted | CaseRejected)
        turn.case = replace(turn.case, answered=told)
    elif isinstance(event, CLOSERS):
        _close(turn, event.at)
    else:
        _advance(turn, event, holder, standing, context)


def _standing(case: CaseClocks) -> Standing:
    """What is known to be open until now; what sla does not keep is left out."""
    return Standing(
        asks_for_time=case.asks_for_time,
        question_ref=case.question_ref if case.question_open else None,
        closed_at=case.closed_at,
    )


def _as_told(case: CaseClocks, event: CaseEvent, holder: Holder, standing: Standing) -> CaseClocks:
    """What the event says of the case itself: where it stands, who has passed it on."""
    return replace(
        case,
        case_version=event.case_version,
        state=event.state,
        asks_for_time=standing.asks_for_time,
        closed_at=standing.closed_at,
        watchers=watchers_after(case.watchers, event, holder.unit_id, case.last_holder),
    )


def _close(turn: Turn, at: datetime) -> None:
    for name in turn.in_order():
        turn.stop(name, at)
    turn.hold(None, at)


def _enter(
    turn: Turn, event: CaseEvent, holder: Holder, standing: Standing, policies: Policies
) -> None:
    """A unit gets the case: the clocks of the unit before end, and a first action is awaited."""
    for name in (Clock.FIRST_ACTION, *REVIEW_STATES):
        turn.stop(name, event.at)
    if standing.question_ref is None:
        _end_question(turn, event.at, policies)
    before = turn.case
    category = getattr(event, "category", None) or before.category
    turn.case = replace(before, category=category, answered=False)
    turn.hold(holder.unit_id, event.at, holder.unit_parent_id)
    first = policies.find(Clock.FIRST_ACTION, event.unit_kind, category, event.at)
    turn.begin(started(first, policies, event.at, holder.unit_id))
    anew = isinstance(event, CaseReopened) or before.answered
    for name in CITIZENS_CLOCKS:
        if anew:
            policy = policies.find(name, None, category, event.at)
            turn.begin(started(policy, policies, event.at))
        elif turn.find(name) is not None:
            _reconsider(turn, name, event.at, policies)
        elif name in before.clocks:
            turn.wake(before.clocks[name], policies)


def _reconsider(turn: Turn, name: Clock, at: datetime, policies: Policies) -> None:
    """The category that the officer chose may have another limit than the citizen's category.

    The clock's start and its pauses stay. So does a limit that was extended, missed or stopped:
    what was granted or has happened is not undone by a new category.
    """
    clock = turn.settle(name, at)
    if clock is None or not clock.armed:
        return
    policy = policies.find(name, None, turn.case.category, clock.started_at)
    if (policy.policy_id, policy.version) == (clock.policy_id, clock.policy_version):
        return
    if moved_by_pauses_alone(clock, policies):
        turn.set(by_policy(clock, policy, policies))


def _advance(
    turn: Turn, event: CaseEvent, holder: Holder, standing: Standing, context: Context
) -> None:
    policies = context.policies
    if isinstance(event, TOUCHES):
        turn.stop(Clock.FIRST_ACTION, event.at)
    for name, state in REVIEW_STATES.items():
        if event.state is not state:
            turn.stop(name, event.at)
    turn.hold(holder.unit_id, event.at, holder.unit_parent_id)
    if standing.question_ref is None:
        _end_question(turn, event.at, policies)
    match event:
        case PlanSubmitted() | FollowUpSubmitted():
            _await_review(turn, event, holder, context)
        case CitizenQuestioned():
            _ask(turn, event, policies)
        case ExtensionApproved() if event.number > turn.case.extensions:
            turn.case = replace(turn.case, extensions=event.number)
            turn.extend(Clock.FOLLOW_UP, event.at, event.complete_by, policies)


def _ask(turn: Turn, event: CitizenQuestioned, policies: Policies) -> None:
    policy = policies.find(Clock.ANSWER, event.unit_kind, turn.case.category, event.at)
    clock = started(policy, policies, event.at)
    turn.begin(clock)
    turn.case = replace(turn.case, question_ref=event.question_ref)
    turn.pause(Clock.FOLLOW_UP, event.at, clock.due_at, policies)


def _end_question(turn: Turn, at: datetime, policies: Policies) -> None:
    """No question is open any longer, and no clock stands for one."""
    if turn.case.question_open:
        turn.stop(Clock.ANSWER, at)
        turn.resume(Clock.FOLLOW_UP, at, policies)


def _await_review(turn: Turn, event: CaseEvent, holder: Holder, context: Context) -> None:
    """The judge's clock starts.

    Without a judge the event is rejected, so that it is parked until an operator replays it. A
    clock in nobody's name would say that the unit must judge its own work, and no clock at all
    would let the judge be late unseen.
    """
    judge = context.reviewers.get((event.complaint_id, holder.unit_id))
    if judge is None:
        raise Reject("unknown_reviewer", f"routing names nobody who judges unit {event.unit_id}")
    name, category = REVIEWS[type(event)], turn.case.category
    policy = context.policies.find(name, event.unit_kind, category, event.at)
    clock = started(policy, context.policies, event.at, judge)
    turn.begin(replace(clock, escalate_to=_above(turn.case, judge, policy)))


def _above(case: CaseClocks, judge: str, policy: Policy) -> str | None:
    """Who is told that the judge is late: whom the policy names. Where that is the unit that holds
    the case, or that is complained of, the judge itself is told, so that nobody hears of the
    judgement on its own work."""
    judged = policy.escalate_to in (case.holder, case.about_unit)
    return judge if judged else policy.escalate_to
