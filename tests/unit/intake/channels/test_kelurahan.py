"""Kelurahan as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.channels.balai_warga.adapter import BalaiWargaForm
from services.intake.channels.balai_warga.kelurahan import code_of, offered
from services.intake.channels.payload import read_fields

TEBET_TIMUR = "31.74.01.1001"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Tebet Timur, Tebet, Jakarta Selatan", TEBET_TIMUR),
        ("tebet timur", TEBET_TIMUR),
        ("  TEBET  TIMUR ", TEBET_TIMUR),
        ("Kel. Tebet Timur, Kec. Tebet", TEBET_TIMUR),
        ("Kelurahan Tebet-Timur", TEBET_TIMUR),
        ("31.74.01.1001", TEBET_TIMUR),
        ("Tebet", None),
        ("Jakarta Selatan", None),
        ("Atlantis", None),
        ("", None),
    ],
)
def test_a_kelurahan_is_known_by_its_name_however_it_is_written(
    typed: str, code: str | None
) -> None:
    assert code_of(typed) == code


def test_each_that_is_offered_is_one_and_no_two_are_the_same() -> None:
    codes = [code_of(name) for name in offered()]
    assert len(set(codes)) == len(codes) == 267
    assert None not in codes


@given(st.text(max_size=80))
def test_whatever_is_typed_is_a_kelurahan_or_none(typed: str) -> None:
    code = code_of(typed)
    assert code is None or code.startswith("31.")


def test_a_comma_divides_decimals_too() -> None:
    typed = {"csrf_token": "x", "draft_id": "d", "isi": "Banjir", "lintang": "-6,2345",
             "bujur": "106,8456"}  # fmt: skip
    form = read_fields(BalaiWargaForm, typed)
    assert (form.lintang, form.bujur) == (-6.2345, 106.8456)
