"""The topics the system needs, as `deploy/kafka/topics.yaml` has them."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

KAFKA_FILES = Path(__file__).resolve().parents[2] / "kafka"


class Topic(BaseModel):
    """One topic of `deploy/kafka/topics.yaml`; retention in milliseconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    partitions: int
    replication_factor: int
    retention_ms: int


def topics() -> list[Topic]:
    """The topics the system needs."""
    written = yaml.safe_load((KAFKA_FILES / "topics.yaml").read_text(encoding="utf-8"))
    return [Topic.model_validate(each) for each in written["topics"]]
