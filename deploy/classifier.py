"""Models that are trained on what officers decided: from examples to the one that may be used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import typer


def train_on_file(examples: Path, into: Path, day: Any) -> int:
    """Trains on labelled texts and writes the model; nothing of a text is said. day: of Jakarta,
    as which the categories are valid."""
    labelled = import_module("services.routing.model.labelled")
    try:
        found = labelled.examples_of(examples, day)
    except labelled.NoExample as error:
        typer.echo(str(error), err=True)
        return 1
    return _train(found, labelled.RULES_VERSION, into)


def figures_of_model(model: Path, texts: Path, day: Any) -> Mapping[str, Any]:
    """What a model and the rules say of labelled texts that it was not trained on."""
    labelled = import_module("services.routing.model.labelled")
    found: Mapping[str, Any] = labelled.figures_of(json.loads(model.read_text("utf-8")), texts, day)
    return found


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
