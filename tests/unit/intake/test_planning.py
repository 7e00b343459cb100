"""Which message is new, which repeats, which belongs to what."""

from datetime import UTC, date, datetime
from typing import Any, Literal
from uuid import UUID

from services.intake.channels.submission import (
    Ignored,
    Inbound,
    Submission,
    Supplement,
    Withdrawal,
)
from services.intake.codes import Codes
from services.intake.domain import Complaint, ComplaintState
from services.intake.planning import AddedWords, Delivery, NewComplaint, Plan, TakenBack
from services.intake.store import KnownMessage
from shared.events import Channel
from shared.testing import sequential_ids

T0 = datetime(2024, 11, 3, 2, 0, tzinfo=UTC)
CODES = Codes(bytes(32), bytes(range(32)))
OLD = UUID(int=77)


def known(
    state: ComplaintState = ComplaintState.RECEIVED, opened_it: bool = True
) -> dict[bytes, KnownMessage]:
    """The message "old" on Facebook, accepted earlier."""
    complaint = Complaint(OLD, "JK2411020007", Channel.FACEBOOK, UUID(int=78), state, T0)
    return {digest("old"): KnownMessage(complaint, opened_it)}


def digest(external_id: str) -> bytes:
    return CODES.message_digest(Channel.FACEBOOK, external_id)


def a_submission(external_id: str) -> Submission:
    return Submission(channel=Channel.FACEBOOK, external_id=external_id, text="Lampu padam.")


def an_edit(of: str, otherwise: Submission | None = None, number: str | None = None) -> Supplement:
    return Supplement(
        channel=Channel.FACEBOOK,
        external_id=f"edit:{of}",
        text="Lampu padam lagi.",
        kind="edit",
        refers_to_external_id=of,
        refers_to_report_number=number,
        otherwise=otherwise,
    )


def a_removal(of: str, source: Literal["citizen", "platform"] = "platform") -> Withdrawal:
    return Withdrawal(channel=Channel.FACEBOOK, refers_to_external_id=of, source=source)


def planned(*messages: Inbound, **state: Any) -> tuple[Plan, list[UUID | None]]:
    plan = Plan(CODES, sequential_ids(), state.get("known", {}), state.get("numbered", {}))
    delivery = Delivery(UUID(int=5), T0, messages, b"")
    return plan, [plan.place(message, delivery) for message in messages]


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
    plan, places = planned(an_edit("x"))
    assert (places, plan.steps) == ([None], [])


def test_words_find_their_complaint_by_its_number() -> None:
    [message] = known().values()
    complaint = message.complaint
    numbered = {complaint.report_number: complaint}
    plan, [place] = planned(an_edit("x", number="JK2411020007"), numbered=numbered)
    assert (place, steps(plan)) == (OLD, [AddedWords])


def test_an_edit_of_an_erased_message_does_not_bring_it_back() -> None:
    erased = known(ComplaintState.ERASED)
    plan, [place] = planned(an_edit("old", otherwise=a_submission("old")), known=erased)
    assert (place, plan.steps) == (OLD, [])


def test_a_removal_takes_back_its_complaint() -> None:
    plan, [place] = planned(a_removal("old"), known=known())
    assert (place, steps(plan)) == (OLD, [TakenBack])


def test_a_removed_supplement_does_not_take_its_complaint_along() -> None:
    plan, [place] = planned(a_removal("old"), known=known(opened_it=False))
    assert (place, plan.steps) == (None, [])


def test_a_removal_of_something_unknown_and_what_is_ignored_are_nothing() -> None:
    plan, places = planned(a_removal("x"), Ignored(reason="own_message"))
    assert (places, plan.steps) == ([None, None], [])


def test_the_day_of_a_complaint_is_the_day_in_jakarta() -> None:
    late = datetime(2024, 11, 3, 17, 30, tzinfo=UTC)
    plan = Plan(CODES, sequential_ids(), {}, {})
    message = a_submission("a")
    plan.place(message, Delivery(UUID(int=5), late, (message,), b""))
    [step] = plan.steps
    assert isinstance(step, NewComplaint)
    assert step.day == date(2024, 11, 4)


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
    for secret in ("pelapor-contoh", "Lampu", step.tracking_code):
        assert secret not in repr(step)
