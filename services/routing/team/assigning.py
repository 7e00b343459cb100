"""Who has a case in hand within the unit that holds it. Pure."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.routing.case.reasons import not_yours, wrong_state
from services.routing.case.relations import Relation, relations
from services.routing.domain import Actor, Case
from shared.errors import Conflict, DomainError, Forbidden, Reason
from shared.events.vocabulary import CLOSED_STATES, CaseState
from shared.units import Units

_HOLDERS = frozenset({Relation.HOLDER, Relation.TRIAGE})
_OPEN = frozenset(CaseState) - CLOSED_STATES

WITH_A_COLLEAGUE = Reason(
    "with_a_colleague",
    "A colleague has the case in hand. Read it again; to hand it over, name him in instead_of.",
    "Rekan Anda sudah memegang laporan ini. Bacalah lagi; untuk mengalihkannya, sebutkan"
    " pemegangnya.",
)


class AssigneeChange(BaseModel):
    """Who is to have the case in hand. ``officer_id``: of `GET /v1/officers`; null: nobody."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    officer_id: UUID | None
    instead_of: UUID | None = Field(
        default=None,
        description="Who had it in hand when you read the case. Needed where that is a colleague.",
    )


def assignment_barred(case: Case, actor: Actor, units: Units) -> DomainError | None:
    """What stands against any assignment in the case by this officer."""
    if not relations(case, actor, units) & _HOLDERS:
        return Forbidden(not_yours(_HOLDERS))
    if case.state in CLOSED_STATES:
        return Conflict(wrong_state(case.state, _OPEN))
    return None


def taking_away_barred(
    present: UUID | None, change: AssigneeChange, me: UUID
) -> DomainError | None:
    """Of two officers who take a case at once, the second must hear of the first. So a case is
    taken out of a colleague's hand only by who says that he knows in whose hand it is."""
    if present in (None, me, change.officer_id, change.instead_of):
        return None
    return Conflict(WITH_A_COLLEAGUE, field="instead_of")
