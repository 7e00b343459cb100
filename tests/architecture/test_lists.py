"""Routing asks no other service while it draws a list: its rooms of lists could not."""

import ast

from tests.architecture.source import Module, dotted, modules

ROOMS = ("search", "neighbours", "export", "slips")
FILES = ("lists", "store")
"""Of the room of an officer's work; the others show one case."""
OUT = ("shared.outbound", "shared.connections", "shared.facts_claim", "services.routing.contents")
ASKING = ("with_words_on_their_way", "claim", "filed", "post")
"""Methods that wait for intake's answer."""


def rooms_of_lists() -> list[Module]:
    work = [f"services/routing/work/{name}.py" for name in FILES]
    return [
        each
        for each in modules("services/routing")
        if each.path in work or each.path.split("/")[2] in ROOMS
    ]


def test_a_room_of_lists_knows_nobody_whom_it_could_ask() -> None:
    assert len(rooms_of_lists()) > len(ROOMS) + len(FILES)
    assert [(each.path, each.imports_any(*OUT)) for each in rooms_of_lists()
            if each.imports_any(*OUT)] == []  # fmt: skip


def test_a_room_of_lists_waits_for_no_method_that_asks() -> None:
    waits = [
        f"{each}:{node.lineno} {name}"
        for each in rooms_of_lists()
        for node in each.nodes(ast.Await)
        if isinstance(node, ast.Await) and isinstance(node.value, ast.Call)
        for name in [dotted(node.value.func)]
        if name.rpartition(".")[2] in ASKING
    ]
    assert waits == []
