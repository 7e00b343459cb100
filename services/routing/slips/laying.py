"""Which units have to do with an open case, and where in their inbox it stands. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from services.routing.case.stage import Stage
from services.routing.case.standing import Standing
from shared.reviewing import concerns
from shared.units import Units

Ground = Literal["holder", "judge", "watcher"]
JUDGEMENT = "judgement"


@dataclass(frozen=True, slots=True)
class Slip:
    """A case in the inbox of a unit. ``tab``: a stage, or ``judgement``."""

    unit_id: str
    ground: Ground
    tab: str


def slips_of(case: Standing, units: Units) -> list[Slip]:
    """None of a closed case, and none for a unit that is complained of."""
    return [slip for slip in _slips(case) if not concerns(case.about_unit, slip.unit_id, units)]


def _slips(case: Standing) -> Iterator[Slip]:
    if case.stage is None:
        return
    yield Slip(case.unit_id, "holder", case.stage)
    if case.awaited is not None:
        yield Slip(case.awaited, "judge", JUDGEMENT)
    for unit in dict.fromkeys(case.watchers):
        if unit != case.unit_id:
            yield Slip(unit, "watcher", Stage.WAITING)
