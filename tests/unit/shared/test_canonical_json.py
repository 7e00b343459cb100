"""One form of JSON (RFC 8785): the examples of the RFC itself, and what is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.canonical_json import canonical


def test_the_example_of_the_rfc_is_written_as_it_says() -> None:
    """RFC 8785, 3.2.2 to 3.2.4."""
    given_there = (
        '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],'
        r'"string":"\u20ac$\u000F\u000aA'
        "'"
        r'\u0042\u0022\u005c\\\"\/",'
        '"literals":[null,true,false]}'
    )
    said = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA'
        "'"
        'B\\"\\\\\\\\\\"/"}'
    )
    assert canonical(json.loads(given_there)).decode() == said


def test_members_are_sorted_by_utf_16_code_units() -> None:
    """RFC 8785, 3.2.3: a smiley, which is a surrogate pair, stands before a Hebrew ligature."""
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    written = canonical(dict.fromkeys(names, 0)).decode()
    assert list(json.loads(written)) == [
        "\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "written"),
    [
        # RFC 8785, appendix B, and the edges of ECMA-262's rules.
        (0, "0"), (-0.0, "0"), (5e-324, "5e-324"),
        (-1.7976931348623157e308, "-1.7976931348623157e+308"),
        (9007199254740992, "9007199254740992"), (295147905179352830000.0, "295147905179352830000"),
        (9.999999999999997e22, "9.999999999999997e+22"), (1e23, "1e+23"),
        (999999999999999700000.0, "999999999999999700000"), (1e21, "1e+21"),
        (9.999999999999997e-7, "9.999999999999997e-7"), (0.000001, "0.000001"),
        (333333333.33333325, "333333333.33333325"), (1.0, "1"), (-1.5, "-1.5"), (1e-7, "1e-7"),
        (100.0, "100"), (106.8272, "106.8272"),
    ],
)  # fmt: skip
def test_a_number_is_written_as_ecmascript_writes_it(number: float, written: str) -> None:
    assert canonical(number).decode() == written


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 10**400, "\ud800", {"\ud800": 1}, {1: 2}, b"bytes", {1, 2}],
)
def test_what_is_no_json_that_all_readers_read_alike_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical(value)


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(_JSON)
def test_what_is_written_is_read_back_the_same_and_written_the_same_again(value: Any) -> None:
    written = canonical(value)
    # Every number is a double, also one that is written without a fraction.
    assert json.loads(written, parse_int=float) == value
    assert canonical(json.loads(written)) == written
