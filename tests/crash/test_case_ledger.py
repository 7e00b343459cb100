"""The ledger of cases: it must see each way in which a case can go wrong."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.events.event import Envelope, Event
from shared.events.intake import ComplaintSupplemented, ReporterErased
from shared.events.notify import NotificationFailed, NotificationSent
from shared.events.routing import CaseAccepted, CaseCompleted, CaseReopened, WorkStarted
from shared.events.sla import DeadlineMissed, QuestionExpired
from shared.events.vocabulary import CaseState, Channel, Clock, NotificationTemplate
from tests.builders import (
    T0,
    a_case_event,
    a_complaint,
    a_complaint_id,
    a_routing,
    at,
    in_envelope,
)
from tests.crash.books import HEARERS, Books, Case, Clocks, Deed, Delivery, Stage, Step, View
from tests.crash.case_ledger import findings, stages_of
from tests.crash.findings import CaseFacts, Finding
from tests.crash.message_ledger import CALL_UNDER_WAY
from tests.crash.messages import OutsideMessage
from tests.crash.public_stages import told_of

ID = a_complaint_id()
UNIT = a_routing().unit_id
OFFICERS = ("accepter", "starter", "validator")
STANDING = {"state": "completed", "holder": UNIT, "question": None, "watchers": "[]"}


def delivery_id(number: int) -> UUID:
    return UUID(int=(9 << 100) + number)


def stage(kind: type[Any], version: int, state: CaseState) -> Any:
    ref: dict[str, Any] = {"follow_up_ref": UUID(int=6)} if kind is CaseCompleted else {}
    if kind is CaseReopened:
        ref = {"reason": "new_facts"}
    return a_case_event(kind, case_version=version, state=state, unit_id=UNIT, **ref)


LIFE: tuple[Event, ...] = (
    a_complaint(),
    a_routing(),
    stage(CaseAccepted, 2, CaseState.RECEIVED),
    stage(WorkStarted, 3, CaseState.IN_PROGRESS),
    stage(CaseCompleted, 4, CaseState.COMPLETED),
)
TOLD = {1: "confirmation", 4: "in_progress", 5: "completed"}
"""By number of the event that called for it."""


def sent(number: int) -> Envelope:
    event = NotificationSent(
        complaint_id=ID,
        at=T0,
        delivery_id=delivery_id(number),
        template=NotificationTemplate(TOLD[number]),
        channel=Channel.JAKI,
    )
    return in_envelope(event, 100 + number, in_envelope(LIFE[0], number).id)


def outside(number: int, **changes: Any) -> OutsideMessage:
    message = OutsideMessage(
        kind="jaki",
        key=str(delivery_id(number)),
        threads=frozenset(),
        numbers=frozenset(),
        codes=frozenset(),
        body="",
        received_at=at(1),
    )
    return replace(message, **changes)


def stream_of_life() -> list[Envelope]:
    own = [in_envelope(event, number) for number, event in enumerate(LIFE, 1)]
    return own + [sent(number) for number in TOLD]


def inboxes_of(stream: list[Envelope]) -> dict[str, frozenset[UUID]]:
    return {
        service: frozenset(e.id for e in stream if type(e.event) in hears)
        for service, hears in HEARERS.items()
    }


def all_well() -> CaseFacts:
    """A case from receipt to its completion, seen alike by all."""
    stream = stream_of_life()
    history = [
        Step(ID, 1, "CaseRouted", "received", UNIT),
        Step(ID, 2, "CaseAccepted", "received", UNIT, OFFICERS[0]),
        Step(ID, 3, "WorkStarted", "in_progress", UNIT, OFFICERS[1]),
        Step(ID, 4, "CaseCompleted", "completed", UNIT, OFFICERS[2]),
    ]
    deeds = [
        Deed(ID, step.event, step.event, step.actor or "", "answered", step.version)
        for step in history[1:]
    ]
    books = Books(
        deeds=deeds,
        history=history,
        cases={ID: Case(4, "completed", 1)},
        views={
            ID: View(
                stages_of(history), Counter({(template, "sent"): 1 for template in TOLD.values()}),
            )
        },
        clocks={ID: Clocks(4, frozenset())},
        deliveries=[
            Delivery(delivery_id(number), ID, T0, in_envelope(LIFE[0], number).id)
            for number in TOLD
        ],
        standings={service: {ID: STANDING} for service in ("routing", "sla", "tracking")},
        sealed=frozenset({ID}),
        worded=frozenset({ID}),
        inboxes=inboxes_of(stream),
    )  # fmt: skip
    return CaseFacts(books, stream, [outside(number) for number in TOLD])


def kinds(facts: CaseFacts) -> set[str]:
    return {finding.kind for finding in findings(facts)}


def with_books(**changes: Any) -> CaseFacts:
    facts = all_well()
    return facts._replace(books=replace(facts.books, **changes))


def with_event(event: Event, number: int = 50, cause: UUID | None = None) -> CaseFacts:
    """One event more, which all that hear it have claimed."""
    facts = all_well()
    stream = [*facts.stream, in_envelope(event, number, cause)]
    return CaseFacts(replace(facts.books, inboxes=inboxes_of(stream)), stream, facts.messages)


def without_event(number: int) -> CaseFacts:
    facts = all_well()
    stream = [e for e in facts.stream if e.id != in_envelope(LIFE[0], number).id]
    return CaseFacts(replace(facts.books, inboxes=inboxes_of(stream)), stream, facts.messages)


def test_a_case_that_all_parts_see_alike_is_in_order() -> None:
    assert list(findings(all_well())) == []


def deed(**changes: Any) -> CaseFacts:
    facts = all_well()
    first = replace(facts.books.deeds[0], **changes)
    return with_books(deeds=[first, *facts.books.deeds[1:]])


def test_a_command_that_was_answered_and_is_no_step_is_lost() -> None:
    assert kinds(deed(subject="somebody-else")) == {"lost"}
    assert kinds(deed(version=3)) == {"lost"}


def test_a_command_that_is_two_steps_is_doubled() -> None:
    facts = all_well()
    again = Step(ID, 5, "CaseAccepted", "received", UNIT, OFFICERS[0])
    doubled = with_books(history=[*facts.books.history, again])
    assert any("2 steps" in finding.line for finding in findings(doubled))


def test_an_officer_at_the_console_is_held_to_each_act_on_each_case() -> None:
    """The page tells no version, and the same officer acts on many cases, also twice alike."""
    facts = all_well()
    one = [replace(each, subject="clerk", version=None) for each in facts.books.deeds]
    steps = [step._replace(actor="clerk") if step.actor else step for step in facts.books.history]
    assert kinds(with_books(deeds=one, history=steps)) == set()
    assert kinds(with_books(deeds=one[1:], history=steps)) == {"doubled"}
    assert kinds(with_books(deeds=[*one, one[0]], history=steps)) == {"lost"}
    other = [replace(one[0], complaint_id=UUID(int=8)), *one[1:]]
    assert kinds(with_books(deeds=other, history=steps)) == {"lost", "doubled"}


def test_a_command_that_was_refused_and_done_is_doubled_and_one_unanswered_is_stuck() -> None:
    assert kinds(deed(outcome="refused", last="409")) == {"doubled"}
    assert kinds(deed(outcome="unanswered")) == {"stuck"}


def test_a_step_of_the_history_that_the_stream_does_not_hold_is_lost() -> None:
    assert "lost" in kinds(without_event(5))


def test_a_completion_told_twice_is_doubled_whatever_its_event_id() -> None:
    second = stage(CaseCompleted, 4, CaseState.COMPLETED)
    assert "doubled" in kinds(with_event(second))


def test_a_gap_in_the_versions_is_lost() -> None:
    facts = all_well()
    history = [step for step in facts.books.history if step.version != 2]
    assert "lost" in kinds(with_books(history=history, deeds=facts.books.deeds[1:]))


def test_two_effects_of_one_kind_by_one_cause_are_doubled() -> None:
    facts = all_well()
    again = replace(sent(5), id=UUID(int=77))
    assert "doubled" in kinds(facts._replace(stream=[*facts.stream, again]))


def test_a_public_stage_that_nobody_was_told_of_is_lost() -> None:
    facts = all_well()
    stream = [e for e in facts.stream if e.id != sent(5).id]
    assert "lost" in kinds(facts._replace(stream=stream))


def test_a_message_that_failed_is_lost_unless_its_reporter_was_erased() -> None:
    failed = NotificationFailed(
        complaint_id=ID, at=T0, delivery_id=delivery_id(5),
        template=NotificationTemplate.COMPLETED, channel=Channel.JAKI, reason="exhausted",
    )  # fmt: skip
    facts = all_well()
    rest = [e for e in facts.stream if e.id != sent(5).id]
    stream = [*rest, in_envelope(failed, 105, in_envelope(LIFE[0], 5).id)]
    line = "its message failed (exhausted)"
    assert any(line in f.line for f in findings(facts._replace(stream=stream)))
    erased = ReporterErased(complaint_id=ID, at=T0, reporter_ref=UUID(int=1))
    stream.append(in_envelope(erased, 60))
    assert not any(line in f.line for f in findings(facts._replace(stream=stream)))


def test_a_message_that_is_said_to_be_sent_and_is_not_outside_is_lost() -> None:
    facts = all_well()
    assert kinds(facts._replace(messages=facts.messages[1:])) == {"lost"}


def test_a_message_outside_that_nobody_ordered_or_that_is_there_twice_is_doubled() -> None:
    facts = all_well()
    for extra in (outside(5, kind="sms"), outside(8), outside(5, key=None)):
        assert kinds(facts._replace(messages=[*facts.messages, extra])) == {"doubled"}


def test_a_receipt_that_may_have_been_printed_may_come_by_the_next_way_too() -> None:
    facts = all_well()
    printed = outside(5, kind="printer")
    assert kinds(facts._replace(messages=[*facts.messages, printed])) == set()
    assert kinds(facts._replace(messages=[*facts.messages, printed, printed])) == {"doubled"}
    third = outside(5, kind="sms")
    assert kinds(facts._replace(messages=[*facts.messages, printed, third])) == {"doubled"}


def test_repeats_under_one_key_are_what_at_least_once_can_promise() -> None:
    facts = all_well()
    messages = [replace(message, repeats=2) for message in facts.messages]
    assert kinds(facts._replace(messages=messages)) == set()


def test_a_message_after_the_erasure_was_heard_is_doubled_and_one_under_way_is_not() -> None:
    heard = at(1) - CALL_UNDER_WAY
    assert kinds(with_books(silenced={ID: heard})) == set()
    assert kinds(with_books(silenced={ID: heard - timedelta(seconds=1)})) == {"doubled"}
    assert kinds(with_books(silenced={ID: T0 - timedelta(seconds=1)})) == {"doubled"}


def view(**changes: Any) -> CaseFacts:
    return with_books(views={ID: replace(all_well().books.views[ID], **changes)})


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        (lambda: view(stages=(*all_well().books.views[ID].stages,) * 2), "doubled"),
        (lambda: view(stages=all_well().books.views[ID].stages[:-1]), "lost"),
        (lambda: view(notices=Counter({("confirmation", "sent"): 2})), "doubled"),
        (lambda: view(notices=Counter()), "lost"),
        (lambda: with_books(views={}), "lost"),
    ],
    ids=["again", "shorter", "notice twice", "no notice", "unknown"],
)
def test_a_view_that_is_not_what_routing_wrote_is_found(
    wrong: Callable[[], CaseFacts], kind: str
) -> None:
    assert kind in kinds(wrong())


@pytest.mark.parametrize("what", sorted(STANDING))
@pytest.mark.parametrize("service", ["routing", "sla", "tracking"])
def test_a_service_that_holds_something_else_of_a_case_is_found(service: str, what: str) -> None:
    other = {ID: {**STANDING, what: "something else"}}
    facts = with_books(standings={**all_well().books.standings, service: other})
    (found,) = findings(facts)
    assert found.kind == "wrong"
    assert f"{what} is" in found.line
    assert f"something else in {service}" in found.line


def test_what_one_service_alone_keeps_is_compared_with_nobody() -> None:
    alone = {ID: {**STANDING, "limit": at(days=7)}}
    assert kinds(with_books(standings={**all_well().books.standings, "sla": alone})) == set()


def test_a_citizen_who_is_told_of_the_end_before_the_start_is_told_wrongly() -> None:
    facts = all_well()
    late = [outside(number, received_at=T0 - timedelta(seconds=number)) for number in TOLD]
    (found,) = findings(facts._replace(messages=late))
    assert found == Finding("wrong", f"case {ID}: its reporter was told [4, 3, 0] in turn")


def test_a_step_that_moves_nothing_is_no_stage() -> None:
    assert [each.state for each in stages_of(all_well().books.history)] == [
        "received", "received", "in_progress", "completed",
    ]  # fmt: skip
    assert stages_of([])[0] == Stage("ComplaintReceived", "received", None)


def test_a_clock_that_runs_on_after_the_close_is_stuck_and_one_that_fired_is_doubled() -> None:
    assert kinds(with_books(clocks={ID: Clocks(4, frozenset({"follow_up"}))})) == {"stuck"}
    assert kinds(with_books(clocks={ID: Clocks(4, frozenset(), fires=True)})) == {"stuck"}
    missed = DeadlineMissed(complaint_id=ID, at=T0, clock=Clock.FOLLOW_UP, due_at=T0, unit_id=UNIT)
    assert kinds(with_event(missed)) == {"doubled"}
    expired = QuestionExpired(complaint_id=ID, at=T0, due_at=T0, question_ref=UUID(int=1))
    assert kinds(with_event(expired)) == {"doubled"}


def test_clocks_that_have_not_heard_all_versions_have_lost_one() -> None:
    assert kinds(with_books(clocks={ID: Clocks(3, frozenset())})) == {"lost"}


def test_an_erased_reporter_who_is_still_sealed_or_still_quoted_is_found() -> None:
    event = ReporterErased(complaint_id=ID, at=T0, reporter_ref=UUID(int=1))
    facts = with_event(event)
    erased = replace(facts.books.views[ID], erased=True)
    gone = replace(facts.books, sealed=frozenset(), worded=frozenset(), views={ID: erased})
    assert kinds(facts._replace(books=gone)) == set()
    assert kinds(facts._replace(books=replace(gone, sealed=frozenset({ID})))) == {"stuck"}
    assert kinds(facts._replace(books=replace(gone, worded=frozenset({ID})))) == {"lost"}
    assert kinds(facts._replace(books=replace(gone, views=facts.books.views))) == {"lost"}


def test_a_supplement_that_routing_added_twice_or_never_is_found() -> None:
    added = ComplaintSupplemented(complaint_id=ID, at=T0, content_ref=UUID(int=4), kind="note")
    facts = with_event(added)

    def contents(count: int) -> set[str]:
        case = facts.books.cases[ID]._replace(contents=count)
        return kinds(facts._replace(books=replace(facts.books, cases={ID: case})))

    assert (contents(1), contents(2), contents(3)) == ({"lost"}, set(), {"doubled"})


@pytest.mark.parametrize("service", sorted(HEARERS.keys() - {"vault", "media"}))
def test_a_heard_event_that_is_not_in_an_inbox_is_stuck(service: str) -> None:
    inboxes = all_well().books.inboxes
    hole = inboxes[service] - {min(inboxes[service])}
    assert kinds(with_books(inboxes={**inboxes, service: hole})) == {"stuck"}


def test_an_event_of_an_inbox_that_the_stream_does_not_hold_is_lost() -> None:
    inboxes = all_well().books.inboxes
    more = inboxes["sla"] | {UUID(int=123)}
    found = list(findings(with_books(inboxes={**inboxes, "sla": more})))
    assert found == [Finding("lost", "sla: 1 events of its inbox are gone")]


def test_the_start_of_the_work_is_told_again_after_a_reopening() -> None:
    reopened = stage(CaseReopened, 5, CaseState.RECEIVED)
    again = stage(WorkStarted, 6, CaseState.IN_PROGRESS)
    more = [in_envelope(event, number) for number, event in ((9, again), (8, reopened))]
    told = [e.event for e in told_of([*more, *stream_of_life()])]
    assert sorted(e.case_version for e in told if isinstance(e, WorkStarted)) == [3, 6]


def test_the_start_of_the_work_is_told_once_however_often_it_starts() -> None:
    again = stage(WorkStarted, 9, CaseState.IN_PROGRESS)
    stream = [in_envelope(again, 9), *stream_of_life()]
    told = [e for e in told_of(stream) if isinstance(e.event, WorkStarted)]
    assert [e.event.case_version for e in told if isinstance(e.event, WorkStarted)] == [3]
