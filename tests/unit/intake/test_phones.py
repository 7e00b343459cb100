"""Numbers: read the same at every door, and nobody abroad is taken for somebody at home."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.words.phones import e164, is_e164, sender_number

AT_HOME = "+628110000001"
SENDERS = [
    ("+628110000001", AT_HOME),
    ("628110000001", AT_HOME),
    ("08110000001", AT_HOME),
    ("00628110000001", AT_HOME),
    ("0062 811-000-0001", AT_HOME),
    ("+00628110000001", AT_HOME),
    (" 628110000001", AT_HOME),
    ("\t628110000001\n", AT_HOME),
    ("+62 (811) 000.0001", AT_HOME),
    ("+62 0811 000 0001", AT_HOME),
    ("+08110000001", AT_HOME),
    ("\u202a+628110000001\u202c", AT_HOME),
    ("\uff0b\uff16\uff128110000001", AT_HOME),
    ("+62\u00a0811\u2011000\u20110001", AT_HOME),
    ("0213822255", "+62213822255"),
    ("+6591234567", "+6591234567"),
    ("6591234567", "+6591234567"),
    (" 6591234567", "+6591234567"),
    ("006591234567", "+6591234567"),
    ("819012345678", "+819012345678"),
    ("+819012345678", "+819012345678"),
    ("14155552671", "+14155552671"),
    ("+1 415 555 2671", "+14155552671"),
    ("60123456789", "+60123456789"),
    ("8110000001", None),
    ("1708", None),
    ("112", None),
    ("3456", None),
    ("62811", None),
    ("90123", None),
    ("TOKOCONTOH", None),
    ("0800FLOWERS", None),
    ("CRM 08110000001", None),
    ("08110000001 / 08110000002", None),
    ("+", None),
    ("", None),
    ("00", None),
    ("0", None),
]
"""Senders as gateways write them, and the number that may be answered."""


@pytest.mark.parametrize(("written", "number"), SENDERS)
def test_a_sender_is_a_number_that_can_be_answered_or_none(
    written: str, number: str | None
) -> None:
    assert sender_number(written) == number


TYPED = [
    ("0811-000-0001", AT_HOME),
    ("8110000001", AT_HOME),
    ("811 000 0001", AT_HOME),
    ("628110000001", AT_HOME),
    ("0062 811 000 0001", AT_HOME),
    ("(021) 3822255", "+62213822255"),
    ("6591234567", "+6591234567"),
    ("447911123456", "+447911123456"),
    ("+819012345678", "+819012345678"),
    ("1708", None),
    ("nomor saya 0811", None),
]


@pytest.mark.parametrize(("written", "number"), TYPED)
def test_a_person_at_a_desk_may_leave_the_zero_out(written: str, number: str | None) -> None:
    assert e164(written) == number


mobiles = st.from_regex(r"8[1-9][0-9]{8}", fullmatch=True)


@given(mobiles)
def test_every_way_to_write_a_number_at_home_is_the_same_at_every_sms_door(national: str) -> None:
    ways = ("0", "62", "+62", "0062", " 62", "+ 62", "00 62 ")
    assert len({sender_number(f"{way}{national}") for way in ways}) == 1


@given(st.sampled_from(["0", "+62"]), st.from_regex(r"(8[1-9]|[0-9])?[0-9]{3,14}", fullmatch=True))
def test_a_number_at_home_is_read_as_the_library_reads_it(way: str, national: str) -> None:
    dialled = f"{way}{national}"
    if dialled.startswith("00"):
        return
    read = phonenumbers.parse(dialled, "ID")
    valid = phonenumbers.is_valid_number(read)
    form = phonenumbers.PhoneNumberFormat.E164
    assert e164(dialled) == (phonenumbers.format_number(read, form) if valid else None)


ABROAD = st.sampled_from(
    ["1", "7", "33", "44", "49", "60", "61", "63", "65", "66", "81", "86", "966"]
)


@given(
    ABROAD,
    st.from_regex(r"[1-9][0-9]{6,10}", fullmatch=True),
    st.sampled_from(["", " ", "+", "00"]),
)
def test_a_number_abroad_is_never_made_one_at_home(country: str, rest: str, way: str) -> None:
    number = sender_number(f"{way}{country}{rest}")
    assert number is None or number.startswith(f"+{country}")


@given(st.text(max_size=30))
def test_a_number_once_normal_stays_the_same(written: str) -> None:
    for read in (e164, sender_number):
        number = read(written)
        assert number is None or (is_e164(number) and e164(number) == number)
        assert number is None or sender_number(number) == number
