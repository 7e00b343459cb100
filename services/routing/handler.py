"""What routing does with the events it hears."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.routing.contents import Contents
from services.routing.domain import (
    HEARS,
    Case,
    Context,
    answer_child,
    decide,
)
from services.routing.placing.atlas import Atlas
from services.routing.placing.rules import Content, Tables
from services.routing.store import CaseStore
from shared.decision import Decision
from shared.events.event import Envelope, Event
from shared.events.intake import ComplaintReceived
from shared.events.routing import CaseWithdrawn
from shared.fold import fold
from shared.work import Work


class RoutingHandler:
    """Opens a case for each complaint and keeps it in step with its reporter's wishes."""

    hears: frozenset[type[Event]] = HEARS

    def __init__(self, store: CaseStore, contents: Contents, atlas: Atlas) -> None:
        self._store = store
        self._contents = contents
        self._atlas = atlas

    async def prepare(self, envelopes: Sequence[Envelope]) -> dict[UUID, Content]:
        """Texts and positions of the new complaints, by reference."""
        events = (envelope.event for envelope in envelopes)
        refs = [event.content_ref for event in events if isinstance(event, ComplaintReceived)]
        claimed = await self._contents.claim(refs) if refs else {}
        return {ref: item.content() for ref, item in claimed.items()}

    async def apply(
        self, work: Work, envelopes: Sequence[Envelope], prepared: dict[UUID, Content]
    ) -> None:
        tables = self._atlas.tables(work.now)
        facts: list[Event] = []
        withdrawn: dict[UUID, Envelope] = {}

        def decide_one(case: Case | None, envelope: Envelope) -> Decision[Case | None]:
            context = self._context(case, envelope.event, prepared, tables, work.now)
            decision = decide(case, envelope.event, context)
            facts.extend(decision.events)
            if any(isinstance(event, CaseWithdrawn) for event in decision.events):
                withdrawn[envelope.complaint_id] = envelope
            return decision

        await fold(work, envelopes, self._store, decide_one)
        facts.extend(await self._free_children(work, withdrawn, facts, tables))
        await self._store.add_history(work.connection, facts, None)

    def _context(
        self,
        case: Case | None,
        event: Event,
        prepared: dict[UUID, Content],
        tables: Tables,
        now: datetime,
    ) -> Context:
        routing = None
        if case is None and isinstance(event, ComplaintReceived):
            content = prepared.get(event.content_ref, Content())
            routing = self._atlas.route(event, content, tables)
        return Context(now, self._atlas.units, tables.categories.categories, routing=routing)

    async def _free_children(
        self, work: Work, withdrawn: dict[UUID, Envelope], facts: Sequence[Event], tables: Tables
    ) -> list[Event]:
        """Cases merged into a withdrawn one must not vanish with it."""
        if not withdrawn:
            return []
        context = Context(work.now, self._atlas.units, tables.categories.categories)
        by_head = await self._store.children_of(work.connection, sorted(withdrawn))
        children = await self._store.load_many(
            work.connection, sorted(child for found in by_head.values() for child in found)
        )
        ends = {fact.complaint_id: fact for fact in facts if isinstance(fact, CaseWithdrawn)}
        freed: list[Case] = []
        told: list[Event] = []
        for child in children.values():
            if child.head_id not in withdrawn:
                continue
            decision = answer_child(child, ends[child.head_id], context)
            envelope = withdrawn[child.head_id]
            work.record(*decision.events, cause=envelope.id, traceparent=envelope.traceparent)
            freed.append(decision.state)
            told.extend(decision.events)
        if freed:
            await self._store.save_many(work.connection, freed)
        return told
