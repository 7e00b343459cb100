"""What the console gives away: it is known again by every replica, and by nobody forged."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.console.seals import Seals
from services.routing.console.session import Grant, Officer, Session
from shared.auth import Role

OLD, NEW = b"o" * 32, b"n" * 32
T = datetime(2026, 11, 26, 1, tzinfo=UTC)
IDLE = timedelta(minutes=30)


def test_a_replica_with_the_next_key_opens_what_was_sealed_and_marked_with_the_last() -> None:
    before, after = Seals([OLD]), Seals([NEW, OLD])
    assert after.open("session", before.seal("session", b"words")) == b"words"
    assert after.is_marked("csrf", "browser", before.mark("csrf", "browser"))
    assert before.open("session", after.seal("session", b"words")) is None


def test_what_was_sealed_for_one_thing_does_not_pass_for_another() -> None:
    seals = Seals([NEW])
    assert seals.open("session", seals.seal("search", b"words")) is None
    assert not seals.is_marked("csrf", "x", seals.mark("seat", "x"))


@given(place=st.integers(0, 200), other=st.characters(min_codepoint=33, max_codepoint=126))
def test_a_seal_that_was_changed_anywhere_opens_nothing(place: int, other: str) -> None:
    seals = Seals([NEW])
    sealed = seals.seal("session", b"a session of an officer")
    place %= len(sealed)
    changed = sealed[:place] + other + sealed[place + 1 :]
    assert changed == sealed or seals.open("session", changed) is None
    assert seals.open("session", sealed[:place] + other + sealed[place:]) is None


@given(st.text(max_size=60))
def test_any_text_is_no_seal_and_no_mark(text: str) -> None:
    seals = Seals([NEW])
    assert seals.open("session", text) is None
    assert not seals.is_marked("csrf", "browser", text)


def a_session(used: datetime = T, ends: datetime = T + timedelta(hours=8)) -> Session:
    officer = Officer(subject="a", role=Role.BIRO, unit="b", name="", unit_name="B", token="t")
    grant = Grant.new(officer, "r", T, T + timedelta(minutes=5))
    return Session(id="s", grant=grant, used=used, ends=ends)


@pytest.mark.parametrize(
    ("minutes", "alive"), [(0, True), (29, True), (30, False), (8 * 60, False)]
)
def test_a_session_ends_after_half_an_hour_without_use(minutes: int, alive: bool) -> None:
    assert a_session().is_alive(T + timedelta(minutes=minutes), IDLE) is alive


def test_a_session_in_use_ends_after_eight_hours_all_the_same() -> None:
    at = T + timedelta(hours=8)
    assert not a_session(used=at - timedelta(minutes=1)).is_alive(at, IDLE)
    assert a_session(used=at - timedelta(minutes=2)).expires(IDLE) == at
