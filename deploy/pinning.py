"""`crm bus pin`: the topics of a running stack get the settings that the stream needs."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from deploy.local.broker import topics
from deploy.local.settings import given_kafka, kafka_security, launcher_settings
from deploy.running import RunningStack


async def pin(home: Path) -> int:
    """Returns the exit code. What was set right already is set again; nothing is emptied."""
    from shared.kafka import ensure_topic

    async with RunningStack.of(home) as stack:
        kafka = stack.description["kafka"]
        settings = given_kafka(launcher_settings(), kafka["kind"])
        security = kafka_security(settings, kafka["kind"])
        for topic in topics(settings):
            await ensure_topic(kafka["bootstrap"], topic, security)
            Console().print(f"{topic.name}: its settings are as they must be")
    return 0
