"""How the channels fare: when each was heard last, and how much came by it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends
from pydantic import BaseModel

from services.intake import store
from services.intake.channels.platform import ChannelFacts
from services.intake.channels.registry import CHANNELS
from shared.auth import OperatorTokens, Role
from shared.clock import Clock
from shared.events.vocabulary import Channel
from shared.http.operation import Router
from shared.visibility import SYSTEM
from shared.work import Works


class ChannelHealth(BaseModel):
    """A channel, and what was accepted by it. What is about officials is counted nowhere: a figure
    of one would tell that somebody has complained."""

    id: Channel
    name: str
    last_accepted_at: datetime | None
    """Null where nothing ever came."""
    accepted_24h: int
    accepted_7d: int
    """The last seven days, the last 24 hours among them."""


class ChannelsHealth(BaseModel):
    """Counted until ``as_of``. A channel that is silent today and was not last week is worth a
    look; what its caller was refused stands in the metrics of intake."""

    as_of: datetime
    channels: list[ChannelHealth]


def create_router(works: Works, clock: Clock, operators: OperatorTokens) -> Router:
    router = Router(prefix="/v1", tags=["channels"])
    readers = operators.require(Role.ADMIN, Role.AUDITOR)

    @router.get("/channels/health")
    async def read_channel_health(_: Annotated[Any, Depends(readers)]) -> ChannelsHealth:
        """When each channel was heard last, and how many complaints it brought."""
        now = clock()
        async with works.read(SYSTEM) as connection:
            found = await store.accepted_by_channel(
                connection, [row.channel for row in CHANNELS], now
            )
        return ChannelsHealth(as_of=now, channels=[_health(row, found) for row in CHANNELS])

    return router


def _health(row: ChannelFacts, found: Mapping[str, Mapping[str, Any]]) -> ChannelHealth:
    return ChannelHealth(id=row.channel, name=row.name, **found[row.channel])
