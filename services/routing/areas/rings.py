"""From a GeoJSON geometry (RFC 7946) to the border of an area. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, TypeAlias

from shapely import get_parts, make_valid, union_all
from shapely.geometry import MultiPolygon, Polygon

Border: TypeAlias = Polygon | MultiPolygon
_CORNERS = 3
_POLYGON, _MULTIPOLYGON = "Polygon", "MultiPolygon"


class Unusable(Exception):
    """A file of areas that cannot be taken. The sentence says where it is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A valid border in degrees, east before north. mended: it was not valid as it came."""

    border: Border
    mended: bool


def border_of(geometry: Any, where: str, *, latitude_first: bool) -> Drawn:
    """``where``: what a sentence calls the geometry. Raises Unusable."""
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    if kind not in (_POLYGON, _MULTIPOLYGON):
        raise Unusable(
            f"{where} must be a Polygon or a MultiPolygon: take the feature out of the file, or "
            "give it its border."
        )
    where = f"{where}.coordinates"
    drawn = _listed(geometry.get("coordinates"), where)
    polygons = [(where, drawn)] if kind == _POLYGON else list(_numbered(drawn, where))
    rings = [_rings(each, place, latitude_first) for place, each in polygons]
    closed = all(ring[0] == ring[-1] for each in rings for ring in each)
    border = MultiPolygon([Polygon(each[0], each[1:]) for each in rings])
    if border.is_valid:
        return Drawn(_plainest(border), mended=not closed)
    return Drawn(_mended(border, where), mended=True)


def _plainest(border: MultiPolygon) -> Border:
    return border.geoms[0] if len(border.geoms) == 1 else border


def joined(borders: Sequence[Border]) -> Border:
    """One border around all of them."""
    return union_all(borders)


def _mended(border: Border, where: str) -> Border:
    """Rings that cross themselves are cut where they do; what has no area falls away."""
    pieces = [each for each in get_parts(get_parts(make_valid(border))) if _has_area(each)]
    if not pieces:
        raise Unusable(f"{where} holds no area: draw the border anew, or take the feature out.")
    return union_all(pieces)


def _has_area(piece: Any) -> bool:
    return isinstance(piece, Polygon) and not piece.is_empty


def _rings(polygon: Any, where: str, latitude_first: bool) -> list[list[tuple[float, float]]]:
    """The outer ring, then its holes."""
    return [
        _ring(each, place, latitude_first)
        for place, each in _numbered(_listed(polygon, where), where)
    ]


def _ring(ring: Any, where: str, latitude_first: bool) -> list[tuple[float, float]]:
    positions = _numbered(_listed(ring, where), where)
    corners = [_position(each, place, latitude_first) for place, each in positions]
    if len(set(corners)) < _CORNERS:
        raise Unusable(f"{where} has fewer than three corners: draw the ring anew, or take it out.")
    return corners


def _position(position: Any, where: str, latitude_first: bool) -> tuple[float, float]:
    """East and north; a height after them is left out."""
    numbers = _listed(position, where)[:2]
    if len(numbers) < len(("east", "north")) or not all(_is_number(each) for each in numbers):
        raise Unusable(f"{where} must be two numbers, longitude and latitude in degrees.")
    east, north = reversed(numbers) if latitude_first else numbers
    if abs(east) <= 180 and abs(north) <= 90:
        return float(east), float(north)
    if abs(north) <= 180 and abs(east) <= 90:
        how = "leave --latitude-first out" if latitude_first else "give --latitude-first"
        raise Unusable(f"{where} has a latitude beyond 90 degrees: the order is the other: {how}.")
    raise Unusable(
        f"{where} lies outside of the degrees of WGS 84: convert the file first (ogr2ogr -t_srs "
        "EPSG:4326)."
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _listed(value: Any, where: str) -> Sequence[Any]:
    if not isinstance(value, list) or not value:
        raise Unusable(f"{where} must be a list that is not empty.")
    return value


def _numbered(values: Sequence[Any], where: str) -> Iterator[tuple[str, Any]]:
    """Each with what a sentence calls it."""
    return ((f"{where}[{at}]", value) for at, value in enumerate(values))
