"""The stream, live: what a monitor sees, one line per event."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator

from shared.cloudevents import decode
from shared.errors import Reject
from shared.events.event import Envelope
from shared.kafka import KafkaSubscription
from shared.kafka_security import KafkaSecurity


async def follow(
    bootstrap: str, security: KafkaSecurity, topic: str, stop: asyncio.Event
) -> AsyncIterator[Envelope | Reject]:
    """Every event of the stream, from the beginning of what the broker still has."""
    # The group is new and commits nothing, so that watching moves no reader's place.
    subscription = KafkaSubscription(bootstrap, topic, f"crm.tail.{os.getpid()}", security=security)
    try:
        while not stop.is_set():
            for record in await subscription.fetch(500, 0.5):
                try:
                    yield decode(record.message)
                except Reject as error:
                    yield error
    finally:
        await subscription.stop()


def line(envelope: Envelope) -> str:
    """``09:00:00 routing  CaseRouted  0192f000…0001  state=received unit=...``"""
    event = envelope.event
    shown = {
        name: getattr(event, name)
        for name in (
            "report_number",
            "channel",
            "state",
            "unit_name",
            "clock",
            "template",
            "reason",
        )
        if getattr(event, name, None) is not None
    }
    facts = " ".join(f"{name}={value}" for name, value in shown.items())
    kind = type(event).__name__
    return f"{event.at:%H:%M:%S} {envelope.source:<8} {kind:<22} {event.complaint_id}  {facts}"


def interrupted() -> asyncio.Event:
    """Set by the first Ctrl-C; a second one ends the process wherever it is. Python's own way would
    cancel what runs, and a broker's client that is being cancelled may take it for its own end."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def told() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)

    loop.add_signal_handler(signal.SIGINT, told)
    return stop


async def show(bootstrap: str, security: KafkaSecurity, topic: str = "crm.complaints.v1") -> int:
    """Print until interrupted."""
    stop = interrupted()
    print("waiting for the stream; Ctrl-C ends it", file=sys.stderr, flush=True)
    async for seen in follow(bootstrap, security, topic, stop):
        print(f"!! cannot be read: {seen}" if isinstance(seen, Reject) else line(seen), flush=True)
    return 0
