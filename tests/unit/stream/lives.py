"""The whole life of a complaint by the pure functions of all services, as the stream hears it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.intake import domain as intake
from services.notify import domain as notify
from services.routing import domain as routing
from services.routing.case.commands import (
    AcceptCase,
    ApprovePlan,
    AskCitizen,
    AssignFromTriage,
    Command,
    CoordinateCase,
    OrderVerification,
    RefuseFollowUp,
    ReopenCase,
    ReturnCase,
    ReturnPlan,
    StartWork,
    SubmitFollowUp,
    SubmitPlan,
    ValidateFollowUp,
)
from services.routing.case.relations import judge_of
from services.routing.case.stream import told
from services.routing.case.transitions import act
from services.routing.placing.places import Located
from services.routing.placing.rules import Content, Tables, route
from services.sla import domain as sla
from services.sla.clocks import CaseClocks, Policy
from shared.cloudevents import encode
from shared.errors import Conflict, Forbidden, Malformed
from shared.events.event import Event
from shared.events.facts import Facts, facts_of
from shared.events.holders import Holder, step_of
from shared.events.intake import ComplaintReceived
from shared.events.routing import CaseEvent
from shared.events.vocabulary import Channel, Clock, ReopenReason, UnitKind
from shared.ids import derived_id
from shared.reviewing import reviewer_of
from tests.builders import T0, a_complaint_id, in_envelope
from tests.unit.routing.cases import CATEGORIES, GAZETTEER, UNITS, a_context
from tests.unit.sla.story import policy_table

ONE = a_complaint_id()
POLICIES = policy_table(
    Policy("rubbish", 1, Clock.FOLLOW_UP, timedelta(days=2), category="sampah"),
    Policy("of-a-kelurahan", 1, Clock.PLAN_CHECK, timedelta(hours=3), unit_kind=UnitKind.KELURAHAN),
    Policy("told-to-the-camat", 1, Clock.FIRST_ACTION, timedelta(hours=6), escalate_to="31.74.01",
           category="jalan"),
)  # fmt: skip
"""Limits that differ by category and kind of unit, and an escalation to a unit of its own."""


@dataclass
class Life:
    """One complaint. ``heard``: every event as the stream carries it, in order."""

    filed: dict[str, Any]
    text: str = "Mohon ditindaklanjuti"
    place: Located | None = None
    heard: list[Event] = field(default_factory=list)
    case: routing.Case | None = None
    clocks: CaseClocks | None = None
    told: notify.Case | None = None
    hours: float = 0.0

    def __post_init__(self) -> None:
        defaults: dict[str, Any] = {
            "complaint_id": ONE, "at": T0, "report_number": "JK2411030001",
            "code_key_id": "key-1", "tracking_digest": "0" * 64, "lookup_key_id": "key-2",
            "channel": Channel.KELURAHAN, "content_ref": UUID(int=1),
            "reporter_ref": UUID(int=2), "reachable": False,
        }  # fmt: skip
        self._command = intake.Receive(**{**defaults, **self.filed})
        kept = intake.withheld(self._command)
        self._facts = (
            {} if kept is None else {ONE: Facts.model_validate(kept, from_attributes=True)}
        )
        [received] = intake.decide(None, self._command).events
        self._publish([received])
        assert isinstance(received, ComplaintReceived)
        self._place(received)

    @property
    def wire(self) -> list[str]:
        """Key, headers and body of each record."""
        return [repr(encode(in_envelope(e))) + encode(in_envelope(e)).value.decode()
                for e in self.heard]  # fmt: skip

    @property
    def known(self) -> routing.Case:
        assert self.case is not None
        return self.case

    @property
    def holder(self) -> str:
        return self.known.unit_id

    def does(self, command: Command, unit: str, role: routing.Role, who: str) -> bool:
        """An hour later an officer gives the command; whether it was taken."""
        self.hours += 1
        actor = routing.Actor(who, role, unit)
        context = a_context(actor, now=self.now, note_id=UUID(int=3), head=None)
        try:
            decision = act(self.known, command, context)
        except (Conflict, Forbidden, Malformed):
            return False
        self._after(decision.state, decision.events)
        return True

    def held(self, command: Command) -> bool:
        """The command of an officer of the unit that holds the case."""
        role: routing.Role = "biro" if self.holder == "biro-pemerintahan" else "unit_officer"
        return self.does(command, self.holder, role, "holder")

    def judged(self, command: Command) -> bool:
        judge = judge_of(self.known, UNITS)
        role: routing.Role = "biro" if judge == "biro-pemerintahan" else "unit_officer"
        return self.does(command, judge, role, "judge")

    def passed_up(self) -> bool:
        """To the office above the unit that is complained of."""
        about = UNITS.find(self.known.about_unit or "")
        above = about.parent if about and about.parent else "31.72"
        return self.held(CoordinateCase(to_unit=above, note="Mohon diperiksa"))

    def triaged(self, command: Command) -> bool:
        return self.does(command, "triage", "triage_officer", "triage")

    def passes(self, hours: float) -> None:
        """Time goes by, and the ticker with it."""
        self.hours += hours
        if self.clocks is not None:
            decision = sla.due(self.clocks, self.now)
            self.clocks = decision.state
            self.heard.extend(decision.events)

    @property
    def now(self) -> Any:
        return T0 + timedelta(hours=self.hours)

    def _place(self, received: ComplaintReceived) -> None:
        facts = facts_of(received, self._facts)
        tables = Tables(UNITS, CATEGORIES, GAZETTEER)
        found = route(received.channel, facts, Content(self.text), tables, self.place)
        decision = routing.decide(None, received, a_context(facts=facts, routing=found, now=T0))
        assert decision.state is not None
        self._after(decision.state, decision.events)

    def _after(self, case: routing.Case, events: Sequence[Event]) -> None:
        self.case = case
        self._publish([told(event, case, UNITS) for event in events])

    def _publish(self, events: Sequence[Event]) -> None:
        for event in events:
            self.heard.append(event)
            self._sla(event)
            self._notify(event)

    def _sla(self, event: Event) -> None:
        holders, judges = {}, {}
        if isinstance(event, CaseEvent):
            unit = UNITS.find(self.holder)
            assert unit is not None
            holder = Holder(unit_id=unit.id, unit_name=unit.name, unit_kind=unit.kind,
                            unit_parent_id=unit.parent)  # fmt: skip
            holders = {step_of(event): holder}
            judges = {(ONE, unit.id): reviewer_of(unit.id, self.known.about_unit, UNITS)}
        context = sla.Context(self.now, POLICIES, None, judges, self._facts, holders)
        decision = sla.decide(self.clocks, event, context)
        self.clocks = decision.state
        self.heard.extend(decision.events)

    def _notify(self, event: Event) -> None:
        decision = notify.decide(self.told, in_envelope(event), self.now, derived_id, self._facts)
        self.told = decision.state
        self.heard.extend(decision.events)


PLAN = SubmitPlan(plan="Periksa", complete_by=T0 + timedelta(days=20))


def holds(command: Command) -> Any:
    return lambda life: life.held(command)


def judges(command: Command) -> Any:
    return lambda life: life.judged(command)


def waits(hours: float) -> Any:
    def move(life: Life) -> bool:
        life.passes(hours)
        return True

    return move


MOVES = {
    "accept": holds(AcceptCase()),
    "coordinate": holds(CoordinateCase(to_unit="dinas-pendidikan", note="Mohon diperiksa")),
    "to the office above": Life.passed_up,
    "to a kelurahan": holds(CoordinateCase(to_unit="31.73.01.1001", note="Mohon diperiksa")),
    "return": holds(ReturnCase(reason="Bukan kami")),
    "plan": holds(PLAN),
    "start": holds(StartWork()),
    "approve": judges(ApprovePlan()),
    "return plan": judges(ReturnPlan(reason="Kurang")),
    "ask": holds(AskCitizen(question="Kapan?")),
    "file": holds(SubmitFollowUp(text="Sudah", evidence=())),
    "verify": judges(OrderVerification()),
    "refuse": judges(RefuseFollowUp(reason="Kurang")),
    "validate": judges(ValidateFollowUp()),
    "fraud": judges(ReopenCase(reason=ReopenReason.SUSPECTED_FRAUD, to_unit="dinas-kesehatan",
                               note="Foto lama")),
    "new facts": judges(ReopenCase(reason=ReopenReason.NEW_FACTS, note="Foto")),
    "five hours": waits(5),
    "two days": waits(48),
    "a month": waits(24 * 31),
}  # fmt: skip
"""What can happen to a case, whatever it is about."""

WHOLE_LIFE = (
    "accept", "five hours", "to the office above", "five hours", "accept", "return", "coordinate",
    "to the office above", "five hours", "to a kelurahan",
    "accept", "plan", "five hours", "return plan", "plan", "two days", "approve", "ask", "two days",
    "file", "two days", "two days", "verify", "refuse", "start", "file", "validate", "fraud",
    "five hours", "accept", "a month",
)  # fmt: skip


LIGHT_LIFE = ("start", "two days", "file", "validate")


def assign(unit: str, category: str) -> AssignFromTriage:
    return AssignFromTriage(unit=unit, category=category)
