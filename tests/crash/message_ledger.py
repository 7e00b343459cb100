"""The ledger of messages to reporters: each public stage told once, in the order in which things
happened, and nothing after an erasure.

Pure. At least once towards a provider: the same key again is a repeat and harmless.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from shared.events.event import Event
from shared.events.intake import ComplaintReceived
from shared.events.notify import (
    NotificationEvent,
    NotificationFailed,
    NotificationSent,
    NotificationSuppressed,
)
from shared.events.routing import CaseEvent
from tests.crash.findings import CaseFacts, Finding, erased_in
from tests.crash.public_stages import told_of

OUTCOMES: Mapping[type[Event], str] = {
    NotificationSent: "sent",
    NotificationFailed: "failed",
    NotificationSuppressed: "suppressed",
}
CALL_UNDER_WAY = timedelta(seconds=10)
"""A message that was on its way when notify heard of an erasure may arrive so much later: the
lease of the sender in ``rig.SETTINGS``."""


def _public_stages(facts: CaseFacts) -> Iterator[Finding]:
    """Each public stage has one outcome, and what was sent is outside under one key."""
    outcomes: dict[UUID | None, list[NotificationEvent]] = defaultdict(list)
    for envelope in facts.stream:
        if isinstance(envelope.event, NotificationEvent):
            outcomes[envelope.causation_id].append(envelope.event)
    outside = Counter(message.delivery_id for message in facts.messages)
    erased = erased_in(facts.stream)
    for stage in told_of(facts.stream):
        what = f"{type(stage.event).__name__} of {stage.complaint_id}"
        found = outcomes.pop(stage.id, [])
        if not found:
            yield Finding("lost", f"{what}: its reporter was not told")
        for outcome in found:
            if isinstance(outcome, NotificationFailed) and stage.complaint_id not in erased:
                yield Finding("lost", f"{what}: its message failed ({outcome.reason})")
            if isinstance(outcome, NotificationSent) and not outside[outcome.delivery_id]:
                yield Finding("lost", f"{what}: {outcome.delivery_id} was sent, is not outside")
    for cause, unexpected in outcomes.items():
        for outcome in unexpected:
            yield Finding(
                "doubled", f"{outcome.template.value} of {outcome.complaint_id}: by {cause}"
            )
    yield from _keys(facts)


def _keys(facts: CaseFacts) -> Iterator[Finding]:
    """What is outside was ordered, and is there once.

    A receipt may be there once more: where a printer does not say in time whether it has printed
    it, nobody stays at the counter, and the reporter gets it by the next way too.
    """
    ordered = {delivery.id for delivery in facts.books.deliveries}
    ways: dict[UUID | None, Counter[str]] = defaultdict(Counter)
    for message in facts.messages:
        ways[message.delivery_id][message.kind] += 1
    for delivery_id, kinds in ways.items():
        if delivery_id not in ordered:
            yield Finding("doubled", f"message outside {delivery_id}: nobody ordered it")
        elif max(kinds.values()) > 1 or len(kinds.keys() - {"printer"}) > 1:
            yield Finding("doubled", f"message outside {delivery_id}: {dict(kinds)}")


def _silence(facts: CaseFacts) -> Iterator[Finding]:
    """After notify has heard of an erasure nothing more is begun for that reporter."""
    deliveries = {delivery.id: delivery for delivery in facts.books.deliveries}
    for message in facts.messages:
        delivery = deliveries.get(message.delivery_id) if message.delivery_id else None
        if delivery is None or message.received_at is None:
            continue
        heard = facts.books.silenced.get(delivery.complaint_id)
        if heard is None:
            continue
        if delivery.created_at > heard or message.received_at > heard + CALL_UNDER_WAY:
            yield Finding("doubled", f"message outside {delivery.id}: after the erasure was heard")


def _notices(facts: CaseFacts) -> Iterator[Finding]:
    """Tracking counts each outcome of a message once."""
    told: dict[UUID, Counter[tuple[str, str]]] = defaultdict(Counter)
    for envelope in facts.stream:
        event = envelope.event
        if isinstance(event, NotificationEvent):
            told[envelope.complaint_id][(event.template.value, OUTCOMES[type(event)])] += 1
    for complaint, view in facts.books.views.items():
        if view.notices - told[complaint]:
            yield Finding("doubled", f"case {complaint}: a notice more in tracking than told")
        if told[complaint] - view.notices:
            yield Finding("lost", f"case {complaint}: a notice less in tracking than told")


def _order(facts: CaseFacts) -> Iterator[Finding]:
    """A citizen is told of a case's events in the order of their versions, the receipt first."""
    happened = {e.id: _version(e.event) for e in facts.stream}
    deliveries = {delivery.id: delivery for delivery in facts.books.deliveries}
    told: dict[UUID, list[tuple[datetime, int]]] = defaultdict(list)
    for message in facts.messages:
        delivery = deliveries.get(message.delivery_id) if message.delivery_id else None
        version = happened.get(delivery.cause) if delivery and delivery.cause else None
        if delivery and version is not None and message.received_at is not None:
            told[delivery.complaint_id].append((message.received_at, version))
    for complaint, messages in told.items():
        versions = [version for _, version in sorted(messages)]
        if versions != sorted(versions):
            yield Finding("wrong", f"case {complaint}: its reporter was told {versions} in turn")


def _version(event: Event) -> int | None:
    """Of what a message tells; None where another service's events have no place in that order."""
    if isinstance(event, ComplaintReceived):
        return 0
    return event.case_version if isinstance(event, CaseEvent) else None


MESSAGE_CHECKS = (_public_stages, _silence, _notices, _order)
