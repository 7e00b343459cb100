"""`crm text …`: what the system reads in a text, a line of JSON each. No database is asked."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy import classifier
from shared.clock import JAKARTA, system_clock

text_app = typer.Typer(help="Texts, read or masked one by one.", no_args_is_help=True)
classifier_app = typer.Typer(help="How well texts are read.", no_args_is_help=True)
JsonLinesOption = Annotated[
    Path,
    typer.Option("--jsonl", help="A file with one JSON object a line; - for standard input."),
]
Answer = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class NotALine(Exception):
    """A line that cannot be answered. ``field``: the member that is wrong; None: the whole line."""

    def __init__(self, problem: str, field: str | None = None) -> None:
        super().__init__(problem)
        self.field = field


@text_app.command("mask")
def mask(jsonl: JsonLinesOption) -> None:
    """Takes out what tells of persons: ``{text}`` in, ``{text, spans}`` out, in the same order.

    Spans are half-open, in code points of the text that came in. A line that cannot be read is
    answered by ``{error: {line, field, detail}}`` and the exit code is 1.
    """
    masking = import_module("services.routing.masking")

    def answer(line: Mapping[str, Any]) -> Mapping[str, Any]:
        masked = masking.mask(text_of(line))
        spans = [{"start": s.start, "end": s.end, "kind": s.kind} for s in masked.spans]
        return {"text": masked.text, "spans": spans}

    raise typer.Exit(answer_lines(jsonl, answer))


@text_app.command("read")
def read(
    jsonl: JsonLinesOption,
    geojson: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Borders of the kelurahan.")
    ] = None,
) -> None:
    """Category, place, unit and signs of each text: {id, channel, text, address?, latitude?,
    longitude?, category?} in, the decision and what explains it out, in the same order.

    A line that cannot be read is answered as by ``crm text mask``.
    """
    reading = import_module("services.routing.reading.lines")
    read_line = reading.line_reader(system_clock().astimezone(JAKARTA).date(), geojson)

    def answer(line: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            found: Mapping[str, Any] = read_line(line)
        except reading.Unreadable as error:
            raise NotALine(str(error), error.field) from None
        return found

    raise typer.Exit(answer_lines(jsonl, answer))


@classifier_app.command("report")
def report(
    files: Annotated[
        list[Path] | None,
        typer.Argument(exists=True, dir_okay=False, help="Labelled texts, JSON lines."),
    ] = None,
    number: Annotated[
        int | None, typer.Option(min=1, help="A model that the running stack has registered.")
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A trained model, beside the rules."),
    ] = None,
) -> None:
    """Figures of labelled texts, one JSON object a file: categories, signs, and the ten pairs that
    are confused most, and what is routed without a person; or of places in words, and of traps;
    or of a model and the rules, category by category, also of one that the stack asks. Nothing of
    any text is said but its id."""
    labelled = import_module("services.routing.reading.labelled_files")
    day = system_clock().astimezone(JAKARTA).date()
    if number is not None:
        from deploy.cli import run_on_stack

        raise typer.Exit(run_on_stack(lambda door: classifier.report(door, number)))
    if not files:
        raise typer.BadParameter("Name files of labelled texts, or a model by --number.")
    for file in files:
        with classifier.wrong_lines_told():
            figures = (
                labelled.figures_of(file, day)
                if model is None
                else classifier.figures_of_model(model, file, day)
            )
        typer.echo(json.dumps({"file": file.name, **figures}, indent=1))


def text_of(line: Mapping[str, Any]) -> str:
    """The member ``text``. Raises NotALine."""
    if "text" not in line:
        raise NotALine("Give the text in the member text.", "text")
    if not isinstance(line["text"], str):
        raise NotALine("text must be a string.", "text")
    return line["text"]


def answer_lines(source: Path, answer: Answer) -> int:
    """Writes one object for each line of ``source``; 1 where a line could not be answered."""
    with source.open("rb") if str(source) != "-" else sys.stdin.buffer as lines:
        bad = 0
        for found in _answers(lines, answer):
            bad |= "error" in found
            sys.stdout.write(json.dumps(found) + "\n")
            # Whoever sends the next line after our answer would wait for ever for a full buffer.
            sys.stdout.flush()
    return bad


def _answers(lines: Iterable[bytes], answer: Answer) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(lines, 1):
        try:
            yield answer(_object(line))
        except NotALine as error:
            yield {"error": {"line": number, "field": error.field, "detail": str(error)}}


def _object(line: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        raise NotALine("The line is no JSON in UTF-8.") from None
    if not isinstance(found, dict):
        raise NotALine("The line is no JSON object.")
    return found
