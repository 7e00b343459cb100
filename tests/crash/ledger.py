"""The ledger outside the system: what was accepted, against what became of it.

Pure: ``judge`` compares facts that were collected elsewhere (``witness.py``). It knows a
complaint by the channel's own id, by the report numbers that its sender was told, and by the
messages that reached its reporter. A fact that came twice under one id (a redelivered record, a
message repeated under its idempotency key) is a repeat and harmless; a second id is a double.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from uuid import UUID

from shared.events.event import Event
from shared.events.intake import (
    ComplaintReceived,
    ComplaintSupplemented,
    ComplaintWithdrawn,
    MediaReceived,
    ReporterErased,
)
from shared.events.notify import NotificationSent, NotificationSuppressed
from shared.events.routing import CaseRouted, CaseTriaged, CaseWithdrawn
from shared.events.sla import DeadlinesSet
from tests.crash.case_ledger import findings
from tests.crash.facts import Facts, Filed, Verdict
from tests.crash.findings import CaseFacts
from tests.crash.messages import OutsideMessage

STEPS: Mapping[str, tuple[type[Event], ...]] = {
    "routing": (CaseRouted, CaseTriaged),
    "deadlines": (DeadlinesSet,),
    "notification": (NotificationSent, NotificationSuppressed),
}
"""What every complaint's stream must hold besides its receipt; one kind of each is enough."""


class _Index:
    """The facts by what they are looked up by."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.received: dict[str, ComplaintReceived] = {}
        self.kinds: dict[UUID, Counter[type[Event]]] = defaultdict(Counter)
        self.by_thread: dict[str, list[OutsideMessage]] = defaultdict(list)
        self.by_number: dict[str, list[OutsideMessage]] = defaultdict(list)
        for envelope in facts.stream:
            self.kinds[envelope.complaint_id][type(envelope.event)] += 1
            if isinstance(envelope.event, ComplaintReceived):
                self.received.setdefault(envelope.event.report_number, envelope.event)
        for message in facts.messages:
            for thread in message.threads:
                self.by_thread[thread].append(message)
            for number in message.numbers:
                self.by_number[number].append(message)
        waiting = [*(row for row in facts.outbox if not row.published), *facts.parked]
        self.held = {row.complaint_id for row in waiting if row.complaint_id}

    def numbers_of(self, filed: Filed) -> frozenset[str]:
        told = self.by_thread.get(filed.thread, ()) if filed.thread else ()
        return filed.numbers.union(*(message.numbers for message in told))

    def codes_of(self, filed: Filed, number: str) -> set[str]:
        told = {code for message in self.by_number[number] for code in message.codes}
        return told | ({filed.code} if filed.code else set())


def judge(facts: Facts) -> Verdict:
    """What is lost, doubled, stuck and wrong; complete only when nothing moves any more."""
    index = _Index(facts)
    lost, stuck = [], list(_held_up(facts))
    for filed in facts.filed:
        missing = list(_missing(index, filed)) if filed.accepted else []
        if missing and _is_held(index, filed):
            stuck.append(f"{filed}: waits in an outbox or among parked events")
        elif missing:
            lost.append(f"{filed}: {'; '.join(missing)}")
    lost.extend(_vanished(facts))
    doubled, wrong = list(_doubled(index)), list[str]()
    if facts.books is not None:
        found = {"lost": lost, "doubled": doubled, "stuck": stuck, "wrong": wrong}
        for kind, line in findings(CaseFacts(facts.books, facts.stream, facts.messages)):
            found[kind].append(line)
    repeats = facts.redelivered + sum(message.repeats for message in facts.messages)
    accepted = sum(filed.accepted for filed in facts.filed)
    return Verdict(
        accepted, tuple(lost), tuple(doubled), tuple(stuck), tuple(wrong), repeats=repeats
    )


def _missing(index: _Index, filed: Filed) -> Iterator[str]:
    """What an accepted complaint should have and has not."""
    number = min(index.numbers_of(filed), default=None)
    if number is None:
        yield "no confirmation outside, and no report number known"
        return
    event = index.received.get(number)
    if event is None:
        yield f"{number}: no ComplaintReceived"
        return
    happened = index.kinds[event.complaint_id]
    # Who is erased before the confirmation leaves is not told any more.
    if not index.by_number[number] and not filed.erased:
        yield f"{number}: no confirmation outside"
    for step, kinds in STEPS.items():
        if happened.keys().isdisjoint(kinds) and not (filed.erased and step == "notification"):
            yield f"{number}: no {step} of {event.complaint_id}"
    for kind, wanted in _wishes(filed):
        if happened[kind] < wanted:
            yield f"{number}: {happened[kind]} of {wanted} {kind.__name__}"
    if index.facts.trackable.isdisjoint(index.codes_of(filed, number)):
        yield f"{number}: not trackable"


def _wishes(filed: Filed) -> Iterator[tuple[type[Event], int]]:
    """How often the stream must say what its sender asked for besides."""
    yield MediaReceived, int(filed.pictured)
    yield ComplaintSupplemented, filed.supplements
    yield ComplaintWithdrawn, int(filed.withdrawn)
    yield CaseWithdrawn, int(filed.withdrawn)
    yield ReporterErased, int(filed.erased)


def _is_held(index: _Index, filed: Filed) -> bool:
    events = (index.received.get(number) for number in index.numbers_of(filed))
    return any(event.complaint_id in index.held for event in events if event)


def _held_up(facts: Facts) -> Iterator[str]:
    """Rows nobody takes on, and complaints whose platform still tries."""
    for filed in facts.filed:
        if not filed.accepted:
            yield f"{filed}: not accepted ({filed.refusal or 'no answer'})"
        for wish in filed.waiting:
            yield f"{filed}: {wish}"
    waiting = Counter(row.service for row in facts.outbox if not row.published)
    for service, count in waiting.items():
        yield f"{service}: {count} unpublished rows"
    for row in facts.parked:
        yield f"{row.service}: parked event {row.event_id} of {row.complaint_id}"
    if facts.unreadable:
        yield f"the stream: {facts.unreadable} records cannot be read"


def _vanished(facts: Facts) -> Iterator[str]:
    """Events that a relay marked as published and that the stream does not hold."""
    seen = {envelope.id for envelope in facts.stream}
    for row in facts.outbox:
        if row.published and row.event_id not in seen:
            yield f"event {row.event_id} of {row.complaint_id}: published by {row.service}, gone"


def _doubled(index: _Index) -> Iterator[str]:
    yield from _numbered_twice(index)
    yield from _granted_twice(index)
    yield from _told_twice(index.facts.messages)
    for what, facts in (
        ("ComplaintReceived of complaint", _per_complaint(index.facts, ComplaintReceived)),
        ("routing of complaint", _placed_by_rule(index.facts)),
        ("report number", _numbers_given(index.facts)),
        ("deadlines by one cause", _deadlines(index.facts)),
        ("notification", _notifications(index.facts)),
    ):
        for key, count in Counter(facts).items():
            if count > 1:
                yield f"{what} {key}: {count} events"


def _numbered_twice(index: _Index) -> Iterator[str]:
    """One message of a platform that became two complaints."""
    known: set[str] = set()
    for filed in index.facts.filed:
        numbers = index.numbers_of(filed)
        known |= numbers
        if len(numbers) > 1:
            yield f"{filed}: {', '.join(sorted(numbers))}"
    # One whose sender never got an answer may be in the system all the same.
    unanswered = Counter(
        filed.channel for filed in index.facts.filed if not index.numbers_of(filed)
    )
    for number, event in index.received.items():
        if number not in known and event.at >= index.facts.since:
            unanswered[event.channel.value] -= 1
            if unanswered[event.channel.value] < 0:
                yield f"{number} on {event.channel.value}: nobody sent it"


def _granted_twice(index: _Index) -> Iterator[str]:
    """What a sender asked for once, sent again under the same id, and got twice."""
    for filed in index.facts.filed:
        for number in index.numbers_of(filed) & index.received.keys():
            happened = index.kinds[index.received[number].complaint_id]
            for kind, wanted in _wishes(filed):
                if happened[kind] > wanted and not filed.waiting:
                    yield f"{filed}: {number}: {happened[kind]} {kind.__name__}, not {wanted}"


def _told_twice(messages: Iterable[OutsideMessage]) -> Iterator[str]:
    """The same words about the same report under different keys: a person sees them twice."""
    keys: dict[tuple[str, frozenset[str], str], set[str | None]] = defaultdict(set)
    for message in messages:
        if message.numbers:
            keys[(message.kind, message.numbers, message.body)].add(message.key)
    for (kind, numbers, _), found in keys.items():
        if len(found) > 1:
            yield f"message outside by {kind} about {', '.join(sorted(numbers))}: {len(found)} keys"


def _per_complaint(facts: Facts, *kinds: type[Event]) -> Iterator[Hashable]:
    return (each.complaint_id for each in facts.stream if isinstance(each.event, kinds))


def _placed_by_rule(facts: Facts) -> Iterator[Hashable]:
    """Without what the triage desk has placed since."""
    for envelope in facts.stream:
        match envelope.event:
            case CaseRouted(routed_by="rule") | CaseTriaged():
                yield envelope.complaint_id


def _numbers_given(facts: Facts) -> Iterator[Hashable]:
    for envelope in facts.stream:
        if isinstance(envelope.event, ComplaintReceived):
            yield envelope.event.report_number


def _deadlines(facts: Facts) -> Iterator[Hashable]:
    for envelope in facts.stream:
        if isinstance(envelope.event, DeadlinesSet):
            yield f"{envelope.causation_id} of {envelope.complaint_id}"


def _notifications(facts: Facts) -> Iterator[Hashable]:
    for envelope in facts.stream:
        if isinstance(envelope.event, NotificationSent):
            by = envelope.causation_id
            yield f"{envelope.event.template.value} of {envelope.complaint_id} by {by}"
