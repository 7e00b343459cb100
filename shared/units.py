"""The unit tree: regions, kecamatan, kelurahan, and the offices of the province. Pure.

Every service knows it: an officer belongs to a unit, and who may see a case depends on where that
unit stands in the tree. ``unit_table`` reads the built-in one.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Protocol

from shared.events.vocabulary import UnitKind

_WORD = re.compile(r"\w+")


class Duty(StrEnum):
    """What one unit of the tree does for all cases; the table of units says which one it is."""

    TRIAGE = auto()
    """Holds the cases for which no unit was found."""
    REVIEW = auto()
    """Judges plans, follow-ups and requests for a later date."""
    OVERSIGHT = auto()
    """Takes complaints about officials, and judges where the reviewing unit may not."""


@dataclass(frozen=True, slots=True)
class Unit:
    """An office that can hold cases. ``area``: Kemendagri codes it serves, empty for all."""

    id: str
    name: str
    kind: UnitKind
    parent: str | None = None
    area: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    duty: Duty | None = None


class Units(Protocol):
    """The unit tree, as far as decisions need it."""

    def find(self, unit_id: str) -> Unit | None: ...
    def children(self, unit_id: str) -> tuple[Unit, ...]: ...
    def lineage(self, unit_id: str) -> tuple[str, ...]: ...
    def is_within(self, unit_id: str, ancestor: str) -> bool: ...
    def of_duty(self, duty: Duty) -> Unit: ...


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

    def lineage(self, unit_id: str) -> tuple[str, ...]:
        """A unit and all above it, from the unit upwards."""
        found: list[str] = []
        at: str | None = unit_id
        while at is not None and at not in found:
            found.append(at)
            unit = self._units.get(at)
            at = unit.parent if unit else None
        return tuple(found)

    def is_within(self, unit_id: str, ancestor: str) -> bool:
        """Whether a unit is `ancestor` or beneath it."""
        return ancestor in self.lineage(unit_id)

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
