"""What a reporter wrote is unread until whoever must look has looked."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.routing.case.closing import objection_until
from services.routing.case.relations import must_look
from services.routing.domain import EMITS, Actor, Case, decide
from services.routing.work.steps import STEP_LABELS
from services.routing.work.unread import looked
from shared.errors import Conflict, Forbidden
from shared.events.intake import ComplaintSupplemented
from shared.events.vocabulary import CaseState
from tests.builders import T0, a_complaint_id
from tests.unit.routing.cases import (
    BIRO_OFFICER,
    INSPECTOR,
    MANGGARAI,
    TEBET_TIMUR,
    TRIAGE_OFFICER,
    UNITS,
    a_case,
    a_context,
    an_officer,
)

S = CaseState
FIRST, SECOND = UUID(int=21), UUID(int=22)
CLOSED_AT = T0 + timedelta(days=2)
BIRO, INSPEKTORAT, DESK = "biro-pemerintahan", "inspektorat", "triage"


def words(ref: UUID, days: float = 3, **fields: Any) -> ComplaintSupplemented:
    at = T0 + timedelta(days=days)
    return ComplaintSupplemented.model_validate(
        {"complaint_id": a_complaint_id(), "at": at, "content_ref": ref, "kind": "note", **fields}
    )


def heard(case: Case, *events: ComplaintSupplemented) -> Case:
    for event in events:
        decision = decide(case, event, a_context())
        assert decision.state is not None
        case = decision.state
    return case


@pytest.mark.parametrize(
    ("state", "unit", "about", "who"),
    [
        (S.RECEIVED, TEBET_TIMUR, None, TEBET_TIMUR),
        (S.IN_PROGRESS, TEBET_TIMUR, None, TEBET_TIMUR),
        (S.AWAITING_VALIDATION, TEBET_TIMUR, None, TEBET_TIMUR),
        (S.RECEIVED, DESK, None, DESK),
        (S.MERGED, TEBET_TIMUR, None, TEBET_TIMUR),
        (S.WITHDRAWN, TEBET_TIMUR, None, TEBET_TIMUR),
        (S.COMPLETED, TEBET_TIMUR, None, BIRO),
        (S.REJECTED, TEBET_TIMUR, None, BIRO),
        (S.COMPLETED, BIRO, None, INSPEKTORAT),
        (S.COMPLETED, INSPEKTORAT, BIRO, INSPEKTORAT),
    ],
)
def test_whoever_can_still_do_something_must_look_at_new_words(
    state: CaseState, unit: str, about: str | None, who: str
) -> None:
    case = a_case(state, unit_id=unit, about_unit=about)
    assert must_look(case, UNITS) is None
    assert must_look(heard(case, words(FIRST)), UNITS) == who


@pytest.mark.parametrize("state", CaseState)
@pytest.mark.parametrize("kind", ["answer", "note", "edit"])
def test_words_are_unread_in_every_state_though_they_change_none(
    state: CaseState, kind: str
) -> None:
    case = heard(a_case(state), words(FIRST, 3, kind=kind), words(SECOND, 4, kind=kind))
    assert (case.unread, case.unread_since) == ((FIRST, SECOND), T0 + timedelta(days=3))


def test_what_a_machine_wrote_is_no_news() -> None:
    case = heard(a_case(S.COMPLETED), words(FIRST, automatic=True))
    assert (case.unread, case.content_refs[-1]) == ((), FIRST)


def test_what_came_while_an_officer_was_reading_stays_unread() -> None:
    case = heard(a_case(), words(FIRST, 3), words(SECOND, 4))
    after = looked(case, [FIRST], an_officer(), UNITS)
    assert (after.unread, after.unread_since) == ((SECOND,), T0 + timedelta(days=3))
    assert looked(after, [FIRST], an_officer(), UNITS) is after
    done = looked(after, [FIRST, SECOND], an_officer(), UNITS)
    assert (done.unread, done.unread_since) == ((), None)


@pytest.mark.parametrize(
    ("state", "officer", "may"),
    [
        (S.RECEIVED, an_officer(), True),
        (S.RECEIVED, an_officer(MANGGARAI), False),
        (S.RECEIVED, BIRO_OFFICER, False),
        (S.COMPLETED, BIRO_OFFICER, True),
        (S.COMPLETED, an_officer(), False),
        (S.COMPLETED, INSPECTOR, False),
        (S.COMPLETED, TRIAGE_OFFICER, False),
        (S.MERGED, an_officer(), True),
    ],
)
def test_only_who_must_look_ends_the_search_for_somebody_who_does(
    state: CaseState, officer: Actor, may: bool
) -> None:
    case = heard(a_case(state), words(FIRST))
    if may:
        assert looked(case, [FIRST], officer, UNITS).unread == ()
    else:
        with pytest.raises(Forbidden):
            looked(case, [FIRST], officer, UNITS)


def test_words_of_another_case_cannot_be_looked_at() -> None:
    with pytest.raises(Conflict) as refused:
        looked(heard(a_case(), words(FIRST)), [FIRST, SECOND], an_officer(), UNITS)
    assert refused.value.field == "refs"


@pytest.mark.parametrize("state", CaseState)
def test_the_right_to_object_lasts_ten_days_and_only_where_there_is_one(state: CaseState) -> None:
    until = T0 + timedelta(days=12) if state in (S.COMPLETED, S.REJECTED) else None
    assert objection_until(a_case(state, closed_at=CLOSED_AT)) == until


def test_every_step_of_a_case_has_a_name_for_officers() -> None:
    assert set(STEP_LABELS) == {event.__name__ for event in EMITS}
    assert len(set(STEP_LABELS.values())) == len(STEP_LABELS)
