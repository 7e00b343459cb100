"""Borders of the kelurahan, made coarse enough for a phone.

The file is routing's (``CRM_GEOJSON`` serves both): GeoJSON with ``properties.code``.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from shapely import union_all
from shapely.errors import ShapelyError
from shapely.geometry import MultiPolygon, Polygon, mapping, shape

from shared.starting import read_file, refuse_file

GEOJSON: Final = "CRM_GEOJSON"
BYTES_AT_MOST: Final = 4096
"""Of one outline, before it is packed for the way."""
_FINEST: Final = 0.00005
"""Degrees: some five metres. A border that is too long is drawn twice as coarse, and again."""
_STEPS: Final = 9
_DECIMALS: Final = 5
"""About a metre."""

Border: TypeAlias = Polygon | MultiPolygon


def read_outlines(path: Path) -> dict[str, bytes]:
    """By the kelurahan's code its border as GeoJSON. Raises StopTheLine for what is no such
    file."""
    text = read_file(GEOJSON, path)
    try:
        return {code: _outline(code, border) for code, border in _borders(json.loads(text)).items()}
    except (ValueError, KeyError, TypeError, AttributeError, ShapelyError) as error:
        why = "it must be GeoJSON with a code and a border for each kelurahan"
        raise refuse_file(GEOJSON, path, why) from error


def _borders(collection: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, list[Any]] = defaultdict(list)
    for feature in collection["features"]:
        found[str(feature["properties"]["code"])].append(shape(feature["geometry"]))
    if not found:
        raise ValueError("no kelurahan")
    return {code: union_all(parts) for code, parts in found.items()}


def _outline(code: str, border: Any) -> bytes:
    """The finest that is short enough. Raises ValueError for what has no area."""
    if not isinstance(border, Polygon | MultiPolygon) or border.is_empty:
        raise ValueError(f"{code} has no border")
    drawn = (_written(each) for each in _coarser(border))
    return next(each for each in drawn if len(each) <= BYTES_AT_MOST)


def _coarser(border: Border) -> Iterator[Border]:
    """Coarser and coarser; then without the smaller of its islands, to the largest as a square."""
    for step in range(_STEPS):
        yield border.simplify(_FINEST * 2**step)
    parts = border.geoms if isinstance(border, MultiPolygon) else [border]
    largest = sorted((Polygon(each.exterior) for each in parts), key=_area, reverse=True)
    coarse = [each.simplify(_FINEST * 2**_STEPS) for each in largest]
    while len(coarse) > 1:
        coarse = coarse[: len(coarse) // 2]
        yield MultiPolygon(coarse)
    yield largest[0].envelope


def _area(part: Polygon) -> float:
    return float(part.area)


def _written(border: Border) -> bytes:
    drawn = mapping(border)
    rounded = {"type": drawn["type"], "coordinates": _rounded(drawn["coordinates"])}
    return json.dumps(rounded, separators=(",", ":")).encode()


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, float | int):
        return round(coordinates, _DECIMALS)
    return [_rounded(each) for each in coordinates]
