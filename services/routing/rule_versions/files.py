"""A version of the rules as a folder of files, which people edit and compare."""

import csv
import json
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from services.routing.rule_versions.checking import Problem, problems_of
from services.routing.rule_versions.document import KINDS, Document, Kind
from services.routing.rule_versions.form import UnitRow
from services.routing.rule_versions.pointers import line_of
from services.routing.rule_versions.rules import shipped_document

COLUMNS = tuple(UnitRow.model_fields)


class Broken(Exception):
    """A folder that is no version. ``lines``: what to put right, each with file and line."""

    def __init__(self, *lines: str) -> None:
        super().__init__(lines[0])
        self.lines = lines


def file_of(kind: Kind) -> str:
    return "units.csv" if kind == "units" else f"{kind}.json"


def write_folder(folder: Path, document: Document) -> None:
    """Makes the folder; files of these names in it are written anew."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        (folder / file_of(kind)).write_text(_text(kind, document[kind]), encoding="utf-8")


def _text(kind: Kind, content: Any) -> str:
    if kind != "units":
        return json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    written = StringIO()
    rows = csv.DictWriter(written, COLUMNS, lineterminator="\n")
    rows.writeheader()
    rows.writerows(content)
    return written.getvalue()


def read_folder(folder: Path) -> Document:
    """Raises Broken where a file is missing or cannot be read."""
    return {kind: _content(folder / file_of(kind), kind) for kind in KINDS}


def _content(file: Path, kind: Kind) -> Any:
    try:
        text = file.read_text(encoding="utf-8")
        if kind == "units":
            return list(csv.DictReader(StringIO(text), restkey="more", restval=""))
        return json.loads(text)
    except OSError as error:
        raise Broken(f"{file.name}: {error.strerror}. A version has {_names()}.") from None
    except UnicodeDecodeError:
        raise Broken(f"{file.name}: save it as UTF-8.") from None
    except json.JSONDecodeError as error:
        raise Broken(f"{file.name}:{error.lineno}: no JSON: {error.msg}.") from None
    except (RecursionError, csv.Error):
        raise Broken(f"{file.name}: it cannot be read. Export a version and edit that.") from None


def _names() -> str:
    return ", ".join(map(file_of, KINDS))


def check_folder(folder: Path, before: Document) -> Document:
    """The version in a folder. ``before``: the one that decides. Raises Broken, which names file
    and line of each problem."""
    document = read_folder(folder)
    if problems := problems_of(document, shipped_document(), before):
        raise Broken(*told(folder, problems))
    return document


def told(folder: Path, problems: Sequence[Problem]) -> Sequence[str]:
    """Each problem with the file and the line that it stands in."""
    texts = {
        kind: (folder / file_of(kind)).read_text(encoding="utf-8")
        for kind in KINDS
        if any(problem.kind == kind for problem in problems)
    }
    return [_told(problem, texts) for problem in problems]


def _told(problem: Problem, texts: dict[Kind, str]) -> str:
    kind = next((each for each in KINDS if each == problem.kind), None)
    if kind is None:
        return f"{problem.pointer or 'the version'}: {problem.says}"
    inner = problem.pointer.removeprefix(f"/{kind}")
    if kind == "units":
        number, _, column = inner.lstrip("/").partition("/")
        where = f"{file_of(kind)}:{int(number) + 2 if number else 1}"
        return f"{where}: {column + ': ' if column else ''}{problem.says}"
    return f"{file_of(kind)}:{line_of(texts[kind], inner)}: {inner or 'all'}: {problem.says}"
