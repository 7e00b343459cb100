"""The door of the stream: a batch of events is one load, one fold, one save."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from services.tracking.digests import ClaimedDigests, DigestsClaim, with_digest
from services.tracking.domain import HEARS, CaseRecord, decide
from services.tracking.store import CaseRecords
from shared.decision import Decision
from shared.events.event import Envelope, Event
from shared.events.facts import ClaimedFacts
from shared.events.holders import ClaimedHolders, with_holder
from shared.facts_claim import FactsClaim
from shared.fold import fold
from shared.holders_claim import HoldersClaim
from shared.unit_table import load_units
from shared.work import Work


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the stream does not tell of a batch: facts of complaints, holders of cases, and digests
    of tracking codes by a key of now."""

    facts: ClaimedFacts
    holders: ClaimedHolders
    digests: ClaimedDigests


class TrackingHandler:
    hears: frozenset[type[Event]] = HEARS

    def __init__(self, facts: FactsClaim, holders: HoldersClaim, digests: DigestsClaim) -> None:
        self._views = CaseRecords(load_units())
        self._facts = facts
        self._holders = holders
        self._digests = digests

    async def prepare(self, envelopes: Sequence[Envelope]) -> Prepared:
        """Asks intake and routing for what the stream does not tell. Raises Transient."""
        facts, holders, digests = await asyncio.gather(
            self._facts.claim(envelopes),
            self._holders.claim(envelopes),
            self._digests.claim(envelopes),
        )
        return Prepared(facts, holders, digests)

    async def apply(self, work: Work, envelopes: Sequence[Envelope], prepared: Prepared) -> None:
        def decide_one(view: CaseRecord | None, envelope: Envelope) -> Decision[CaseRecord | None]:
            told = with_digest(with_holder(envelope, prepared.holders), prepared.digests)
            return decide(view, told, prepared.facts)

        await fold(work, envelopes, self._views, decide_one)
