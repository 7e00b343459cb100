"""Load, decide, save: what every handler does with a batch of events."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.decision import Decision
from shared.events.event import Envelope
from shared.work import Work

S = TypeVar("S")


class Store(Protocol[S]):
    """States by complaint, loaded and saved in bulk."""

    async def load_many(
        self, connection: AsyncConnection, keys: Sequence[UUID]
    ) -> dict[UUID, S]: ...

    async def save_many(self, connection: AsyncConnection, states: Sequence[S]) -> None: ...


async def fold(
    work: Work,
    envelopes: Sequence[Envelope],
    store: Store[S],
    decide: Callable[[S | None, Envelope], Decision[S | None]],
) -> None:
    """Load once, decide per event in order, save what changed once, record what came of it."""
    keys = sorted({envelope.complaint_id for envelope in envelopes})
    states: dict[UUID, S] = dict(await store.load_many(work.connection, keys))
    changed: dict[UUID, S] = {}
    for envelope in envelopes:
        key = envelope.complaint_id
        before = states.get(key)
        decision = decide(before, envelope)
        if decision.state is not None and decision.state is not before:
            states[key] = changed[key] = decision.state
        work.record(*decision.events, cause=envelope.id, traceparent=envelope.traceparent)
    if changed:
        await store.save_many(work.connection, list(changed.values()))
