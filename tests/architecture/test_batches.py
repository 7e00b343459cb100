"""One row stops nobody: every loop over stored rows goes through the room of bad rows."""

import ast
from collections.abc import Iterator, Mapping

from tests.architecture.source import Module, dotted, modules

PRODUCT = modules("shared", "services")

PERIODICS: Mapping[tuple[str, str], str | None] = {
    ("services/sla/app.py", "ticker"): "services/sla/ticker.py",
    ("services/notify/app.py", "sender"): "services/notify/sending/sender.py",
    ("services/intake/app.py", "filing"): None,
    # Rows are deleted where they stand: nothing is read of them.
    ("services/routing/app.py", "kept_answers"): None,
    # Versions of the rules: one row, or the process keeps those that it has.
    ("services/routing/app.py", "rules"): None,
    # Trained models: two rows, or the process keeps those that it has.
    ("services/routing/app.py", "models"): None,
    # They read what was written beside the cases, and no value of theirs.
    ("services/routing/app.py", "live"): None,
    ("services/routing/app.py", "webhook_writer"): None,
    ("services/routing/app.py", "webhook_sender"): None,
    ("services/routing/app.py", "chaining"): "services/routing/casefile/store.py",
    # Names and times: nothing that could be unreadable.
    ("services/intake/media/app.py", "burial"): None,
    ("services/intake/media/app.py", "sweep"): None,
    ("services/routing/console/app.py", "clock"): None,
    ("services/routing/console/app.py", "categories"): None,
    ("services/intake/media/app.py", "fetching"): "services/intake/media/store.py",
    ("services/intake/media/app.py", "settling"): "services/intake/media/store.py",
    ("services/intake/media/app.py", "scanner"): "services/intake/media/store.py",
    ("shared/foundation.py", "topic_watch.NAME"): None,
    # Wrapped keys, and nothing of what they belong to. What does not open is passed by and counted.
    ("services/intake/vault/app.py", "resealing"): None,
    ("services/intake/media/app.py", "resealing"): None,
    # Digests and ids. A case that intake does not know stays as it is and is counted.
    ("services/tracking/app.py", "rehashing"): None,
    # Files of keys and no rows.
    ("shared/footing.py", "key_watch.NAME"): None,
}
"""Every side task, and the file whose batch goes through the room; None: it takes no rows."""

READS_A_ROW = {
    # What makes a value of one stored row, and the only callers that may apply it.
    "services/sla/store.py": {"case_of": {"_read"}, "_read": set()},
    "services/routing/store.py": {"read_case": {"case_of"}, "case_of": set()},
    "services/tracking/store.py": {"view_of": {"_view"}, "_view": set()},
    "services/notify/store.py": {"_case": {"_lease"}, "_lease": set()},
    "services/intake/media/store.py": dict[str, set[str]](_file=set()),
    "services/intake/store.py": {"_complaint": {"_readable"}},
}
"""Functions that make a value of a stored row. They are handed to the room, which calls them; what
calls one itself is named here, and is handed to the room in its turn."""

SKIPS = {
    "services/intake/media/store.py",
    "services/sla/store.py",
    "services/notify/store.py",
    "services/routing/casefile/store.py",
    # Rows are deleted where they stand: nothing is read of them.
    "services/intake/store.py",
    # Four rows, and no more is read of them than their number.
    "shared/shard_lease.py",
}
"""Where a batch is taken under lock (SKIP LOCKED)."""


def calls(module: Module) -> Iterator[tuple[str, str]]:
    """``(function, what it calls)``, for every function of the module."""
    for node in module.nodes(ast.FunctionDef, ast.AsyncFunctionDef):
        for inner in ast.walk(node):
            if isinstance(inner, ast.Call):
                yield node.name, dotted(inner.func)  # type: ignore[attr-defined]


def named(path: str) -> Module:
    [module] = [each for each in PRODUCT if each.path == path]
    return module


def test_every_side_task_stands_in_the_table_and_its_batch_goes_through_the_room() -> None:
    found = {
        (module.path, name.value if isinstance(name, ast.Constant) else dotted(name))
        for module in PRODUCT
        for node in module.nodes(ast.Call)
        if isinstance(node, ast.Call) and dotted(node.func) == "Periodic"
        for name in node.args[:1]
    }
    assert found == PERIODICS.keys()
    for path in filter(None, PERIODICS.values()):
        assert named(path).imports_any("shared.set_aside"), path


def test_whoever_takes_rows_under_lock_leaves_out_what_is_set_aside() -> None:
    taking = {
        module.path
        for module in PRODUCT
        if "/migrations/" not in module.path and "SKIP LOCKED" in module.text
    }
    assert taking == SKIPS
    for path in taking - {"services/intake/store.py", "shared/shard_lease.py"}:
        assert "not_aside(" in named(path).text, path


def test_a_stored_row_is_made_a_value_by_the_room_alone() -> None:
    for path, readers in READS_A_ROW.items():
        for reader, allowed in readers.items():
            callers = {caller for caller, called in calls(named(path)) if called == reader}
            assert callers == allowed, f"{path}: {reader}"


def test_every_store_of_states_gives_them_out_by_the_room() -> None:
    found = {
        module.path
        for module in PRODUCT
        for node in module.nodes(ast.FunctionDef, ast.AsyncFunctionDef)
        if getattr(node, "name", "") == "load_many" and module.path != "shared/fold.py"
    }
    assert found == READS_A_ROW.keys() - {"services/intake/media/store.py"}
    for path in found:
        body = next(
            node
            for node in named(path).nodes(ast.AsyncFunctionDef)
            if getattr(node, "name", "") == "load_many"
        )
        returned = [node.value for node in ast.walk(body) if isinstance(node, ast.Return)]
        assert [dotted(each.func) for each in returned if isinstance(each, ast.Call)] == ["States"]


def test_a_model_is_made_of_stored_json_in_a_reader_only() -> None:
    """``validate_json`` on a column: where else it stands, a bad row would raise in the open."""
    readers = {
        "services/sla/store.py": {"case_of"},
        "services/routing/store.py": {"read_case"},
        "services/tracking/store.py": {"view_of"},
    }
    for module in PRODUCT:
        if not module.path.endswith("/store.py"):
            continue
        found = {
            caller
            for caller, called in calls(module)
            if called.endswith((".validate_json", ".model_validate_json", ".validate_python"))
        }
        assert found <= readers.get(module.path, set()), module.path
