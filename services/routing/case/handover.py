"""Who holds a case: accept it, pass it on, give it back, assign it. Pure.

Each function is the effect of a row in `transitions.TRANSITIONS`. The case that it gets has the
state and version after the command already, as the row says; ``former_state`` is the one before.
Raises Conflict, Forbidden (four eyes), Malformed.
"""

from dataclasses import replace

from services.routing.case.checks import Effect, handed_over, note_id, passed_on, receiver
from services.routing.case.commands import (
    AcceptCase,
    AssignFromTriage,
    CoordinateCase,
    DelegateCase,
    ReturnCase,
)
from services.routing.domain import Case, Context, Routed, routed_fact, state_fact
from shared.errors import Conflict, Malformed
from shared.events.routing import CaseAccepted, CaseCoordinated, CaseDelegated, CaseReturned
from shared.events.vocabulary import UnitKind

TRIAGE_DESK_RULE = "triage-desk"
AREAS = frozenset({UnitKind.REGION, UnitKind.KECAMATAN, UnitKind.KELURAHAN})
"""Areas lie beneath one another, but they do not delegate (*disposisi*): a city coordinates with
its kecamatan."""


def accept(case: Case, _: AcceptCase, context: Context) -> Effect:
    if case.accepted:
        raise Conflict("The case is already accepted.")
    after = replace(case, accepted=True)
    return after, state_fact(CaseAccepted, after, context)


def coordinate(case: Case, command: CoordinateCase, context: Context) -> Effect:
    to_unit = receiver(case, command.to_unit, "to_unit", context)
    if to_unit == case.unit_id:
        raise Conflict("Your unit holds the case already.", field="to_unit")
    after = passed_on(case, to_unit, case.unit_id)
    return after, state_fact(
        CaseCoordinated, after, context, from_unit_id=case.unit_id, note_ref=context.note_id
    )


def delegate(case: Case, command: DelegateCase, context: Context) -> Effect:
    to_unit = receiver(case, command.to_unit, "to_unit", context)
    found = context.units.find(to_unit)
    if found is None or found.parent != case.unit_id or found.kind in AREAS:
        raise Conflict("Delegate only to a unit of your own. Else coordinate.", field="to_unit")
    after = passed_on(case, to_unit, case.unit_id)
    return after, state_fact(
        CaseDelegated, after, context, from_unit_id=case.unit_id, note_ref=context.note_id
    )


def give_back(case: Case, _: ReturnCase, context: Context) -> Effect:
    if case.sender is None:
        raise Conflict("No unit passed this case on. Coordinate it with the responsible one.")
    after = passed_on(case, case.sender, None)
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
