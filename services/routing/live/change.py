"""What has changed, as it is read back. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.routing.case.standing import Standing


class Position(NamedTuple):
    """A place in the order of commits: all rows of transactions before ``xid`` stand before it, and
    of that one those up to ``change_id``."""

    xid: int
    change_id: int


class Happened(NamedTuple):
    """An event of a case, as its history has it."""

    name: str
    version: int
    state: str


@dataclass(frozen=True, slots=True)
class CaseChange:
    """A case was saved. ``before``: None for a case that is new. ``events``: what happened to it,
    the oldest first; empty where the reporter's words were looked at, and no more."""

    position: Position
    complaint_id: UUID
    at: datetime
    version: int
    before: Standing | None
    after: Standing
    report_number: str
    category: str | None
    events: Sequence[Happened]
