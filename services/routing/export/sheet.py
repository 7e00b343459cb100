"""What stands in an exported list: its columns, and a case as one line of it. Pure.

No words of anybody, no place more exact than the kelurahan, no person: such a file is sent on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from services.routing.domain import Case, Category
from shared.clock import JAKARTA
from shared.events.vocabulary import Channel
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
    """``header``: what people read. ``width``: characters, for a spreadsheet."""

    header: str
    width: int
    cell: Callable[[Case, Names], Cell]


def _yes(value: bool) -> str:
    return "Ya" if value else "Tidak"


def _wib(at: datetime | None) -> datetime | None:
    return at.astimezone(JAKARTA).replace(tzinfo=None, microsecond=0) if at else None


COLUMNS: Final = (
    Column("Nomor laporan", 16, lambda case, _: case.report_number),
    Column("Status", 22, lambda case, _: CASE_STATE_LABELS[case.state]),
    Column("Kategori", 24, lambda case, names: names.category(case.category)),
    Column("Unit", 34, lambda case, names: names.unit(case.unit_id)),
    Column("Wilayah", 22, lambda case, _: case.area_name),
    Column("Kode kelurahan", 15, lambda case, _: case.kelurahan_code),
    Column("Kanal", 20, lambda case, _: _CHANNELS[case.channel]),
    Column("Diterima (WIB)", 17, lambda case, _: _wib(case.received_at)),
    Column("Tenggat (WIB)", 17, lambda case, _: _wib(case.due_at)),
    Column("Tenggat semula (WIB)", 21, lambda case, _: _wib(case.original_due_at)),
    Column("Sudah diambil", 14, lambda case, _: _yes(case.accepted)),
    Column("Rahasia", 9, lambda case, _: _yes(case.confidential)),
    Column("Terbatas", 9, lambda case, _: _yes(case.restricted)),
)


def line(case: Case, names: Names) -> tuple[Cell, ...]:
    """The cells of its line."""
    return tuple(column.cell(case, names) for column in COLUMNS)


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula when it reads it from a CSV (OWASP, CSV
    injection). Blanks before the sign do not keep one from it."""
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(_STARTS_A_FORMULA) else text
