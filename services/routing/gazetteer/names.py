"""The names of places and what each of them may mean. Pure.

A name may be of a kelurahan and of a kecamatan at once (24 are), and a street may bear it too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from services.routing.gazetteer.wording import letters_of
from shared.events.vocabulary import UnitKind
from shared.units import Unit, UnitTree


class Mark(StrEnum):
    """What a name needs beside it, because it is also a common word."""

    NONE = ""
    WORD = "word"
    """``Senen`` is a Monday too: it counts after ``di``, ``daerah`` and the like."""
    KEL = "kel"
    """``Tengah`` and ``Baru``: they count after ``kelurahan``, or before their kecamatan. A street:
    after ``jalan`` alone (``Jl. Kerja Bakti``)."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the data: ``areas`` as the files write them (``Tebet Timur``, ``kec Tebet``)."""

    name: str
    areas: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    mark: Mark = Mark.NONE


@dataclass(frozen=True, slots=True)
class Tables:
    """The data of a gazetteer. ``outside``: ``areas`` is one name of a city or regency."""

    areas: Sequence[Row]
    streets: Sequence[Row]
    landmarks: Sequence[Row]
    outside: Sequence[Row]
    expand: Mapping[str, str]
    words: Mapping[str, frozenset[str]]


@dataclass(slots=True)
class Meaning:
    """What a name may mean; codes of areas, none where it has no such meaning."""

    codes: tuple[str, ...] = ()
    """As an area, without a word that says of which kind."""
    kelurahan: str | None = None
    kecamatan: str | None = None
    street: tuple[str, ...] = ()
    landmark: tuple[str, ...] = ()
    outside: str | None = None
    mark: Mark = Mark.NONE
    street_mark: Mark = Mark.NONE


@dataclass(slots=True)
class Names:
    """Every name by its letters. ``unknown``: areas of the data that the unit tree does not have,
    as in another city: their names are left out."""

    units: UnitTree
    tables: Tables
    meanings: dict[str, Meaning] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for kind in (UnitKind.KECAMATAN, UnitKind.KELURAHAN, UnitKind.REGION):
            for unit in self.units.of_kind(kind):
                self._add_unit(unit)
        for row in self.tables.areas:
            self._add_area(row)
        for row in self.tables.streets:
            for meaning, codes in self._named(row):
                meaning.street, meaning.street_mark = codes, row.mark
        for row in self.tables.landmarks:
            for meaning, codes in self._named(row):
                meaning.landmark = codes
        for row in self.tables.outside:
            meaning = self._at(row.name)
            meaning.outside = row.areas[0]
            meaning.mark = meaning.mark or row.mark

    def _at(self, name: str) -> Meaning:
        return self.meanings.setdefault(letters_of(name, self.tables.expand), Meaning())

    def _add_unit(self, unit: Unit) -> None:
        # Without its kind: a word before a name says that, and `Before` reads it.
        bare = unit.name.removeprefix("Kelurahan ").removeprefix("Kecamatan ")
        for name in {bare, *unit.aliases}:
            meaning = self._at(name)
            if unit.kind is UnitKind.KELURAHAN:
                meaning.kelurahan = unit.id
            if unit.kind is UnitKind.KECAMATAN:
                meaning.kecamatan = unit.id
            meaning.codes = meaning.codes or (unit.id,)

    def _add_area(self, row: Row) -> None:
        codes = self._codes(row)
        if not codes:
            return
        meaning = self._at(row.name)
        meaning.codes = codes
        meaning.mark = row.mark
        of_kind = {len(code.split(".")): code for code in codes}
        if len(codes) == 1:
            meaning.kelurahan = meaning.kelurahan or of_kind.get(4) or self._same(codes[0])
            meaning.kecamatan = meaning.kecamatan or of_kind.get(3)

    def _same(self, code: str) -> str | None:
        """The kelurahan that bears the name of a kecamatan."""
        unit = self.units.find(code)
        if unit is None or unit.kind is not UnitKind.KECAMATAN:
            return None
        same = self.units.by_name(UnitKind.KELURAHAN, unit.name.removeprefix("Kecamatan "))
        return same.id if same else None

    def _named(self, row: Row) -> Iterable[tuple[Meaning, tuple[str, ...]]]:
        codes = self._codes(row)
        if codes:
            for name in (row.name, *row.aliases):
                yield self._at(name), codes

    def _codes(self, row: Row) -> tuple[str, ...]:
        found = [self._code(name) for name in row.areas]
        self.unknown.extend(name for name, code in zip(row.areas, found, strict=True) if not code)
        return tuple(code for code in found if code)

    def _code(self, name: str) -> str | None:
        kecamatan = name.removeprefix("kec ")
        if kecamatan != name:
            unit = self.units.by_name(UnitKind.KECAMATAN, kecamatan)
        else:
            unit = self.units.by_name(UnitKind.KELURAHAN, name)
            unit = unit or self.units.by_name(UnitKind.REGION, name)
        return unit.id if unit else None
