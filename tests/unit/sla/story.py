"""The life of one case, told event by event, as the clocks hear it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.sla.calendar import ElapsedCalendar, WorkingDayCalendar
from services.sla.clocks import CaseClocks, ClockState, Policy, WorkingCalendar
from services.sla.domain import Context, decide, due
from services.sla.policies import DEFAULT_POLICIES, PolicyTable
from shared.events.event import Event
from shared.events.facts import Facts
from shared.events.routing import CaseAccepted, CaseEvent, CaseRouted, WorkStarted
from shared.events.vocabulary import CaseState, Clock, TriageReason, UnitKind
from tests.builders import a_case_event, a_complaint, a_routing, a_silent_complaint, at

KELURAHAN = "31.74.01.1001"
DINAS = "dinas-bina-marga"
REF = UUID(int=7 << 100)

FIELDS: dict[str, dict[str, Any]] = {
    "CaseTriaged": {
        "unit_id": "triage",
        "unit_kind": UnitKind.TRIAGE,
        "reason": TriageReason.NO_PLACE,
        "category": None,
        "kelurahan_code": None,
        "area_name": None,
    },
    "CaseCoordinated": {"from_unit_id": KELURAHAN, "unit_id": DINAS},
    "CaseDelegated": {"from_unit_id": KELURAHAN, "unit_id": DINAS},
    "CaseReturned": {"from_unit_id": DINAS, "note_ref": REF},
    "PlanSubmitted": {"plan_ref": REF, "complete_by": at(days=3), "state": CaseState.PLANNED},
    "PlanApproved": {"plan_ref": REF, "state": CaseState.IN_PROGRESS},
    "PlanReturned": {"plan_ref": REF, "note_ref": REF},
    "WorkStarted": {"state": CaseState.IN_PROGRESS},
    "CitizenQuestioned": {"question_ref": REF, "state": CaseState.IN_PROGRESS},
    "CitizenAnswered": {"content_ref": REF, "state": CaseState.IN_PROGRESS},
    "ExtensionRequested": {"complete_by": at(days=12), "note_ref": REF, "number": 1},
    "ExtensionApproved": {"complete_by": at(days=12), "number": 1},
    "ExtensionRefused": {"note_ref": REF, "number": 1},
    "FollowUpSubmitted": {
        "follow_up_ref": REF,
        "evidence_count": 1,
        "state": CaseState.AWAITING_VALIDATION,
    },
    "VerificationOrdered": {"state": CaseState.VERIFYING},
    "FollowUpRefused": {"note_ref": REF, "state": CaseState.FOLLOW_UP_REFUSED},
    "CaseCompleted": {"follow_up_ref": REF, "state": CaseState.COMPLETED},
    "CaseRejected": {"reason": "off_topic", "state": CaseState.REJECTED},
    "CaseReopened": {"reason": "citizen_objection"},
    "CaseMerged": {"head_complaint_id": REF, "state": CaseState.MERGED},
    "CaseSplit": {"head_complaint_id": REF},
    "CaseWithdrawn": {"source": "citizen", "state": CaseState.WITHDRAWN},
}


def case_event(kind: type[Any], complaint: int = 1, **fields: Any) -> Any:
    """Any event of routing's with what it needs; the case is a kelurahan's."""
    given = {**FIELDS.get(kind.__name__, {}), **fields}
    if kind is CaseRouted:
        return a_routing(number=complaint, **given)
    same = a_case_event(CaseAccepted, number=complaint).model_dump()
    return kind(**{**same, **given})


def policy_table(*extra: Policy) -> PolicyTable:
    calendars: dict[str, WorkingCalendar] = {
        "elapsed": ElapsedCalendar(),
        "working": WorkingDayCalendar(()),
    }
    return PolicyTable((*DEFAULT_POLICIES, *extra), calendars)


BIRO = "biro-pemerintahan"


class Story:
    """Applies events and ticks to one case; ``facts`` is all that was stated.

    ``judge``: whom routing names as reviewer of any unit's work.
    """

    def __init__(self, *extra: Policy, judge: str = BIRO) -> None:
        self.judge = judge
        self.case: CaseClocks | None = None
        self.facts: list[Event] = []
        self.policies = policy_table(*extra)
        self._version = 0
        self._facts: dict[UUID, Facts] = {}

    def hear(self, event: Event, now: datetime | None = None) -> Sequence[Event]:
        """``now``: when it is heard; at once, if not said otherwise."""
        judges = {(event.complaint_id, unit): self.judge for unit in _units_of(event)}
        context = Context(now or event.at, self.policies, None, judges, self._facts)
        decision = decide(self.case, event, context)
        self.case = decision.state
        self.facts.extend(decision.events)
        return decision.events

    def received(self, **fields: Any) -> Sequence[Event]:
        return self.hear(a_complaint(**fields))

    def received_in_silence(self, **fields: Any) -> Sequence[Event]:
        """A complaint of which the stream is silent, and its facts."""
        complaint, facts = a_silent_complaint(**fields)
        self._facts[complaint.complaint_id] = facts
        return self.hear(complaint)

    def happens(
        self, kind: type[CaseEvent], when: datetime, now: datetime | None = None, **fields: Any
    ) -> Sequence[Event]:
        """The case's next event, of version one more."""
        self._version += 1
        return self.hear(case_event(kind, at=when, case_version=self._version, **fields), now)

    def tick(self, now: datetime) -> Sequence[Event]:
        decision = due(self.known, now)
        # What is still due would be taken by the ticker again and again.
        assert decision.state.next_fire_at is None or decision.state.next_fire_at > now
        self.case = decision.state
        self.facts.extend(decision.events)
        return decision.events

    @property
    def known(self) -> CaseClocks:
        assert self.case is not None
        return self.case

    def clock(self, name: Clock) -> ClockState:
        return self.known.clocks[name]


def _units_of(event: Event) -> Sequence[str]:
    return (event.unit_id,) if isinstance(event, CaseEvent) else ()


def routed(*extra: Policy, **fields: Any) -> Story:
    """Received at the beginning, routed an hour later."""
    story = Story(*extra)
    story.received()
    story.happens(CaseRouted, at(hours=1), **fields)
    return story


def worked_on(*extra: Policy, **fields: Any) -> Story:
    """Routed, and the unit started its work after another hour."""
    story = routed(*extra, **fields)
    story.happens(WorkStarted, at(hours=2))
    return story
