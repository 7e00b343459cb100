"""Where the launcher's own tests keep their homes, and Apache Kafka's jars."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.settings import LauncherSettings
from tests.integration.deploy.homes import fresh_home


@pytest.fixture
def home() -> Iterator[Path]:
    """A fresh CRM_HOME that an unprivileged database server can reach (pytest's own cannot)."""
    place = fresh_home()
    yield place
    shutil.rmtree(place)


@pytest.fixture(scope="session")
def libraries() -> Path:
    """Apache Kafka's jars, shared with the local stack so that Maven runs once."""
    settings = LauncherSettings()
    return settings.kafka_libs or settings.home.resolve() / "kafka" / "libs"
