"""What stands in an exported list: its columns, and a case as one line of it. Pure.

No words of anybody, no place more exact than the kelurahan, no person: such a file is sent on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from services.routing.domain import Category
from shared.clock import JAKARTA
from shared.events.vocabulary import CaseState, Channel
from shared.units import Units
from shared.web.labels import CASE_STATE_LABELS

Cell: TypeAlias = str | datetime | None
"""A datetime is Jakarta's wall clock, without a zone: spreadsheets know none."""

_CHANNELS: Final[Mapping[Channel, str]] = {
    Channel.JAKI: "JAKI",
    Channel.QLUE: "Qlue",
    Channel.TWITTER: "Twitter",
    Channel.FACEBOOK: "Facebook",
    Channel.EMAIL: "Surel",
    Channel.BALAI_WARGA: "Balai Warga",
    Channel.LAPOR_1708: "LAPOR! 1708",
    Channel.SMS: "SMS",
    Channel.KELURAHAN: "Kantor kelurahan",
    Channel.KECAMATAN: "Kantor kecamatan",
    Channel.WALIKOTA: "Kantor wali kota",
    Channel.PENDOPO: "Pendopo",
    Channel.INSPEKTORAT: "Inspektorat",
    Channel.GUBERNUR: "Media sosial Gubernur",
}
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Names:
    """What ids and slugs are called today."""

    units: Units
    categories: Mapping[str, Category]

    def unit(self, unit_id: str) -> str:
        unit = self.units.find(unit_id)
        return unit.name if unit else unit_id

    def category(self, slug: str | None) -> str | None:
        category = self.categories.get(slug) if slug else None
        return category.name if category else slug


@dataclass(frozen=True, slots=True)
class Column:
    """``header``: what people read. ``width``: characters, for a spreadsheet. ``cell``: of a row
    of the store."""

    header: str
    width: int
    cell: Callable[[Any, Names], Cell]


def _yes(value: bool) -> str:
    return "Ya" if value else "Tidak"


def _wib(at: datetime | None) -> datetime | None:
    return at.astimezone(JAKARTA).replace(tzinfo=None, microsecond=0) if at else None


COLUMNS: Final = (
    Column("Nomor laporan", 16, lambda row, _: row.report_number),
    Column("Status", 22, lambda row, _: CASE_STATE_LABELS[CaseState(row.state)]),
    Column("Kategori", 24, lambda row, names: names.category(row.category)),
    Column("Unit", 34, lambda row, names: names.unit(row.unit_id)),
    Column("Wilayah", 22, lambda row, _: row.area_name),
    Column("Kode kelurahan", 15, lambda row, _: row.kelurahan_code),
    Column("Kanal", 20, lambda row, _: _CHANNELS[Channel(row.channel)]),
    Column("Diterima (WIB)", 17, lambda row, _: _wib(row.received_at)),
    Column("Tenggat (WIB)", 17, lambda row, _: _wib(row.due_at)),
    Column("Tenggat semula (WIB)", 21, lambda row, _: _wib(row.original_due_at)),
    Column("Sudah diambil", 14, lambda row, _: _yes(row.accepted)),
    Column("Rahasia", 9, lambda row, _: _yes(row.confidential)),
    Column("Terbatas", 9, lambda row, _: _yes(row.restricted)),
)


def line(row: Any, names: Names) -> tuple[Cell, ...]:
    """A row of the store as the cells of its line."""
    return tuple(column.cell(row, names) for column in COLUMNS)


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula when it reads it from a CSV (OWASP, CSV
    injection). Blanks before the sign do not keep one from it."""
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(_STARTS_A_FORMULA) else text
