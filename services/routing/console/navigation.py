"""Where an officer begins, and what stands in the bar: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.routing.console.visits import OfficerVisit
from shared.auth import Role


@dataclass(frozen=True, slots=True)
class Entry:
    """``address``: from where the pages begin; ``text``: its key in the texts."""

    address: str
    text: str
    current: bool


_WORKERS: Final = (Role.UNIT_OFFICER, Role.TRIAGE_OFFICER, Role.BIRO)
_ENTRIES: Final[Sequence[tuple[str, str, tuple[Role, ...]]]] = (
    ("nilai", "nav_judge", (Role.BIRO,)),
    ("triase", "nav_triage", (Role.TRIAGE_OFFICER, Role.BIRO)),
    ("kotak", "nav_inbox", _WORKERS),
    ("loket", "nav_desk", (Role.DESK_OFFICER,)),
    ("kelola/tertunda", "nav_manage", (Role.ADMIN,)),
    ("jejak", "nav_trail", (Role.AUDITOR,)),
    ("cari", "nav_search", (*_WORKERS, Role.ADMIN, Role.AUDITOR)),
)
_HOMES: Final = {
    Role.UNIT_OFFICER: "kotak?tab=baru",
    Role.TRIAGE_OFFICER: "triase",
    Role.BIRO: "nilai",
    Role.DESK_OFFICER: "loket",
    Role.ADMIN: "kelola/tertunda",
    Role.AUDITOR: "jejak",
}


def home_of(role: Role) -> str:
    """The first screen, from where the pages begin."""
    return _HOMES[role]


def entries(visit: OfficerVisit, path: str) -> tuple[Entry, ...]:
    """What the officer's role opens; the one whose pages are shown is current."""
    room = path.split("/")[1]
    return tuple(
        Entry(address, text, address.split("/")[0] == room)
        for address, text, roles in _ENTRIES
        if visit.officer.role in roles
    )
