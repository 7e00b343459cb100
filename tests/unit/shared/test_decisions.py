"""Retry, faults and health: small decisions that much rests on."""

import binascii
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Reject, Transient
from shared.faults import FAULT_POINTS, FaultPoints
from shared.health import Health, Heart
from shared.retry import Park, Retry, RetryPolicy

POLICY = RetryPolicy(base=0.1, cap=10, bug_attempts=3)


@given(st.integers(1, 10**9), st.floats(0, 1, exclude_max=True))
def test_what_passes_by_itself_is_tried_for_ever_and_never_slower_than_the_cap(
    attempt: int, jitter: float
) -> None:
    verdict = POLICY.decide(attempt, Transient("away"), jitter)
    assert isinstance(verdict, Retry)
    assert 0 < verdict.delay <= POLICY.cap


def test_back_off_doubles_from_its_base() -> None:
    assert [POLICY.delay(attempt, 0.999999) for attempt in (1, 2, 3)] == pytest.approx(
        [0.1, 0.2, 0.4], rel=1e-3
    )


def test_what_will_never_work_is_parked_at_once_under_its_cause() -> None:
    assert POLICY.decide(1, Reject("bad_body", "at: missing"), 0) == Park("bad_body", "at: missing")


def test_a_bug_is_tried_a_few_times_and_parked_without_its_message() -> None:
    bug = binascii.Error("Pelapor Contoh")
    assert POLICY.decide(1, bug, 0) == Retry(0.05)
    assert POLICY.decide(2, bug, 0) == Retry(0.1)
    assert POLICY.decide(3, bug, 0) == Park("bug", "binascii.Error")


@pytest.mark.parametrize("name", FAULT_POINTS)
def test_an_armed_fault_strikes_once_when_its_number_has_come(name: str) -> None:
    struck: list[str] = []
    faults = FaultPoints(f"{name}:2", lambda: struck.append(name))
    for _ in range(4):
        faults.reach(name)
        faults.reach("another")
    assert struck == [name]


def test_a_running_process_is_armed_by_a_file_and_counts_from_then_on(tmp_path: Path) -> None:
    struck: list[str] = []
    file, (name, other, *_) = tmp_path / "fault", FAULT_POINTS
    faults = FaultPoints(f"@{file}", lambda: struck.append(name))
    faults.reach(name)
    file.write_text(f"{name}:2", encoding="utf-8")
    faults.reach(other)
    faults.reach(name)
    assert struck == []
    faults.reach(name)
    faults.reach(name)
    assert struck == [name]


def test_a_fault_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no fault point"):
        FaultPoints("work.befor_commit")
    file = tmp_path / "fault"
    file.write_text("work.befor_commit", encoding="utf-8")
    with pytest.raises(ValueError, match="no fault point"):
        FaultPoints(f"@{file}").reach("work.before_commit")


def test_a_heart_that_does_not_beat_is_stuck_and_one_in_trouble_says_so() -> None:
    now = 0.0
    heart = Heart("consumer", 15, lambda: now)
    assert heart.status == "starting"
    heart.beat()
    assert heart.well
    now = 15.1
    assert heart.status == "stuck"
    heart.beat()
    heart.trouble = "failing: Transient"
    assert not heart.well
    heart.beat()
    assert heart.well


def test_a_process_is_ready_when_all_that_callers_need_is_well() -> None:
    health = Health()
    database = health.heart("database", needed=True)
    filing, relay = health.heart("filing", needed=True), health.heart("relay")
    database.beat()
    assert not health.ready
    filing.beat()
    assert health.ready
    assert health.report() == {"database": "ok", "filing": "ok", "relay": "starting"}
    relay.trouble = "failing: Transient"
    assert health.ready
    filing.trouble = "failing: Transient"
    assert not health.ready
