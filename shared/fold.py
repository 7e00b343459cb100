"""Load, decide, save: what every handler does with a batch of events."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.decision import Decision
from shared.events.event import Envelope
from shared.ids import in_order
from shared.work import Work

S = TypeVar("S")


class Store(Protocol[S]):
    """States by complaint, loaded and saved in bulk (`shared.set_aside.States`)."""

    async def load_many(
        self, connection: AsyncConnection, keys: Sequence[UUID]
    ) -> Mapping[UUID, S]: ...

    async def save_many(self, connection: AsyncConnection, states: Sequence[S]) -> None: ...


async def fold(
    work: Work,
    envelopes: Sequence[Envelope],
    store: Store[S],
    decide: Callable[[S | None, Envelope], Decision[S | None]],
) -> None:
    """Load once, decide per event in order, save what changed once, record what came of it.

    Raises UnreadableState for an event whose complaint's state cannot be read: it is parked, and
    the others of the batch are applied without it.
    """
    keys = in_order({envelope.complaint_id for envelope in envelopes})
    loaded = await store.load_many(work.connection, keys)
    changed: dict[UUID, S] = {}
    for envelope in envelopes:
        key = envelope.complaint_id
        before = changed.get(key) or loaded.get(key)
        decision = decide(before, envelope)
        if decision.state is not None and decision.state is not before:
            changed[key] = decision.state
        work.record(*decision.events, cause=envelope.id, traceparent=envelope.traceparent)
    if changed:
        await store.save_many(work.connection, list(changed.values()))
