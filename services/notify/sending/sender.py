"""The sender: leases what is due, asks whom and with which words, calls out, records the outcome.

No network inside a transaction: one short transaction leases, one records. A sender that dies
between the two leaves leases that run out; the messages are then sent again under the same key.
That is at least once towards the provider, and once towards the person where the provider honours
the key. Contacts, tracking codes and officers' words live in memory for the round, and nowhere
else.
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from time import monotonic
from uuid import UUID

from services.notify.domain import DeliveryStatus
from services.notify.providers.adapter import Reply
from services.notify.providers.registry import Adapters, usable
from services.notify.sending import contacts, officer_words
from services.notify.sending.contacts import Contact, Vault
from services.notify.sending.outcomes import (
    Erased,
    NoReplyPath,
    Persistence,
    Refused,
    Result,
    TryLater,
    conclude,
)
from services.notify.settings import NotifySettings
from services.notify.store import AWAITING_WORDS, Lease, NotifyStore
from services.notify.wording.templates import render
from shared.errors import Reject, Transient
from shared.faults import FaultPoints
from shared.officer_words import ClaimedWords, Routing, claim_officer_words
from shared.retry import RetryPolicy
from shared.telemetry import describe, get_logger
from shared.work import Works

VAULT_PAUSE = timedelta(seconds=2)
WORDS_PAUSE = timedelta(seconds=5)
RECORD_PAUSE_SECONDS = 0.5


@dataclass(slots=True)
class _Round:
    """One step's calls: until when new ones may begin, and who has not answered in it."""

    words: Mapping[UUID, str]
    contacts: Mapping[UUID, Contact]
    deadline: float
    away: set[str] = field(default_factory=set)


class Sender:
    """``step`` is one round: it returns how many deliveries it handled."""

    def __init__(
        self,
        works: Works,
        store: NotifyStore,
        vault: Vault,
        routing: Routing,
        adapters: Adapters,
        faults: FaultPoints,
        settings: NotifySettings,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._works = works
        self._store = store
        self._vault = vault
        self._routing = routing
        self._adapters = adapters
        self._faults = faults
        self._settings = settings
        self._jitter = jitter
        self._backoff = RetryPolicy(settings.backoff_seconds, settings.backoff_cap_seconds)
        self._persistence = Persistence(
            settings.max_attempts, timedelta(seconds=settings.backoff_cap_seconds)
        )
        self._lines: dict[str, asyncio.Semaphore] = {}
        self._log = get_logger("notify")

    async def step(self) -> int:
        """Raises Transient while vault or database are away; nothing is lost by it."""
        began = monotonic()
        leased = await self._lease()
        if not leased:
            return 0
        # Words first: nobody's sealed contact is opened for a message that cannot go yet.
        leases, words = await self._with_words(leased)
        if not leases:
            return len(leased)
        known = await self._contacts(leases)
        # Half of the lease is for calls that have begun and for the recording.
        around = _Round(words, known, began + self._settings.lease_seconds / 2)
        results = await self._send_all(leases, around)
        self._faults.reach("sender.after_call")
        await self._record(results, began + self._settings.lease_seconds)
        return len(leased)

    async def _lease(self) -> list[Lease]:
        async with self._works.open() as work:
            until = work.now + timedelta(seconds=self._settings.lease_seconds)
            return await self._store.lease(
                work.connection, work.now, until, self._settings.lease_batch
            )

    async def _with_words(
        self, leases: Sequence[Lease]
    ) -> tuple[Sequence[Lease], Mapping[UUID, str]]:
        """Asks for all in one call; a message whose words cannot be had is given back."""
        refs = officer_words.wanted(leases)
        if not refs:
            return leases, {}
        claimed = await self._claim_words(refs)
        now, later = officer_words.apart_without_words(leases, claimed.not_understood)
        if later:
            await self._give_back(later, WORDS_PAUSE, AWAITING_WORDS)
        return now, claimed.said

    async def _claim_words(self, refs: Sequence[UUID]) -> ClaimedWords:
        """While routing is away all of ``refs`` count as not understood."""
        try:
            claimed = await claim_officer_words(self._routing, refs)
        except (Transient, Reject) as error:
            self._log.warning("words_not_to_be_had", error=describe(error), count=len(refs))
            return ClaimedWords(not_understood=frozenset(refs))
        if claimed.not_understood:
            self._log.warning("words_not_understood", count=len(claimed.not_understood))
        return claimed

    async def _contacts(self, leases: Sequence[Lease]) -> Mapping[UUID, Contact]:
        """Asks for all in one call; an erased reporter is not asked for."""
        wanted = {lease.case.reporter_ref: lease for lease in leases if not lease.case.erased}
        if not wanted:
            return {}
        try:
            claimed = await contacts.claim(self._vault, wanted)
        except (Transient, Reject):
            await self._give_back(leases, VAULT_PAUSE)
            raise
        if claimed.not_understood:
            self._log.warning("contacts_not_understood", count=claimed.not_understood)
        return claimed.by_reporter

    async def _give_back(
        self, leases: Sequence[Lease], pause: timedelta, reason: str | None = None
    ) -> None:
        """Untried. ``reason``: what the messages that carry words wait for."""
        async with self._works.open() as work:
            waiting = [
                replace(
                    lease.delivery,
                    status=DeliveryStatus.WAITING,
                    next_attempt_at=work.now + pause,
                    reason=reason if lease.delivery.words_ref else None,
                )
                for lease in leases
            ]
            await self._store.conclude(work.connection, waiting, work.now, counted=False)

    async def _send_all(
        self, leases: Sequence[Lease], around: _Round
    ) -> list[tuple[Lease, Result]]:
        """Complaints side by side, the messages of one complaint in their order."""
        by_complaint: dict[UUID, list[Lease]] = {}
        for lease in leases:
            by_complaint.setdefault(lease.case.complaint_id, []).append(lease)
        rows = await asyncio.gather(
            *(self._send_in_order(own, around) for own in by_complaint.values())
        )
        return [result for row in rows for result in row]

    async def _send_in_order(
        self, leases: Sequence[Lease], around: _Round
    ) -> list[tuple[Lease, Result]]:
        results: list[tuple[Lease, Result]] = []
        for lease in leases:
            # A bug that one message meets must not take its neighbours along: it counts as a try.
            (outcome,) = await asyncio.gather(self._send(lease, around), return_exceptions=True)
            if isinstance(outcome, BaseException):
                self._log.error(
                    "delivery_bug",
                    error=describe(outcome),
                    complaint_id=str(lease.case.complaint_id),
                    template=lease.delivery.template,
                )
                outcome = TryLater()
            results.append((lease, outcome))
        return results

    async def _send(self, lease: Lease, around: _Round) -> Result:
        if lease.case.erased:
            return Erased()
        contact = around.contacts.get(lease.case.reporter_ref)
        if contact is None or contact.status in ("unknown", "unreadable"):
            # A row may be put right from a backup; each try counts, so it is not for ever.
            return TryLater()
        if contact.status == "gone":
            return Erased()
        paths = usable(contact.ways, lease.delivery.template)
        if not paths:
            # A way of an unknown kind may be known after the next upgrade of this service.
            return TryLater() if contact.ways_not_understood else NoReplyPath()
        return await self._try_paths(lease, contact, paths, around)

    async def _try_paths(
        self, lease: Lease, contact: Contact, paths: Sequence[Reply], around: _Round
    ) -> Result:
        """The preferred way; the next one only when a provider says no for good."""
        ref = lease.delivery.words_ref
        message = render(
            lease.delivery,
            lease.case,
            contact.tracking_code or "",
            self._settings.tracking_site,
            around.words.get(ref) if ref else None,
        )
        outcome: Result = NoReplyPath()
        for path in paths:
            adapter = self._adapters.of(lease.case.channel, path.kind)
            async with self._line(adapter.name):
                if adapter.name in around.away or monotonic() > around.deadline:
                    return TryLater()
                outcome = await adapter.send(message, path)
            if isinstance(outcome, TryLater) and outcome.away:
                around.away.add(adapter.name)
            if not isinstance(outcome, Refused):
                return outcome
        return outcome

    def _line(self, name: str) -> asyncio.Semaphore:
        if name not in self._lines:
            self._lines[name] = asyncio.Semaphore(self._settings.calls_per_gateway)
        return self._lines[name]

    async def _record(self, results: Sequence[tuple[Lease, Result]], deadline: float) -> None:
        """Tried until the leases run out: what was sent should not be sent again."""
        while True:
            try:
                await self._record_once(results)
            except Transient:
                if monotonic() > deadline:
                    raise
                await asyncio.sleep(RECORD_PAUSE_SECONDS)
            else:
                return

    async def _record_once(self, results: Sequence[tuple[Lease, Result]]) -> None:
        async with self._works.open() as work:
            concluded = [
                conclude(lease.delivery, result, work.now, self._pause(lease), self._persistence)
                for lease, result in results
            ]
            held = await self._store.conclude(
                work.connection, [decision.state for decision in concluded], work.now
            )
            for decision in concluded:
                delivery = decision.state
                if delivery.id in held:
                    work.record(
                        *decision.events, cause=delivery.cause, traceparent=delivery.traceparent
                    )

    def _pause(self, lease: Lease) -> timedelta:
        return timedelta(
            seconds=self._backoff.delay(max(lease.delivery.attempt, 1), self._jitter())
        )
