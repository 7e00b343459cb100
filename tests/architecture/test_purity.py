"""Law 3: what calls itself pure is pure, and a folder that calls itself so is pure throughout.

A module claims it by the word *pure* in its docstring, a folder in that of its ``__init__``. Such
a module is given time, ids and what was read; it never fetches them. Only then can a decision be
tested with values alone, and be made again from the same values when a replay needs it.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, SERVICES, Module, dotted, modules

CLAIM = re.compile(r"\bpure\b", re.IGNORECASE)
FOREIGN = (
    "os", "sys", "random", "secrets", "time", "socket", "asyncio", "threading", "subprocess",
    "pathlib", "importlib", "sqlalchemy", "asyncpg", "alembic", "fastapi", "starlette", "uvicorn",
    "httpx", "httpx2", "httpcore2", "aiokafka", "uuid_utils", "shared.database", "shared.work",
    "shared.inbox", "shared.outbox", "shared.parked", "shared.connections", "shared.outbound",
    "shared.kafka", "shared.consumer", "shared.fold", "shared.footing", "shared.foundation",
    "shared.runtime", "shared.settings", "shared.telemetry", "shared.http",
    "shared.clock.system_clock", "shared.ids.new_id",
    "uuid.uuid1", "uuid.uuid3", "uuid.uuid4", "uuid.uuid6", "uuid.uuid7",
)  # fmt: skip
ROOMS_WITH_THE_WORLD = {"store", "tables", "api", "app", "settings", "handler", "sender"}
"""Last parts of a module's name: what is in them reaches a database, a caller or a clock."""
PRESENT = re.compile(r"(^|\.)(now|utcnow|today|monotonic|perf_counter|time_ns|uuid[1467])$")
READS = re.compile(r"(^|\.)(open|read_text|read_bytes|files|getenv)$")


def claims(module: Module) -> bool:
    """By its own docstring, or by that of a folder around it."""
    folders = [parent / "__init__.py" for parent in Path(module.path).parents]
    texts = [module.tree, *(ast.parse((ROOT / f).read_text()) for f in folders if exists(f))]
    return any(CLAIM.search(ast.get_docstring(tree) or "") for tree in texts)


def exists(path: Path) -> bool:
    return (ROOT / path).is_file()


def impurities(module: Module) -> Iterator[str]:
    """What makes a module more than a function of its arguments."""
    for name in sorted(module.imports):
        foreign = any(name == each or name.startswith(f"{each}.") for each in FOREIGN)
        parts = set(name.split(".")[2:]) if name.startswith("services.") else set()
        if foreign or parts & ROOMS_WITH_THE_WORLD:
            yield f"{module} imports {name}"
    for name in sorted(module.called):
        if PRESENT.search(name) or READS.search(name):
            yield f"{module} calls {name}"
    if any(module.nodes(ast.AsyncFunctionDef, ast.Await)):
        yield f"{module} waits"


def pure_modules() -> list[Module]:
    return [m for m in modules("services", "shared", "deploy") if claims(m)]


def test_what_claims_to_be_pure_is_pure() -> None:
    broken = [impurity for module in pure_modules() for impurity in impurities(module)]
    assert not broken, "\n".join(broken)


def test_the_hearts_of_all_services_claim_it() -> None:
    claimed = {module.path for module in pure_modules()}
    missing = {f"services/{name}/domain.py" for name in SERVICES} - claimed
    missing |= {
        module.path
        for folder in ("services/routing/case", "services/intake/words")
        for module in modules(folder)
        if module.path not in claimed
    }
    assert not missing


@pytest.mark.parametrize(
    "line",
    [
        "from datetime import datetime\nNOW = datetime.now()",
        "from datetime import date\nDAY = date.today()",
        "import time",
        "from time import monotonic",
        "from shared.clock import system_clock",
        "import os",
        "import random",
        "import secrets",
        "from uuid import uuid4",
        "import uuid\nKEY = uuid.uuid4()",
        "from shared.ids import new_id",
        "from uuid_utils import compat",
        "from sqlalchemy import text",
        "from shared.work import Work",
        "import httpx2",
        "from shared.outbound import OutboundClient",
        "from fastapi import Request",
        "from services.sla.store import ClockStore",
        "from services.sla import store",
        "TABLE = open('table.json')",
        "async def wait() -> None: ...",
    ],
)
def test_the_law_notices_each_way_to_reach_the_world(line: str) -> None:
    clean = ROOT / "services" / "sla" / "turn.py"
    assert not list(impurities(Module(clean)))
    spoilt = Module(clean)
    spoilt.tree = ast.parse(f"{clean.read_text()}\n{line}\n")
    assert list(impurities(spoilt))


def test_calls_are_told_apart_by_their_whole_name() -> None:
    tree = ast.parse("known(1)\nrow.today_is(2)\nmodule.datetime.now()")
    called = [dotted(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert [name for name in called if PRESENT.search(name)] == ["module.datetime.now"]
