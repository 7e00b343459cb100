"""What the desks of the console decide: where a case stands in its queue, what a judge must not
overlook, which unit somebody means."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.console.desks.flags import Flag, flags_of
from services.routing.console.desks.judging import JUDGEMENTS, OBJECTIONS, REOPEN, STATES
from services.routing.console.desks.managing import SECTIONS
from services.routing.console.desks.quarantine import PARTS
from services.routing.console.desks.queues import PAGE, Walk, place_of
from services.routing.console.desks.room import TEMPLATES
from services.routing.console.desks.words.english import ENGLISH
from services.routing.console.desks.words.indonesian import INDONESIAN
from services.routing.console.naming import CHOICES_AT_MOST, find_unit
from services.routing.placing.suggestions import Ground
from shared.events.vocabulary import UnitKind
from shared.unit_table import load_units
from tests.integration.desks.parts import a_case, a_step

UNITS = load_units()
FIRST = Walk("hasil", None, 1)


def page(*ids: str, onward: str | None = None) -> dict[str, Any]:
    return {"cases": [{"complaint_id": each} for each in ids], "total": 41, "next_cursor": onward}


def test_a_case_of_the_second_page_is_counted_from_the_first() -> None:
    walk = Walk("hasil", "c2", 26)
    place = place_of("b", walk, page("a", "b", "c"), "nilai")
    assert (place.number, place.total) == (27, 41)
    assert place.before == "nilai/a?jenis=hasil&hal=c2&mulai=26&lanjut=b"
    assert place.after == "nilai/c?jenis=hasil&hal=c2&mulai=26"


def test_behind_the_last_of_a_page_stands_the_next_page() -> None:
    place = place_of("b", FIRST, page("a", "b", onward="c2"), "nilai")
    assert place.after == f"nilai?jenis=hasil&hal=c2&mulai={1 + PAGE}"
    assert place_of("b", FIRST, page("a", "b"), "nilai").after is None


@pytest.mark.parametrize(
    ("ahead", "onward"),
    [
        ("b", "nilai/b?jenis=hasil&lanjut=c"),  # the one that stood behind it
        ("gone", "nilai/a?jenis=hasil&lanjut=b"),  # somebody else judged it meanwhile
        (None, "nilai/a?jenis=hasil&lanjut=b"),
    ],
)
def test_a_case_that_has_left_the_queue_leads_on(ahead: str | None, onward: str) -> None:
    walk = Walk("hasil", None, 1, ahead)
    place = place_of("judged", walk, page("a", "b", "c"), "nilai")
    assert (place.number, place.after) == (None, onward)


def test_an_empty_queue_and_one_that_is_away_lead_nowhere() -> None:
    assert place_of("a", FIRST, page(), "nilai").after is None
    assert place_of("a", FIRST, None, "nilai").after is None


@pytest.mark.parametrize(
    ("changes", "flags"),
    [
        ({}, ("no_evidence",)),
        ({"state": "planned"}, ()),
        ({"unread": ["x"], "question_open": True, "approximate_area": True},
         ("no_evidence", "unread", "guessed_place", "question_open")),
        ({"history": [a_step("FollowUpRefused"), a_step("CaseReopened")]},
         ("no_evidence", "refused_before", "reopened_before")),
        # The result was filed on the 24th, the report came on the 20th.
        ({"due_at": "2026-11-24T07:09:00Z"}, ("no_evidence", "late")),
        ({"due_at": "2026-11-24T07:10:00Z"}, ("no_evidence",)),
        ({"under_judgement": a_step("FollowUpSubmitted", evidence=[
            {"media_type": "image/jpeg", "taken_at": "2026-11-19T00:00:00Z"}])},
         ("evidence_before",)),
        ({"under_judgement": a_step("FollowUpSubmitted", evidence=[
            {"media_type": "image/jpeg", "taken_at": "2026-11-21T00:00:00Z"}])}, ()),
    ],
)  # fmt: skip
def test_a_judge_is_shown_what_must_not_be_overlooked(
    changes: dict[str, Any], flags: tuple[str, ...]
) -> None:
    assert flags_of(a_case(1, **changes)) == flags


@pytest.mark.parametrize(
    ("typed", "kinds", "unit"),
    [
        ("Kelurahan Tebet Timur", (), "31.74.01.1001"),
        ("tebet  TIMUR", (UnitKind.KELURAHAN,), "31.74.01.1001"),
        ("31.74.01.1001", (), "31.74.01.1001"),
        ("satpol-pp", (), "satpol-pp"),
        ("Tebet", (UnitKind.KELURAHAN,), None),  # Tebet Barat or Tebet Timur
        ("Tebet", (UnitKind.KECAMATAN,), "31.74.01"),
        ("Tebet Timur", (), "31.74.01.1001"),
        ("ebet Timu", (), None),  # a part of one name alone is still a guess
        ("triage", (), None),
        ("", (), None),
        ("%", (), None),
    ],
)
def test_a_unit_is_the_one_that_is_meant_or_none(
    typed: str, kinds: tuple[UnitKind, ...], unit: str | None
) -> None:
    found = find_unit(UNITS, typed, *kinds).unit
    assert (found.id if found else None) == unit


@given(st.text(max_size=30))
def test_whatever_is_typed_names_one_unit_or_a_short_list(typed: str) -> None:
    found = find_unit(UNITS, typed)
    assert len(found.choices) <= CHOICES_AT_MOST
    assert not (found.unit and found.choices)


def test_each_unit_is_found_by_its_whole_name_or_shares_it() -> None:
    for unit in UNITS.of_kind(UnitKind.KELURAHAN)[::10]:
        found = find_unit(UNITS, unit.name, UnitKind.KELURAHAN)
        assert found.unit == unit or unit in found.choices


def test_both_languages_say_the_same_things_with_the_same_places() -> None:
    assert set(INDONESIAN) == set(ENGLISH)
    for key, text in INDONESIAN.items():
        assert _places(text) == _places(ENGLISH[key]), key


def _places(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w+\}", text))


@pytest.mark.parametrize("page", sorted(TEMPLATES.glob("*.html")), ids=lambda page: page.name)
def test_a_page_names_no_text_that_there_is_not(page: Path) -> None:
    template = page.read_text()
    named = set(re.findall(r"\bd\.(\w+)", template)) - {"get"}
    assert named <= set(INDONESIAN)
    for beginning in re.findall(r"""\bd(?:\[|\.get\()"(\w+)" ~""", template):
        assert any(key.startswith(beginning) for key in INDONESIAN), beginning


@pytest.mark.parametrize(
    ("beginning", "values"),
    [
        ("cause_", ("bad_body", "bug", "unknown_version", "held", "unreadable_state")),
        ("part_", PARTS),
        ("manage_", SECTIONS),
        ("kind_", (*STATES, OBJECTIONS)),
        ("flag_", get_args(Flag)),
        ("ground_", get_args(Ground)),
        ("done_", (*JUDGEMENTS, REOPEN, "catatan", "sudah-dibaca", "tetapkan", "tanya", "tolak")),
        ("opened_", ("case",)),
    ],
)
def test_every_value_that_a_page_may_meet_has_its_word(
    beginning: str, values: Iterable[str]
) -> None:
    assert {f"{beginning}{value}" for value in values} <= set(INDONESIAN)
