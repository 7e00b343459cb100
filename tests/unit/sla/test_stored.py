"""Cases that a release has written are read by today's code, and today's code writes the same.

A new field is a new golden file (``case.v2.json``); the files of earlier releases stay.
"""

import json
from pathlib import Path
from uuid import UUID

from services.sla.clocks import CaseClocks, ClockState, Holding, Pause, Stood
from services.sla.store import body_of, case_of
from shared.events.vocabulary import Clock
from tests.builders import a_complaint_id, at

STORED = Path(__file__).resolve().parents[2] / "examples" / "stored" / "sla"
NEWEST = STORED / "case.v4.json"


def a_stored_case() -> CaseClocks:
    return case_of((STORED / "case.v1.json").read_text())


def test_a_case_of_the_first_release_is_read_with_all_it_says() -> None:
    case = a_stored_case()
    assert case.complaint_id == a_complaint_id()
    assert (case.received_at, case.closed_at) == (at(), at(days=32))
    assert (case.case_version, case.extensions) == (10, 1)
    assert (case.category, case.about_unit, case.answered) == ("sampah", "satpol-pp", True)
    assert (case.question_ref, case.heard) == (UUID(int=7 << 100), UUID(int=9 << 100))
    assert case.holdings == (
        Holding("31.74.01.1001", at(hours=1), at(hours=28), parent="31.74.01"),
        Holding("dinas-bina-marga", at(hours=28), at(days=32), parent="setda"),
    )


def test_a_case_that_did_not_say_so_counts_as_confidential() -> None:
    assert (a_stored_case().restricted, a_stored_case().confidential) == (False, True)
    newest = case_of(NEWEST.read_text())
    assert (newest.about_unit, newest.restricted, newest.confidential) == ("satpol-pp", True, True)


def test_its_paused_clock_is_read_with_both_limits_of_the_pause() -> None:
    assert a_stored_case().clocks[Clock.FOLLOW_UP] == ClockState(
        clock=Clock.FOLLOW_UP,
        started_at=at(),
        due_at=at(days=22),
        original_due_at=at(days=7),
        policy_id="follow-up",
        policy_version=1,
        calendar="elapsed",
        warn_at=(at(days=20), at(days=21)),
        warned=1,
        missed_at=at(days=30),
        stopped_at=at(days=32),
        pause=Pause(
            since=at(days=3),
            until=at(days=13),
            due_at=at(days=12),
            warn_at=(at(days=10), at(days=11)),
            due_after=at(days=22),
            warn_after=(at(days=20), at(days=21)),
        ),
        pause_over=True,
    )


def test_a_clock_of_today_says_when_it_stood_before() -> None:
    newest = case_of(NEWEST.read_text())
    assert newest.clocks[Clock.FOLLOW_UP].stood == (Stood(at(days=1), at(days=2)),)
    before = case_of((STORED / "case.v3.json").read_text())
    assert before.clocks[Clock.FOLLOW_UP].stood == ()


def test_its_other_clocks_are_read_with_who_must_act_and_who_is_told() -> None:
    clocks = a_stored_case().clocks
    assert set(clocks) == set(Clock)
    assert clocks[Clock.FIRST_ACTION].unit_id == "31.74.01.1001"
    assert clocks[Clock.PLAN_CHECK].unit_id == "biro-pemerintahan"
    assert clocks[Clock.VALIDATION].escalate_to == "biro-pemerintahan"
    assert clocks[Clock.EVALUATION].waived_at == at(days=31)
    assert (clocks[Clock.ANSWER].due_at, clocks[Clock.ANSWER].missed_at) == (at(days=13),) * 2


def test_what_is_written_today_has_the_shape_of_the_newest_golden_file() -> None:
    assert json.loads(body_of(case_of(NEWEST.read_text()))) == json.loads(NEWEST.read_text())
