"""Checks and changes that several commands share. Pure."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services.routing.case.reasons import COMPLAINED_OF, FOUR_EYES
from services.routing.domain import Case, Context
from shared.errors import Conflict, DomainError, Forbidden, Malformed
from shared.events.routing import CaseEvent
from shared.reviewing import concerns
from shared.units import Duty, Unit, Units

FURTHEST_PROMISE = timedelta(days=366)
"""A completion date further away than this is taken for a typing error."""

Effect = tuple[Case, CaseEvent]
"""The case after a command, and the event that tells of it."""


def note_id(context: Context) -> UUID:
    """The id under which the command's text is stored. Raises Malformed without a text."""
    if context.note_id is None:
        raise Malformed("A text is needed.", field="note")
    return context.note_id


def subject(context: Context) -> str:
    """The opaque id of the officer. Raises Forbidden without an officer."""
    if context.actor is None:
        raise Forbidden("An officer must give this command.")
    return context.actor.subject


Guard = Callable[[Case, Context], DomainError | None]
"""Why a command would be refused now, whatever it says; None where nothing stands against it. The
case is the one before the command."""


def nothing_else(_: Case, __: Context) -> None:
    """The guard of a command that state and relation alone decide on."""


def own_work(author: str | None, context: Context) -> Forbidden | None:
    """Four eyes: nobody decides on what he has filed himself."""
    own = author is not None and author == subject(context)
    return Forbidden(FOUR_EYES) if own else None


def promise(complete_by: datetime, context: Context) -> datetime:
    """``complete_by``, if it can be promised. Raises Malformed."""
    if not context.now < complete_by <= context.now + FURTHEST_PROMISE:
        raise Malformed("Name a time in the future, within a year.", field="complete_by")
    return complete_by


def may_receive(case: Case, unit: Unit, units: Units) -> bool:
    """Whether the case may be handed to the unit. Never to the unit that is complained of, nor to
    one beneath it: it would judge itself. The triage desk takes none: it finds units for others."""
    return unit.duty is not Duty.TRIAGE and not concerns(case.about_unit, unit.id, units)


def receiver(case: Case, unit_id: str, field: str, context: Context) -> str:
    """``unit_id``, if the case may be handed to that unit. Raises Malformed, Conflict."""
    unit = context.units.find(unit_id)
    if unit is None or unit.duty is Duty.TRIAGE:
        raise Malformed("No such unit. GET /v1/units lists them.", field=field)
    if not may_receive(case, unit, context.units):
        raise Conflict(COMPLAINED_OF, field=field)
    return unit_id


def passed_on(case: Case, unit_id: str, sender: str | None) -> Case:
    """`handed_over` by the holder itself, which watches the case from now on."""
    others = (watcher for watcher in case.watchers if watcher not in (case.unit_id, unit_id))
    after = handed_over(case, unit_id, sender)
    return replace(after, watchers=(*others, case.unit_id))


def handed_over(case: Case, unit_id: str, sender: str | None) -> Case:
    """The case with another holder. Plan and requests of the last holder count no longer."""
    return replace(
        case,
        unit_id=unit_id,
        sender=sender,
        accepted=False,
        plan_ref=None,
        plan_author=None,
        plan_from=None,
        plan_approved=False,
        extension_author=None,
        extension_until=None,
    )
