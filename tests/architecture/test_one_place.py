"""One law per decision that was copied once: it is taken in one place, and asked for elsewhere."""

import ast
from collections.abc import Iterator

from tests.architecture.source import dotted, modules


def callers(package: str, *names: str) -> list[str]:
    """Modules that call a function or method of these names, once per module."""
    return [
        module.path
        for module in modules(package)
        if any(called.rpartition(".")[2] in names for called in module.called)
    ]


def test_what_follows_from_a_cases_change_is_done_in_one_place_for_both_doors() -> None:
    for name in ("answer_child", "add_history", "record"):
        assert callers("services/routing", name) == ["services/routing/consequences.py"], name


UNITS_OF_DUTY = ("inspektorat", "biro-pemerintahan", "triage")


def test_which_unit_does_a_duty_is_said_by_the_table_of_units_alone() -> None:
    found = []
    for module in modules("services/routing"):
        allowed = {
            id(text) for node in module.nodes(ast.Subscript, ast.Call) for text in said(node)
        }
        found += [
            f"{module}:{node.lineno}"
            for node in module.nodes(ast.Constant)
            if isinstance(node, ast.Constant)
            and node.value in UNITS_OF_DUTY
            and id(node) not in allowed
        ]
    assert found == []


def said(node: ast.AST) -> Iterator[ast.AST]:
    """Words of the value of ``routed_by``: in its type, and where the fact is made."""
    if isinstance(node, ast.Subscript) and dotted(node.value) == "Literal":
        yield from ast.walk(node.slice)
    elif isinstance(node, ast.Call) and dotted(node.func) == "routed_fact":
        yield from node.args
