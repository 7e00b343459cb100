"""When complaints become visible in tracking, read by tracking's own role."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID

import asyncpg

from shared.visibility import SYSTEM, settings_of

_NEWEST = "SELECT complaint_id FROM cases ORDER BY complaint_id DESC LIMIT 1000"
_COUNT = "SELECT count(*) FROM cases"
POLL_SECONDS = 0.02


class Visibility:
    """Watches tracking's table; use as ``async with``."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: asyncpg.Connection | None = None

    async def __aenter__(self) -> Visibility:
        self._connection = await asyncpg.connect(self._url, server_settings=settings_of(SYSTEM))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._connection is not None:
            await self._connection.close()

    @property
    def _open(self) -> asyncpg.Connection:
        if self._connection is None:
            raise RuntimeError("use Visibility as 'async with'")
        return self._connection

    async def count(self) -> int:
        """Complaints that tracking knows."""
        return int(await self._open.fetchval(_COUNT))

    async def until(self, count: int, patience: float) -> float:
        """Unix time at which so many are visible; raises TimeoutError after ``patience`` s."""
        async with asyncio.timeout(patience):
            while await self.count() < count:  # noqa: ASYNC110 (another process's table)
                await asyncio.sleep(POLL_SECONDS)
        return time.time()

    async def newest(self) -> set[UUID]:
        """The youngest complaints that tracking knows (ids are ordered by time)."""
        return {row["complaint_id"] for row in await self._open.fetch(_NEWEST)}


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` of them do not exceed (nearest rank)."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * int(share * 1000) // 1000))
    return ordered[min(rank, len(ordered)) - 1]
