"""The door of the stream: a batch of events is one load, one fold, one save."""

from collections.abc import Sequence

from services.tracking.domain import HEARS, CaseRecord, decide
from services.tracking.store import CaseRecords
from shared.decision import Decision
from shared.events.event import Envelope, Event
from shared.events.facts import ClaimedFacts
from shared.facts_claim import FactsClaim
from shared.fold import fold
from shared.unit_table import load_units
from shared.work import Work


class TrackingHandler:
    hears: frozenset[type[Event]] = HEARS

    def __init__(self, facts: FactsClaim) -> None:
        self._views = CaseRecords(load_units())
        self._facts = facts

    async def prepare(self, envelopes: Sequence[Envelope]) -> ClaimedFacts:
        """What the stream does not tell of confidential complaints. Raises Transient."""
        return await self._facts.claim(envelopes)

    async def apply(
        self, work: Work, envelopes: Sequence[Envelope], prepared: ClaimedFacts
    ) -> None:
        def decide_one(view: CaseRecord | None, envelope: Envelope) -> Decision[CaseRecord | None]:
            return decide(view, envelope, prepared)

        await fold(work, envelopes, self._views, decide_one)
