"""Who may read the whole of a confidential report's words. Pure.

As with its pictures: what tells who the reporter is concerns nobody who repairs a lamp. Who judges
the case, or finds its unit, may need it, and says why.
"""

from services.routing.case.reasons import ERASED, NOT_MASKED, not_yours
from services.routing.case.relations import Relation, relations
from services.routing.domain import Actor, Case
from shared.errors import Conflict, DomainError, Forbidden, Gone
from shared.units import Units

OPENED_BY = frozenset({Relation.REVIEWER, Relation.TRIAGE})


def opening_barred(case: Case, actor: Actor, units: Units) -> DomainError | None:
    """Why the officer may not read the whole; None: nothing stands against it."""
    if not case.confidential:
        return Conflict(NOT_MASKED)
    if not OPENED_BY & relations(case, actor, units):
        return Forbidden(not_yours(OPENED_BY))
    return Gone(ERASED) if case.erased else None
