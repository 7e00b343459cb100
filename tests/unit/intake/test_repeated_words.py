"""A machine that answers our receipts says the same each time: it gets one receipt at most."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.intake.channels.reporter import ReplyPath, Reporter
from services.intake.channels.submission import Submission
from services.intake.filing.knowledge import Knowledge
from services.intake.filing.planning import Arrival, NewComplaint, Plan
from services.intake.words.likeness import likeness
from shared.events.vocabulary import Channel
from shared.testing import sequential_ids
from tests.builders import codes_by

T0 = datetime(2024, 11, 3, 2, 0, tzinfo=UTC)
CODES = codes_by()


def sms(number: int, text: str, phone: str = "+6281100000001", **fields: object) -> Submission:
    return Submission.model_validate(
        {
            "channel": Channel.SMS, "external_id": f"sms-{number}", "text": text,
            "reporter": Reporter(phone=phone),
            "reply": (ReplyPath(kind="phone", address=phone),), **fields,
        }
    )  # fmt: skip


def answerable(*messages: Submission, heard: frozenset[bytes] = frozenset()) -> list[bool]:
    """For each message, filed as a complaint, whether a machine may answer it."""
    plan = Plan(CODES, sequential_ids(), Knowledge(heard=heard))
    for message in messages:
        plan.place(message, Arrival(UUID(int=5), T0, (message,), b""))
    return [step.answerable for step in plan.steps if isinstance(step, NewComplaint)]


ALIKE = [
    ("Nomor ini tidak dipantau. Tiket #A81F2", "Nomor ini tidak dipantau. Tiket #B77Q9"),
    ("Diterima Senin, 3 November 2024 09.00 WIB", "diterima rabu 5 desember 2024 pukul 10:15 wib"
     .replace("pukul ", "")),
    ("Laporan JK2411030001 sudah kami terima", "Laporan JK2411030002 sudah kami terima"),
    ("TERIMA KASIH!", "terima kasih"),
    ("Kode 7K3M-Q9TX tidak dikenal", "Kode 8Z2A-11QB tidak dikenal"),
    ("\U0001f44d", "\U0001f44d"),
]  # fmt: skip
UNLIKE = [
    ("Banjir di depan rumah", "Banjir di depan sekolah"),
    ("Lampu mati", "Lampu mati lagi"),
    ("112", "113"),
    ("Jalan rusak di Senen", "Jalan rusak di Senayan"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_words_that_differ_in_numbers_and_times_alone_get_one_receipt(one: str, other: str) -> None:
    assert answerable(sms(1, one), sms(2, other)) == [True, False]


@pytest.mark.parametrize(("one", "other"), UNLIKE)
def test_other_words_of_the_same_person_get_a_receipt(one: str, other: str) -> None:
    assert likeness(one) != likeness(other)
    assert answerable(sms(1, one), sms(2, other)) == [True, True]


@pytest.mark.parametrize("text", ["(foto)", "(foto)\n(lokasi)"])
def test_two_pictures_without_words_are_two_reports(text: str) -> None:
    assert answerable(sms(1, text), sms(2, text)) == [True, True]
    assert answerable(sms(1, f"{text} Toko tutup"), sms(2, f"{text} Toko tutup")) == [True, False]


def test_a_comment_without_an_author_is_known_by_the_post_above_it() -> None:
    def comment(number: int, post: str) -> Submission:
        path = ReplyPath(kind="meta_comment", address=f"c-{number}", thread=post)
        return sms(number, "Toko tutup.", reporter=Reporter(), reply=(path,))

    assert answerable(comment(1, "p-1"), comment(2, "p-1"), comment(3, "p-2")) == [
        True, False, True,
    ]  # fmt: skip


def test_two_people_may_say_the_same() -> None:
    assert answerable(sms(1, "Banjir!"), sms(2, "Banjir!", "+6281100000002")) == [True, True]


def test_who_is_told_at_once_may_say_the_same_again() -> None:
    """A form or an app gives the receipt itself; no machine answers it."""
    first, second = (sms(n, "Banjir!", id_field="report_id") for n in (1, 2))
    assert answerable(first, second) == [True, True]


def test_what_was_heard_in_an_earlier_transaction_counts() -> None:
    plan = Plan(CODES, sequential_ids(), Knowledge())
    plan.place(sms(1, "Toko tutup."), Arrival(UUID(int=5), T0, (), b""))
    assert answerable(sms(2, "Toko tutup."), heard=frozenset(plan.heard)) == [False]


def test_what_looks_automatic_is_filed_and_gets_no_receipt() -> None:
    notice = "Saya sedang cuti dan akan membalas pesan Anda hari Senin."
    assert answerable(sms(1, notice), sms(2, "Lampu mati", automatic=True)) == [False, False]
    assert answerable(sms(1, notice, id_field="report_id")) == [True]
