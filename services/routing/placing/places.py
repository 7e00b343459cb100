"""From a point to a kelurahan.

With polygons (GeoJSON of the settings) the answer is exact; without them the nearest of 267
built-in centroids is taken and marked approximate. Measured on mainland Jakarta: the nearest
centroid names the right kelurahan for 75.5 % of points, the polygons for all but those on a
shared border.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, hypot, inf, radians
from pathlib import Path
from typing import Protocol

from services.routing.placing.centroids import load_centroids

LATITUDE_KM = 110.57
LONGITUDE_KM = 111.32 * cos(radians(6.2))
"""Kilometres per degree at Jakarta; over 60 km the error of the plane is below 0.1 %."""
MAINLAND_KM = 3.0
"""No further from a centroid: all but 1 in 1,000 points of mainland Jakarta are nearer, while
86 % of the points around the city, out to 30 km, are further away."""
ISLANDS_KM = 15.0
"""Kelurahan of Kepulauan Seribu are groups of islands: theirs lie up to 14.4 km from the
centroid. Pulau Sebira, 38 km off, is found by polygons only."""
SEA_FROM_LATITUDE = -6.0
"""North of it is nothing but sea and islands; south of it the coast of Tangerang begins."""


@dataclass(frozen=True, slots=True)
class Located:
    """A kelurahan by its Kemendagri code; ``approximate``: by centroid, not by border."""

    code: str
    approximate: bool


class Locator(Protocol):
    def locate(self, latitude: float, longitude: float) -> Located | None:
        """Degrees, WGS 84. None outside Jakarta."""


class CentroidLocator:
    """The nearest of given centroids: (code, latitude, longitude)."""

    def __init__(self, centroids: Sequence[tuple[str, float, float]]) -> None:
        self._from_west = sorted((*_plane(each[1], each[2]), each[0]) for each in centroids)

    def locate(self, latitude: float, longitude: float) -> Located | None:
        x, y = _plane(latitude, longitude)
        limit = ISLANDS_KM if latitude > SEA_FROM_LATITUDE else MAINLAND_KM
        first = bisect_left(self._from_west, (x - limit,))
        beyond = bisect_left(self._from_west, (x + limit, inf))
        near = [each for each in self._from_west[first:beyond] if abs(each[1] - y) <= limit]
        distance, code = min(((hypot(a - x, b - y), code) for a, b, code in near), default=_NOWHERE)
        return Located(code, approximate=True) if distance <= limit else None


_NOWHERE = (inf, "")


def _plane(latitude: float, longitude: float) -> tuple[float, float]:
    """Kilometres to the east and to the north."""
    return longitude * LONGITUDE_KM, latitude * LATITUDE_KM


def load_locator(geojson: Path | None) -> Locator:
    """Polygons when a file is given, else the built-in centroids."""
    if geojson is not None:
        # Imported here: its library takes a tenth of the time of a start, and only a file needs it.
        from services.routing.placing.borders import PolygonLocator

        return PolygonLocator.read(geojson)
    return CentroidLocator(load_centroids())
