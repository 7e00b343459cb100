"""What sla does with the events of the stream."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.sla.clocks import CaseClocks, Policies
from services.sla.domain import HEARS, Context, JudgedUnit, decide
from services.sla.reviewers import Reviewers
from services.sla.store import ClockStore
from shared.decision import Decision
from shared.events.event import Envelope, Event
from shared.events.facts import ClaimedFacts
from shared.events.holders import ClaimedHolders, holder_of
from shared.events.routing import FollowUpSubmitted, PlanSubmitted
from shared.facts_claim import FactsClaim
from shared.fold import fold
from shared.holders_claim import HoldersClaim
from shared.work import Work


@dataclass(frozen=True, slots=True)
class Prepared:
    """What others told about a batch: routing who judges, intake what the stream does not tell."""

    reviewers: Mapping[JudgedUnit, str]
    facts: ClaimedFacts
    holders: ClaimedHolders


class SlaHandler:
    """Sets, moves and stops the clocks of complaints."""

    hears: frozenset[type[Event]] = HEARS

    def __init__(
        self,
        store: ClockStore,
        policies: Policies,
        reviewers: Reviewers,
        facts: FactsClaim,
        holders: HoldersClaim,
    ) -> None:
        self._store = store
        self._policies = policies
        self._reviewers = reviewers
        self._facts = facts
        self._holders = holders

    async def prepare(self, envelopes: Sequence[Envelope]) -> Prepared:
        """Who judges the plans and follow-ups of the batch, and what the stream does not tell of
        its complaints and cases.

        Raises Transient, and Reject for an event whose holder routing does not know.
        """
        facts, holders = await asyncio.gather(
            self._facts.claim(envelopes), self._holders.claim(envelopes)
        )
        judged = [
            (event.complaint_id, holder_of(event, holders).unit_id)
            for event in (envelope.event for envelope in envelopes)
            if isinstance(event, PlanSubmitted | FollowUpSubmitted)
        ]
        reviewers = await self._reviewers.claim(list(dict.fromkeys(judged)))
        return Prepared(reviewers, facts, holders)

    async def apply(self, work: Work, envelopes: Sequence[Envelope], prepared: Prepared) -> None:
        def decide_one(case: CaseClocks | None, envelope: Envelope) -> Decision[CaseClocks | None]:
            context = Context(
                work.now, self._policies, envelope.id,
                prepared.reviewers, prepared.facts, prepared.holders,
            )  # fmt: skip
            return decide(case, envelope.event, context)

        await fold(work, envelopes, self._store, decide_one)
