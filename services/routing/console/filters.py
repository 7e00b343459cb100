"""The filters of the inbox as its address says them, and as routing is asked: pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Final, TypeVar
from urllib.parse import urlencode

from shared.errors import Malformed
from shared.events.vocabulary import CaseState, Channel

TABS: Final[Mapping[str, str]] = {
    "baru": "new",
    "dikerjakan": "in_hand",
    "menunggu": "waiting",
    "nilai": "judgement",
    "lewat": "overdue",
}
"""As the address says them, to routing's words; in the order of the page."""
DUE: Final[Mapping[str, str]] = {"lewat": "overdue", "hari": "day", "minggu": "week"}
HOLDERS: Final[Mapping[str, str]] = {"saya": "me", "kosong": "none"}
ROWS: Final = 25
_SLUG = re.compile(r"[a-z0-9-]{1,60}")
AREA: Final = r"[0-9]{2}(\.[0-9]{2,4}){0,3}"
"""A code of Kemendagri, of whichever level."""
_AREA = re.compile(AREA)
_PAGE = re.compile(r"[A-Za-z0-9_.~=-]{1,2000}")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """Empty: all. ``page``: routing's cursor, as it gave it. The names are those of the address."""

    tab: str = "baru"
    kategori: str = ""
    wilayah: str = ""
    kanal: str = ""
    status: str = ""
    tenggat: str = ""
    petugas: str = ""
    hal: str = ""

    def asked(self) -> dict[str, str]:
        """The parameters of ``GET /v1/inbox``."""
        return {
            "tab": TABS[self.tab],
            "category": self.kategori,
            "area": self.wilayah,
            "channel": self.kanal,
            "state": self.status,
            "due": DUE.get(self.tenggat, ""),
            "assignee": HOLDERS.get(self.petugas, ""),
        }

    def with_(self, **changes: str) -> "InboxFilter":
        """Another choice begins at the first page."""
        return replace(self, **{"hal": "", **changes})

    def address(self) -> str:
        """``kotak?tab=...``, from where the pages begin; what is not chosen is left out."""
        return f"kotak?{self.query()}"

    def query(self) -> str:
        given = {name: getattr(self, name) for name in NAMES}
        return urlencode({name: value for name, value in given.items() if value})

    def chosen(self) -> dict[str, str]:
        """The filters besides tab and page that are in use, by name."""
        names = ("kategori", "wilayah", "kanal", "status", "tenggat", "petugas")
        return {name: getattr(self, name) for name in names if getattr(self, name)}

    def cleared(self) -> "InboxFilter":
        return InboxFilter(tab=self.tab)


NAMES: Final = tuple(each.name for each in fields(InboxFilter))
"""Of all that the address may say."""


def read_filter(given: Mapping[str, str]) -> InboxFilter:
    """Raises Malformed that names the parameter."""
    _one_of("tab", given, TABS)
    _one_of("tenggat", given, DUE)
    _one_of("petugas", given, HOLDERS)
    _one_of("kanal", given, {each.value: "" for each in Channel})
    _one_of("status", given, {each.value: "" for each in CaseState})
    _shaped("kategori", given, _SLUG)
    _shaped("wilayah", given, _AREA)
    _shaped("hal", given, _PAGE)
    known = set(NAMES)
    return InboxFilter(
        **{name: value.strip() for name, value in given.items() if name in known and value.strip()}
    )


def is_area(text: str) -> bool:
    """Whether it is a code of Kemendagri, of whichever level."""
    return bool(_AREA.fullmatch(text))


def _one_of(name: str, given: Mapping[str, str], known: Mapping[str, str]) -> None:
    value = given.get(name, "")
    if value and value not in known:
        raise Malformed(f"{name} must be one of: {', '.join(known)}.", field=name)


def _shaped(name: str, given: Mapping[str, str], pattern: re.Pattern[str]) -> None:
    value = given.get(name, "")
    if value and not pattern.fullmatch(value):
        raise Malformed(f"{name} is not one that we gave.", field=name)
