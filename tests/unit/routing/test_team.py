"""What a unit keeps for itself, as far as it is decided without a database."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.routing.team.assigning import AssigneeChange, taking_away_barred
from services.routing.team.directory import is_news
from services.routing.team.store import Colleague
from services.routing.team.views import query_of
from shared.auth import Operator, Role
from tests.builders import T0

ME, COLLEAGUE, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ({}, {}),
        ({"tab": "new", "due": "day"}, {"tab": "new", "due": "day"}),
        ({"tab": "archive", "due": "day"}, {"due": "day"}),
        ({"tab": "new", "mood": "bad"}, {"tab": "new"}),
        ({"watched": "yes", "area": 31, "sort": None, "assignee": "me"}, {"assignee": "me"}),
    ],
)
def test_of_a_saved_view_what_the_inbox_does_not_know_is_left_out(
    stored: dict[str, Any], read: dict[str, Any]
) -> None:
    assert query_of(stored).model_dump(mode="json", exclude_none=True) == read


@pytest.mark.parametrize(
    ("present", "wanted", "named", "free"),
    [
        (None, ME, None, True),
        (None, COLLEAGUE, OTHER, True),
        (ME, COLLEAGUE, None, True),
        (ME, None, None, True),
        (COLLEAGUE, COLLEAGUE, None, True),
        (COLLEAGUE, ME, COLLEAGUE, True),
        (COLLEAGUE, None, COLLEAGUE, True),
        (COLLEAGUE, ME, None, False),
        (COLLEAGUE, None, None, False),
        (COLLEAGUE, ME, OTHER, False),
        (COLLEAGUE, ME, ME, False),
    ],
)
def test_a_case_is_taken_out_of_a_colleagues_hand_by_who_names_him(
    present: UUID | None, wanted: UUID | None, named: UUID | None, free: bool
) -> None:
    change = AssigneeChange(officer_id=wanted, instead_of=named)
    assert (taking_away_barred(present, change, ME) is None) is free


@pytest.mark.parametrize(
    ("name", "role", "minutes", "news"),
    [
        ("Ani", Role.UNIT_OFFICER, 0, False),
        ("Ani", Role.UNIT_OFFICER, 59, False),
        ("Ani", Role.UNIT_OFFICER, 60, True),
        ("Ani R", Role.UNIT_OFFICER, 0, True),
        (None, Role.UNIT_OFFICER, 0, True),
        ("Ani", Role.BIRO, 0, True),
    ],
)
def test_an_officer_is_written_down_anew_when_it_is_news(
    name: str | None, role: Role, minutes: int, news: bool
) -> None:
    known = Colleague(ME, "s-1", "unit_officer", "Ani", T0)
    officer = Operator("s-1", role, "31.74", name)
    assert is_news(known, officer, T0 + timedelta(minutes=minutes)) is news
