"""Gauges whose values stand in the database: asked for at a scrape, bounded in time.

Every replica asks the same database and tells the same; a rule takes the greatest (``max by``).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from shared import outbox, parked, set_aside
from shared.database import pool_use
from shared.parked import Census
from shared.telemetry import Metrics, describe, get_logger
from shared.visibility import SYSTEM
from shared.work import Works

BOUND_SECONDS = 2.0
"""A scrape waits no longer for a database that does not answer, whatever it asks."""

FRESH_SECONDS = 5.0
"""Two scrapers cost as much as one."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A question, and how its answer is shown; None stands for an answer that was not had.

    ``fresh``: seconds for which the answer serves. The question ends its counts at 10,000 and reads
    by an index: it must not cost more when more is wrong.
    """

    name: str
    ask: Callable[[AsyncConnection], Awaitable[Any]]
    show: Callable[[Metrics, Any], None]
    fresh: float = FRESH_SECONDS


def _show_outbox(metrics: Metrics, found: tuple[int, float] | None) -> None:
    rows, oldest = found or (None, None)
    metrics.outbox_rows.tell_one(rows)
    metrics.outbox_oldest.tell_one(oldest)


def _show_parked(metrics: Metrics, found: Mapping[str, Census] | None) -> None:
    metrics.parked_now.clear()
    metrics.parked_oldest_seconds.clear()
    for cause, census in (found or {}).items():
        metrics.parked_now.labels(cause).set(census.events)
        metrics.parked_oldest_seconds.labels(cause).set(census.oldest_seconds)


def _show_aside(metrics: Metrics, found: Mapping[str, tuple[int, float]] | None) -> None:
    metrics.count_rows_aside(found or {})


MEASURES: Sequence[Measure] = (
    Measure("outbox", outbox.census, _show_outbox),
    Measure("parked", parked.census, _show_parked),
    Measure("set_aside", set_aside.census, _show_aside),
)
"""Of every service that has a database."""


class Gauges:
    """All that is told of a process at a scrape."""

    def __init__(
        self,
        works: Works,
        metrics: Metrics,
        ticks: Callable[[], float] = monotonic,
        own: Sequence[Measure] = (),
        memory: Sequence[Callable[[], None]] = (),
    ) -> None:
        """``own``: what this service asks besides. ``memory``: tells what the process knows without
        a question."""
        self._works = works
        self._metrics = metrics
        self._ticks = ticks
        self._measures = (*MEASURES, *own)
        self._memory = memory
        self._due: dict[str, float] = {}
        self._asking = asyncio.Lock()

    async def refresh(self) -> None:
        """Ask anew what was not asked a moment ago. What cannot be asked is not shown, and
        ``crm_measured`` says so: an old figure would look like a good one."""
        # First: the questions below take a connection themselves.
        used, most = pool_use(self._works.engine)
        self._metrics.pool_used.tell_one(used)
        self._metrics.pool_most.tell_one(most)
        for tell in self._memory:
            tell()
        async with self._asking:
            now = self._ticks()
            for measure in self._measures:
                if now >= self._due.get(measure.name, now):
                    await self._measure(measure, self._ticks() - now)
                    self._due[measure.name] = self._ticks() + measure.fresh

    async def _measure(self, measure: Measure, spent: float) -> None:
        answer = await self._answer(measure, BOUND_SECONDS - spent)
        measure.show(self._metrics, answer)
        self._metrics.measured.labels(measure.name).set(answer is not None)

    async def _answer(self, measure: Measure, seconds: float) -> Any:
        try:
            async with asyncio.timeout(seconds), self._works.read(SYSTEM) as connection:
                return await measure.ask(connection)
        except Exception as error:  # noqa: BLE001 (a question that fails must not take the others)
            get_logger(self._works.source).warning(
                "not_measured", task=measure.name, error=describe(error)
            )
            return None
