"""What several commands check or do alike. Pure."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services.routing.domain import Case, Context, Duty
from shared.errors import Conflict, Forbidden, Malformed
from shared.events.routing import CaseEvent

FURTHEST_PROMISE = timedelta(days=366)
"""A completion date further away is a slip of the pen."""

Effect = tuple[Case, CaseEvent]
"""The case after a command, and the fact to tell."""


def note_id(context: Context) -> UUID:
    if context.note_id is None:
        raise Malformed("A text is needed.", field="note")
    return context.note_id


def subject(context: Context) -> str:
    if context.actor is None:
        raise Forbidden("An officer must give this command.")
    return context.actor.subject


def refuse_author(author: str | None, context: Context) -> None:
    if author is not None and author == subject(context):
        raise Forbidden("Who filed it may not decide on it. Ask a colleague (four eyes).")


def promise(complete_by: datetime, context: Context) -> datetime:
    if not context.now < complete_by <= context.now + FURTHEST_PROMISE:
        raise Malformed("Name a time in the future, within a year.", field="complete_by")
    return complete_by


def receiver(case: Case, unit_id: str, field: str, context: Context) -> str:
    """The unit a case may be handed to; never the one that is complained of, nor one beneath it."""
    unit = context.units.find(unit_id)
    if unit is None or unit.duty is Duty.TRIAGE:
        raise Malformed("No such unit. GET /v1/units lists them.", field=field)
    if case.about_unit is not None and context.units.is_within(unit_id, case.about_unit):
        raise Conflict("The complaint is about that unit. Choose another.", field=field)
    return unit_id


def handed_over(case: Case, unit_id: str, sender: str | None) -> Case:
    """The case with another holder: what the last one had under way is void."""
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
