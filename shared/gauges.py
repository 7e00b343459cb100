"""Gauges whose values stand in the database: asked for at a scrape, bounded in time.

Every replica asks the same database and tells the same; a rule takes the greatest (``max by``).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from shared import parked, set_aside
from shared.database import pool_use
from shared.errors import Transient
from shared.parked import Census
from shared.telemetry import Metrics, describe, get_logger
from shared.visibility import SYSTEM
from shared.work import Works

BOUND_SECONDS = 2.0
"""A scrape waits no longer for a database that does not answer."""

FRESH_SECONDS = 5.0
"""Two scrapers cost as much as one."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A question, and how its answer is shown; None stands for an answer that was not had."""

    name: str
    ask: Callable[[AsyncConnection], Awaitable[Any]]
    show: Callable[[Metrics, Any], None]


def _show_parked(metrics: Metrics, found: Mapping[str, Census] | None) -> None:
    metrics.parked_now.clear()
    metrics.parked_oldest_seconds.clear()
    for cause, census in (found or {}).items():
        metrics.parked_now.labels(cause).set(census.events)
        metrics.parked_oldest_seconds.labels(cause).set(census.oldest_seconds)


def _show_aside(metrics: Metrics, found: Mapping[str, tuple[int, float]] | None) -> None:
    metrics.count_rows_aside(found or {})


MEASURES: Sequence[Measure] = (
    Measure("parked", parked.census, _show_parked),
    Measure("set_aside", set_aside.census, _show_aside),
)


class Gauges:
    """All measures of a process."""

    def __init__(
        self, works: Works, metrics: Metrics, ticks: Callable[[], float] = monotonic
    ) -> None:
        self._works = works
        self._metrics = metrics
        self._ticks = ticks
        self._fresh_until = float("-inf")

    async def refresh(self) -> None:
        """Ask anew, unless it was asked a moment ago. What cannot be asked is not shown, and
        ``crm_measured`` says so: an old figure would look like a good one."""
        # First: the questions below take a connection themselves.
        used, most = pool_use(self._works.engine)
        self._metrics.pool_used.set(used)
        self._metrics.pool_most.set(most)
        if self._ticks() < self._fresh_until:
            return
        for measure in MEASURES:
            answer = await self._answer(measure)
            measure.show(self._metrics, answer)
            self._metrics.measured.labels(measure.name).set(answer is not None)
        self._fresh_until = self._ticks() + FRESH_SECONDS

    async def _answer(self, measure: Measure) -> Any:
        try:
            async with asyncio.timeout(BOUND_SECONDS), self._works.read(SYSTEM) as connection:
                return await measure.ask(connection)
        except (Transient, TimeoutError) as error:
            get_logger(self._works.source).warning(
                "not_measured", task=measure.name, error=describe(error)
            )
            return None
