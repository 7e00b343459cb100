"""From a point to a kelurahan by the borders of an operator's file."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shapely import STRtree
from shapely.errors import ShapelyError
from shapely.geometry import Point, shape

from services.routing.placing.places import Located
from shared.starting import read_file, refuse_file

GEOJSON = "CRM_ROUTING_GEOJSON"


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
