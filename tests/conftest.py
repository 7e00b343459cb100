"""What tests of all kinds stand on: a real PostgreSQL, and brokers of every kind there is."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.databases import Databases

T0 = datetime(2024, 11, 3, 2, 0, tzinfo=UTC)
"""The instant tests begin at: 09:00 in Jakarta, a Sunday."""


@pytest.fixture(scope="session")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Databases]:
    """A PostgreSQL of this session; ``await postgres.service("sla")`` gives Works on a fresh
    database of that service."""
    home: Path = tmp_path_factory.mktemp("postgres")
    databases = Databases(home)
    await databases.start()
    yield databases
    await databases.stop()
