"""Officers do anything at any time, in any order: what must hold all the same."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.routing.case.commands import (
    Command,
    CoordinateCase,
    RejectCase,
    ReopenCase,
    SplitCase,
    StartWork,
    SubmitFollowUp,
    ValidateFollowUp,
)
from services.routing.case.relations import relations
from services.routing.case.transitions import act
from services.routing.domain import Actor, Case, Routed, Triaged, decide
from shared.errors import DomainError
from shared.events.event import Event
from shared.events.facts import Facts
from shared.events.intake import ComplaintSupplemented, ComplaintWithdrawn
from shared.events.routing import CaseEvent
from shared.events.sla import QuestionExpired
from shared.events.vocabulary import (
    CLOSED_STATES,
    CaseState,
    RejectionReason,
    ReopenReason,
    TriageReason,
)
from tests.builders import T0, a_complaint, a_complaint_id
from tests.unit.routing.cases import (
    BINA_MARGA,
    BIRO_OFFICER,
    COMMANDS,
    INSPECTOR,
    MANGGARAI,
    SUDIN_BINA_MARGA,
    TEBET_TIMUR,
    TRIAGE_OFFICER,
    UNITS,
    a_context,
    a_head,
    an_officer,
    open_to,
)
from tests.unit.routing.machine import AFTER, may

ACTORS = (
    an_officer(), an_officer(subject="p2"), an_officer(MANGGARAI), an_officer(BINA_MARGA),
    an_officer(SUDIN_BINA_MARGA), TRIAGE_OFFICER, BIRO_OFFICER, INSPECTOR,
)  # fmt: skip


def _words_of(case: Case) -> dict[str, Any]:
    """What the reporter may add to a case that is closed."""
    return {name: getattr(case, name) for name in ("content_refs", "unread", "unread_since")}


VARIANTS: tuple[Command, ...] = (
    *COMMANDS,
    RejectCase(reason=RejectionReason.OFF_TOPIC),
    CoordinateCase(to_unit=MANGGARAI),
    CoordinateCase(to_unit=TEBET_TIMUR),
    ReopenCase(reason=ReopenReason.CITIZEN_OBJECTION),
    ReopenCase(reason=ReopenReason.SUSPECTED_FRAUD, to_unit=MANGGARAI),
)
STARTS = (
    Routed(TEBET_TIMUR, "sampah", "kelurahan-of-the-point", 1, 0.9),
    Routed(SUDIN_BINA_MARGA, "jalan", "category-area", 1, 0.9),
    Routed(BINA_MARGA, "jalan", "category-dinas", 1, 0.9),
    Triaged(TriageReason.NO_PLACE, "sampah"),
)
USUAL_WAY = (
    (StartWork(), an_officer()),
    (SubmitFollowUp(text="Sudah diangkut"), an_officer()),
    (ValidateFollowUp(), BIRO_OFFICER),
)
"""Half of the lives begin on it, so that the late states are visited as often as the early."""


class LifeOfACase(RuleBasedStateMachine):
    case: Case

    @initialize(
        start=st.sampled_from(STARTS),
        about=st.sampled_from([None, MANGGARAI]),
        usual=st.sampled_from([0, 1, 2, 3]),
    )
    def receive(self, start: Routed | Triaged, about: str | None, usual: int) -> None:
        self.now = T0
        facts = Facts(about_unit=about)
        decision = decide(None, a_complaint(), a_context(routing=start, facts=facts, now=self.now))
        assert decision.state is not None
        self.case = decision.state
        self.versions = [event_version(event) for event in decision.events]
        for command, actor in USUAL_WAY[:usual]:
            self.attempt(command, actor, 1)

    @rule(
        command=st.sampled_from(VARIANTS),
        actor=st.sampled_from(ACTORS),
        hours=st.integers(0, 40),
    )
    def try_anything(self, command: Command, actor: Actor, hours: int) -> None:
        self.attempt(command, actor, hours)

    @rule(data=st.data(), hours=st.integers(0, 40))
    def do_what_the_table_leaves_open(self, data: st.DataObject, hours: int) -> None:
        """Most of what is tried at random is refused: this one gets far."""
        open_to_each = [(actor, open_to(actor, self.case, now=self.now)) for actor in ACTORS]
        steps = [
            (command, actor)
            for command in VARIANTS
            for actor, verbs in open_to_each
            if command.verb in verbs
        ]
        if steps:
            self.attempt(*data.draw(st.sampled_from(steps)), hours)

    def attempt(self, command: Command, actor: Actor, hours: int) -> None:
        self.now += timedelta(hours=hours)
        before = self.case
        context = a_context(actor, now=self.now, head=a_head())
        try:
            decision = act(before, command, context)
        except DomainError:
            return
        own = {relation.name[0] for relation in relations(before, actor, UNITS)}
        assert any(may(command.verb, before.state, each, before.question_expired) for each in own)
        assert AFTER[command.verb] in ("same", "back", decision.state.state.value)
        if before.state in CLOSED_STATES:
            assert isinstance(command, ReopenCase | SplitCase)
        self.take(decision.state, decision.events)

    @rule(kind=st.sampled_from(["answer", "note", "edit"]))
    def supplement(self, kind: str) -> None:
        event = ComplaintSupplemented.model_validate(
            {"complaint_id": a_complaint_id(), "at": self.now, "content_ref": UUID(int=9),
             "kind": kind}
        )  # fmt: skip
        self.hear(event)

    @rule(likely=st.integers(0, 9))
    def withdraw(self, likely: int) -> None:
        if likely == 0:
            event = ComplaintWithdrawn(complaint_id=a_complaint_id(), at=self.now, source="citizen")
            self.hear(event)

    @rule(current=st.booleans())
    def stay_silent(self, current: bool) -> None:
        question = (self.case.question_ref if current else None) or UUID(int=9)
        event = QuestionExpired(
            complaint_id=a_complaint_id(), at=self.now, due_at=self.now, question_ref=question
        )
        self.hear(event)

    def hear(self, event: Event) -> None:
        before = self.case
        decision = decide(before, event, a_context(now=self.now))
        assert decision.state is not None
        if before.state in CLOSED_STATES - {CaseState.MERGED}:
            assert replace(decision.state, **_words_of(before)) == before
        self.take(decision.state, decision.events)

    def take(self, after: Case, events: tuple[Event, ...]) -> None:
        self.case = after
        self.versions += [event_version(event) for event in events]

    @invariant()
    def version_grows_by_one_with_each_event(self) -> None:
        assert self.versions == list(range(1, len(self.versions) + 1))
        assert self.case.version == self.versions[-1]

    @invariant()
    def the_unit_complained_of_never_holds_it(self) -> None:
        assert self.case.about_unit is None or self.case.unit_id != self.case.about_unit

    @invariant()
    def closed_has_a_time_and_open_has_none(self) -> None:
        assert (self.case.closed_at is not None) is (self.case.state in CLOSED_STATES)

    @invariant()
    def nothing_is_completed_without_a_follow_up_and_two_people(self) -> None:
        if self.case.state is CaseState.COMPLETED:
            assert self.case.follow_up_ref is not None
            assert self.case.follow_up_author is not None

    @invariant()
    def later_dates_are_asked_for_twice_at_most(self) -> None:
        assert self.case.extensions <= 2

    @invariant()
    def no_closed_case_waits_for_the_citizen(self) -> None:
        if self.case.state in CLOSED_STATES:
            assert self.case.question_ref is None
        assert self.case.question_ref is not None or not self.case.question_expired

    @invariant()
    def only_a_merged_case_has_a_head(self) -> None:
        assert (self.case.head_id is not None) is (self.case.state is CaseState.MERGED)


def event_version(event: Event) -> int:
    assert isinstance(event, CaseEvent)
    return event.case_version


LifeOfACase.TestCase.settings = settings(
    max_examples=200, stateful_step_count=30, deadline=None, derandomize=True
)
TestLifeOfACase = LifeOfACase.TestCase
