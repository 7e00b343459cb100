"""Which units have to do with an open case, and where in their inbox it stands. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from services.routing.case.relations import awaited_reviewer
from services.routing.case.stage import Stage, stage_of
from services.routing.domain import Case
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


def slips_of(case: Case, units: Units) -> list[Slip]:
    """None of a closed case, and none for a unit that is complained of."""
    found = _slips(case, stage_of(case), awaited_reviewer(case, units))
    return [slip for slip in found if not concerns(case.about_unit, slip.unit_id, units)]


def _slips(case: Case, stage: Stage | None, judge: str | None) -> Iterator[Slip]:
    if stage is None:
        return
    yield Slip(case.unit_id, "holder", stage)
    if judge is not None:
        yield Slip(judge, "judge", JUDGEMENT)
    for unit in dict.fromkeys(case.watchers):
        if unit != case.unit_id:
            yield Slip(unit, "watcher", Stage.WAITING)
