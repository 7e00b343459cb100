"""What is told at a scrape of intake: its queue, how long each channel has been silent, and how
long ago the database was backed up."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake import store
from services.intake.channels.registry import CHANNELS
from services.intake.filing.accept import Acceptance
from shared.gauges import Measure
from shared.telemetry import Metrics

FRESH_SECONDS = 30.0
"""It reads more than the other questions, and a silence is counted in minutes."""

ENOUGH = 20
"""Complaints of a channel from which its pauses can be told."""


async def _pauses(connection: AsyncConnection) -> dict[str, tuple[float, float | None]]:
    channels = [row.channel for row in CHANNELS]
    return await store.pauses_by_channel(connection, channels, ENOUGH)


def _show_pauses(metrics: Metrics, found: Mapping[str, tuple[float, float | None]] | None) -> None:
    said = found or {}
    metrics.channel_last.tell({(name,): last for name, (last, _) in said.items()})
    metrics.channel_pause.tell({(n,): pause for n, (_, pause) in said.items() if pause is not None})


async def _backup_age(connection: AsyncConnection) -> float:
    return await store.backup_age(connection)


def _show_backup_age(metrics: Metrics, found: float | None) -> None:
    metrics.backup_age.tell_one(found)


MEASURES: Sequence[Measure] = (
    Measure("channels", _pauses, _show_pauses, FRESH_SECONDS),
    Measure("backup", _backup_age, _show_backup_age, FRESH_SECONDS),
)


def tell_queue(metrics: Metrics, acceptance: Acceptance) -> None:
    """How much waits in memory, and how much may."""
    (messages, size), (most, most_size) = acceptance.waiting, acceptance.room
    metrics.intake_messages.tell_one(messages)
    metrics.intake_bytes.tell_one(size)
    metrics.intake_most_messages.tell_one(most)
    metrics.intake_most_bytes.tell_one(most_size)
