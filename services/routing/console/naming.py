"""What people type for a unit or a kelurahan, found in the unit tree. Pure.

The server resolves what was typed, and in doubt it lists choices: a script that completes words
may send the choice of a moment ago.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.events.vocabulary import UnitKind
from shared.units import Duty, Unit, UnitTree, normalise

CHOICES_AT_MOST = 12
AREAS = (UnitKind.KELURAHAN, UnitKind.KECAMATAN)


@dataclass(frozen=True, slots=True)
class Found:
    """``unit``: the one that is meant; None: nobody can say, ``choices`` come into question."""

    unit: Unit | None = None
    choices: tuple[Unit, ...] = ()


def find_unit(units: UnitTree, typed: str, *kinds: UnitKind) -> Found:
    """By id or whole name; ``kinds``: of these alone. What is only a part of a name lists choices,
    also where there is one: a case that is given to a unit cannot be called back.

    The triage desk is nobody's choice: it finds units for others.
    """
    wanted = normalise(typed)
    if not wanted:
        return Found()
    known = [each for each in units.all() if _may_be(each, kinds)]
    meant = [each for each in known if each.id == typed.strip() or wanted in _names(each)]
    if len(meant) == 1:
        return Found(meant[0])
    near = meant or [each for each in known if any(wanted in name for name in _names(each))]
    return Found(choices=tuple(near[:CHOICES_AT_MOST]))


def _may_be(unit: Unit, kinds: Sequence[UnitKind]) -> bool:
    return unit.duty is not Duty.TRIAGE and (not kinds or unit.kind in kinds)


def _names(unit: Unit) -> set[str]:
    """In the spelling that compares; people leave out what an area's office is called."""
    name = unit.name
    bare = name.partition(" ")[2] if unit.kind in AREAS else name
    return {normalise(each) for each in (name, bare or name, *unit.aliases)}
