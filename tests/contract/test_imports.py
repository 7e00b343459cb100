"""What a process does not wait for at its start: libraries that it has no use for.

All processes of a stack import at the same time, on as many cores as there are.
"""

import subprocess
import sys

import pytest

from deploy.services import SERVICES

DATABASE_AND_STREAM = {"sqlalchemy", "asyncpg", "aiokafka"}
SELDOM = {"alembic", "xlsxwriter", "shapely", "numpy"}
"""For migrations, for an export, for an operator's own borders."""
OF_SPANS = {"opentelemetry.sdk", "opentelemetry.exporter", "shared.span_export", "requests"}
"""For whoever has named a collector of traces."""
OF_LAUNCHER_AND_TESTS = {"typer", "psutil", "pytest", "hypothesis", "schemathesis", "playwright"}


def imported_with(*modules: str) -> set[str]:
    program = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("database", [True, False])
def test_a_process_imports_nothing_that_it_has_no_use_for(*, database: bool) -> None:
    apps = [f"{each.package}.app" for each in SERVICES if each.database is database]
    useless = (
        SELDOM | OF_SPANS | OF_LAUNCHER_AND_TESTS | (set() if database else DATABASE_AND_STREAM)
    )
    assert not imported_with(*apps) & useless


def test_what_stands_before_a_service_imports_no_library() -> None:
    """Or the garbage collector would walk over it while the rest is imported."""
    entries = [f"{each.package}.__main__" for each in SERVICES]
    assert not imported_with(*entries) & {"pydantic", "fastapi", *DATABASE_AND_STREAM}


def test_a_service_loads_nothing_for_terminals() -> None:
    program = """
import sys
from shared.starting import start
def make():
    import services.sla.app
    print(*[name for name, module in sys.modules.items() if module])
    sys.exit()
start(make)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "structlog" in loaded
    assert "rich" not in loaded


def test_the_launcher_starts_postgresql_before_it_loads_what_speaks_to_it() -> None:
    assert not imported_with("deploy.local.run", "deploy.running") & {"sqlalchemy", "fastapi"}
