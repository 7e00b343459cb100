"""The laws of the house (docs/decisions/0001), each as a test that can turn red."""

import ast
import subprocess
import sys

import pytest

from tests.architecture.source import ROOT, SERVICES, Module, dotted, modules

PRODUCT = modules("shared", "services", "deploy")
SHARED_SQL = {
    f"shared/{name}.py"
    for name in (
        *("database", "migrations", "work", "rebuild", "bus_tables"),
        *("inbox", "outbox", "parked", "parked_acts", "set_aside", "shard_lease", "fences"),
        *("trace_rows", "schema_fit", "archived_rows", "archiving"),
    )
}
BROAD_EXCEPT = {
    f"shared/{name}.py"
    # quarantine decides the fate of a parked event as the loop does of any other; a figure that
    # cannot be had must not take the other figures with it.
    for name in ("consumer", "outbox", "runtime", "set_aside", "quarantine", "gauges")
}
READS_ENVIRONMENT = {"shared/settings.py", "deploy/local/settings.py"}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
DOMAIN_STDLIB_FORBIDDEN = ("uuid.uuid1", "uuid.uuid4", "random", "os", "time", "secrets", "socket")


def broken(law: list[str]) -> None:
    assert not law, "\n".join(law)


# --- 1: who may know whom ----------------------------------------------------------------


def test_shared_imports_no_service_and_not_deploy() -> None:
    broken(
        [
            f"{m}: {bad}"
            for m in modules("shared")
            if (bad := m.imports_any("services", "deploy", "tests"))
        ]
    )


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_imports_another(service: str) -> None:
    others = [f"services.{other}" for other in SERVICES if other != service]
    broken(
        [
            f"{m}: {bad}"
            for m in modules(f"services/{service}")
            if (bad := m.imports_any(*others, "deploy", "tests"))
        ]
    )


def test_deploy_names_services_as_strings() -> None:
    broken(
        [
            f"{m}: {bad}"
            for m in modules("deploy")
            if not m.path.startswith("deploy/contracts/")
            and (bad := m.imports_any("services", "tests"))
        ]
    )


# --- 2: one home for each library --------------------------------------------------------


def test_only_one_file_imports_the_kafka_client() -> None:
    broken([m.path for m in PRODUCT if m.imports_any("aiokafka") and m.path != "shared/kafka.py"])


def test_only_the_way_out_imports_the_http_client() -> None:
    broken(
        [
            m.path
            for m in PRODUCT
            if m.imports_any("httpx", "httpx2", "httpcore2", "requests", "aiohttp")
            # The exporter of spans brings its own client.
            and m.path
            not in ("shared/outbound.py", "shared/connections.py", "shared/span_export.py")
        ]
    )


def test_only_one_file_imports_what_sends_spans() -> None:
    found = [m.path for m in PRODUCT if m.imports_any("opentelemetry")]
    assert found == ["shared/span_export.py"]


def may_speak_sql(module: Module) -> bool:
    name = module.path.rsplit("/", 1)[-1]
    own = module.path.startswith("services/") and (
        name in ("tables.py", "store.py") or "/migrations/" in module.path
    )
    # A handle on an open connection is no SQL: Store's protocol names its type.
    return own or module.path in SHARED_SQL


def test_sql_is_spoken_in_stores_tables_and_the_boxes_only() -> None:
    connection = {"sqlalchemy.ext.asyncio", "sqlalchemy.ext.asyncio.AsyncConnection"}
    broken(
        [
            f"{m}: {bad}"
            for m in modules("shared", "services")
            if not may_speak_sql(m)
            and (bad := m.imports_any("sqlalchemy", "asyncpg", "alembic") - connection)
        ]
    )


def test_only_settings_read_the_environment() -> None:
    reads = {"os.getenv", "os.environ.get", "environ.get", "getenv"}
    found = []
    for module in PRODUCT:
        if module.path in READS_ENVIRONMENT or module.path.endswith("/settings.py"):
            continue
        subscripts = {
            dotted(n.value) for n in module.nodes(ast.Subscript) if isinstance(n, ast.Subscript)
        }
        if module.called & reads or "os.environ" in subscripts:
            found.append(module.path)
    broken(found)


def test_only_one_file_reads_the_clock_of_the_machine() -> None:
    """All others are given a clock. What decides by time is given the database's, which all
    replicas share: a machine whose clock is wrong by hours must fire and hold up nothing. Nor does
    anybody name the machine's clock: as a default it was what a process without a database had."""
    reads = (
        "datetime.now", "datetime.utcnow", "date.today", "time.time", "time.time_ns",
        "time.localtime", "time.gmtime", "system_clock",
    )  # fmt: skip
    named = ("shared.clock.system_clock", *(name for name in reads if name.startswith("time.")))
    broken(
        [
            f"{module}: {name}"
            for module in modules("shared", "services")
            if module.path != "shared/clock.py"
            for name in sorted(module.called | module.imports_any(*named))
            if name.endswith(reads)
        ]
    )


# --- 3: the pure core (what purity means is in test_purity.py) ----------------------------


def domains() -> list[Module]:
    return [m for m in modules("services") if m.path.endswith("/domain.py")]


def test_every_service_has_a_domain() -> None:
    assert {m.package for m in domains()} >= {f"services/{name}" for name in SERVICES}


def test_domains_import_only_what_is_pure() -> None:
    found = []
    for module in domains():
        own = module.package.replace("/", ".")
        allowed = (
            "pydantic", "shared.events", "shared.errors", "shared.decision", "shared.units", own,
        )  # fmt: skip
        for name in sorted(module.imports):
            top = name.split(".")[0]
            outside = top not in sys.stdlib_module_names and top not in ("shared", "services")
            foreign = top in ("shared", "services") and not any(
                name == a or name.startswith(f"{a}.") for a in allowed
            )
            if (outside and top != "pydantic") or foreign or name in DOMAIN_STDLIB_FORBIDDEN:
                found.append(f"{module}: {name}")
    broken(found)


# --- 4: transactions, errors, imports ----------------------------------------------------


def test_nobody_but_shared_commits() -> None:
    broken(
        [
            m.path
            for m in modules("services", "deploy")
            if any(name.endswith(".commit") for name in m.called)
        ]
    )


OTHERS = {
    *("client", "outbound", "producer", "adapter"),
    *("contents", "facts", "holders", "reviewers", "vault", "routing", "intake"),
}
"""Names of what answers over the network."""


def test_nobody_is_asked_over_the_network_while_a_transaction_is_open() -> None:
    """The database ends a transaction that is silent for five seconds, and what it has locked would
    wait for a stranger's answer as long."""
    found = []
    for module in modules("services", "shared"):
        for node in module.nodes(ast.AsyncWith):
            assert isinstance(node, ast.AsyncWith)
            opened = [
                dotted(each.context_expr.func)
                for each in node.items
                if isinstance(each.context_expr, ast.Call)
            ]
            if not any(name.endswith("works.open") for name in opened):
                continue
            asked = [
                dotted(each.value.func)
                for each in ast.walk(node)
                if isinstance(each, ast.Await) and isinstance(each.value, ast.Call)
            ]
            found += [
                f"{module}:{node.lineno} {name}"
                for name in asked
                if OTHERS & {part.strip("_") for part in name.split(".")[:-1]}
            ]
    broken(found)


def test_only_loop_relay_runtime_gauges_and_the_room_of_bad_rows_catch_everything() -> None:
    found = []
    for module in PRODUCT:
        for node in module.nodes(ast.ExceptHandler):
            assert isinstance(node, ast.ExceptHandler)
            broad = node.type is None or dotted(node.type) in ("Exception", "BaseException")
            # What is raised again after tidying up is not caught.
            raises = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
            if broad and not raises and module.path not in BROAD_EXCEPT:
                found.append(f"{module}:{node.lineno}")
    broken(found)


def test_no_error_is_swallowed() -> None:
    found = []
    for module in PRODUCT:
        for node in module.nodes(ast.ExceptHandler):
            assert isinstance(node, ast.ExceptHandler)
            if all(isinstance(step, ast.Pass) for step in node.body):
                found.append(f"{module}:{node.lineno}")
    broken(found)


def test_nothing_is_made_at_import() -> None:
    makers = (
        "create_engine",
        "create_async_engine",
        "OutboundClient",
        "AsyncClient",
        "Settings",
        "FastAPI",
        "KafkaProducer",
        "KafkaSubscription",
        "Foundation",
    )
    found = []
    for module in modules("shared", "services"):
        for node in module.tree.body:
            value = getattr(node, "value", None)
            if isinstance(value, ast.Call) and dotted(value.func).endswith(makers):
                found.append(f"{module}:{node.lineno}")
    broken(found)


def test_no_file_is_a_drawer_for_anything() -> None:
    broken(
        [
            m.path
            for m in PRODUCT
            if m.path.rsplit("/", 1)[-1].removesuffix(".py") in FORBIDDEN_NAMES
        ]
    )


def test_tests_neither_mock_nor_patch() -> None:
    broken(
        [
            m.path
            for m in modules("tests")
            if m.imports_any("unittest.mock", "mock")
            or any(name.startswith("monkeypatch.setattr") for name in m.called)
        ]
    )


# --- 6: importing opens nothing ----------------------------------------------------------


def test_importing_any_module_opens_and_starts_nothing() -> None:
    names = [
        m.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        for m in modules("shared", "services")
        if "/migrations/" not in m.path and not m.path.endswith("__main__.py")
    ]
    program = f"""
import importlib, socket, subprocess, threading
def refuse(*_, **__): raise AssertionError("a module does something when it is imported")
socket.socket.connect = socket.socket.bind = subprocess.Popen.__init__ = refuse
before = threading.active_count()
for name in {names!r}:
    importlib.import_module(name)
assert threading.active_count() == before, "a module starts a thread when it is imported"
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
