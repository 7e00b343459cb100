"""Models that are trained on what officers decided: from examples to the one that may be used."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import typer

from deploy.rules import Door, body_of


def train_on_file(examples: Path, into: Path, day: Any) -> int:
    """Trains on labelled texts and writes the model; nothing of a text is said. day: of Jakarta,
    as which the categories are valid."""
    labelled = import_module("services.routing.model.labelled")
    with wrong_lines_told():
        found = labelled.examples_of(examples, day)
    return _train(found, labelled.RULES_VERSION, into)


@contextmanager
def wrong_lines_told() -> Iterator[None]:
    """A line of a file that is no labelled text ends the command with a sentence that names it."""
    try:
        yield
    except import_module("services.routing.reading.labelled_lines").NoExample as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def figures_of_model(model: Path, texts: Path, day: Any) -> Mapping[str, Any]:
    """What a model and the rules say of labelled texts that it was not trained on."""
    labelled = import_module("services.routing.model.labelled")
    found: Mapping[str, Any] = labelled.figures_of(_read(model), texts, day)
    return found


def _read(model: Path) -> Any:
    return json.loads(model.read_text("utf-8"))


def _train(examples: Any, rules_version: int, into: Path) -> int:
    training = import_module("services.routing.model.training")
    try:
        document = training.train(examples, rules_version)
    except training.CannotTrain as error:
        typer.echo(str(error), err=True)
        return 1
    into.write_text(document.model_dump_json(indent=1) + "\n", encoding="utf-8")
    typer.echo(json.dumps(told(document.model_dump()), indent=1))
    return 0


def told(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a model's file says besides its numbers and terms."""
    names = ("rules_version", "threshold", "learned", "held_out")
    return {"terms": len(document["terms"]), **{name: document[name] for name in names}}


def learn_hints(hints: Path, texts: Sequence[Path], day: Any) -> int:
    """Learns the weights of a file of hints anew, whose groups of words stay, and prints how often
    they are right of texts whose writers were left out. day: as in ``train_on_file``."""
    hinting = import_module("services.routing.model.hinting")
    reader = import_module("services.routing.reading.reader").load_reader()
    table = import_module("services.routing.placing.categories").load_categories().at(day)
    before = _read(hints)
    with wrong_lines_told():
        lessons = [*hinting.lessons_of(texts, reader, table)]
    try:
        learnt = {"note": before["note"], **hinting.learn(lessons, before["groups"])}
        typer.echo(json.dumps(hinting.cross_figures(lessons, before["groups"]), indent=1))
    except import_module("services.routing.model.training").CannotTrain as error:
        typer.echo(str(error), err=True)
        return 1
    hints.write_text(hinting.written(learnt), encoding="utf-8")
    return 0


# --- on a running stack ---------------------------------------------------------------------

AT_ONCE = 200
"""Examples of one page."""
_MODELS, _EXAMPLES = "/v1/classifier-models", "/v1/classifier-examples"


async def train_on_stack(door: Door, into: Path, cases: int) -> int:
    """Trains on the last finished ``cases``. What is asked for stays in this process."""
    features = import_module("services.routing.model.features")
    example = import_module("services.routing.model.examples").Example
    found: list[Any] = []
    versions: set[int] = set()
    cursor: str | None = ""
    while cursor is not None and len(found) < cases:
        behind = f"&cursor={cursor}" if cursor else ""
        page = await _get(door, f"{_EXAMPLES}?limit={AT_ONCE}{behind}")
        versions.add(page["rules_version"])
        for each in page["examples"]:
            read = features.Features(tuple(each.pop("words")), each.pop("shares"))
            found.append(example(features=read, **each))
        cursor = page["next_cursor"]
    if len(versions) > 1:
        typer.echo("Another version of the rules was activated meanwhile. Try again.", err=True)
        return 1
    return _train(found[:cases], versions.pop(), into)


async def register(door: Door, file: Path, reason: str, officer: str | None) -> int:
    """Registers a model, which is asked in shadow from then on."""
    said = {"note": reason, "document": _read(file)}
    number = (await _post(door, _MODELS, said, officer))["number"]
    typer.echo(f"model {number} is asked in shadow; later: crm classifier report --number {number}")
    return 0


async def history(door: Door) -> int:
    """Prints the newest models and who let them decide."""
    for each in (await _get(door, _MODELS))["models"]:
        by = f"registered by {each['registered_by']} at {each['registered_at']}: {each['note']}"
        typer.echo(f"{each['number']}  {each['standing']}  {by}")
        for act in each["switches"]:
            word = "let decide" if act["decides"] else "stopped"
            typer.echo(f"   {word} by {act['switched_by']} at {act['switched_at']}: {act['note']}")
    return 0


async def report(door: Door, number: int) -> int:
    """Prints how good a model is beside the rules, category by category."""
    told = await _get(door, f"{_MODELS}/{number}")
    names = ("number", "standing", "rules_version", "threshold", "trained_on", "corrected",
             "held_out", "finished", "put_right", "barred")  # fmt: skip
    typer.echo(json.dumps({name: told[name] for name in names}, indent=1))
    return 0


async def switch(door: Door, number: int, decides: bool, reason: str, officer: str | None) -> int:
    """As the second officer, where it is to decide."""
    wish = {"decides": decides, "note": reason}
    told = await _post(door, f"{_MODELS}/{number}/switch", wish, officer)
    typer.echo(f"model {number} is {told['standing']}")
    return 0


async def _get(door: Door, path: str) -> Any:
    return body_of(await door.get("routing", path, door.token("admin", "biro-pemerintahan")))


async def _post(door: Door, path: str, body: Mapping[str, Any], officer: str | None) -> Any:
    token = door.token("admin", "biro-pemerintahan", officer)
    return body_of(await door.post("routing", path, body, token))
