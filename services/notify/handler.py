"""From an event of the stream to a delivery row; nothing is sent here."""

from collections.abc import Sequence

from services.notify.domain import HEARS, Case, decide
from services.notify.store import NotifyStore
from shared.decision import Decision
from shared.events.event import Envelope, Event
from shared.events.facts import ClaimedFacts
from shared.facts_claim import FactsClaim
from shared.fold import fold
from shared.ids import derived_id
from shared.work import Work


class NotifyHandler:
    """What notify does with the events it hears."""

    hears: frozenset[type[Event]] = HEARS

    def __init__(self, store: NotifyStore, facts: FactsClaim) -> None:
        self._store = store
        self._facts = facts

    async def prepare(self, envelopes: Sequence[Envelope]) -> ClaimedFacts:
        """What the stream does not tell of confidential complaints. Raises Transient.

        Contacts and officers' words are claimed when a message is sent.
        """
        return await self._facts.claim(envelopes)

    async def apply(
        self, work: Work, envelopes: Sequence[Envelope], prepared: ClaimedFacts
    ) -> None:
        def decide_now(case: Case | None, envelope: Envelope) -> Decision[Case | None]:
            return decide(case, envelope, work.now, derived_id, prepared)

        await fold(work, envelopes, self._store, decide_now)
