"""The topics the system needs, as `deploy/kafka/topics.yaml` has them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from shared.bus import Topic

KAFKA_FILES = Path(__file__).resolve().parents[2] / "kafka"


def topics() -> list[Topic]:
    """The topics the system needs."""
    from shared.bus import Topic

    written = yaml.safe_load((KAFKA_FILES / "topics.yaml").read_text(encoding="utf-8"))
    return [Topic(**each) for each in written["topics"]]
