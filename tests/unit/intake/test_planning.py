"""Which message is new, which repeats, which belongs to what."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.channels.submission import (
    Ignored,
    Inbound,
    Submission,
    Supplement,
    Withdrawal,
)
from services.intake.domain import Complaint, ComplaintState, KnownMessage
from services.intake.filing.knowledge import Knowledge
from services.intake.filing.planning import (
    AddedWords,
    Arrival,
    IdTaken,
    NewComplaint,
    Plan,
    TakenBack,
)
from shared.events.vocabulary import Channel
from shared.testing import sequential_ids
from tests.builders import codes_by

T0 = datetime(2024, 11, 3, 2, 0, tzinfo=UTC)
CODES = codes_by()
OLD = UUID(int=77)


def known(
    state: ComplaintState = ComplaintState.RECEIVED, opened_it: bool = True
) -> dict[bytes, KnownMessage]:
    """The message "old" on Facebook, accepted earlier."""
    complaint = Complaint(OLD, "JK2411020007", Channel.FACEBOOK, UUID(int=78), state, T0)
    return {digest("old"): KnownMessage(complaint, opened_it)}


def digest(external_id: str) -> bytes:
    return CODES.message_digest(Channel.FACEBOOK, external_id)


def a_submission(external_id: str, channel: Channel = Channel.FACEBOOK) -> Submission:
    return Submission(channel=channel, external_id=external_id, text="Lampu padam.")


def an_edit(of: str, otherwise: Submission | None = None, number: str | None = None) -> Supplement:
    return Supplement(
        channel=Channel.FACEBOOK,
        external_id=f"edit:{of}",
        text="Lampu padam lagi.",
        kind="edit",
        refers_to_external_id=of,
        refers_to_report_number=number,
        otherwise=otherwise or a_submission(of),
    )


def an_answer(number: str) -> Supplement:
    """Handed over by tracking; it can be no complaint of its own."""
    return Supplement(
        channel=Channel.JAKI,
        external_id="answer:1",
        text="Di sebelah kiri gerbang.",
        kind="answer",
        refers_to_report_number=number,
    )


def a_removal(of: str, source: Literal["citizen", "platform"] = "platform") -> Withdrawal:
    return Withdrawal(channel=Channel.FACEBOOK, refers_to_external_id=of, source=source)


def planned(*messages: Inbound, **state: Any) -> tuple[Plan, list[UUID | None]]:
    knowledge = Knowledge(
        messages=state.get("known", {}),
        numbered=state.get("numbered", {}),
        early=state.get("early", {}),
        heard=state.get("heard", frozenset()),
    )
    plan = Plan(CODES, sequential_ids(), knowledge)
    arrival = Arrival(UUID(int=5), T0, messages, b"")
    return plan, [plan.place(message, arrival) for message in messages]


def steps(plan: Plan) -> list[type]:
    return [type(step) for step in plan.steps]


def test_the_second_of_two_equal_messages_repeats_the_first() -> None:
    plan, [first, second] = planned(a_submission("a"), a_submission("a"))
    assert first == second
    assert steps(plan) == [NewComplaint]


def test_a_message_that_was_accepted_before_is_its_complaint() -> None:
    plan, [place] = planned(a_submission("old"), known=known())
    assert (place, plan.steps) == (OLD, [])


def test_an_edit_goes_on_its_complaint_once() -> None:
    plan, places = planned(an_edit("old"), an_edit("old"), known=known())
    assert places == [OLD, OLD]
    assert steps(plan) == [AddedWords]


def test_an_edit_of_a_message_of_the_same_batch_goes_on_it() -> None:
    plan, [first, second] = planned(a_submission("a"), an_edit("a"))
    assert first == second
    assert steps(plan) == [NewComplaint, AddedWords]


def test_words_that_belong_to_nothing_are_a_complaint_if_they_can_be_one() -> None:
    plan, [place] = planned(an_edit("x", otherwise=a_submission("x")))
    assert place is not None
    assert steps(plan) == [NewComplaint]


def test_words_that_belong_to_nothing_and_can_be_no_complaint_are_passed_over() -> None:
    plan, places = planned(an_answer("JK2411020007"))
    assert (places, plan.steps) == ([None], [])


def test_an_edit_of_an_erased_message_does_not_bring_it_back() -> None:
    erased = known(ComplaintState.ERASED)
    plan, [place] = planned(an_edit("old", otherwise=a_submission("old")), known=erased)
    assert (place, plan.steps) == (OLD, [])


def numbered(state: ComplaintState = ComplaintState.RECEIVED) -> dict[str, Complaint]:
    """The complaint with the number JK2411020007, of another channel."""
    complaint = Complaint(OLD, "JK2411020007", Channel.JAKI, UUID(int=78), state, T0)
    return {"JK2411020007": complaint}


def test_a_withdrawn_complaint_is_still_added_to() -> None:
    plan, [place] = planned(an_edit("old"), known=known(ComplaintState.WITHDRAWN))
    assert (place, steps(plan)) == (OLD, [AddedWords])


def test_words_that_quote_an_erased_report_are_a_complaint_of_their_own() -> None:
    words = an_edit("x", otherwise=a_submission("x"), number="JK2411020007")
    plan, [place] = planned(words, numbered=numbered(ComplaintState.ERASED))
    assert place not in (None, OLD)
    assert steps(plan) == [NewComplaint]


def test_an_answer_to_an_erased_report_is_passed_over() -> None:
    plan, [place] = planned(an_answer("JK2411020007"), numbered=numbered(ComplaintState.ERASED))
    assert (place, plan.steps) == (None, [])


def test_added_words_keep_their_text_beside_their_complaint() -> None:
    words = an_edit("old")
    plan, _ = planned(words, known=known())
    [step] = plan.steps
    assert isinstance(step, AddedWords)
    assert (step.supplement, step.complaint_id) == (words, OLD)
    assert step.digest == digest("edit:old")
    assert step.content_ref != OLD
    assert step.arrival.id == UUID(int=5)


def test_a_message_that_comes_after_its_edit_adds_its_words_to_the_same_complaint() -> None:
    words = an_edit("x", otherwise=a_submission("x"))
    plan, [first, second, third] = planned(words, a_submission("x"), a_submission("x"))
    assert first == second == third
    assert steps(plan) == [NewComplaint, AddedWords]


def test_the_same_id_on_another_channel_is_another_complaint() -> None:
    messages = a_submission("a"), a_submission("a", Channel.TWITTER)
    plan, [first, second] = planned(*messages)
    assert first != second
    assert steps(plan) == [NewComplaint, NewComplaint]


def test_a_new_complaint_has_ids_of_its_own_and_the_code_of_its_id() -> None:
    plan, places = planned(a_submission("a"), a_submission("b"))
    one, two = plan.steps
    assert isinstance(one, NewComplaint)
    assert isinstance(two, NewComplaint)
    ids = [(each.complaint_id, each.content_ref, each.reporter_ref) for each in (one, two)]
    assert len({each for of_one in ids for each in of_one}) == 6
    assert places == [one.complaint_id, two.complaint_id]
    assert (one.digest, two.digest) == (digest("a"), digest("b"))
    assert one.code == CODES.new_code(one.complaint_id)
    assert one.submission == a_submission("a")


def test_every_step_says_by_what_it_came() -> None:
    """Its id is the cause of the event that follows, its time the time of the event."""
    found = an_edit("x", otherwise=a_submission("x"))
    plan, _ = planned(a_submission("a"), an_edit("a"), a_removal("a"), found)
    assert steps(plan) == [NewComplaint, AddedWords, TakenBack, NewComplaint]
    assert [step.arrival.id for step in plan.steps] == [UUID(int=5)] * 4


def test_content_is_compared_only_where_the_caller_is_told_the_code() -> None:
    """A platform that delivers again may have changed a word; it is told nothing either way."""
    changed = Submission(channel=Channel.FACEBOOK, external_id="a", text="Lampu menyala.")
    plan, [first, second] = planned(a_submission("a"), changed)
    assert first == second
    [step] = plan.steps
    assert isinstance(step, NewComplaint)
    assert step.content_digest is None


def test_a_refused_id_is_named_as_its_caller_names_it() -> None:
    plan, _ = planned(a_report("a", "Lampu padam."))
    other = a_report("a", "Banjir.")
    with pytest.raises(IdTaken) as refused:
        plan.place(other, Arrival(UUID(int=5), T0, (other,), b""))
    assert refused.value.field == "report_id"
    assert refused.value.detail == (
        "This id stands for another complaint already. Give the new one an id of its own."
    )
    assert len(plan.steps) == 1


def test_a_removal_takes_back_its_complaint() -> None:
    removal = a_removal("old", source="citizen")
    plan, [place] = planned(removal, known=known())
    [step] = plan.steps
    assert isinstance(step, TakenBack)
    assert (step.withdrawal, step.complaint_id, place) == (removal, OLD, OLD)


def test_a_removal_takes_back_a_complaint_of_the_same_batch() -> None:
    plan, [first, second] = planned(a_submission("a"), a_removal("a"))
    assert first == second
    assert steps(plan) == [NewComplaint, TakenBack]


def test_a_supplement_that_is_removed_in_the_same_batch_takes_nothing_along() -> None:
    plan, places = planned(a_submission("a"), an_edit("a"), a_removal("edit:a"))
    assert places == [places[0], places[0], None]
    assert steps(plan) == [NewComplaint, AddedWords]


def test_complaints_that_were_found_are_at_hand_by_their_ids() -> None:
    plan, _ = planned(known=known(), numbered=numbered())
    assert plan.complaints.keys() == {OLD}
    found, _ = planned(numbered=numbered())
    assert found.complaints[OLD].channel is Channel.JAKI


def test_a_removed_supplement_does_not_take_its_complaint_along() -> None:
    plan, [place] = planned(a_removal("old"), known=known(opened_it=False))
    assert (place, plan.steps) == (None, [])


def test_a_removal_of_something_unknown_and_what_is_ignored_are_nothing() -> None:
    plan, places = planned(a_removal("x"), Ignored(reason="own_message"))
    assert (places, plan.steps) == ([None, None], [])


@pytest.mark.parametrize(
    ("received_at", "day"),
    [
        (datetime(2024, 11, 3, 16, 59, 59, tzinfo=UTC), date(2024, 11, 3)),
        (datetime(2024, 11, 3, 17, 0, tzinfo=UTC), date(2024, 11, 4)),
    ],
)
def test_the_day_of_a_complaint_is_the_day_in_jakarta(received_at: datetime, day: date) -> None:
    plan = Plan(CODES, sequential_ids(), Knowledge())
    message = a_submission("a")
    plan.place(message, Arrival(UUID(int=5), received_at, (message,), b""))
    [step] = plan.steps
    assert isinstance(step, NewComplaint)
    assert step.day == day


def test_a_digest_tells_channels_and_ids_apart() -> None:
    digests = {
        CODES.message_digest(channel, external_id)
        for channel in (Channel.JAKI, Channel.QLUE)
        for external_id in ("1", "2", "11")
    }
    assert len(digests) == 6


def test_steps_show_no_words_no_ids_of_persons_and_no_code() -> None:
    plan, _ = planned(a_submission("pelapor-contoh"))
    [step] = plan.steps
    assert isinstance(step, NewComplaint)
    for secret in ("pelapor-contoh", "Lampu", step.code.text):
        assert secret not in repr(step)


@st.composite
def _arrivals(draw: st.DrawFn) -> list[list[Submission]]:
    """Messages in the order they come, cut into group commits; ids and words are few."""
    one = st.builds(
        a_report, st.sampled_from(["a", "b"]), st.sampled_from(["Lampu padam.", "Banjir."])
    )
    return draw(st.lists(st.lists(one, min_size=1, max_size=4), max_size=5))


def a_report(external_id: str, text: str) -> Submission:
    """A complaint whose caller is told the code."""
    return Submission(
        channel=Channel.JAKI, external_id=external_id, text=text, id_field="report_id"
    )


@given(_arrivals())
def test_an_id_belongs_to_its_first_content_however_the_commits_fall(
    commits: list[list[Submission]],
) -> None:
    ids = sequential_ids()
    known_so_far: dict[bytes, KnownMessage] = {}
    first: dict[str, tuple[str, UUID]] = {}
    for commit in commits:
        plan = Plan(CODES, ids, Knowledge(known_so_far))
        for message in commit:
            place = _place(plan, message)
            text, owner = first.setdefault(message.external_id, (message.text, place or OLD))
            assert place == (owner if message.text == text else None)
        known_so_far |= {
            step.digest: _filed(step) for step in plan.steps if isinstance(step, NewComplaint)
        }


def _place(plan: Plan, message: Submission) -> UUID | None:
    """Its complaint; None when it is refused."""
    try:
        return plan.place(message, Arrival(UUID(int=5), T0, (message,), b""))
    except IdTaken:
        return None


def _filed(step: NewComplaint) -> KnownMessage:
    complaint = Complaint(
        step.complaint_id, "JK2411020007", Channel.JAKI, OLD, ComplaintState.RECEIVED, T0
    )
    return KnownMessage(complaint, True, step.content_digest)


def test_content_filed_before_it_was_compared_is_told_to_nobody() -> None:
    message = a_report("a", "Lampu padam.")
    [filed] = planned(message)[0].steps
    assert isinstance(filed, NewComplaint)
    old = replace(_filed(filed), content_digest=None)
    assert _place(Plan(CODES, sequential_ids(), Knowledge({filed.digest: old})), message) is None
