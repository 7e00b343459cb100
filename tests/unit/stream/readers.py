"""One complaint as routing, sla and tracking know it, each event being heard twice."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.routing import domain as routing
from services.routing.case.commands import (
    AcceptCase,
    ApproveExtension,
    ApprovePlan,
    AskCitizen,
    AssignFromTriage,
    Command,
    CoordinateCase,
    DelegateCase,
    MergeCase,
    OrderVerification,
    RefuseExtension,
    RefuseFollowUp,
    RejectCase,
    ReopenCase,
    RequestExtension,
    ReturnCase,
    ReturnPlan,
    SplitCase,
    StartWork,
    SubmitFollowUp,
    SubmitPlan,
    ValidateFollowUp,
)
from services.routing.case.relations import facts_of, judge_of
from services.routing.case.stage import follow_up_stands, next_due_at, stage_of
from services.routing.case.stream import told
from services.routing.case.transitions import act
from services.sla import domain as sla
from services.sla.clocks import CaseClocks, ClockState, Policy
from services.tracking import domain as tracking
from services.tracking.disclosure import disclose
from shared.decision import Decision
from shared.errors import DomainError
from shared.events.event import Event
from shared.events.facts import ClaimedFacts, Facts
from shared.events.holders import ClaimedHolders, Holder, holder_of, step_of, with_holder
from shared.events.intake import ComplaintSupplemented, ComplaintWithdrawn
from shared.events.routing import (
    CaseCompleted,
    CaseEvent,
    CaseRejected,
    CaseReopened,
    CaseWithdrawn,
)
from shared.events.sla import DeadlinesSet
from shared.events.vocabulary import CaseState, Clock, RejectionReason, ReopenReason
from shared.reviewing import open_reviewer, reviewer_of
from tests.builders import T0, a_case_event, a_complaint, a_complaint_id, in_envelope
from tests.unit.routing.cases import (
    BINA_MARGA,
    HEAD,
    MANGGARAI,
    SUDIN_BINA_MARGA,
    TEBET_TIMUR,
    UNITS,
    a_context,
    a_head,
)
from tests.unit.sla.story import policy_table

ONE = a_complaint_id()
POLICIES = policy_table(Policy("roads", 1, Clock.FOLLOW_UP, timedelta(days=3), category="jalan"))

# --- one complaint, as all know it ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """A complaint and all that is known of it.

    facts, holders: what the stream does not tell, as intake and routing do. stream: what was
    published and not heard yet. note: number of the text that an officer writes next. plainly: the
    events are those of a release that did not state what they leave open.
    """

    case: routing.Case
    clocks: CaseClocks
    view: tracking.CaseRecord
    now: datetime
    facts: ClaimedFacts
    holders: ClaimedHolders = field(default_factory=dict)
    stream: tuple[Event, ...] = ()
    note: int = 100
    plainly: bool = False


def received(
    found: routing.Routed | routing.Triaged, about: str | None = None, plainly: bool = False
) -> Known:
    """A complaint that was filed and placed; of one about a unit the stream is silent."""
    filed = a_complaint(confidential=about is not None)
    facts = Facts(about_unit=about, restricted=about is not None, category="sampah")
    placed = routing.decide(None, filed, a_context(routing=found, facts=facts, now=T0))
    assert placed.state is not None
    claimed = {ONE: facts} if about is not None else {}
    start = Known(
        placed.state, CaseClocks(ONE), tracking.CaseRecord(ONE), T0, claimed, plainly=plainly
    )
    return heard(_decided(replace(start, stream=(filed,)), placed))


def heard(known: Known) -> Known:
    """Every service has heard the stream, each event twice, and what sla has said to it."""
    while known.stream:
        event, known = known.stream[0], replace(known, stream=known.stream[1:])
        event = _as_before(event) if known.plainly else event
        for _ in range(2):
            stated = _heard_by_sla(known, event)
            known = replace(
                known,
                clocks=stated.state or known.clocks,
                view=_heard_by_tracking(known, event),
                case=_heard_by_routing(known, event),
                stream=known.stream + stated.events,
            )
    return known


def _as_before(event: Event) -> Event:
    """The event as a release wrote it that did not state what is open, stands or was warned of."""
    unstated: dict[str, Any] = {"standing": None, "paused": None, "warned": 0}
    if isinstance(event, DeadlinesSet):
        before = [each.model_copy(update={"missed": None, "warned": 0}) for each in event.deadlines]
        unstated["deadlines"] = tuple(before)
    fields = type(event).model_fields
    return event.model_copy(update={n: v for n, v in unstated.items() if n in fields})


def _heard_by_sla(known: Known, event: Event) -> Decision[CaseClocks | None]:
    judges = {}
    if isinstance(event, CaseEvent):
        unit = holder_of(event, known.holders).unit_id
        judges[ONE, unit] = reviewer_of(unit, known.case.about_unit, UNITS)
    context = sla.Context(known.now, POLICIES, None, judges, known.facts, known.holders)
    return sla.decide(known.clocks, event, context)


def _heard_by_tracking(known: Known, event: Event) -> tracking.CaseRecord:
    envelope = with_holder(in_envelope(event), known.holders)
    return tracking.evolve(known.view, envelope, known.facts)


def _heard_by_routing(known: Known, event: Event) -> routing.Case:
    """Of all that is heard here, routing hears what sla says."""
    if event.emitter != "sla" or type(event) not in routing.HEARS:
        return known.case
    case = routing.decide(known.case, event, a_context(now=known.now)).state
    assert case is not None
    return case


# --- what can happen to it -----------------------------------------------------------------

Move = Callable[[Known], Known | None]
"""The complaint after it; None where it cannot happen."""


def _decided(known: Known, decision: Decision[Any]) -> Known:
    """Routing has decided, and published it as far as the stream is told."""
    unit = UNITS.find(decision.state.unit_id)
    assert unit is not None
    holder = Holder(
        unit_id=unit.id, unit_name=unit.name, unit_kind=unit.kind, unit_parent_id=unit.parent
    )
    said = [told(event, decision.state, UNITS) for event in decision.events]
    held = {step_of(event): holder for event in said if isinstance(event, CaseEvent)}
    return replace(
        known, case=decision.state, note=known.note + 1, stream=(*known.stream, *said),
        holders={**known.holders, **held},
    )  # fmt: skip


def _officers(known: Known) -> tuple[routing.Actor, ...]:
    """Holder, triage desk and judge, as far as the case has them."""
    judge, unit = judge_of(known.case, UNITS), known.case.unit_id
    roles: dict[str, routing.Role] = {"triage": "triage_officer", "biro-pemerintahan": "biro"}
    return (
        routing.Actor("holder", roles.get(unit, "unit_officer"), unit),
        routing.Actor("judge", roles.get(judge, "unit_officer"), judge),
    )


def _gives(make: Callable[[Known], Command]) -> Move:
    def move(known: Known) -> Known | None:
        later = replace(known, now=known.now + timedelta(hours=1))
        head = replace(a_head(), about_unit=known.case.about_unit, restricted=known.case.restricted)
        for officer in _officers(known):
            context = a_context(officer, now=later.now, note_id=UUID(int=known.note), head=head)
            try:
                return _decided(later, act(known.case, make(later), context))
            except DomainError:
                continue
        return None

    return move


def gives(command: Command) -> Move:
    """An hour later somebody who may gives the command."""
    return _gives(lambda known: command)


def _writes(kind: str, automatic: bool = False) -> Move:
    def move(known: Known) -> Known:
        words = ComplaintSupplemented.model_validate(
            {"complaint_id": ONE, "at": known.now, "content_ref": UUID(int=9), "kind": kind,
             "automatic": automatic}
        )  # fmt: skip
        return _from_intake(known, words)

    return move


def _from_intake(known: Known, event: Event) -> Known:
    later = replace(known, now=known.now + timedelta(hours=1))
    first = routing.decide(known.case, event, a_context(now=later.now))
    again = routing.decide(first.state, event, a_context(now=later.now))
    filed = replace(later, stream=(*later.stream, event))
    return _decided(filed, Decision(again.state, first.events + again.events))


def _withdraws(known: Known) -> Known:
    return _from_intake(known, ComplaintWithdrawn(complaint_id=ONE, at=known.now, source="citizen"))


def _head_gets(kind: type[Any], **fields: Any) -> Move:
    def move(known: Known) -> Known | None:
        event = a_case_event(kind, number=2, **fields)
        later = replace(known, now=known.now + timedelta(hours=1))
        decision = routing.answer_child(known.case, event, a_context(now=later.now))
        return _decided(later, decision) if decision.events else None

    return move


def passes(days: float) -> Callable[[Known], Known]:
    """Time goes by, and the ticker with it."""

    def move(known: Known) -> Known:
        later = replace(known, now=known.now + timedelta(days=days))
        ticked = sla.due(later.clocks, later.now)
        return replace(later, clocks=ticked.state, stream=(*later.stream, *ticked.events))

    return move


def _waived(known: Known) -> Known | None:
    try:
        decision = sla.waive(known.clocks, "biro-pemerintahan", UUID(int=known.note), known.now)
    except DomainError:
        return None
    return replace(known, clocks=decision.state, stream=(*known.stream, *decision.events))


def _in_a_month(known: Known) -> datetime:
    return known.now + timedelta(days=30)


MOVES: Mapping[str, Move] = {
    "accept": gives(AcceptCase()),
    "coordinate": gives(CoordinateCase(to_unit=BINA_MARGA)),
    "coordinate back": gives(CoordinateCase(to_unit=TEBET_TIMUR)),
    "delegate": gives(DelegateCase(to_unit=SUDIN_BINA_MARGA)),
    "return": gives(ReturnCase(reason="Bukan wilayah kami")),
    "plan": _gives(lambda known: SubmitPlan(plan="Regu", complete_by=_in_a_month(known))),
    "approve plan": gives(ApprovePlan()),
    "return plan": gives(ReturnPlan(reason="Siapa?")),
    "start": gives(StartWork()),
    "ask": gives(AskCitizen(question="Di mana?")),
    "ask for time": _gives(
        lambda known: RequestExtension(reason="Hujan", complete_by=_in_a_month(known))
    ),
    "give time": gives(ApproveExtension()),
    "refuse time": gives(RefuseExtension(reason="Material tersedia")),
    "file": gives(SubmitFollowUp(text="Sudah")),
    "verify": gives(OrderVerification()),
    "validate": gives(ValidateFollowUp()),
    "refuse": gives(RefuseFollowUp(reason="Foto tidak jelas")),
    "reject": gives(RejectCase(reason=RejectionReason.OFF_TOPIC)),
    "reject for silence": gives(RejectCase(reason=RejectionReason.INCOMPLETE)),
    "reopen": gives(ReopenCase(reason=ReopenReason.NEW_FACTS)),
    "reopen elsewhere": gives(ReopenCase(reason=ReopenReason.SUSPECTED_FRAUD, to_unit=MANGGARAI)),
    "merge": gives(MergeCase(head=HEAD)),
    "split": gives(SplitCase()),
    "assign": gives(AssignFromTriage(unit=BINA_MARGA, category="jalan")),
    "an answer": _writes("answer"),
    "a note": _writes("note"),
    "an edit": _writes("edit"),
    "an absence notice": _writes("note", automatic=True),
    "a withdrawal": _withdraws,
    "the head is completed": _head_gets(CaseCompleted, follow_up_ref=UUID(int=8)),
    "the head is rejected": _head_gets(CaseRejected, reason=RejectionReason.OFF_TOPIC),
    "the head is reopened": _head_gets(CaseReopened, reason=ReopenReason.NEW_FACTS),
    "the head is withdrawn": _head_gets(CaseWithdrawn, source="citizen"),
    "the evaluation is waived": _waived,
    "two days": passes(2),
    "eleven days": passes(11),
    "a month": passes(31),
}
"""Every command of the state machine, and all else that may come in between."""

# --- what each of them holds open ----------------------------------------------------------


def in_routing(known: Known) -> dict[str, Any]:
    case, seen = known.case, facts_of(known.case, UNITS)
    return {
        "state": case.state,
        "holder": case.unit_id,
        "question": case.question_ref,
        "silent": case.question_expired,
        "asks for time": case.extension_until is not None,
        "may judge": seen.reviewer,
        "watchers": set(case.watchers),
        "closed at": case.closed_at,
        "merged into": case.head_id,
        "accepted": case.accepted,
        "planned": case.plan_ref is not None,
    }


def _runs(clock: ClockState | None) -> bool:
    return clock is not None and clock.stopped_at is None


def in_sla(known: Known) -> dict[str, Any]:
    case, clocks = known.clocks, known.clocks.clocks
    question = clocks.get(Clock.ANSWER)
    open_question = question if question is not None and _runs(question) else None
    assert case.state is not None
    return {
        "state": case.state,
        "holder": case.last_holder,
        "question": case.question_ref if open_question else None,
        "silent": open_question is not None and open_question.missed_at is not None,
        "asks for time": case.asks_for_time,
        "may judge": open_reviewer(
            case.state, case.asks_for_time, case.last_holder or "", case.about_unit, UNITS
        ),
        "watchers": set(case.watchers),
        "closed at": case.closed_at,
    }


def in_tracking(known: Known) -> dict[str, Any]:
    view = known.view
    assert view.unit_id is not None
    asks = view.extension == "requested"
    return {
        "state": view.state,
        "holder": view.unit_id,
        "question": view.question_ref if view.question_open else None,
        "silent": view.question_open and view.question_ref in view.lapsed_questions,
        "asks for time": asks,
        "may judge": open_reviewer(view.state, asks, view.unit_id, view.about_unit, UNITS),
        "watchers": set(view.watchers),
        "closed at": view.closed_at,
        "merged into": view.merged_into,
        "accepted": view.accepted,
        "planned": view.planned_until is not None,
    }


def limits_in_sla(known: Known) -> dict[str, Any]:
    clock = known.clocks.clocks[Clock.FOLLOW_UP]
    return {
        "due": clock.due_at,
        "original": clock.original_due_at,
        "stands": clock.open_pause is not None and _runs(clock),
        "next": min(_limits_that_run(known.clocks), default=None),
        "warned": clock.warned,
        "runs": _runs(clock),
        "evaluation": _evaluation(known.clocks.clocks[Clock.EVALUATION]),
    }


def _limits_that_run(case: CaseClocks) -> Iterator[datetime]:
    """Of the officers' clocks: the evaluation is nobody's next act, an answer is the citizen's."""
    for name in (Clock.FOLLOW_UP, Clock.FIRST_ACTION, Clock.PLAN_CHECK, Clock.VALIDATION):
        clock = case.clocks.get(name)
        if clock is not None and _runs(clock) and clock.open_pause is None:
            yield clock.due_at


def limits_in_routing(known: Known) -> dict[str, Any]:
    return {
        "due": known.case.due_at,
        "original": known.case.original_due_at,
        "stands": follow_up_stands(known.case),
        "next": next_due_at(known.case),
        "runs": stage_of(known.case) is not None,
    }


def _evaluation(clock: ClockState) -> str | None:
    opened = "waived" if clock.waived_at else "opened"
    return opened if clock.missed_at else None


def limits_in_tracking(known: Known) -> dict[str, Any]:
    shown = disclose([known.view])
    assert shown is not None
    return {
        "due": known.view.due_at,
        "original": known.view.original_due_at,
        "stands": shown.paused,
        "warned": known.view.warned_step,
        "runs": known.view.closed_at is None,
        "evaluation": known.view.evaluation,
    }


JUDGED = {
    Clock.PLAN_CHECK: CaseState.PLANNED,
    Clock.VALIDATION: CaseState.AWAITING_VALIDATION,
}


def disagreements(known: Known) -> dict[str, Any]:
    """What routing, sla and tracking do not agree on; nothing where all hold the same open."""
    truth = in_routing(known)
    found: dict[str, Any] = {}
    for reader, says in (("sla", in_sla(known)), ("tracking", in_tracking(known))):
        found |= {
            f"{name} in {reader}": (truth[name], told)
            for name, told in says.items()
            if told != truth[name]
        }
    limits = limits_in_sla(known)
    told_limits = (("routing", limits_in_routing(known)), ("tracking", limits_in_tracking(known)))
    for reader, says in told_limits:
        found |= {
            f"{name} in {reader}": (limits[name], told)
            for name, told in says.items()
            if told != limits[name]
        }
    for clock, state in JUDGED.items():
        if _runs(known.clocks.clocks.get(clock)) is not (truth["state"] is state):
            found[f"{clock} in sla"] = truth["state"]
    return found


def kind_of(known: Known) -> tuple[Any, ...]:
    """What decides which moves are open and what they do, without instants and references."""
    case = known.case
    return (
        case.state, case.unit_id, case.question_ref is not None, case.question_expired,
        case.extension_until is not None, case.accepted, case.plan_ref is not None,
        case.plan_approved, case.sender is not None, case.questions > 0,
    )  # fmt: skip
