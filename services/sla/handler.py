"""What sla does with the events of the stream."""

from collections.abc import Mapping, Sequence

from services.sla.clocks import CaseClocks, Policies
from services.sla.domain import HEARS, Context, JudgedUnit, decide
from services.sla.reviewers import Reviewers
from services.sla.store import ClockStore
from shared.decision import Decision
from shared.events.event import Envelope, Event
from shared.events.routing import FollowUpSubmitted, PlanSubmitted
from shared.fold import fold
from shared.work import Work


class SlaHandler:
    """Sets, moves and stops the clocks of complaints."""

    hears: frozenset[type[Event]] = HEARS

    def __init__(self, store: ClockStore, policies: Policies, reviewers: Reviewers) -> None:
        self._store = store
        self._policies = policies
        self._reviewers = reviewers

    async def prepare(self, envelopes: Sequence[Envelope]) -> Mapping[JudgedUnit, str]:
        """Who judges the plans and follow-ups of the batch. Raises Transient."""
        judged = [
            (event.complaint_id, event.unit_id)
            for event in (envelope.event for envelope in envelopes)
            if isinstance(event, PlanSubmitted | FollowUpSubmitted)
        ]
        return await self._reviewers.claim(list(dict.fromkeys(judged)))

    async def apply(
        self, work: Work, envelopes: Sequence[Envelope], prepared: Mapping[JudgedUnit, str]
    ) -> None:
        def decide_one(case: CaseClocks | None, envelope: Envelope) -> Decision[CaseClocks | None]:
            context = Context(work.now, self._policies, envelope.id, prepared)
            return decide(case, envelope.event, context)

        await fold(work, envelopes, self._store, decide_one)
