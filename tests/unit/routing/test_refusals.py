"""What an officer is told when a command is refused: the sentence to act on, and the field."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.routing.case.checks import subject
from services.routing.case.commands import (
    AcceptCase,
    AssignFromTriage,
    Command,
    CoordinateCase,
    DelegateCase,
    ReopenCase,
    ReturnCase,
    SubmitPlan,
    ValidateFollowUp,
)
from services.routing.case.transitions import act
from services.routing.domain import Actor, Case
from shared.errors import Conflict, DomainError, Forbidden, Malformed
from shared.events.vocabulary import CaseState, ReopenReason
from tests.builders import T0
from tests.unit.routing.cases import (
    BINA_MARGA,
    BIRO_OFFICER,
    MANGGARAI,
    TEBET_TIMUR,
    TRIAGE_OFFICER,
    a_case,
    a_context,
    an_officer,
)

S = CaseState
UNKNOWN = "No such unit. GET /v1/units lists them."
NOT_BENEATH = "Delegate only to a unit of your own. Else coordinate."
NOBODY_SENT_IT = "No unit passed this case on. Coordinate it with the responsible one."


def reopening(reason: ReopenReason, to_unit: str | None = None) -> ReopenCase:
    return ReopenCase(reason=reason, to_unit=to_unit)


def assignment(**fields: Any) -> AssignFromTriage:
    return AssignFromTriage(**{"unit": MANGGARAI, "category": "sampah", **fields})


def closed(state: CaseState, days: int = 1) -> Case:
    return a_case(state, closed_at=T0 - timedelta(days=days))


REFUSALS: tuple[tuple[Case, Command, Actor, type[DomainError], str, str | None], ...] = (
    (a_case(accepted=True), AcceptCase(), an_officer(), Conflict,
     "The case is already accepted.", None),
    (a_case(), CoordinateCase(to_unit="nowhere"), an_officer(), Malformed, UNKNOWN, "to_unit"),
    (a_case(), CoordinateCase(to_unit=TEBET_TIMUR), an_officer(), Conflict,
     "Your unit holds the case already.", "to_unit"),
    (a_case(), DelegateCase(to_unit="nowhere"), an_officer(), Malformed, UNKNOWN, "to_unit"),
    (a_case(), DelegateCase(to_unit=BINA_MARGA), an_officer(), Conflict, NOT_BENEATH, "to_unit"),
    (a_case(S.COORDINATED), ReturnCase(reason="Bukan wilayah kami"), an_officer(), Conflict,
     NOBODY_SENT_IT, None),
    (a_case(unit_id="triage"), assignment(unit="nowhere"), TRIAGE_OFFICER, Malformed,
     UNKNOWN, "unit"),
    (a_case(unit_id="triage"), assignment(category="no-such"), TRIAGE_OFFICER, Malformed,
     "No such category. GET /v1/categories lists them.", "category"),
    (a_case(unit_id="triage"), assignment(kelurahan="31.74.01"), TRIAGE_OFFICER, Malformed,
     "No such kelurahan.", "kelurahan"),
    (a_case(), SubmitPlan(plan="Perbaikan", complete_by=T0), an_officer(), Malformed,
     "Name a time in the future, within a year.", "complete_by"),
    (a_case(S.AWAITING_VALIDATION, follow_up_author="b1"), ValidateFollowUp(), BIRO_OFFICER,
     Forbidden, "Who filed it may not decide on it. Ask a colleague (four eyes).", None),
    (closed(S.COMPLETED), reopening(ReopenReason.APPEAL), BIRO_OFFICER, Conflict,
     "This reason fits a case in state rejected (Ditolak).", "reason"),
    (closed(S.COMPLETED, 11), reopening(ReopenReason.CITIZEN_OBJECTION), BIRO_OFFICER, Conflict,
     "The 10 days for it are over. Only new facts reopen the case.", "reason"),
    (closed(S.COMPLETED), reopening(ReopenReason.SUSPECTED_FRAUD, TEBET_TIMUR), BIRO_OFFICER,
     Conflict, "On suspected fraud another unit must take the case.", "to_unit"),
    (closed(S.COMPLETED), reopening(ReopenReason.NEW_FACTS, "nowhere"), BIRO_OFFICER, Malformed,
     UNKNOWN, "to_unit"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("case", "command", "actor", "kind", "detail", "field"),
    REFUSALS,
    ids=[f"{type(row[1]).__name__}-{row[5] or row[3].__name__}" for row in REFUSALS],
)
def test_a_refusal_says_what_to_do_and_names_the_field(
    case: Case,
    command: Command,
    actor: Actor,
    kind: type[DomainError],
    detail: str,
    field: str | None,
) -> None:
    with pytest.raises(DomainError) as refusal:
        act(case, command, a_context(actor))
    assert (type(refusal.value), refusal.value.detail, refusal.value.field) == (
        kind, detail, field,
    )  # fmt: skip


def test_a_command_that_no_officer_gives_is_refused() -> None:
    nobody = replace(a_context(), actor=None)
    for attempt in (lambda: subject(nobody), lambda: act(a_case(), AcceptCase(), nobody)):
        with pytest.raises(Forbidden) as refusal:
            attempt()
        assert refusal.value.detail == "An officer must give this command."


def test_an_assignment_states_the_triage_desks_rule_unit_and_place() -> None:
    case = a_case(unit_id="triage", kelurahan_code=None, area_name=None)
    command = assignment(unit=BINA_MARGA, category="jalan", kelurahan=MANGGARAI)
    [fact] = act(case, command, a_context(TRIAGE_OFFICER)).events
    stated = fact.model_dump(
        include={"unit_id", "category", "kelurahan_code", "area_name", "rule_id", "rule_version",
                 "confidence", "routed_by"}
    )  # fmt: skip
    assert stated == {
        "unit_id": BINA_MARGA, "category": "jalan", "kelurahan_code": MANGGARAI,
        "area_name": "Manggarai", "rule_id": "triage-desk", "rule_version": 1, "confidence": 1.0,
        "routed_by": "triage",
    }  # fmt: skip
