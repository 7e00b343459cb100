"""Which messages carry officers' words, and which must wait for them. Pure."""

from collections.abc import Sequence
from uuid import UUID

from services.notify.store import Lease


def wanted(leases: Sequence[Lease]) -> list[UUID]:
    """Refs of the words that the messages carry, each once; an erased reporter gets none."""
    refs = (lease.delivery.words_ref for lease in leases if not lease.case.erased)
    return sorted({ref for ref in refs if ref is not None})


def apart_without_words(leases: Sequence[Lease]) -> tuple[list[Lease], list[Lease]]:
    """Who can be told though routing is away, and who must wait; ``leases`` by their ``seq``.

    What carries words waits, and so does what comes after it about the same complaint: a reporter
    reads the question before the news that follows it.
    """
    now: list[Lease] = []
    later: list[Lease] = []
    waiting: set[UUID] = set()
    for lease in leases:
        if lease.delivery.words_ref is not None and not lease.case.erased:
            waiting.add(lease.case.complaint_id)
        (later if lease.case.complaint_id in waiting else now).append(lease)
    return now, later
