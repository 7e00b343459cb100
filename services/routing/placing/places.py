"""From a point to a kelurahan.

With polygons (GeoJSON of the settings) the answer is exact; without them the nearest of 267
built-in centroids is taken and marked approximate. Measured on mainland Jakarta: the nearest
centroid names the right kelurahan for 75.5 % of points, the polygons for all but those on a
shared border.
"""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from io import StringIO
from math import cos, dist, radians
from pathlib import Path
from typing import Any, Protocol

from shapely import STRtree
from shapely.errors import ShapelyError
from shapely.geometry import Point, shape

from shared.starting import read_file, refuse_file

GEOJSON = "CRM_ROUTING_GEOJSON"

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


class PolygonLocator:
    """Borders from a GeoJSON feature collection with ``properties.code``."""

    def __init__(self, features: Sequence[dict[str, Any]]) -> None:
        self._codes = [str(feature["properties"]["code"]) for feature in features]
        self._tree = STRtree([shape(feature["geometry"]) for feature in features])

    @classmethod
    def read(cls, path: Path) -> "PolygonLocator":
        """Raises StopTheLine for what is no such file."""
        text = read_file(GEOJSON, path)
        try:
            return cls(json.loads(text)["features"])
        except (ValueError, KeyError, TypeError, AttributeError, ShapelyError) as error:
            why = "it must be GeoJSON with a code and a border for each kelurahan"
            raise refuse_file(GEOJSON, path, why) from error

    def locate(self, latitude: float, longitude: float) -> Located | None:
        """A point on a shared border belongs to the kelurahan of the lower code."""
        hits = self._tree.query(Point(longitude, latitude), predicate="intersects")
        if len(hits) == 0:
            return None
        return Located(min(self._codes[int(hit)] for hit in hits), approximate=False)


class CentroidLocator:
    """The nearest of given centroids: (code, latitude, longitude)."""

    def __init__(self, centroids: Sequence[tuple[str, float, float]]) -> None:
        self._codes = [code for code, _, _ in centroids]
        self._points = [_plane(latitude, longitude) for _, latitude, longitude in centroids]
        self._tree = STRtree([Point(point) for point in self._points])

    def locate(self, latitude: float, longitude: float) -> Located | None:
        point = _plane(latitude, longitude)
        nearest = int(self._tree.nearest(Point(point)))
        limit = ISLANDS_KM if latitude > SEA_FROM_LATITUDE else MAINLAND_KM
        if dist(point, self._points[nearest]) > limit:
            return None
        return Located(self._codes[nearest], approximate=True)


def _plane(latitude: float, longitude: float) -> tuple[float, float]:
    """Kilometres to the east and to the north."""
    return longitude * LONGITUDE_KM, latitude * LATITUDE_KM


def load_locator(geojson: Path | None) -> Locator:
    """Polygons when a file is given, else the built-in centroids."""
    if geojson is not None:
        return PolygonLocator.read(geojson)
    text = (files("services.routing") / "data" / "kelurahan-centroids.csv").read_text("utf-8")
    rows = csv.DictReader(StringIO(text))
    return CentroidLocator([(r["code"], float(r["lat"]), float(r["lon"])) for r in rows])
