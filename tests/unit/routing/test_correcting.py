"""Which acts teach the rules something, and which only move a case on."""

from typing import Any
from uuid import UUID

import pytest

from services.routing.case.commands import (
    AcceptCase,
    AssignFromTriage,
    Command,
    CoordinateCase,
    DelegateCase,
    RejectCase,
    ReturnCase,
    StartWork,
)
from services.routing.case.transitions import act
from services.routing.domain import Actor, Case
from services.routing.learning.correcting import Correction, correction_of
from shared.events.vocabulary import CaseState as S
from shared.events.vocabulary import RejectionReason
from tests.unit.routing.cases import (
    BINA_MARGA,
    MANGGARAI,
    SUDIN_BINA_MARGA,
    TEBET_TIMUR,
    TRIAGE_OFFICER,
    a_case,
    a_context,
    an_officer,
)

AT_TRIAGE = a_case(unit_id="triage", category="sampah", rules_version=4)
DINAS = an_officer(BINA_MARGA)


def learned(case: Case, command: Command, actor: Actor) -> Correction | None:
    context = a_context(actor)
    decision = act(case, command, context)
    return correction_of(case, decision.state, decision.events, actor, context.now)


def test_what_the_triage_desk_places_is_an_example_of_unit_and_category() -> None:
    found = learned(AT_TRIAGE, AssignFromTriage(unit=BINA_MARGA, category="jalan"), TRIAGE_OFFICER)
    assert found == Correction(
        complaint_id=AT_TRIAGE.complaint_id, version=4, content_ref=UUID(int=11),
        from_category="sampah", to_category="jalan", from_unit="triage", to_unit=BINA_MARGA,
        role="triage_officer", rules_version=4, at=a_context().now,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("case", "command", "actor", "to_unit"),
    [
        (a_case(), CoordinateCase(to_unit=BINA_MARGA), an_officer(), BINA_MARGA),
        (a_case(S.COORDINATED, unit_id=BINA_MARGA, sender=MANGGARAI), ReturnCase(reason="Bukan"),
         DINAS, MANGGARAI),
    ],
)  # fmt: skip
def test_a_unit_that_says_the_case_is_anothers_teaches_the_unit_alone(
    case: Case, command: Command, actor: Actor, to_unit: str
) -> None:
    found = learned(case, command, actor)
    assert found is not None
    assert (found.from_unit, found.to_unit, found.role) == (case.unit_id, to_unit, "unit_officer")
    assert found.from_category == found.to_category == "sampah"


@pytest.mark.parametrize(
    ("case", "command", "actor"),
    [
        (a_case(), AcceptCase(), an_officer()),
        (a_case(), StartWork(), an_officer()),
        (a_case(), RejectCase(reason=RejectionReason.OFF_TOPIC), an_officer()),
        (a_case(unit_id=BINA_MARGA), DelegateCase(to_unit=SUDIN_BINA_MARGA), DINAS),
    ],
    ids=lambda value: value.verb if isinstance(value, Command) else "",
)
def test_acts_that_move_a_case_on_teach_nothing(case: Case, command: Command, actor: Actor) -> None:
    assert learned(case, command, actor) is None


@pytest.mark.parametrize(
    "fields", [{"erased": True}, {"restricted": True}, {"about_unit": "dinas-sosial"}]
)
def test_nothing_is_learned_of_who_is_erased_or_of_a_case_about_officials(
    fields: dict[str, Any],
) -> None:
    case = a_case(unit_id=TEBET_TIMUR, **fields)
    assert learned(case, CoordinateCase(to_unit=BINA_MARGA), an_officer()) is None
