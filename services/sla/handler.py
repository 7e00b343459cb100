"""The stream's door to the clocks."""

from collections.abc import Sequence

from services.sla.clocks import CaseClocks, Policies
from services.sla.domain import HEARS, Context, decide
from services.sla.store import ClockStore
from shared.decision import Decision
from shared.events.event import Envelope, Event
from shared.fold import fold
from shared.work import Work


class SlaHandler:
    """Sets, moves and stops the clocks of complaints."""

    hears: frozenset[type[Event]] = HEARS

    def __init__(self, store: ClockStore, policies: Policies) -> None:
        self._store = store
        self._policies = policies

    async def prepare(self, envelopes: Sequence[Envelope]) -> None:
        """Nothing to fetch: an event says all that a clock needs."""

    async def apply(self, work: Work, envelopes: Sequence[Envelope], prepared: None) -> None:
        def decide_one(case: CaseClocks | None, envelope: Envelope) -> Decision[CaseClocks | None]:
            context = Context(work.now, self._policies, envelope.id)
            return decide(case, envelope.event, context)

        await fold(work, envelopes, self._store, decide_one)
