"""Who holds a case: accept it, pass it on, give it back, assign it. Pure.

Each function is the effect of a row in `transitions.TRANSITIONS`. The case that it gets has the
state and version after the command already, as the row says; ``former_state`` is the one before.
Raises Conflict and Malformed for what the command says. The guard beside it says what stands
against the command whatever it says.
"""

from dataclasses import replace
from typing import cast

from services.routing.case.checks import (
    Effect,
    handed_over,
    may_receive,
    note_id,
    passed_on,
    receiver,
)
from services.routing.case.commands import (
    AcceptCase,
    AssignFromTriage,
    CoordinateCase,
    DelegateCase,
    ReturnCase,
)
from services.routing.case.reasons import (
    ACCEPTED_ALREADY,
    HELD_ALREADY,
    NO_UNIT_BENEATH,
    NOT_BENEATH,
    NOT_PASSED_ON,
)
from services.routing.domain import Case, Context, Routed, routed_fact, state_fact
from shared.errors import Conflict, Malformed
from shared.events.routing import CaseAccepted, CaseCoordinated, CaseDelegated, CaseReturned
from shared.events.vocabulary import UnitKind

TRIAGE_DESK_RULE = "triage-desk"
AREAS = frozenset({UnitKind.REGION, UnitKind.KECAMATAN, UnitKind.KELURAHAN})
"""Areas lie beneath one another, but they do not delegate (*disposisi*): a city coordinates with
its kecamatan."""


def acceptance_barred(case: Case, _: Context) -> Conflict | None:
    return Conflict(ACCEPTED_ALREADY) if case.accepted else None


def accept(case: Case, _: AcceptCase, context: Context) -> Effect:
    after = replace(case, accepted=True)
    return after, state_fact(CaseAccepted, after, context)


def coordinate(case: Case, command: CoordinateCase, context: Context) -> Effect:
    to_unit = receiver(case, command.to_unit, "to_unit", context)
    if to_unit == case.unit_id:
        raise Conflict(HELD_ALREADY, field="to_unit")
    after = passed_on(case, to_unit, case.unit_id)
    return after, state_fact(
        CaseCoordinated, after, context, from_unit_id=case.unit_id, note_ref=context.note_id
    )


def _beneath(case: Case, context: Context) -> frozenset[str]:
    """The units of its own to which the holder may delegate the case."""
    units = context.units
    return frozenset(
        unit.id
        for unit in units.children(case.unit_id)
        if unit.kind not in AREAS and may_receive(case, unit, units)
    )


def delegation_barred(case: Case, context: Context) -> Conflict | None:
    return None if _beneath(case, context) else Conflict(NO_UNIT_BENEATH)


def delegate(case: Case, command: DelegateCase, context: Context) -> Effect:
    to_unit = receiver(case, command.to_unit, "to_unit", context)
    if to_unit not in _beneath(case, context):
        raise Conflict(NOT_BENEATH, field="to_unit")
    after = passed_on(case, to_unit, case.unit_id)
    return after, state_fact(
        CaseDelegated, after, context, from_unit_id=case.unit_id, note_ref=context.note_id
    )


def return_barred(case: Case, _: Context) -> Conflict | None:
    return Conflict(NOT_PASSED_ON) if case.sender is None else None


def give_back(case: Case, _: ReturnCase, context: Context) -> Effect:
    sender = cast("str", case.sender)  # The guard has seen to it.
    after = passed_on(case, sender, None)
    return after, state_fact(
        CaseReturned, after, context, from_unit_id=case.unit_id, note_ref=note_id(context)
    )


def assign(case: Case, command: AssignFromTriage, context: Context) -> Effect:
    unit_id = receiver(case, command.unit, "unit", context)
    if command.category not in context.categories:
        raise Malformed("No such category. GET /v1/categories lists them.", field="category")
    code, area = case.kelurahan_code, case.area_name
    if command.kelurahan is not None:
        code, area = _kelurahan(command.kelurahan, context)
    after = replace(
        handed_over(case, unit_id, None), category=command.category, kelurahan_code=code,
        area_name=area,
        approximate_area=case.approximate_area and command.kelurahan is None,
    )  # fmt: skip
    found = Routed(unit_id, command.category, TRIAGE_DESK_RULE, 1, 1.0, code, area)
    return after, routed_fact(after, found, context, "triage")


def _kelurahan(code: str, context: Context) -> tuple[str, str]:
    unit = context.units.find(code)
    if unit is None or unit.kind is not UnitKind.KELURAHAN:
        raise Malformed("No such kelurahan.", field="kelurahan")
    return unit.id, unit.name.removeprefix("Kelurahan ")
