"""Which messages carry officers' words, and which of them wait for those words. Pure."""

from collections.abc import Sequence, Set
from uuid import UUID

from services.notify.domain import Lease


def wanted(leases: Sequence[Lease]) -> list[UUID]:
    """The refs of the words that the messages carry, each once, none for an erased reporter."""
    refs = (lease.delivery.words_ref for lease in leases if not lease.case.erased)
    return sorted({ref for ref in refs if ref is not None})


def apart_without_words(
    leases: Sequence[Lease], missing: Set[UUID]
) -> tuple[list[Lease], list[Lease]]:
    """Which messages can go now, and which wait because their words are ``missing``."""
    now: list[Lease] = []
    later: list[Lease] = []
    for lease in leases:
        waits = lease.delivery.words_ref in missing and not lease.case.erased
        (later if waits else now).append(lease)
    return now, later
