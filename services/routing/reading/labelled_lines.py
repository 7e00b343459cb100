"""The one reading of files of labelled texts: JSON lines, each an object.

Whoever wrote such a file finds a wrong line by its number. What the line holds is not said: it may
be what a person wrote.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

Read = TypeVar("Read")

LABELLED = "Give a labelled text, {id, text, expect}."
_SIGNS = ("about_official", "emergency", "outside", "complaint")


class NoExample(Exception):
    """A line that is none; says which, and nothing of its text."""


def read_lines(
    file: Path, read: Callable[[Mapping[str, Any]], Read], wanted: str = LABELLED
) -> Iterator[Read]:
    """What ``read`` makes of each line that is not empty; KeyError, TypeError and ValueError are
    its words for one that is none. wanted: a sentence, what a line must be. Raises NoExample."""
    for number, line in enumerate(file.read_bytes().split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            found = read(_object(line))
        except (KeyError, TypeError, ValueError) as error:
            raise NoExample(f"{file.name}, line {number}: {_why(error)}. {wanted}") from None
        yield found


def text_of(row: Mapping[str, Any]) -> str:
    """Raises ValueError."""
    text = row.get("text")
    if not isinstance(text, str):
        raise ValueError("text must be a string")
    return text


def expected(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a labelled text of categories expects, whole. Raises KeyError, ValueError."""
    expect = row["expect"]
    if not isinstance(expect, Mapping):
        raise ValueError("expect must be an object")
    if not isinstance(expect["group"], str | None):
        raise ValueError("group must be a category, or null")
    for sign in _SIGNS:
        if sign not in expect:
            raise KeyError(sign)
    return expect


def _object(line: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        # A JSON error quotes the line.
        found = None
    if not isinstance(found, dict):
        raise ValueError("no JSON object in UTF-8")
    return found


def _why(error: Exception) -> str:
    match error:
        case KeyError():
            return f"{error.args[0]} is missing"
        case TypeError():
            return "a member is of the wrong kind"
        case _:
            return str(error)
