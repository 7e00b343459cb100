"""What is to be known of areas before points are looked up in them. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any

from shapely import STRtree, get_parts, union_all
from shapely.geometry import Polygon

from services.routing.areas.hierarchy import innermost, without_parent
from services.routing.areas.rings import Border
from services.routing.areas.source import Area
from shared.events.vocabulary import UnitKind
from shared.units import UnitTree

NOTICED_M2 = 100.0
"""Borders that were rounded each for itself overlap and gape by less nearly everywhere."""
NOTICED_SHARE = 0.01
"""Of an area that those beneath it leave bare: each level is often simplified for itself."""
_METRES = 111_195.0
"""Of a degree on a sphere of 6,371 km."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two areas that both hold a piece of land."""

    codes: tuple[str, str]
    square_metres: float


@dataclass(frozen=True, slots=True)
class Gap:
    """Land within the outer border that no area holds; a point in it, degrees of WGS 84."""

    latitude: float
    longitude: float
    square_metres: float


@dataclass(frozen=True, slots=True)
class Findings:
    """levels: areas by level. bounds: south, west, north, east. looked_up: how many areas points
    are looked up among. overlaps, gaps: of these, the largest first. bare: codes of areas that
    those beneath do not fill, with the share. orphans: without a parent. strangers: codes that no
    unit has. missing: codes of kelurahan that are units and have no area."""

    levels: Mapping[str, int]
    bounds: tuple[float, float, float, float]
    looked_up: int
    overlaps: tuple[Overlap, ...]
    gaps: tuple[Gap, ...]
    bare: tuple[tuple[str, float], ...]
    orphans: tuple[str, ...]
    strangers: tuple[str, ...]
    missing: tuple[str, ...]


def findings_of(areas: Sequence[Area], units: UnitTree) -> Findings:
    """``areas``: arranged."""
    inner = innermost(areas)
    whole = union_all([area.border for area in inner])
    west, south, east, north = union_all([area.border for area in areas]).bounds
    codes = {area.code for area in areas}
    kelurahan = (unit.id for unit in units.of_kind(UnitKind.KELURAHAN))
    return Findings(
        levels=Counter(area.level or "" for area in areas),
        bounds=(south, west, north, east),
        looked_up=len(inner),
        overlaps=tuple(sorted(_overlaps(inner), key=_size, reverse=True)),
        gaps=tuple(sorted(_gaps(whole), key=_size, reverse=True)),
        bare=tuple(_bare(areas)),
        orphans=without_parent(areas, units),
        strangers=tuple(area.code for area in areas if units.find(area.code) is None),
        missing=tuple(code for code in kelurahan if code not in codes),
    )


def _size(found: Overlap | Gap) -> float:
    return found.square_metres


def square_metres(border: Any) -> float:
    """Of a border in degrees; the plane at its middle is right to a hundredth within a city."""
    if border.is_empty:
        return 0.0
    return float(border.area) * _METRES**2 * cos(radians(border.centroid.y))


def _overlaps(areas: Sequence[Area]) -> Iterator[Overlap]:
    borders = [area.border for area in areas]
    for one, other in zip(*STRtree(borders).query(borders, predicate="intersects"), strict=True):
        if one < other:
            size = square_metres(borders[one].intersection(borders[other]))
            if size >= NOTICED_M2:
                yield Overlap((areas[one].code, areas[other].code), size)


def _gaps(whole: Border) -> Iterator[Gap]:
    for part in get_parts(whole):
        for ring in part.interiors:
            gap = Polygon(ring)
            size = square_metres(gap)
            if size >= NOTICED_M2:
                point = gap.representative_point()
                yield Gap(point.y, point.x, size)


def _bare(areas: Sequence[Area]) -> Iterator[tuple[str, float]]:
    beneath: dict[str | None, list[Border]] = defaultdict(list)
    for area in areas:
        beneath[area.parent].append(area.border)
    for area in areas:
        if area.code in beneath:
            left = area.border.difference(union_all(beneath[area.code]))
            share = float(left.area) / float(area.border.area)
            if share >= NOTICED_SHARE:
                yield area.code, share
