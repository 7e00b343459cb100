"""On which line of a JSON text something stands. Pure."""

import re
from collections.abc import Iterator
from json import JSONDecoder
from typing import Final

_DECODER = JSONDecoder()
_SPACE: Final = re.compile(r"[ \t\n\r]*")
"""What may stand between two tokens (RFC 8259)."""


def line_of(text: str, pointer: str) -> int:
    """The line on which the value of a pointer (RFC 6901) begins, 1 for the first; where it is
    missing, that of the value around it. ``text``: JSON that can be read."""
    at = _behind_space(text, 0)
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        inner = next((begin for own, begin in _members(text, at) if own == name), None)
        if inner is None:
            break
        at = inner
    return text.count("\n", 0, at) + 1


def _members(text: str, at: int) -> Iterator[tuple[str, int]]:
    """Members of the object or array that begins there: name or number, and where it begins."""
    opened, number = text[at], 0
    if opened not in "{[":
        return
    at = _behind_space(text, at + 1)
    while text[at] not in "}]":
        name = str(number)
        if opened == "{":
            name, at = _DECODER.raw_decode(text, at)
            at = _behind_space(text, _behind_space(text, at) + 1)
        yield name, at
        at = _behind_space(text, _DECODER.raw_decode(text, at)[1])
        if text[at] == ",":
            at = _behind_space(text, at + 1)
        number += 1


def _behind_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
