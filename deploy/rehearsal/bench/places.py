"""From a point to its kelurahan: what that takes of the processor.

Without borders of a city at hand it is measured on drawn ones: 267 areas with 66 corners each on
average, as Jakarta's simplified borders have.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from importlib import import_module
from math import sin
from pathlib import Path
from random import Random
from typing import Any

from shapely import MultiPoint, box, segmentize, transform, voronoi_polygons
from shapely.geometry import mapping

AREAS, CORNER_DEGREES = 267, 0.0011
WEST, SOUTH, EAST, NORTH = 106.69, -6.37, 106.97, -6.09
"""Mainland Jakarta, degrees."""
_BEND_DEGREES, _BENDS = 0.0008, 900.0
POINTS, TURNS = 20_000, 3


def drawn_borders(seed: int = 31) -> list[dict[str, Any]]:
    """Features that touch each other along winding borders; the same for each seed."""
    chance = Random(seed)  # noqa: S311 (a map, and no secret)
    middles = MultiPoint([_somewhere(chance)[::-1] for _ in range(AREAS)])
    frame = box(WEST, SOUTH, EAST, NORTH)
    cells = [cell.intersection(frame) for cell in voronoi_polygons(middles, extend_to=frame).geoms]
    borders = [
        transform(segmentize(cell, CORNER_DEGREES), _bent, interleaved=False) for cell in cells
    ]
    return [
        {"properties": {"code": f"{number:04}"}, "geometry": mapping(border)}
        for number, border in enumerate(borders)
    ]


def _bent(easts: Any, norths: Any) -> tuple[list[float], list[float]]:
    """Each corner is moved by its own position alone, so that neighbours keep one border."""
    corners = list(zip(easts, norths, strict=True))
    return (
        [east + _BEND_DEGREES * sin(north * _BENDS) for east, north in corners],
        [north + _BEND_DEGREES * sin(east * _BENDS) for east, north in corners],
    )


def points(count: int, seed: int = 1) -> list[tuple[float, float]]:
    """Latitude and longitude, anywhere in the frame and a little around it."""
    chance = Random(seed)  # noqa: S311 (a map, and no secret)
    return [_somewhere(chance) for _ in range(count)]


def _somewhere(chance: Random) -> tuple[float, float]:
    return chance.uniform(SOUTH, NORTH), chance.uniform(WEST, EAST)


def microseconds_a_point(borders: Path) -> float:
    """Of the processor, the best of some turns. borders: a file of an import, if it is there."""
    polygons = import_module("services.routing.placing.borders").PolygonLocator
    locator = polygons.read(borders) if borders.exists() else polygons(drawn_borders())
    asked = points(POINTS)
    return min(_turn(locator, asked) for _ in range(TURNS)) / POINTS * 1e6


def _turn(locator: Any, asked: Sequence[tuple[float, float]]) -> float:
    began = time.process_time()
    for latitude, longitude in asked:
        locator.locate(latitude, longitude)
    return time.process_time() - began
