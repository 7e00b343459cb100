"""What routing does with the events it hears."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from services.routing.consequences import CONCERNS_CHILDREN, Change, Consequences
from services.routing.contents import Contents
from services.routing.domain import HEARS, Case, Context, decide
from services.routing.explaining import store as explaining
from services.routing.explaining.explanation import Explanation
from services.routing.learning import store as learning
from services.routing.media import store as media
from services.routing.media.files import TELL_OF_FILES, latest, told
from services.routing.once import store as once
from services.routing.placing.atlas import Atlas
from services.routing.placing.rules import Content, Tables
from services.routing.rule_versions.failures import FAILURES
from services.routing.rule_versions.in_force import RulesInForce
from services.routing.store import CaseStore
from services.routing.team import store as team
from services.routing.texts.store import Written
from shared.decision import Decision
from shared.errors import Transient
from shared.events.event import Envelope, Event
from shared.events.facts import ClaimedFacts, facts_of
from shared.events.intake import ComplaintReceived, ComplaintSupplemented, ReporterErased
from shared.facts_claim import FactsClaim
from shared.fold import fold
from shared.work import Work

WORDS = (ComplaintReceived, ComplaintSupplemented)
"""Events with a reference to what the reporter wrote."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What intake told about a batch: texts and positions by reference, facts by complaint."""

    contents: Mapping[UUID, Content] = field(default_factory=dict)
    facts: ClaimedFacts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """What decisions about a batch go by. ``explained``: why the rules decided as they did, by new
    complaint; it fills as they are asked."""

    prepared: Prepared
    tables: Tables
    context: Context
    explained: dict[UUID, Explanation] = field(default_factory=dict)


class RoutingHandler:
    """Opens a case for each complaint and keeps it in step with its reporter's wishes."""

    hears: frozenset[type[Event]] = HEARS

    def __init__(
        self,
        store: CaseStore,
        contents: Contents,
        facts: FactsClaim,
        atlas: Atlas,
        in_force: RulesInForce,
    ) -> None:
        self._store = store
        self._contents = contents
        self._facts = facts
        self._atlas = atlas
        self._in_force = in_force
        self._consequences = Consequences(store)

    async def prepare(self, envelopes: Sequence[Envelope]) -> Prepared:
        """What reporters wrote, by reference, and facts of new complaints. Raises Transient."""
        await self._in_force.known()
        events = (envelope.event for envelope in envelopes)
        refs = [event.content_ref for event in events if isinstance(event, WORDS)]
        if not refs:
            return Prepared()
        claimed, facts = await asyncio.gather(
            self._contents.claim(refs), self._facts.claim(envelopes)
        )
        return Prepared({ref: item.content() for ref, item in claimed.items()}, facts)

    async def apply(self, work: Work, envelopes: Sequence[Envelope], prepared: Prepared) -> None:
        # Files change no case, and may be told of before there is one.
        files = [e.event for e in envelopes if isinstance(e.event, TELL_OF_FILES)]
        await media.write(work.connection, latest(said for event in files for said in told(event)))
        others = [e for e in envelopes if not isinstance(e.event, TELL_OF_FILES)]
        if others:
            await self._apply_to_cases(work, others, prepared)

    async def _apply_to_cases(
        self, work: Work, envelopes: Sequence[Envelope], prepared: Prepared
    ) -> None:
        children = await self._lock_children(work, envelopes)
        tables = self._atlas.tables(work.now)
        context = Context(work.now, tables.units, tables.categories.categories)
        batch = Batch(prepared, tables, context)
        changes: list[Change] = []

        def decide_one(case: Case | None, envelope: Envelope) -> Decision[Case | None]:
            told = self._told(case, envelope.event, batch)
            decision = decide(case, envelope.event, told)
            changes.append(
                Change(decision.state, decision.events, envelope.id, envelope.traceparent)
            )
            # Without its events: they are recorded with what follows from them.
            return Decision(decision.state)

        cases = self._store.of_batch(_written(envelopes, prepared))
        await fold(work, envelopes, cases, decide_one)
        await self._consequences.follow(work, changes, children, context)
        await explaining.keep(work.connection, batch.explained)
        await _forget(work, envelopes)

    async def _lock_children(
        self, work: Work, envelopes: Sequence[Envelope]
    ) -> Mapping[UUID, Sequence[UUID]]:
        """Cases merged into one that may end must not vanish with it."""
        heads = {e.complaint_id for e in envelopes if isinstance(e.event, CONCERNS_CHILDREN)}
        if not heads:
            return {}
        keys = {envelope.complaint_id for envelope in envelopes}
        locked = await self._consequences.lock(work.connection, keys, sorted(heads))
        if locked is None:
            raise Transient("cases are being merged into one that is withdrawn")
        return locked.children

    def _told(self, case: Case | None, event: Event, batch: Batch) -> Context:
        """The context, with the facts of a new complaint and the outcome of the rules."""
        if case is not None or not isinstance(event, ComplaintReceived):
            return batch.context
        facts = facts_of(event, batch.prepared.facts)
        content = batch.prepared.contents.get(event.content_ref, Content(readable=False))
        try:
            routing, why = self._atlas.route(event.channel, facts, content, batch.tables)
        except FAILURES as error:
            self._in_force.failed(error)
            routing, why = self._atlas.without_reading(facts, batch.tables)
        batch.explained[event.complaint_id] = why
        version = batch.tables.categories.version
        return replace(batch.context, facts=facts, routing=routing, rules_version=version)


async def _forget(work: Work, envelopes: Sequence[Envelope]) -> None:
    """Officers' notes and answers that are kept may quote a reporter who is erased; which words
    decided tells of what he wrote, and examples lead to his words."""
    erased = [e.complaint_id for e in envelopes if isinstance(e.event, ReporterErased)]
    if erased:
        await team.forget_notes(work.connection, erased)
        await once.forget(work.connection, erased)
        await explaining.forget(work.connection, erased)
        await learning.forget(work.connection, erased)


def _written(envelopes: Sequence[Envelope], prepared: Prepared) -> dict[UUID, Written]:
    """What the reporters of a batch wrote, by complaint, in the order of the events."""
    found: dict[UUID, Written] = {}
    for envelope in envelopes:
        if isinstance(envelope.event, WORDS):
            ref, key = envelope.event.content_ref, envelope.complaint_id
            content = prepared.contents.get(ref, Content())
            written = Written(
                (ref,), content.text, content.address, content.latitude, content.longitude
            )
            found[key] = found[key].and_then(written) if key in found else written
    return found
