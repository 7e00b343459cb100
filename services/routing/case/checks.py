"""Checks and changes that several commands share. Pure."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services.routing.domain import Case, Context
from shared.errors import Conflict, Forbidden, Malformed
from shared.events.routing import CaseEvent
from shared.reviewing import concerns
from shared.units import Duty

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


def refuse_author(author: str | None, context: Context) -> None:
    """Four eyes: raises Forbidden when the officer would decide on what he has filed himself."""
    if author is not None and author == subject(context):
        raise Forbidden("Who filed it may not decide on it. Ask a colleague (four eyes).")


def promise(complete_by: datetime, context: Context) -> datetime:
    """``complete_by``, if it can be promised. Raises Malformed."""
    if not context.now < complete_by <= context.now + FURTHEST_PROMISE:
        raise Malformed("Name a time in the future, within a year.", field="complete_by")
    return complete_by


def receiver(case: Case, unit_id: str, field: str, context: Context) -> str:
    """``unit_id``, if the case may be handed to that unit. Never to the unit that is complained of,
    nor to one beneath it: it would judge itself."""
    unit = context.units.find(unit_id)
    if unit is None or unit.duty is Duty.TRIAGE:
        raise Malformed("No such unit. GET /v1/units lists them.", field=field)
    if concerns(case.about_unit, unit_id, context.units):
        raise Conflict("The complaint is about that unit. Choose another.", field=field)
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
