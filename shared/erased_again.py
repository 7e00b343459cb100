"""Erasures that a service applies ahead of the stream, before it serves.

A database that was restored is older than some erasures. They would come with the stream, seconds
after the doors are open; in these seconds the words of who is erased would be shown. So intake's
own events of their complaints are given to each service as a file, and the service applies the
erasure with its own handler, once: when the stream brings it, the inbox knows it.
"""

import asyncio
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import IO, TYPE_CHECKING

from shared import inbox, parked
from shared.cloudevents import BusMessage, decode
from shared.events.event import Envelope
from shared.events.intake import ReporterErased
from shared.visibility import SYSTEM
from shared.work import Works

if TYPE_CHECKING:
    from shared.consumer import Handler
    from shared.runtime import Service


@dataclass(frozen=True, slots=True)
class Outcome:
    """``left``: complaints of which earlier events are still to come, or are parked; the erasure
    must stay behind them, and comes with the stream."""

    applied: int
    known: int
    left: int


def write_histories(sink: IO[str], messages: Iterable[BusMessage]) -> None:
    """A line for each event, with its headers."""
    for each in messages:
        line = {
            "key": each.key.decode(),
            "headers": [[name, value.decode()] for name, value in each.headers],
            "value": each.value.decode(),
        }
        sink.write(json.dumps(line) + "\n")


def read_histories(told: Path) -> Iterator[list[Envelope]]:
    """One complaint's events after the other's, up to its erasure. Raises Reject for an event that
    cannot be read."""
    with told.open(encoding="utf-8") as source:
        envelopes = (_envelope(line) for line in source)
        for _, history in groupby(envelopes, key=lambda each: each.complaint_id):
            yield list(_until_erased(history))


def _envelope(line: str) -> Envelope:
    found = json.loads(line)
    headers = [(name, value.encode()) for name, value in found["headers"]]
    return decode(BusMessage(found["key"].encode(), headers, found["value"].encode()))


def _until_erased(history: Iterable[Envelope]) -> Iterator[Envelope]:
    erased = False
    for each in history:
        if not erased:
            yield each
        erased = erased or isinstance(each.event, ReporterErased)


async def apply_ahead(
    works: Works, handler: "Handler", histories: Iterable[Sequence[Envelope]]
) -> Outcome:
    """Applies the last event of each history where all before it that this service hears were
    applied. Raises what the handler raises."""
    applied = known = left = 0
    for history in histories:
        heard = [each for each in history if type(each.event) in handler.hears]
        if not heard or not isinstance(heard[-1].event, ReporterErased):
            continue
        match await _apply_one(works, handler, heard):
            case None:
                known += 1
            case True:
                applied += 1
            case False:
                left += 1
    return Outcome(applied, known, left)


async def _apply_one(works: Works, handler: "Handler", heard: Sequence[Envelope]) -> bool | None:
    """None: it was applied before. False: it must wait."""
    prepared = await handler.prepare(heard[-1:])
    async with works.open(SYSTEM) as work:
        blocked = await parked.blocked(work.connection, [heard[-1].complaint_id])
        fresh = await inbox.claim(work.connection, heard)
        if not fresh:
            return None
        if blocked or fresh != list(heard[-1:]):
            await inbox.release(work.connection, {each.id for each in fresh})
            return False
        await handler.apply(work, heard[-1:], prepared)
    return True


async def run(service: "Service", told: Path) -> str:
    """What was done, in a sentence. No door is opened, and no broker is asked."""
    try:
        if service.consumer is None:
            return f"{service.name} hears nothing"
        done = await service.consumer.apply_ahead(read_histories(told))
    finally:
        for closer in reversed(service.closers):
            await closer()
    waits = f"; {done.left} wait for earlier events on the stream" if done.left else ""
    return f"{service.name}: {done.applied} were erased, {done.known} were already{waits}"


def run_instead(service: "Service", told: Path) -> None:
    """In the place of the service's own run."""
    print(asyncio.run(run(service, told)))  # noqa: T201 (read by the launcher)
