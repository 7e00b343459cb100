"""What was applied, a line of the log for two seconds: ids of events by that of their complaint.

A line for each event would cost more than all else that is logged of a complaint together; so would
one for each batch, as a batch of a quiet hour is one event.
"""

from collections.abc import Iterable
from time import monotonic

from structlog.stdlib import BoundLogger

from shared.events.event import Envelope

SECONDS = 2.0
EVENTS = 200
"""At most so many in a line, and those of one batch more."""


def ids_by_complaint(envelopes: Iterable[Envelope]) -> dict[str, list[str]]:
    """Of each event the last twelve digits of its id: within a complaint no two are the same."""
    found: dict[str, list[str]] = {}
    for envelope in envelopes:
        found.setdefault(str(envelope.complaint_id), []).append(str(envelope.id)[-12:])
    return found


class AppliedLog:
    """Collects what is applied, and writes it down when its time is over."""

    def __init__(self, log: BoundLogger) -> None:
        self._log = log
        self._collected: list[Envelope] = []
        self._since = 0.0

    def add(self, applied: Iterable[Envelope]) -> None:
        """What a transaction has applied that is committed."""
        if not self._collected:
            self._since = monotonic()
        self._collected.extend(applied)

    def write_when_due(self) -> None:
        full = len(self._collected) >= EVENTS
        if full or (self._collected and monotonic() - self._since >= SECONDS):
            self.write()

    def write(self) -> None:
        """What is collected; nothing when nothing is."""
        if self._collected:
            self._log.info("applied", applied=ids_by_complaint(self._collected))
            self._collected = []
