"""Where a case stands in the queue that an officer goes through. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

PAGE = 25
"""Rows of a page of any queue."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A page of a queue, as addresses carry it: ``cursor`` as routing signed it, ``first``: the
    number of its first row. ``ahead``: the case to go to once this one has left the queue."""

    kind: str
    cursor: str | None
    first: int
    ahead: str | None = None

    def address(self, room: str, case: str | None = None, **more: str | None) -> str:
        """Of the queue, or of a case in it, from where the pages begin."""
        asked = {
            "jenis": self.kind,
            "hal": self.cursor,
            "mulai": str(self.first) if self.first > 1 else None,
            **more,
        }
        query = urlencode({name: value for name, value in asked.items() if value})
        path = f"{room}/{case}" if case else room
        return f"{path}?{query}" if query else path

    def page_behind(self, cursor: str) -> "Walk":
        return Walk(self.kind, cursor, self.first + PAGE)


@dataclass(frozen=True, slots=True)
class Place:
    """``number``: of the case in the queue; None once it has left it. ``before`` and ``after``:
    addresses of its neighbours, None at an end. ``known``: False while the queue cannot be read."""

    number: int | None
    total: int
    before: str | None
    after: str | None
    known: bool = True


def place_of(case: str, walk: Walk, listed: Mapping[str, Any] | None, room: str) -> Place:
    """``listed``: the page of the queue as routing answers it; None while it cannot be read."""
    if listed is None:
        return Place(None, 0, None, None, known=False)
    ids = [each["complaint_id"] for each in listed["cases"]]
    total = listed.get("total", len(ids))
    if case not in ids:
        onward = walk.ahead if walk.ahead in ids else next(iter(ids), None)
        return Place(None, total, None, _at(walk, room, ids, onward))
    at = ids.index(case)
    before = ids[at - 1] if at else None
    after = _at(walk, room, ids, ids[at + 1]) if at + 1 < len(ids) else _behind(walk, room, listed)
    return Place(walk.first + at, total, _at(walk, room, ids, before), after)


def in_queue(walk: Walk, room: str, ids: Sequence[str], case: str) -> str:
    """The address of a case of the page, which carries the one behind it."""
    behind = ids[ids.index(case) + 1 : ids.index(case) + 2]
    return walk.address(room, case, lanjut=behind[0] if behind else None)


def _at(walk: Walk, room: str, ids: Sequence[str], case: str | None) -> str | None:
    return None if case is None else in_queue(walk, room, ids, case)


def fields_of_walk(walk: Walk) -> dict[str, str]:
    """The same for a form, by field."""
    named = {
        "jenis": walk.kind, "hal": walk.cursor, "mulai": str(walk.first), "lanjut": walk.ahead,
    }  # fmt: skip
    return {name: value for name, value in named.items() if value}


def _behind(walk: Walk, room: str, listed: Mapping[str, Any]) -> str | None:
    """At the end of a page the next page is shown: what stands first there is not known yet."""
    cursor = listed.get("next_cursor")
    return walk.page_behind(cursor).address(room) if cursor else None
