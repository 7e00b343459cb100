"""What tests of all kinds stand on: a real PostgreSQL, and brokers of every kind there is."""

import gc
from collections.abc import AsyncIterator

import pytest

from shared.starting import YOUNG_OBJECTS
from tests import brokers, browsers, metadata_reader, trainers
from tests.crash import clocks
from tests.databases import Databases, databases
from tests.gateways import installed
from tests.memory import fast_home


def pytest_collection_finish() -> None:
    """A million objects of eight thousand tests stay until the end. The garbage collector would
    walk over them again and again, a second each time, and a client that waits two gives up."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which broker, gateways and browser were tested: a run without must not pass unnoticed."""
    for told in (brokers, installed, browsers, clocks, metadata_reader, trainers):
        terminalreporter.write_line(told.notice())


@pytest.fixture(scope="session")
async def lasting_postgres() -> AsyncIterator[Databases]:
    """A PostgreSQL of this session; what is cloned here lasts as long."""
    with fast_home() as home:
        made = databases(home)
        await made.start()
        yield made
        await made.stop()


@pytest.fixture(scope="module")
async def postgres(lasting_postgres: Databases) -> AsyncIterator[Databases]:
    """``await postgres.service("sla")`` gives Works on a fresh database of that service, which is
    dropped after the last test of the file."""
    theirs = lasting_postgres.of_some_tests()
    yield theirs
    await theirs.drop()
