"""Administrators read how often people have put right what the rules decided."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from services.routing.learning import store
from services.routing.learning.report import Confused, Report, Share, report
from services.routing.placing.atlas import Atlas
from services.routing.work.acts import actor_of
from shared.auth import Operator, OperatorTokens, Role
from shared.clock import Clock
from shared.http.operation import Router
from shared.visibility import sight_of
from shared.work import Works

DAYS_AT_MOST = 3_660
MOST = 2**31 - 1

Accuracy = Annotated[float | None, Field(ge=0, le=1)]
Name = Annotated[str | None, Field(examples=["Jaringan Listrik"])]
Told = Annotated[str, Field(examples=["sampah"])]


class Counted(BaseModel):
    """``decided``: cases that the rules sent to a unit; ``corrected``: those of them that people
    have put right; ``accuracy``: the share of the others, null where nothing was decided."""

    decided: int
    corrected: int
    accuracy: Accuracy


class CountedCategory(Counted):
    """``corrected``: people chose another category."""

    category: str
    category_name: Name


class CountedUnit(Counted):
    """``unit_id``: where the rules sent the cases. ``corrected``: another unit has the case."""

    unit_id: str
    unit_name: Annotated[str | None, Field(examples=["Dinas Bina Marga"])]


class CountedVersion(Counted):
    """``version``: null for cases of a release that did not keep it. ``left_to_people``: cases for
    which it found no unit."""

    version: int | None
    left_to_people: int


class ConfusedPair(BaseModel):
    """``said``: by the rules, be it as a suggestion to people; ``right``: what people chose."""

    said: Told
    right: Told
    cases: int


class RuleCorrections(Counted):
    """Of complaints that were received since ``since``, those about officials and those of erased
    reporters left out. ``placed``: of those that were left to people, the ones that they have
    placed. The ten worst pairs."""

    since: datetime
    left_to_people: int
    placed: int
    by_category: list[CountedCategory]
    by_unit: list[CountedUnit]
    by_version: list[CountedVersion]
    confused_categories: list[ConfusedPair]
    confused_units: list[ConfusedPair]


def create_router(works: Works, atlas: Atlas, operators: OperatorTokens, clock: Clock) -> Router:
    router = Router(prefix="/v1", tags=["rules"])
    reader = operators.require(Role.ADMIN, Role.AUDITOR)

    @router.get("/rule-corrections")
    async def count_rule_corrections(
        operator: Annotated[Operator, Depends(reader)],
        days: Annotated[int, Query(ge=1, le=DAYS_AT_MOST)] = 90,
        version: Annotated[int | None, Query(ge=1, le=MOST)] = None,
    ) -> RuleCorrections:
        """How often people have put right what the rules decided about the complaints of the last
        ``days``, by category, unit and version of the rules. Counts alone."""
        since = clock() - timedelta(days=days)
        sight = sight_of(actor_of(operator), atlas.units)
        async with works.read(sight) as connection:
            found = await store.decisions(connection, sight, since, version)
        return _view(report(found), since, atlas, clock())

    return router


def _view(found: Report, since: datetime, atlas: Atlas, now: datetime) -> RuleCorrections:
    tables = atlas.tables(now)
    return RuleCorrections(
        **_counted(found.routed),
        since=since,
        left_to_people=found.left,
        placed=found.placed,
        by_category=[
            CountedCategory(
                category=slug,
                category_name=category.name if category else None,
                **_counted(share),
            )
            for slug, share in found.by_category.items()
            for category in [tables.categories.categories.get(slug)]
        ],
        by_unit=[
            CountedUnit(unit_id=unit_id, unit_name=unit.name if unit else None, **_counted(share))
            for unit_id, share in found.by_unit.items()
            for unit in [tables.units.find(unit_id)]
        ],
        by_version=[
            CountedVersion(
                version=number, left_to_people=found.left_by_version[number], **_counted(share)
            )
            for number, share in found.by_version.items()
        ],
        confused_categories=_pairs(found.confused_categories),
        confused_units=_pairs(found.confused_units),
    )


def _counted(share: Share) -> Mapping[str, Any]:
    return {"decided": share.decided, "corrected": share.corrected, "accuracy": share.accuracy}


def _pairs(confused: Sequence[Confused]) -> list[ConfusedPair]:
    return [ConfusedPair(said=e.said, right=e.right, cases=e.cases) for e in confused]
