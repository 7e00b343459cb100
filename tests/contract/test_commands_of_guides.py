"""Each command line in a guide is one that there is: its words, its options, its number of words.

What a guide leaves open (FILE, ..., {}) may be anything; a line need not be whole.
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from deploy import contracts
from deploy.cli import app

PAGES = [contracts.README, *sorted((contracts.ROOT / "docs").glob("*.md"))]
ENDS = {"|", "||", "&&", ";", ">", ">>", "#", "&"}
ROOT: Any = typer.main.get_command(app)
MAKEFILE = (contracts.ROOT / "Makefile").read_text(encoding="utf-8")


def commands_in(text: str, name: str) -> Iterator[list[str]]:
    """What stands behind ``name`` in code: between backticks, or as a line of a block."""
    blocks = re.findall(r"^```\w*[^\n]*\n(.*?)^```", text, re.M | re.S)
    spans = re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    for line in (*lines, *spans):
        if found := re.match(rf"\s*(?:\$ )?(?:\.venv/bin/)?{name}\s+(.*)", line, re.S):
            yield words_of(found[1])


def words_of(line: str) -> list[str]:
    words = shlex.split(line, comments=True)
    end = next((at for at, word in enumerate(words) if word in ENDS), len(words))
    return words[:end]


def wrong_with(words: list[str]) -> str | None:
    """What `crm` would say of them before it looks at what they mean."""
    command, rest = ROOT, list(words)
    while rest and hasattr(command, "commands") and not rest[0].startswith(("-", "...")):
        if rest[0] not in command.commands:
            return f"{' '.join(words)}: there is no {rest[0]}"
        command = command.commands[rest.pop(0)]
    options = {name: each for each in command.params for name in (*each.opts, *each.secondary_opts)}
    taken, most = 0, sum(each.nargs if each.nargs > 0 else 99 for each in arguments(command))
    while rest:
        word = rest.pop(0).partition("=")[0]
        if not word.startswith("--"):
            taken += 1
        elif word not in {*options, "--help"}:
            return f"{' '.join(words)}: there is no {word}"
        elif rest and word != "--help" and not options[word].is_flag:
            rest.pop(0)
    return f"{' '.join(words)}: too many words" if taken > most else None


def arguments(command: Any) -> list[Any]:
    return [each for each in command.params if each.param_type_name == "argument"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_crm_command_of_a_guide_exists_with_its_options(page: Path) -> None:
    found = [wrong_with(words) for words in commands_in(page.read_text(encoding="utf-8"), "crm")]
    assert [each for each in found if each] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_target_of_make_in_a_guide_exists_with_its_variables(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.M))
    variables = set(re.findall(r"\$\((?:if \$\()?([A-Z]+)\)", MAKEFILE)) | {"ONCE"}
    for words in commands_in(page.read_text(encoding="utf-8"), "make"):
        names = {word for word in words if "=" not in word}
        assert names <= targets
        assert {word.partition("=")[0] for word in words if "=" in word} <= variables


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("crm tail", None),
        ("crm rows release SERVICE ID", None),
        ("crm rows release SERVICE --all", None),
        ("crm up --replicas 2 | head", None),
        ("crm backwards", "backwards: there is no backwards"),
        ("crm rows relaese sla 1", "rows relaese sla 1: there is no relaese"),
        ("crm up --replica 2", "up --replica 2: there is no --replica"),
        ("crm up --replicas", None),
        ("crm track ONE TWO", "track ONE TWO: too many words"),
    ],
)
def test_a_command_that_is_not_there_is_found(line: str, said: str | None) -> None:
    [words] = commands_in(f"Say `{line}`.", "crm")
    assert wrong_with(words) == said


def test_the_guides_do_name_commands() -> None:
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    assert sum(len(list(commands_in(text, "crm"))) for text in texts) > 30
    assert sum(len(list(commands_in(text, "make"))) for text in texts) > 5
