"""Cases as released code has stored them: today's code reads all of it, and loses nothing.

A field that changes its name needs a new golden file beside the old one; the old one stays, and
must still be read.
"""

import json
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.routing.domain import Case, only_limits_moved
from services.routing.store import read_case, write_case

GOLDEN = Path(__file__).parents[2] / "examples" / "stored" / "routing"
NEWEST = GOLDEN / "case.v6.json"


def ref(number: int) -> UUID:
    return UUID(f"01930000-0000-7000-8000-{number:012d}")


BY_HAND: dict[str, Any] = {
    "complaint_id": ref(1),
    "version": 9,
    "state": "merged",
    "unit_id": "sudin-bina-marga-31.74",
    "report_number": "JK2411030001",
    "channel": "jaki",
    "received_at": datetime(2024, 11, 3, 2, 15, 30, 250000, UTC),
    "content_refs": (ref(11), ref(12)),
    "former_state": "in_progress",
    "citizen_category": "trotoar",
    "category": "jalan",
    "kelurahan_code": "31.74.01.1001",
    "area_name": "Tebet Timur",
    "about_unit": "31.74.01.1007",
    "confidential": True,
    "restricted": True,
    "erased": True,
    "accepted": True,
    "sender": "dinas-bina-marga",
    "plan_ref": ref(21),
    "plan_author": "pegawai-1",
    "plan_from": "delegated",
    "plan_approved": True,
    "question_ref": ref(22),
    "question_expired": True,
    "questions": 3,
    "extensions": 2,
    "extension_author": "pegawai-2",
    "extension_until": datetime(2024, 11, 20, 10, 0, 0, 0, UTC),
    "follow_up_ref": ref(23),
    "follow_up_author": "pegawai-3",
    "closed_at": datetime(2024, 11, 9, 4, 0, 5, 0, UTC),
    "head_id": ref(2),
}


READ: dict[str, Any] = {"approximate_area": False, "unread": (), "unread_since": None}
"""What a release before did not know of what officers read."""
LISTED: dict[str, Any] = {
    "untouched": False, "limits": {}, "original_due_at": None, "question_pauses": False,
}  # fmt: skip
"""What a release before did not know of what lists go by."""
NO_PICTURES: dict[str, Any] = {"evidence": ()}
"""What a release before did not know of what a follow-up names."""
UNREAD_WORDS: dict[str, Any] = {"emergency": False, "rules_version": None}
"""What a release before did not know of what the words tell."""
PICTURES: dict[str, Any] = {"evidence": (UUID("0192f000-0000-7000-8000-0000000000e1"),)}
WATCHED: dict[str, Any] = {"from_desk": True, "watchers": ("31.74.01.1007",)}
OFFICERS_READ: dict[str, Any] = {
    "approximate_area": True,
    "unread": (ref(12),),
    "unread_since": datetime(2024, 11, 10, 1, 0, 0, 0, UTC),
}


NOW_LISTED: dict[str, Any] = {
    "untouched": True,
    "limits": {
        "follow_up": datetime(2024, 11, 12, 2, 15, 30, 250000, UTC),
        "first_action": datetime(2024, 11, 4, 2, 15, 30, 250000, UTC),
    },
    "original_due_at": datetime(2024, 11, 10, 2, 15, 30, 250000, UTC),
    "question_pauses": True,
}


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("case.v1.json", READ | LISTED | {"from_desk": False, "watchers": ()}),
        ("case.v2.json", READ | LISTED | WATCHED),
        ("case.v3.json", OFFICERS_READ | LISTED | WATCHED),
        ("case.v4.json", OFFICERS_READ | NOW_LISTED | WATCHED),
        ("case.v5.json", OFFICERS_READ | NOW_LISTED | WATCHED | PICTURES),
    ],
)
def test_a_case_of_an_earlier_release_is_read_with_all_that_it_says(
    file: str, says: dict[str, Any]
) -> None:
    assert (
        asdict(read_case((GOLDEN / file).read_text()))
        == BY_HAND | NO_PICTURES | UNREAD_WORDS | says
    )


def test_a_case_of_the_first_release_said_no_more() -> None:
    assert set(json.loads((GOLDEN / "case.v1.json").read_text())) == set(BY_HAND)


def test_a_case_of_today_is_read_with_all_that_it_says() -> None:
    wanted = BY_HAND | WATCHED | OFFICERS_READ | NOW_LISTED | PICTURES
    wanted |= {"emergency": True, "rules_version": 7}
    assert asdict(read_case(NEWEST.read_text())) == wanted


def test_a_case_is_written_as_the_newest_golden_file_has_it() -> None:
    stored = NEWEST.read_text()
    assert json.loads(write_case(read_case(stored))) == json.loads(stored)


def test_a_case_from_before_most_of_its_fields_is_read() -> None:
    stored = json.loads(NEWEST.read_text())
    first = ("complaint_id", "version", "state", "unit_id", "report_number", "channel")
    oldest = {name: stored[name] for name in (*first, "received_at", "content_refs")}
    case = read_case(json.dumps(oldest | {"a_field_that_is_gone": 1}))
    assert (case.unit_id, case.plan_ref, case.questions) == ("sudin-bina-marga-31.74", None, 0)


LIMITS = {"limits", "original_due_at", "question_pauses"}


@pytest.mark.parametrize("name", [field.name for field in fields(Case)])
def test_limits_alone_are_saved_where_nothing_else_is_another(name: str) -> None:
    case = read_case(NEWEST.read_text())
    other: dict[str, Any] = {name: object()}
    assert only_limits_moved(case, replace(case, **other)) == (name in LIMITS)


def test_of_a_case_that_is_new_more_than_limits_is_saved() -> None:
    assert not only_limits_moved(None, read_case(NEWEST.read_text()))
