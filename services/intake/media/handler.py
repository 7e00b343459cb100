"""Erasure: media hears it on the stream and deletes what the reporter has handed over."""

from collections.abc import Callable, Sequence

from services.intake.media import store
from services.intake.media.domain import HEARS, removed
from shared.events.event import Envelope, Event
from shared.work import Work


class ErasureHandler:
    hears: frozenset[type[Event]] = HEARS

    def __init__(self, on_doomed: Callable[[], None] = lambda: None) -> None:
        """``on_doomed``: objects are to be deleted, soon."""
        self._on_doomed = on_doomed

    async def prepare(self, envelopes: Sequence[Envelope]) -> None:
        """Nothing is needed from elsewhere."""

    async def apply(self, work: Work, envelopes: Sequence[Envelope], prepared: None) -> None:
        causes = {envelope.complaint_id: envelope for envelope in envelopes}
        files = await store.erase(
            work.connection, {key: each.event.at for key, each in causes.items()}, work.now
        )
        for file in files:
            work.record(removed(file, work.now), cause=causes[file.complaint_id].id)
        self._on_doomed()
