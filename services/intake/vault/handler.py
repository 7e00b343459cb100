"""Erasure: the vault hears it on the stream and deletes what it holds."""

from collections.abc import Sequence

from services.intake.vault import store
from shared.events.event import Envelope, Event
from shared.events.intake import ReporterErased
from shared.work import Work


class ErasureHandler:
    hears: frozenset[type[Event]] = frozenset({ReporterErased})

    async def prepare(self, envelopes: Sequence[Envelope]) -> None:
        """Nothing is needed from elsewhere."""

    async def apply(self, work: Work, envelopes: Sequence[Envelope], prepared: None) -> None:
        await store.erase(
            work.connection,
            {envelope.complaint_id: envelope.event.at for envelope in envelopes},
        )
