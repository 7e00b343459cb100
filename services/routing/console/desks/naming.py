"""What people type for a unit or a kelurahan, found in the unit tree. Pure.

The server resolves what was typed, and in doubt it lists choices: a script that completes words
may send the choice of a moment ago.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.events.vocabulary import UnitKind
from shared.units import Duty, Unit, UnitTree, normalise

CHOICES_AT_MOST = 12


@dataclass(frozen=True, slots=True)
class Found:
    """``unit``: the one that is meant; None: nobody can say, ``choices`` come into question."""

    unit: Unit | None = None
    choices: tuple[Unit, ...] = ()


def find_unit(units: UnitTree, typed: str, *kinds: UnitKind) -> Found:
    """By id, whole name, or a part of the name that only one unit has; ``kinds``: of these alone.

    The triage desk is nobody's choice: it finds units for others.
    """
    wanted = normalise(typed)
    known = [each for each in units.all() if _may_be(each, kinds)]
    exact = [each for each in known if each.id == typed.strip() or normalise(each.name) == wanted]
    near = exact or _near(known, wanted)
    if len(near) == 1:
        return Found(near[0])
    return Found(choices=tuple(near[:CHOICES_AT_MOST]))


def _may_be(unit: Unit, kinds: Sequence[UnitKind]) -> bool:
    return unit.duty is not Duty.TRIAGE and (not kinds or unit.kind in kinds)


def _near(known: Sequence[Unit], wanted: str) -> list[Unit]:
    """Those whose name, or one of whose other names, has what was typed in it."""
    if not wanted:
        return []
    return [
        each
        for each in known
        if any(wanted in normalise(name) for name in (each.name, *each.aliases))
    ]
