"""What is open to an officer in the cases that he is shown, as `act` would decide now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.case.commands import RejectCase
from services.routing.case.transitions import TRANSITIONS, Openings, openings
from services.routing.contents import Contents
from services.routing.domain import Actor, Case, Context
from services.routing.placing.atlas import Atlas
from services.routing.site_checks import NO_SITE_CHECKS, SiteChecks
from services.routing.store import CaseStore
from services.routing.team.store import Colleague
from services.routing.texts.store import NOTHING_SHOWN, Shown
from services.routing.work.acts import WORKERS
from services.routing.work.store import Known, known_of
from shared.auth import role_needed
from shared.clock import Clock
from shared.errors import Forbidden
from shared.events.vocabulary import CaseState
from shared.fences import set_sight
from shared.visibility import SYSTEM


@dataclass(frozen=True, slots=True)
class Offer:
    """A case, what must be known to say what is open in it, and its reporter's first words."""

    case: Case
    context: Context
    shown: Shown = NOTHING_SHOWN
    assignee: Colleague | None = None
    """Who has the case in hand; known to officers of the unit that holds it."""

    @property
    def openings(self) -> Openings:
        """As the door of the commands and `act` decide."""
        actor = self.context.actor
        if actor is not None and actor.role not in WORKERS:
            return dict.fromkeys(TRANSITIONS, Forbidden(role_needed(WORKERS)))
        return openings(self.case, self.context)

    @property
    def rests_on_silence(self) -> bool:
        """The case may be rejected only because the reporter has not answered."""
        begun = self.case.state is not CaseState.RECEIVED
        return begun and self.openings[RejectCase] is None


@dataclass(frozen=True, slots=True)
class Offers:
    store: CaseStore
    contents: Contents
    atlas: Atlas
    clock: Clock
    site_checks: SiteChecks = NO_SITE_CHECKS

    async def of(
        self, connection: AsyncConnection, cases: Sequence[Case], actor: Actor
    ) -> Mapping[UUID, Offer]:
        """By complaint, from one query for all. Words that the reporter has written and that no
        event has told yet are not known here; see `with_words_on_their_way`.

        Last in its transaction: a case that was merged into one of them counts also where the
        officer does not see it, so that from here on the transaction shows all.
        """
        await set_sight(connection, SYSTEM)
        known = await known_of(connection, [case.complaint_id for case in cases], actor.unit)
        now = self.clock()
        categories = self.atlas.tables(now).categories.categories

        def offer(case: Case, found: Known) -> Offer:
            context = Context(
                now, self.atlas.units, categories, actor=actor, has_children=found.has_children,
                drawn=self.site_checks.drawn(case.complaint_id),
            )  # fmt: skip
            return Offer(case, context, found.shown, found.assignee)

        return {case.complaint_id: offer(case, known[case.complaint_id]) for case in cases}

    async def with_words_on_their_way(self, offer: Offer) -> Offer:
        """Asks intake, outside of any transaction, where what is open depends on it.

        Raises Transient while intake is away.
        """
        if not offer.rests_on_silence:
            return offer
        filed = await self.contents.filed(offer.case.complaint_id)
        return replace(offer, context=replace(offer.context, filed=filed))
