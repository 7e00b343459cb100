"""Report numbers and tracking codes."""

import string
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.codes import (
    CROCKFORD,
    complaint_of_token,
    find_reply_tokens,
    find_report_numbers,
    normalise_code,
    reply_token,
    report_number,
    tracking_code,
    tracking_digest,
)

KEY = b"k" * 32
ids = st.uuids()


@given(ids)
def test_a_code_is_four_groups_of_four_and_reads_back(complaint: UUID) -> None:
    code = tracking_code(KEY, complaint)
    assert [len(group) for group in code.split("-")] == [4, 4, 4, 4]
    assert normalise_code(code) == code.replace("-", "")


@given(ids)
def test_people_may_type_a_code_as_they_like(complaint: UUID) -> None:
    code = tracking_code(KEY, complaint)
    typed = f" {code.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')} "
    assert normalise_code(typed) == code.replace("-", "")
    assert tracking_digest(KEY, typed) == tracking_digest(KEY, code)


@given(ids, st.integers(0, 15), st.sampled_from(CROCKFORD))
def test_one_wrong_character_is_always_noticed(complaint: UUID, place: int, other: str) -> None:
    code = tracking_code(KEY, complaint).replace("-", "")
    wrong = code[:place] + other + code[place + 1 :]
    assert normalise_code(wrong) == (code if wrong == code else None)


def test_two_neighbours_swapped_are_nearly_always_noticed() -> None:
    noticed = swaps = 0
    for number in range(200):
        code = tracking_code(KEY, UUID(int=number)).replace("-", "")
        for place in range(15):
            swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
            swaps += swapped != code
            noticed += swapped != code and normalise_code(swapped) is None
    assert noticed / swaps > 0.97


@given(st.text())
def test_no_text_upsets_the_reader_of_codes(text: str) -> None:
    assert normalise_code(text) is None or len(normalise_code(text) or "") == 16


def test_another_key_gives_another_code_and_another_digest() -> None:
    complaint = UUID(int=1)
    code = tracking_code(KEY, complaint)
    assert tracking_code(b"x" * 32, complaint) != code
    assert tracking_digest(b"x" * 32, code) != tracking_digest(KEY, code)


@pytest.mark.parametrize(
    ("sequence", "number"), [(1, "JK2411030001"), (9999, "JK2411039999"), (10000, "JK24110310000")]
)
def test_report_numbers_outgrow_four_digits(sequence: int, number: str) -> None:
    assert report_number(date(2024, 11, 3), sequence) == number
    assert find_report_numbers(f"Melanjutkan Laporan Sebelumnya No. {number}.") == (number,)


@given(st.text(string.printable))
def test_numbers_found_in_any_text_are_report_numbers(text: str) -> None:
    assert all(number.startswith("JK") for number in find_report_numbers(text))


def test_a_number_quoted_twice_is_found_once_and_a_longer_one_is_none() -> None:
    assert find_report_numbers("jk2305290094 dan JK2305290094, JK230529009412345") == (
        "JK2305290094",
    )


# --- reply tokens ------------------------------------------------------------------------


@given(ids, st.booleans())
def test_a_reply_token_names_its_complaint_whatever_became_of_its_case(
    complaint: UUID, shouted: bool
) -> None:
    token = reply_token(KEY, complaint)
    written = token.upper() if shouted else token
    assert complaint_of_token(KEY, written) == complaint
    assert find_reply_tokens(f"dki+{written}@jakarta.go.id") == (token,)
    assert find_reply_tokens(f"<{written}.0192f000@jakarta.go.id> <x@example.org>") == (token,)


@given(ids)
def test_a_reply_token_shows_neither_complaint_nor_code(complaint: UUID) -> None:
    token = reply_token(KEY, complaint)
    assert token.isascii()
    assert len(token) == 43
    assert complaint_of_token(b"o" * 32, token) is None
    code = tracking_code(KEY, complaint).replace("-", "").lower()
    assert code not in token
    assert complaint.hex not in token


@given(ids, st.integers(0, 42), st.sampled_from(CROCKFORD.lower()))
def test_a_reply_token_with_one_wrong_character_is_none(
    complaint: UUID, place: int, other: str
) -> None:
    token = reply_token(KEY, complaint)
    wrong = token[:place] + other + token[place + 1 :]
    assert complaint_of_token(KEY, wrong) == (complaint if wrong == token else None)


@given(st.text(st.sampled_from(CROCKFORD.lower()), min_size=40, max_size=46))
def test_what_nobody_signed_names_no_complaint(text: str) -> None:
    assert complaint_of_token(KEY, text) is None


def test_tokens_are_found_once_in_order_and_not_in_longer_words() -> None:
    one, two = reply_token(KEY, UUID(int=1)), reply_token(KEY, UUID(int=2))
    assert find_reply_tokens(f"dki+{two}@x.id, <{one}.a@x.id>, DKI+{two.upper()}@x.id") == (
        two,
        one,
    )
    assert find_reply_tokens(f"x{one} {one}0 {one[:-1]}") == ()
