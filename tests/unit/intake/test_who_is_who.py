"""Whose words are added to a complaint, and whose are a complaint of their own."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.channels.reporter import ReplyPath, Reporter
from services.intake.channels.submission import Submission, Supplement
from services.intake.domain import Complaint, ComplaintState, KnownMessage
from services.intake.filing.knowledge import Knowledge, pairs_in_question
from services.intake.filing.planning import AddedWords, Arrival, NewComplaint, Plan
from services.intake.filing.senders import senders_of
from shared.events.vocabulary import Channel
from shared.testing import sequential_ids
from tests.builders import codes_by

T0 = datetime(2024, 11, 3, 2, 0, tzinfo=UTC)
CODES = codes_by()
FORGER = codes_by(bytes(range(32)), bytes(32))
OLD, NUMBER = UUID(int=77), "JK2411020007"
OTHER, OTHER_NUMBER = UUID(int=88), "JK2411020008"
REPORTER = Reporter(platform_user_id="9001")
STRANGER = Reporter(platform_user_id="6666")


def a_submission(reporter: Reporter = STRANGER, external_id: str = "m-1") -> Submission:
    return Submission(
        channel=Channel.FACEBOOK, external_id=external_id, text="Bau gas!", reporter=reporter
    )


def words(reporter: Reporter = STRANGER, **reference: Any) -> Supplement:
    """What somebody writes who names an earlier complaint."""
    return Supplement(
        channel=Channel.FACEBOOK,
        external_id="m-1",
        text="Bau gas!",
        kind=reference.pop("kind", "note"),
        otherwise=a_submission(reporter),
        **reference,
    )


def a_complaint(
    complaint_id: UUID = OLD,
    number: str = NUMBER,
    state: ComplaintState = ComplaintState.RECEIVED,
) -> Complaint:
    return Complaint(complaint_id, number, Channel.FACEBOOK, UUID(int=78), state, T0)


def what_is_known(supplement: Supplement, *complaints: Complaint) -> Knowledge:
    """As filing finds it: the vault says yes where the sender is ``REPORTER``. The message "old"
    opened the first complaint."""
    owners = senders_of(a_submission(REPORTER), CODES)
    first, *_ = complaints or (a_complaint(),)
    known = Knowledge(
        messages={CODES.message_digest(Channel.FACEBOOK, "old"): KnownMessage(first, True)},
        numbered={each.report_number: each for each in complaints or (first,)},
        named={each.complaint_id: each for each in complaints or (first,)},
    )
    asked = pairs_in_question([supplement], CODES, known)
    return replace(known, sent=frozenset(pair for pair in asked if pair[1] in owners))


def placed(supplement: Supplement, *complaints: Complaint) -> AddedWords | NewComplaint:
    """The only step; delivered twice it is one step all the same."""
    plan = Plan(CODES, sequential_ids(), what_is_known(supplement, *complaints))
    arrival = Arrival(UUID(int=5), T0, (supplement,), b"")
    first, again = plan.place(supplement, arrival), plan.place(supplement, arrival)
    assert first == again
    [step] = plan.steps
    assert isinstance(step, AddedWords | NewComplaint)
    return step


@pytest.mark.parametrize(
    "reference",
    [
        {"refers_to_report_number": NUMBER},
        {"refers_to_external_id": "old"},
        {"refers_to_external_id": "old", "refers_to_report_number": NUMBER},
        {"reply_tokens": (FORGER.reply_token(OLD),), "refers_to_report_number": NUMBER},
        {"reply_tokens": ("0" * 43, CODES.reply_token(OLD)[:-1]), "refers_to_external_id": "old"},
    ],
)
def test_a_stranger_who_names_a_report_files_a_complaint_of_his_own_that_mentions_it(
    reference: dict[str, Any],
) -> None:
    step = placed(words(STRANGER, **reference))
    assert isinstance(step, NewComplaint)
    assert step.submission == a_submission(STRANGER)
    assert set(step.mentions) == {NUMBER}


@pytest.mark.parametrize(
    "reference",
    [
        {"refers_to_report_number": NUMBER},
        {"refers_to_external_id": "old"},
        {"refers_to_external_id": "unknown", "refers_to_report_number": NUMBER},
    ],
)
def test_the_reporter_who_names_the_report_adds_to_it(reference: dict[str, Any]) -> None:
    step = placed(words(REPORTER, **reference))
    assert isinstance(step, AddedWords)
    assert step.complaint_id == OLD


def test_a_reply_token_is_proof_whoever_writes() -> None:
    """A reporter may answer from another mailbox: only who has our message has its token."""
    for token in (CODES.reply_token(OLD), CODES.reply_token(OLD).upper()):
        step = placed(words(STRANGER, reply_tokens=("x" * 43, token)))
        assert isinstance(step, AddedWords)
        assert step.complaint_id == OLD


def test_a_token_counts_before_the_number_that_is_quoted() -> None:
    supplement = words(
        REPORTER,
        reply_tokens=(CODES.reply_token(OTHER),),
        refers_to_external_id="old",
        refers_to_report_number=NUMBER,
    )
    step = placed(supplement, a_complaint(), a_complaint(OTHER, OTHER_NUMBER))
    assert step.complaint_id == OTHER


def test_the_message_that_is_answered_counts_before_the_number_that_is_quoted() -> None:
    supplement = words(REPORTER, refers_to_external_id="old", refers_to_report_number=OTHER_NUMBER)
    step = placed(supplement, a_complaint(), a_complaint(OTHER, OTHER_NUMBER))
    assert step.complaint_id == OLD


def test_a_genuine_token_of_an_erased_complaint_adds_nothing_to_it() -> None:
    erased = a_complaint(state=ComplaintState.ERASED)
    step = placed(words(REPORTER, reply_tokens=(CODES.reply_token(OLD),)), erased)
    assert isinstance(step, NewComplaint)


def test_a_report_of_the_same_commit_is_the_same_senders_too() -> None:
    plan = Plan(CODES, sequential_ids(), Knowledge())
    first = a_submission(REPORTER, "post")
    own, foreign = (
        words(REPORTER, refers_to_external_id="post"),
        words(STRANGER, refers_to_external_id="post").model_copy(
            update={"external_id": "m-2", "otherwise": a_submission(STRANGER, "m-2")}
        ),
    )
    arrival = Arrival(UUID(int=5), T0, (first, own, foreign), b"")
    post, mine, his = [plan.place(message, arrival) for message in arrival.messages]
    assert post == mine
    assert his not in (post, None)


# --- who is the same sender --------------------------------------------------------------


def sender(reporter: Reporter, channel: Channel = Channel.FACEBOOK, kind: Any = None) -> set[bytes]:
    path = (ReplyPath(kind=kind, address="x-9001"),) if kind else ()
    return set(
        senders_of(
            Submission(
                channel=channel, external_id="1", text="Banjir", reporter=reporter, reply=path
            ),
            CODES,
        )
    )


def test_a_phone_number_is_the_same_sender_on_every_channel() -> None:
    number = Reporter(phone="+6281100000001")
    assert sender(number, Channel.SMS) == sender(number, Channel.JAKI)


def test_a_mailbox_is_compared_without_its_case() -> None:
    one, two = Reporter(email="Warga@Contoh.id"), Reporter(email="warga@contoh.id")
    assert sender(one) == sender(two)


def test_an_account_is_the_same_on_its_own_platform_only() -> None:
    account = Reporter(platform_user_id="9001")
    assert sender(account, Channel.GUBERNUR, "x_post") == sender(account, Channel.GUBERNUR, "x_dm")
    assert not sender(account, Channel.GUBERNUR, "x_post") & sender(
        account, Channel.GUBERNUR, "meta_comment"
    )
    assert not sender(account, Channel.FACEBOOK) & sender(account, Channel.JAKI)


def test_what_anybody_may_write_of_himself_is_no_sender() -> None:
    named = Reporter(name="Warga", handle="warga_rw05")
    assert sender(named) == set()
    stranger = Submission(
        channel=Channel.EMAIL,
        external_id="1",
        text="Banjir",
        reporter=Reporter(email="orang@contoh.id"),
        reply=(ReplyPath(kind="email", address="warga@contoh.id"),),
    )
    assert not set(senders_of(stranger, CODES)) & sender(Reporter(email="warga@contoh.id"))


@given(st.lists(st.sampled_from([REPORTER, STRANGER]), max_size=6), st.booleans())
def test_only_the_reporters_words_are_ever_added(writers: list[Reporter], by_number: bool) -> None:
    reference: dict[str, Any] = (
        {"refers_to_report_number": NUMBER} if by_number else {"refers_to_external_id": "old"}
    )
    for writer in writers:
        added = isinstance(placed(words(writer, **reference)), AddedWords)
        assert added == (writer is REPORTER)
