"""One table of processes: `deploy/services.py`. Who else lists them would be forgotten."""

import ast
import importlib.util
import re
from typing import Any

import pytest
import yaml

from deploy import contracts
from deploy.containers import HTTP_PORT, OPENED
from deploy.services import (
    NAMES,
    SERVICES,
    Service,
    in_order_of_migration,
    in_order_of_start,
)
from tests.architecture.source import ROOT, Module, modules

TABLE = "deploy/services.py"
ORACLES = {"tests/e2e/test_first_light.py"}
"""Tests that spell all names by hand, so that the table cannot lose one unseen."""

THIS_FAR = 2
"""So many names in one literal are a fact about those services; more are a copy of the table."""

each_service = pytest.mark.parametrize("service", SERVICES, ids=NAMES)


def longest_list(module: Module) -> set[str]:
    """The process names in that one literal (tuple, list, set, mapping) that has most of them."""
    literals = module.nodes(ast.Tuple, ast.List, ast.Set, ast.Dict)
    return max((named_in(literal) for literal in literals), key=len, default=set())


def named_in(literal: ast.AST) -> set[str]:
    """The processes that stand in a literal itself, not in one inside it."""
    parts = literal.keys if isinstance(literal, ast.Dict) else getattr(literal, "elts", [])
    return {
        name
        for part in parts
        if isinstance(part, ast.Constant)
        for name in NAMES
        if part.value == name
    }


def test_no_other_module_of_deploy_lists_the_processes() -> None:
    lists = {
        module.path: found
        for module in modules("deploy")
        if module.path != TABLE and len(found := longest_list(module)) > THIS_FAR
    }
    assert lists == {}


def test_no_test_lists_the_processes_but_the_one_that_counts_them_by_hand() -> None:
    shared_by_many = modules("tests/e2e", "tests/crash", "tests/integration/deploy")
    lists = {module.path for module in shared_by_many if longest_list(module) == set(NAMES)}
    assert lists == ORACLES


@each_service
def test_a_row_names_a_package_that_runs(service: Service) -> None:
    assert importlib.util.find_spec(f"{service.package}.__main__") is not None
    assert set(service.calls) <= set(NAMES) - {service.name}
    migrations = ROOT / service.package.replace(".", "/") / "migrations"
    assert migrations.is_dir() == service.database


@each_service
def test_a_row_says_truly_whether_a_process_hears_and_emits(service: Service) -> None:
    handler = importlib.util.find_spec(f"{service.package}.handler")
    assert (handler is not None) == service.hears
    assert bool(contracts.hears(service.name)) == service.hears
    assert bool(contracts.emits(service.name)) == service.emits


def test_every_package_that_runs_has_a_row() -> None:
    runs = {
        path.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for path in (ROOT / "services").rglob("__main__.py")
    }
    assert runs == {service.package for service in SERVICES}


def test_who_waits_for_a_group_of_the_stream_is_started_first() -> None:
    names = ["intake-2", "vault", "routing", "console", "sla"]
    assert in_order_of_start(names) == (["vault", "routing", "sla"], ["intake-2", "console"])


def test_the_schemas_into_which_others_write_are_migrated_first() -> None:
    order = in_order_of_migration(NAMES)
    assert order[:2] == ["vault", "media"]
    assert sorted(order) == sorted(service.name for service in SERVICES if service.database)


# --- the same with containers ------------------------------------------------------------


def composed() -> dict[str, Any]:
    text = (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8")
    services: dict[str, Any] = yaml.safe_load(text)["services"]
    return services


def test_compose_has_a_container_for_each_process_and_no_other() -> None:
    assert set(composed()) == {*NAMES, "postgres", "kafka", "setup", "outside"}


@pytest.mark.parametrize("name", [*NAMES, "outside"])
def test_a_container_becomes_its_process_and_reads_its_own_settings_alone(name: str) -> None:
    container = composed()[name]
    assert container["command"] == ["run", name]
    own = [volume for volume in container["volumes"] if isinstance(volume, dict)]
    assert [volume["volume"]["subpath"] for volume in own] == [name]
    assert all(volume["target"] == "/run/crm" and volume["read_only"] for volume in own)


def test_no_two_containers_open_the_same_port_of_the_machine() -> None:
    opened = [port for container in composed().values() for port in container.get("ports", [])]
    assert all(port.startswith("127.0.0.1:") for port in opened)
    machine = [port.split(":")[1] for port in opened]
    assert len(set(machine)) == len(machine)
    assert {port.split(":")[2] for port in opened} == {str(HTTP_PORT), "8025"}


def test_compose_opens_the_ports_that_the_addresses_of_pages_name() -> None:
    opened = {
        name: int(port.split(":")[1])
        for name, container in composed().items()
        for port in container.get("ports", [])
        if port.endswith(f":{HTTP_PORT}")
    }
    assert opened == OPENED


def test_the_image_holds_every_package_that_its_processes_import() -> None:
    recipe = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
    copied = {line.split()[1] for line in recipe.splitlines() if line.startswith("COPY ")}
    assert {"shared", "services", "deploy"} <= copied
    assert 'ENTRYPOINT ["python", "-m", "deploy.containers"]' in recipe


def test_every_module_that_is_named_as_a_string_exists() -> None:
    """A module that moved is found by its importers, and not by those who run it by name."""
    named = re.compile(r"(deploy|services|shared)(\.[a-z_]+)+")
    strings = {
        constant.value
        for module in modules("deploy")
        for constant in module.nodes(ast.Constant)
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
    }
    modules_named = {text for text in strings if named.fullmatch(text)}
    assert len(modules_named) > len(NAMES)
    assert [name for name in modules_named if importlib.util.find_spec(name) is None] == []
