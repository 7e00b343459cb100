"""One law per decision that was copied once: it is taken in one place, and asked for elsewhere."""

from tests.architecture.source import modules


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
