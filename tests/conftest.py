"""What tests of all kinds stand on: a real PostgreSQL, and brokers of every kind there is."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import brokers, browsers
from tests.crash import clocks
from tests.databases import Databases, databases
from tests.gateways import installed


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which broker, gateways and browser were tested: a run without must not pass unnoticed."""
    for notice in (brokers.notice(), installed.notice(), browsers.notice(), clocks.notice()):
        terminalreporter.write_line(notice)


@pytest.fixture(scope="session")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Databases]:
    """A PostgreSQL of this session; ``await postgres.service("sla")`` gives Works on a fresh
    database of that service."""
    home: Path = tmp_path_factory.mktemp("postgres")
    made = databases(home)
    await made.start()
    yield made
    await made.stop()
