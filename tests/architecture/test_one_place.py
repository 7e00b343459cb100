"""One law per decision that was copied once: it is taken in one place, and asked for elsewhere."""

import ast
from collections.abc import Iterator

from services.intake.channels.desk.adapter import DESKS
from shared.unit_table import load_units
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


def named_in(node: ast.AST) -> set[str]:
    """Names of the attributes that stand in an expression."""
    return {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}


def test_who_sees_a_case_is_decided_in_one_place() -> None:
    """Who compares an officer's unit with the one complained of decides it a second time, and
    forgets the units beneath it."""
    found = [
        f"{module}:{node.lineno}"
        for module in modules("services", "shared")
        for node in module.nodes(ast.Compare)
        if isinstance(node, ast.Compare) and {"about_unit", "unit"} <= named_in(node)
    ]
    assert found == []
    stores = set(callers("services", "condition"))
    assert stores == {
        f"services/{name}/store.py"
        for name in (
            "intake", "intake/vault", "routing", "routing/neighbours", "routing/search",
            "routing/work", "sla", "notify",
            "tracking", "routing/webhooks", "routing/openings", "routing/rule_versions",
            "routing/model",
            "routing/learning",
        )
    }  # fmt: skip


def test_acts_of_two_persons_have_one_room() -> None:
    """Whoever writes the rule a second time forgets that the one who asked must not confirm."""
    found = {
        module.path
        for module in modules("services", "shared")
        for node in module.nodes(ast.ClassDef)
        if isinstance(node, ast.ClassDef) and node.decorator_list
        for field in node.body
        if isinstance(field, ast.AnnAssign) and dotted(field.target) == "asked_by"
    }
    assert found == {"shared/two_persons.py"}


UNITS_OF_DUTY = ("inspektorat", "biro-pemerintahan", "triage")


def test_which_unit_does_a_duty_is_said_by_the_table_of_units_alone() -> None:
    found = []
    for module in modules("services/routing"):
        allowed = {
            id(text)
            for node in module.nodes(ast.Subscript, ast.Call, ast.Compare)
            for text in said(node)
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
    """Words of the value of ``routed_by``: in its type, where it is said and where it is read."""
    if isinstance(node, ast.Subscript) and dotted(node.value) == "Literal":
        yield from ast.walk(node.slice)
    elif isinstance(node, ast.Call) and dotted(node.func) == "routed_fact":
        yield from node.args
    elif isinstance(node, ast.Compare) and dotted(node.left).endswith(".routed_by"):
        yield from node.comparators


# --- what every operation does ------------------------------------------------------------


def test_every_route_of_a_service_is_an_operation() -> None:
    """A route of the framework alone would read the body before it asks who calls."""
    made = [
        f"{module}:{node.lineno}"
        for module in modules("services", "shared")
        for node in module.nodes(ast.Call)
        if isinstance(node, ast.Call) and dotted(node.func).endswith(("APIRouter", "FastAPI"))
    ]
    assert made == []
    named = [m.path for m in modules("services", "shared") if "APIRouter" in m.text]
    assert named == ["shared/http/operation.py"]


def test_who_calls_is_asked_of_an_identity() -> None:
    """Any other dependency that refuses a caller would be asked after the body was read."""
    refusing = [
        module.path
        for module in modules("services", "shared")
        if module.imports_any("shared.errors.Unauthenticated") and module.imports_any("fastapi")
    ]
    assert refusing == [
        "services/intake/doors/form.py",  # The form's token stands in its body.
        "services/intake/doors/http.py",
        "shared/auth.py",
    ]


# --- what services share -----------------------------------------------------------------


def literals(*packages: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Path and words of each ``Literal[...]`` in the packages."""
    for module in modules(*packages):
        for node in module.nodes(ast.Subscript):
            if isinstance(node, ast.Subscript) and dotted(node.value).endswith("Literal"):
                words = (n.value for n in ast.walk(node.slice) if isinstance(n, ast.Constant))
                yield module.path, frozenset(word for word in words if isinstance(word, str))


def test_the_kinds_of_reply_are_listed_once() -> None:
    kinds = {"x_dm", "meta_comment", "lapor_ticket", "qlue_post", "printer"}
    found = [path for path, words in literals("shared", "services", "deploy") if words >= kinds]
    assert found == ["shared/reply_kinds.py"]


def test_which_units_review_is_said_by_the_table_of_units_alone() -> None:
    others = ("services/intake", "services/sla", "services/notify", "services/tracking")
    found = [
        f"{module}:{node.lineno}"
        for module in modules(*others, "shared")
        for node in module.nodes(ast.Constant)
        if isinstance(node, ast.Constant)
        and node.value in ("inspektorat", "biro-pemerintahan")
        # The policy table says whom a late judgement is told to; the desk's table who sits there.
        and module.path
        not in (
            "services/sla/policies.py",
            "services/intake/channels/desk/adapter.py",
            "shared/events/vocabulary.py",
        )
    ]
    assert found == []


def test_cursors_are_written_in_one_place() -> None:
    found = [
        module.path
        for module in modules("shared", "services")
        if module.imports_any("base64") and "cursor" in module.text.lower()
    ]
    assert found == ["shared/http/paging.py"]


READ_THEIR_BODY_THEMSELVES = {
    "services/intake/channels/payload.py",
    "services/intake/channels/submission.py",
    "services/intake/words/cleaning.py",
}
"""Doors for which the framework reads nothing: a signature is over bytes, a form is for people."""


def test_storable_text_is_checked_at_the_route_and_nowhere_behind_it() -> None:
    names = ("refuse_unstorable", "refuse_unstorable_values")
    found = set(callers("services", *names)) | set(callers("shared", *names))
    assert found == READ_THEIR_BODY_THEMSELVES | {"shared/text.py", "shared/http/input.py"}


def test_text_that_can_be_stored_is_told_without_a_web_framework() -> None:
    [text] = [module for module in modules("shared") if module.path == "shared/text.py"]
    assert not text.imports_any("fastapi", "starlette", "shared.http")


def test_what_another_service_answers_is_read_item_by_item() -> None:
    """One who reads the whole list at once stops a round for one word it does not know."""
    askers = [m for m in modules("shared", "services") if "\nCLAIM_PATH = " in m.text]
    assert len(askers) > 2
    assert [module.path for module in askers if not module.imports_any("shared.answers")] == []


def test_the_citizens_categories_are_written_from_routings_table_alone() -> None:
    slugs = {"penyakit-masyarakat", "kawasan-dilarang-merokok", "ketahanan-pangan-satwa"}
    found = [
        f"{module}:{node.lineno}"
        for module in modules("shared", "services", "deploy")
        for node in module.nodes(ast.Constant)
        if isinstance(node, ast.Constant) and node.value in slugs
    ]
    assert found == []


def test_the_units_that_the_desks_name_are_in_the_unit_tree() -> None:
    units = load_units()
    named = {word for pattern in DESKS.values() for word in pattern.pattern.split("|")}
    offices = {word for word in named if "\\" not in word}
    assert offices == {"biro-pemerintahan", "inspektorat"}
    assert all(units.find(office) for office in offices)


OF_NO_CASE = {
    "services/routing/team/api.py": {"read_me", "list_officers"},
    "services/routing/team/templates.py": {
        "list_reply_templates",
        "save_reply_template",
        "remove_reply_template",
    },
    "services/routing/team/views.py": {"list_saved_views", "save_view", "remove_view"},
    "services/routing/rule_versions/versions.py": {"propose", "activate"},
    "services/routing/model/register.py": {"register", "switch"},
    "services/routing/webhooks/api.py": {"list_webhooks", "read_webhook"},
    "services/notify/api.py": {"list_gateways", "resume_gateway"},
    # Of complaints of which the service has no case as well: their own queries say who may see
    # them (`shared.fences.UNFENCED`).
    "shared/operations.py": {"list_parked", "show_parked", "replay_parked", "edit_parked"},
    "shared/aside_doors.py": {"list_rows_aside", "release_row"},
    "shared/trace_doors.py": {"_trace", "trace_act"},
    "shared/quarantine.py": {"edit", "ask_to_discard", "confirm_discard", "withdraw_discard"},
}
"""Operations of officers about tables that no fence stands around."""


def test_what_an_officer_asks_is_asked_within_the_officer_s_sight() -> None:
    """As the service itself it would see all: a condition that is forgotten shows foreign cases."""
    found: dict[str, set[str]] = {}
    fenced = (f"services/{name}" for name in ("routing", "sla", "notify", "tracking"))
    for module in modules("shared", *fenced):
        for node in module.nodes(ast.AsyncFunctionDef):
            if isinstance(node, ast.AsyncFunctionDef) and as_system(node):
                found.setdefault(module.path, set()).add(node.name)
    assert found == OF_NO_CASE


def as_system(asked: ast.AsyncFunctionDef) -> bool:
    """Whether it has an officer or a sight, and opens a transaction of the service's own."""
    given = {each.arg for each in (*asked.args.args, *asked.args.kwonlyargs)}
    calls = (node for node in ast.walk(asked) if isinstance(node, ast.Call) and node.args)
    opened = {
        dotted(call.func).split(".")[-1] for call in calls if dotted(call.args[0]) == "SYSTEM"
    }
    return bool(given & {"operator", "actor", "officer", "who", "sight", "care"}) and bool(
        opened & {"read", "open"}
    )
