"""From an event of the stream to a delivery row; nothing is sent here."""

from collections.abc import Sequence
from typing import Any

from services.notify.domain import HEARS, Case, decide
from services.notify.store import NotifyStore
from shared.decision import Decision
from shared.events.event import Envelope, Event
from shared.fold import fold
from shared.ids import derived_id
from shared.work import Work


class NotifyHandler:
    """What notify does with the events it hears."""

    hears: frozenset[type[Event]] = HEARS

    def __init__(self, store: NotifyStore) -> None:
        self._store = store

    async def prepare(self, envelopes: Sequence[Envelope]) -> Any:
        """Asks nobody: contacts and officers' words are claimed when a message is sent."""
        return None

    async def apply(self, work: Work, envelopes: Sequence[Envelope], prepared: Any) -> None:
        def decide_now(case: Case | None, envelope: Envelope) -> Decision[Case | None]:
            return decide(case, envelope, work.now, derived_id)

        await fold(work, envelopes, self._store, decide_now)
