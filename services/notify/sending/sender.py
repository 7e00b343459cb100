"""The sender: leases the deliveries that are due, sends their messages, records the outcomes.

No call goes out inside a transaction: one short transaction leases, and one records. When a sender
dies between the two, its leases run out and the messages are sent again under the same keys. So a
provider gets each message at least once, and the reporter gets it once where the provider honours
the key. Contacts, tracking codes and officers' words are in memory during a step, and nowhere else.
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

from services.notify.domain import Delivery, DeliveryStatus, Lease, is_pointless
from services.notify.providers.adapter import Adapter, Reply
from services.notify.providers.registry import Adapters, is_closed, usable
from services.notify.sending import contacts, officer_words
from services.notify.sending.contacts import Contact, Vault
from services.notify.sending.gateways import SUSPICIOUS, HeldBack, held_back, resting
from services.notify.sending.hold import Hold
from services.notify.sending.outcomes import (
    Broken,
    Erased,
    NoReplyPath,
    Outcome,
    Persistence,
    Result,
    Sent,
    Superseded,
    TryLater,
    conclude,
)
from services.notify.settings import NotifySettings
from services.notify.store import AWAITING_WORDS, NotifyStore, name_of
from services.notify.wording.message import Message, render
from shared import set_aside
from shared.errors import Reject, Transient, UnreadableState
from shared.faults import FaultPoints
from shared.officer_words import ClaimedWords, Routing, claim_officer_words
from shared.retry import RetryPolicy
from shared.set_aside import DELIVERIES, BadRow, cause_of, sift
from shared.spans import Spans, Try
from shared.telemetry import Metrics, describe, get_logger
from shared.trace_context import AT_ONCE, trace_id
from shared.visibility import SYSTEM
from shared.work import Works

VAULT_PAUSE = timedelta(seconds=2)
WORDS_PAUSE = timedelta(seconds=5)
RECORD_PAUSE_SECONDS = 0.5

ANSWERED, FAILED = "answered", "failed"
"""What comes of a question to the vault."""


@dataclass(slots=True)
class _Step:
    """What the calls of one step need to know.

    words: officers' words by ref. contacts: by reporter. deadline: no call begins after this
    moment of ``monotonic()``. held: the gateways that are held back. away: what the gateways have
    come to, by name, that take no message in this step. trials: a lock for each gateway that was
    held back and is tried with one message at a time. taking: those that have taken or judged a
    message.
    """

    words: Mapping[UUID, str]
    contacts: Mapping[UUID, Contact]
    deadline: float
    held: Mapping[str, HeldBack]
    away: dict[str, TryLater]
    trials: dict[str, asyncio.Lock] = field(init=False)
    taking: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.trials = {name: asyncio.Lock() for name in self.held.keys() - self.away.keys()}


class Sender:
    """``step`` handles the deliveries that are due, and returns how many they were."""

    def __init__(
        self,
        works: Works,
        store: NotifyStore,
        vault: Vault,
        routing: Routing,
        adapters: Adapters,
        faults: FaultPoints,
        settings: NotifySettings,
        metrics: Metrics,
        jitter: Callable[[], float] = random.random,
        spans: Spans | None = None,
    ) -> None:
        self._works = works
        self._spans = spans
        self._store = store
        self._vault = vault
        self._routing = routing
        self._adapters = adapters
        self._faults = faults
        self._settings = settings
        self._metrics = metrics
        self._jitter = jitter
        self._backoff = RetryPolicy(settings.backoff_seconds, settings.backoff_cap_seconds)
        self._persistence = Persistence(
            settings.max_attempts,
            timedelta(seconds=settings.backoff_cap_seconds),
            timedelta(days=settings.patience_days),
        )
        self._refused_us: dict[str, set[UUID]] = {}
        self._hold = Hold(works, store, settings.hold_seconds)
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._log = get_logger("notify")
        for outcome in (ANSWERED, FAILED):
            # From nought on: of a counter that begins with its first failure no increase is seen.
            metrics.vault_claims.labels(outcome)

    async def step(self) -> int:
        """Raises Transient while the vault or the database is away; the messages stay due."""
        began = monotonic()
        try:
            leased, held, now = await self._hold.take(self._settings.lease_batch)
        except UnreadableState:
            return 1  # They are set aside now; the next step takes the others.
        self._show(held)
        if leased:
            async with self._hold.kept(leased, self._settings.lease_seconds):
                await self._handle(leased, held, now, began)
        return len(leased)

    async def _handle(
        self, leased: Sequence[Lease], held: Mapping[str, HeldBack], now: datetime, began: float
    ) -> None:
        told = await self._drop_pointless(leased, began)
        # The words come first, so that no contact is opened for a message that cannot go yet.
        leases, words = await self._with_words(told)
        if not leases:
            return
        known, leases = await self._contacts(leases)
        # The second half of the lease is kept for calls that have begun and for the recording.
        deadline = began + self._settings.lease_seconds / 2
        step = _Step(words, known, deadline, held, resting(held, now))
        results = await self._send_all(leases, step)
        self._faults.reach("sender.after_call")
        await self._record(results, began + self._settings.lease_seconds, step)

    def _show(self, held: Mapping[str, HeldBack]) -> None:
        gauge = self._metrics.gateways_held_back
        gauge.clear()
        for gateway in held.values():
            gauge.labels(gateway.name, gateway.reason).set(1)

    async def _drop_pointless(self, leases: Sequence[Lease], began: float) -> Sequence[Lease]:
        """Records those as suppressed, and returns the others."""
        pointless: list[tuple[Lease, Result]] = [
            (lease, Superseded()) for lease in leases if is_pointless(lease)
        ]
        if not pointless:
            return leases
        await self._record(pointless, began + self._settings.lease_seconds)
        return [lease for lease in leases if not is_pointless(lease)]

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

    async def _contacts(
        self, leases: Sequence[Lease]
    ) -> tuple[Mapping[UUID, Contact], Sequence[Lease]]:
        """Asks for all in one call; an erased reporter is not asked for. Returns the contacts, and
        the messages without those for which the vault refuses the question."""
        wanted = {lease.case.reporter_ref: lease for lease in leases if not lease.case.erased}
        found: dict[UUID, Contact] = {}

        async def ask(some: Sequence[tuple[UUID, Lease]]) -> None:
            claimed = await contacts.claim(self._vault, dict(some))
            self._metrics.vault_claims.labels(ANSWERED).inc()
            if claimed.not_understood:
                self._log.warning("contacts_not_understood", count=claimed.not_understood)
            found.update(claimed.by_reporter)

        try:
            refused = await sift(list(wanted.items()), ask, lambda error: isinstance(error, Reject))
        except (Transient, Reject):
            self._metrics.vault_claims.labels(FAILED).inc()
            await self._give_back(leases, VAULT_PAUSE)
            raise
        await self._set_aside([(lease, cause_of(error)) for (_, lease), error in refused])
        without = {reference for (reference, _), _ in refused}
        return found, [lease for lease in leases if lease.case.reporter_ref not in without]

    async def _set_aside(self, bad: Sequence[tuple[Lease, str]]) -> None:
        """Each with its cause. A lease that was taken runs out, and none is taken again."""
        if bad:
            async with self._works.open(SYSTEM) as work:
                for lease, cause in bad:
                    row = BadRow(DELIVERIES, *name_of(lease.delivery), cause)
                    set_aside.note(work.connection, row)

    async def _give_back(
        self, leases: Sequence[Lease], pause: timedelta, reason: str | None = None
    ) -> None:
        """Back to waiting, and not counted as a try.

        ``reason``: why those wait that carry officers' words.
        """
        async with self._works.open(SYSTEM) as work:
            waiting = [
                replace(
                    lease.delivery,
                    status=DeliveryStatus.WAITING,
                    next_attempt_at=work.now + pause,
                    reason=reason if lease.delivery.words_ref else None,
                )
                for lease in leases
            ]
            not_tried = {delivery.id for delivery in waiting}
            await self._store.conclude(work.connection, waiting, work.now, uncounted=not_tried)

    async def _send_all(self, leases: Sequence[Lease], step: _Step) -> list[tuple[Lease, Result]]:
        """All at the same time: each is of another complaint."""
        outcomes = await asyncio.gather(
            *(self._send(lease, step) for lease in leases), return_exceptions=True
        )
        return [
            (lease, self._result(lease, outcome))
            for lease, outcome in zip(leases, outcomes, strict=True)
        ]

    def _result(self, lease: Lease, outcome: Result | BaseException) -> Result:
        """A bug that one message meets counts as a try of that message.

        If it were raised, the messages that have been sent in this step would not be recorded and
        go out twice.
        """
        if not isinstance(outcome, BaseException):
            return outcome
        self._log.error(
            "delivery_bug",
            error=describe(outcome),
            complaint_id=str(lease.case.complaint_id),
            template=lease.delivery.template,
        )
        return Broken(describe(outcome))

    async def _send(self, lease: Lease, step: _Step) -> Result:
        if lease.case.erased:
            return Erased()
        contact = step.contacts.get(lease.case.reporter_ref)
        if contact is None or contact.status in ("unknown", "unreadable"):
            # The vault's row may be restored from a backup, or its answer be understood after the
            # next upgrade. Each try counts, so this ends.
            return TryLater()
        if contact.status == "gone":
            return Erased()
        paths = usable(contact.ways, lease.delivery.template)
        if not paths:
            # A way of a kind that is unknown today may be usable after the next upgrade.
            return TryLater() if contact.ways_not_understood else NoReplyPath()
        return await self._try_paths(lease, contact, paths, step)

    async def _try_paths(
        self, lease: Lease, contact: Contact, paths: Sequence[Reply], step: _Step
    ) -> Result:
        """Takes the preferred way; takes the next one only when this one is closed."""
        ref = lease.delivery.words_ref
        message = render(
            lease.delivery,
            lease.case,
            contact.tracking_code or "",
            self._settings.tracking_site,
            step.words.get(ref) if ref else None,
            needs_words=contact.needs_words,
        )
        outcome: Result = NoReplyPath()
        for path in paths:
            adapter = self._adapters.of(lease.case.channel, path.kind)
            outcome = await self._on_trial(adapter, message, path, lease.delivery, step)
            if not is_closed(path, outcome):
                return outcome
        return outcome

    async def _on_trial(
        self, adapter: Adapter, message: Message, path: Reply, delivery: Delivery, step: _Step
    ) -> Outcome:
        """One call. To a gateway that was held back one message goes, and the others wait for what
        becomes of it."""
        trial = step.trials.get(adapter.name)
        if trial is not None:
            async with trial:
                if adapter.name in step.trials:
                    return await self._call(adapter, message, path, delivery, step)
        return await self._call(adapter, message, path, delivery, step)

    async def _call(
        self, adapter: Adapter, message: Message, path: Reply, delivery: Delivery, step: _Step
    ) -> Outcome:
        name = adapter.name
        async with self._turn(name):
            if name in step.away:
                return replace(step.away[name], tried=False, gateway=name)
            if monotonic() > step.deadline or self._hold.lost:
                return TryLater(tried=False, gateway=name)
            began = monotonic()
            outcome = await adapter.send(message, path)
            if self._spans:
                self._spans.tried(_try_of(delivery, name, outcome), monotonic() - began)
            if isinstance(outcome, TryLater):
                outcome = replace(outcome, gateway=name)
            return self._note(name, outcome, message.key, step)

    def _note(self, gateway: str, outcome: Outcome, key: UUID, step: _Step) -> Outcome:
        """Says why a message was not taken; the gateway's own words may quote an address.

        Returns the outcome; as one of the gateway's when too many messages have met it.
        """
        if not isinstance(outcome, TryLater):
            self._refused_us.pop(gateway, None)
            step.taking.add(gateway)
            step.trials.pop(gateway, None)
            if isinstance(outcome, Sent):
                return outcome
        self._metrics.gateway_failures.labels(gateway, outcome.reason or "unknown").inc()
        if not isinstance(outcome, TryLater) or not outcome.ours:
            self._log.warning("gateway_failed", kind=gateway, cause=outcome.reason)
        else:
            self._log.error("gateway_refuses_us", kind=gateway, cause=outcome.reason)
            outcome = replace(outcome, away=outcome.away or self._is_suspicious(gateway, key))
        if isinstance(outcome, TryLater) and outcome.away:
            step.away[gateway] = outcome
        return outcome

    def _is_suspicious(self, gateway: str, key: UUID) -> bool:
        """Whether so many messages have been refused that it is not for what they hold."""
        refused = self._refused_us.setdefault(gateway, set())
        refused.add(key)
        if len(refused) < SUSPICIOUS:
            return False
        refused.clear()
        return True

    def _turn(self, provider: str) -> asyncio.Semaphore:
        """Lets ``calls_per_gateway`` calls to one provider run at the same time."""
        if provider not in self._turns:
            self._turns[provider] = asyncio.Semaphore(self._settings.calls_per_gateway)
        return self._turns[provider]

    async def _record(
        self, results: Sequence[tuple[Lease, Result]], deadline: float, step: _Step | None = None
    ) -> None:
        """Tries until the leases run out.

        A message that is sent and not recorded is sent again when its lease has run out; one that
        cannot be recorded is set aside instead.
        """
        while True:
            try:
                refused = await sift(results, lambda some: self._record_once(some, step))
            except Transient:
                if monotonic() > deadline:
                    raise
                await asyncio.sleep(RECORD_PAUSE_SECONDS)
            else:
                bad = [(lease, cause_of(error)) for (lease, _), error in refused]
                await self._set_aside([*bad, *self._broken(results)])
                return

    def _broken(self, results: Sequence[tuple[Lease, Result]]) -> list[tuple[Lease, str]]:
        """Messages on which our code has failed at each try."""
        return [
            (lease, result.cause)
            for lease, result in results
            if isinstance(result, Broken) and lease.delivery.attempt >= self._persistence.attempts
        ]

    async def _record_once(
        self, results: Sequence[tuple[Lease, Result]], step: _Step | None
    ) -> None:
        async with self._works.open(SYSTEM) as work:
            held_back = self._held_back(step, work.now) if step else {}
            concluded = [
                conclude(
                    lease.delivery,
                    _with_time(result, held_back),
                    work.now,
                    self._pause(lease),
                    self._persistence,
                )
                for lease, result in results
            ]
            held = await self._store.conclude(
                work.connection,
                [decision.state for decision in concluded],
                work.now,
                uncounted=_not_counted(results),
            )
            recorded = [each for each in concluded if each.state.id in held]
            for decision in recorded:
                delivery = decision.state
                trace = _trace_of(delivery, work.now)
                work.record(*decision.events, cause=delivery.cause, traceparent=trace)
            if step:
                await self._store.hold_back(
                    work.connection, [held_back[name] for name in _just_held(step)]
                )
                if again := step.taking & step.held.keys() - step.away.keys():
                    await self._store.open_again(work.connection, again)
        for decision in recorded:
            self._tell(decision.state)

    def _tell(self, delivery: Delivery) -> None:
        """The line of a delivery in the log; its trace is that of the event that called for it."""
        why = {"cause": delivery.reason} if delivery.reason else {}
        self._log.info(
            "delivery", template=delivery.template, channel=delivery.channel,
            status=delivery.status, attempt=delivery.attempt, **why,
            trace_id=trace_id(delivery.traceparent), complaint_id=str(delivery.complaint_id),
        )  # fmt: skip

    def _held_back(self, step: _Step, now: datetime) -> dict[str, HeldBack]:
        """The gateways that are held back after the step."""
        cap = self._persistence.cap
        just = {
            name: held_back(name, step.held.get(name), step.away[name], now, cap)
            for name in _just_held(step)
        }
        return {**step.held, **just}

    def _pause(self, lease: Lease) -> timedelta:
        return timedelta(
            seconds=self._backoff.delay(max(lease.delivery.attempt, 1), self._jitter())
        )


def _trace_of(delivery: Delivery, now: datetime) -> str | None:
    """What comes of a message at once belongs to the trace of its cause; what it comes to after it
    has waited begins a trace."""
    return delivery.traceparent if now - delivery.created_at <= AT_ONCE else None


def _try_of(delivery: Delivery, gateway: str, outcome: Outcome) -> Try:
    """What a span says of a try: names out of closed lists and ids."""
    return Try(
        delivery.complaint_id, delivery.template, delivery.channel, gateway, delivery.attempt,
        delivery.traceparent, delivery.created_at, sent=isinstance(outcome, Sent),
    )  # fmt: skip


def _just_held(step: _Step) -> list[str]:
    """Gateways that have said in this step that they take nothing."""
    return [name for name, outcome in step.away.items() if outcome.tried]


def _with_time(result: Result, held_back: Mapping[str, HeldBack]) -> Result:
    """A message whose gateway is held back waits as long as the gateway."""
    if not isinstance(result, TryLater) or not result.away:
        return result
    gateway = held_back.get(result.gateway or "")
    return replace(result, until=gateway.retry_at) if gateway else result


def _not_counted(results: Sequence[tuple[Lease, Result]]) -> set[UUID]:
    """Deliveries that no gateway was asked to take, or for which we were refused."""
    return {lease.delivery.id for lease, result in results if _says_nothing(result)}


def _says_nothing(result: Result) -> bool:
    return isinstance(result, Superseded) or (isinstance(result, TryLater) and not result.counts)
