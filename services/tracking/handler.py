"""The door of the stream: a batch of events is one load, one fold, one save."""

from collections.abc import Sequence
from typing import Any

from services.tracking.domain import HEARS, decide
from services.tracking.store import CaseRecords
from shared.events.event import Envelope, Event
from shared.fold import fold
from shared.work import Work


class TrackingHandler:
    hears: frozenset[type[Event]] = HEARS

    def __init__(self) -> None:
        self._views = CaseRecords()

    async def prepare(self, envelopes: Sequence[Envelope]) -> Any:
        """Nothing is asked of other services."""
        return None

    async def apply(self, work: Work, envelopes: Sequence[Envelope], prepared: Any) -> None:
        await fold(work, envelopes, self._views, decide)
