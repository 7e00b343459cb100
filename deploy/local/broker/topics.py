"""The topics the system needs, as `deploy/kafka/topics.yaml` has them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from shared.bus import Topic
    from shared.settings import KafkaSettings

KAFKA_FILES = Path(__file__).resolve().parents[2] / "kafka"


_POLICY = ("replication_factor", "min_insync_replicas", "retention_ms")


def topics(settings: KafkaSettings | None = None) -> list[Topic]:
    """The topics the system needs; of a Kafka that is not ours as `settings` say it."""
    from shared.bus import Topic

    told = {
        name: getattr(settings, f"kafka_{name}")
        for name in _POLICY
        if settings and f"kafka_{name}" in settings.model_fields_set
    }

    written = yaml.safe_load((KAFKA_FILES / "topics.yaml").read_text(encoding="utf-8"))
    return [Topic(**{**each, **told}) for each in written["topics"]]
