"""The ledger's own rules: it must see each way in which a complaint can go wrong."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from shared.events.event import Envelope, Event
from shared.events.notify import NotificationSent
from shared.events.sla import Deadline, DeadlinesSet
from shared.events.vocabulary import Channel, Clock, NotificationTemplate
from tests.builders import T0, a_complaint, a_complaint_id, a_routing, at, in_envelope
from tests.crash.facts import Facts, Filed, Row, Verdict
from tests.crash.ledger import judge
from tests.crash.messages import OutsideMessage
from tests.crash.sending import passes

NUMBER = "JK2411030001"
CODE = "7K3M-Q9TX-2BZD-0W4R"


def deadlines() -> DeadlinesSet:
    limit = Deadline(
        clock=Clock.FOLLOW_UP,
        due_at=at(days=7),
        original_due_at=at(days=7),
        policy_id="default",
        policy_version=1,
    )
    return DeadlinesSet(complaint_id=a_complaint_id(), at=T0, deadlines=(limit,))


def sent() -> NotificationSent:
    return NotificationSent(
        complaint_id=a_complaint_id(),
        at=T0,
        delivery_id=UUID(int=7),
        template=NotificationTemplate.CONFIRMATION,
        channel=Channel.JAKI,
    )


def stream_of(*events: Event) -> list[Envelope]:
    return [in_envelope(event, number) for number, event in enumerate(events, 1)]


def outbox_of(stream: list[Envelope]) -> list[Row]:
    return [Row(each.source, each.complaint_id, each.id, published=True) for each in stream]


FILED = Filed("jaki", "1", accepted=True, numbers=frozenset({NUMBER}), code=CODE)
CONFIRMATION = OutsideMessage(
    kind="jaki",
    key="k1",
    threads=frozenset({"1"}),
    numbers=frozenset({NUMBER}),
    codes=frozenset({CODE}),
    body=f"Laporan {NUMBER} diterima.",
)


def all_well() -> Facts:
    """One complaint that went all the way."""
    stream = stream_of(a_complaint(), a_routing(), deadlines(), sent())
    return Facts(
        filed=[FILED],
        stream=stream,
        messages=[CONFIRMATION],
        trackable=frozenset({CODE}),
        outbox=outbox_of(stream),
        parked=[],
        since=T0,
    )


def with_stream(*events: Event) -> Facts:
    stream = stream_of(*events)
    return replace(all_well(), stream=stream, outbox=outbox_of(stream))


def counts(verdict: Verdict) -> tuple[int, int, int]:
    return len(verdict.lost), len(verdict.doubled), len(verdict.stuck)


def test_a_complaint_that_went_all_the_way_is_in_order() -> None:
    verdict = judge(all_well())
    assert verdict.flawless, verdict.details()
    assert verdict.summary() == "accepted=1 lost=0 doubled=0 stuck=0 wrong=0"


@pytest.mark.parametrize("missing", [0, 1, 2, 3], ids=["receipt", "routing", "clocks", "notice"])
def test_an_accepted_complaint_without_one_of_its_facts_is_lost(missing: int) -> None:
    events = [a_complaint(), a_routing(), deadlines(), sent()]
    del events[missing]
    assert counts(judge(with_stream(*events))) == (1, 0, 0)


def test_an_accepted_complaint_that_cannot_be_tracked_is_lost() -> None:
    assert counts(judge(replace(all_well(), trackable=frozenset()))) == (1, 0, 0)


def test_an_accepted_complaint_of_which_nobody_outside_was_told_is_lost() -> None:
    assert counts(judge(replace(all_well(), messages=[]))) == (1, 0, 0)


def test_where_the_answer_names_no_number_the_confirmation_tells_which_complaint_it_became() -> (
    None
):
    blind = Filed("sms", "1", thread="1", accepted=True)
    assert judge(replace(all_well(), filed=[blind])).flawless
    elsewhere = replace(CONFIRMATION, threads=frozenset({"2"}))
    verdict = judge(replace(all_well(), filed=[blind], messages=[elsewhere]))
    assert len(verdict.lost) == 1


def test_a_complaint_whose_events_wait_in_an_outbox_is_stuck_and_not_lost() -> None:
    facts = with_stream(a_complaint(), a_routing(), sent())
    waiting = Row("sla", a_complaint_id(), UUID(int=99))
    verdict = judge(replace(facts, outbox=[*facts.outbox, waiting]))
    assert counts(verdict) == (0, 0, 2)
    assert any("sla: 1 unpublished" in line for line in verdict.stuck)


def test_a_parked_event_is_stuck() -> None:
    parked = [Row("routing", None, UUID(int=5))]
    assert counts(judge(replace(all_well(), parked=parked))) == (0, 0, 1)


def test_a_record_that_cannot_be_read_is_stuck() -> None:
    assert counts(judge(replace(all_well(), unreadable=2))) == (0, 0, 1)


def test_a_complaint_that_was_never_accepted_is_stuck_and_says_why() -> None:
    refused = Filed("jaki", "2", refusal="422")
    verdict = judge(replace(all_well(), filed=[FILED, refused]))
    assert verdict.stuck == ("jaki/2: not accepted (422)",)


def test_an_event_marked_as_published_that_the_stream_does_not_hold_is_lost() -> None:
    facts = all_well()
    gone = Row("sla", a_complaint_id(), UUID(int=99), published=True)
    assert counts(judge(replace(facts, outbox=[*facts.outbox, gone]))) == (1, 0, 0)


def test_one_message_of_a_platform_under_two_report_numbers_is_doubled() -> None:
    twice = replace(FILED, numbers=frozenset({NUMBER, "JK2411030002"}))
    verdict = judge(replace(all_well(), filed=[twice]))
    assert any("JK2411030002" in line for line in verdict.doubled)


@pytest.mark.parametrize(
    "again", [a_complaint, a_routing, deadlines, sent], ids=lambda each: each.__name__
)
def test_the_same_fact_under_a_second_event_id_is_doubled(again: Callable[[], Event]) -> None:
    verdict = judge(with_stream(a_complaint(), a_routing(), deadlines(), sent(), again()))
    assert verdict.settled
    assert verdict.doubled


def test_a_case_that_the_triage_desk_has_placed_is_not_doubled() -> None:
    placed = a_routing().model_copy(update={"routed_by": "triage"})
    life = (a_complaint(), a_routing(), placed, deadlines(), sent())
    assert judge(with_stream(*life)).flawless


def test_a_complaint_that_nobody_sent_is_doubled() -> None:
    """Its platform was answered for another one: the retry of a message made a second case."""
    extra = a_complaint(number=2)
    verdict = judge(with_stream(a_complaint(), a_routing(), deadlines(), sent(), extra))
    assert counts(verdict) == (0, 1, 0)


def test_a_complaint_whose_sender_gave_up_may_be_in_the_system_all_the_same() -> None:
    facts = with_stream(a_complaint(), a_routing(), deadlines(), sent(), a_complaint(number=2))
    verdict = judge(replace(facts, filed=[FILED, Filed("jaki", "2")]))
    assert not verdict.doubled


def test_what_was_received_before_the_round_began_is_not_its_own() -> None:
    earlier = a_complaint(number=2, at=at(hours=-1))
    assert judge(with_stream(a_complaint(), a_routing(), deadlines(), sent(), earlier)).flawless


def test_the_same_words_under_two_keys_are_doubled() -> None:
    second = replace(CONFIRMATION, key="k2")
    verdict = judge(replace(all_well(), messages=[CONFIRMATION, second]))
    assert counts(verdict) == (0, 1, 0)


def test_repeats_under_one_key_and_redelivered_records_are_counted_and_harmless() -> None:
    repeated = replace(CONFIRMATION, repeats=2)
    verdict = judge(replace(all_well(), messages=[repeated], redelivered=3))
    assert verdict.flawless
    assert verdict.repeats == 5


def test_a_platform_sends_again_what_may_pass_and_not_what_was_refused() -> None:
    assert all(passes(status, mail=False) for status in (409, 429, 500, 503))
    assert not passes(422, mail=False)
    assert passes(451, mail=True)
    assert not passes(554, mail=True)
