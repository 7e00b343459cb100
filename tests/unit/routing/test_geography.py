import csv
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from shapely import get_coordinates, intersects_xy, prepare
from shapely.geometry import Point, Polygon, mapping, shape

from deploy.rehearsal.bench.places import drawn_borders
from deploy.rehearsal.bench.places import points as points_anywhere
from services.routing.placing.borders import PolygonLocator
from services.routing.placing.places import Located, Locator, load_locator

BORDERS = Path(__file__).resolve().parents[4] / "shared" / "data" / "jakarta-kelurahan.geojson"
TEBET_TIMUR = (-6.2326, 106.8554)


def best_locator() -> Locator:
    """Polygons where the file of borders is at hand, else the built-in centroids."""
    return load_locator(BORDERS if BORDERS.exists() else None)


def square(code: str, west: float, south: float) -> dict[str, Any]:
    ring = [[west, south], [west + 1, south], [west + 1, south + 1], [west, south + 1]]
    return {
        "properties": {"code": code},
        "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
    }


def centres() -> list[tuple[str, float, float]]:
    """A point inside each kelurahan: (code, latitude, longitude)."""
    if BORDERS.exists():
        features = json.loads(BORDERS.read_text("utf-8"))["features"]
        inside = [(f, shape(f["geometry"]).representative_point()) for f in features]
        return [(f["properties"]["code"], point.y, point.x) for f, point in inside]
    text = (files("services.routing") / "data" / "kelurahan-centroids.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return [(row["code"], float(row["lat"]), float(row["lon"])) for row in rows]


def test_each_of_the_267_kelurahan_is_found_at_its_own_centre() -> None:
    locator = best_locator()
    found = {code: locator.locate(latitude, longitude) for code, latitude, longitude in centres()}
    assert len(found) == 267
    assert [code for code, place in found.items() if place is None or place.code != code] == []


def test_a_point_in_jakarta_has_a_kelurahan() -> None:
    found = best_locator().locate(*TEBET_TIMUR)
    assert found is not None
    assert found.code == "31.74.01.1001"


@pytest.mark.parametrize(
    ("where", "latitude", "longitude"),
    [
        ("Bandung", -6.9147, 107.6098),
        ("Bogor", -6.5971, 106.8060),
        ("null island", 0.0, 0.0),
        ("swapped coordinates", 106.8554, -6.2326),
        ("Tanjung Kait on the coast of Tangerang", -6.02, 106.55),
        ("the Java Sea", -5.0, 107.5),
    ],
)
def test_a_point_outside_jakarta_has_none(where: str, latitude: float, longitude: float) -> None:
    assert best_locator().locate(latitude, longitude) is None, where
    assert load_locator(None).locate(latitude, longitude) is None, where


def test_without_borders_the_nearest_centroid_is_taken_and_marked_approximate() -> None:
    found = load_locator(None).locate(*TEBET_TIMUR)
    assert found is not None
    assert found.approximate


def test_an_island_far_from_the_centroid_of_its_kelurahan_is_still_found() -> None:
    assert load_locator(None).locate(-5.75, 106.70) == Located("31.01.01.1001", approximate=True)


def test_borders_are_exact_and_a_shared_one_belongs_to_the_lower_code() -> None:
    locator = PolygonLocator([square("b", 1, 0), square("a", 0, 0)])
    assert locator.locate(0.5, 0.5) == Located("a", approximate=False)
    assert locator.locate(0.5, 1.0) == Located("a", approximate=False)
    assert locator.locate(0.5, 1.5) == Located("b", approximate=False)
    assert locator.locate(0.5, 2.5) is None


def features_of(city: str) -> list[dict[str, Any]]:
    """``jakarta``: the real borders, where they are at hand; ``drawn``: those of the bench, and an
    area within a hole of another one."""
    if city == "jakarta":
        if not BORDERS.exists():
            pytest.skip("the file of borders is not at hand")
        found: list[dict[str, Any]] = json.loads(BORDERS.read_text("utf-8"))["features"]
        return found
    whole = drawn_borders()
    middle = shape(whole[100]["geometry"]).representative_point().buffer(0.001)
    around = shape(whole[100]["geometry"]).difference(middle)
    hole = {"properties": {"code": "hole"}, "geometry": mapping(middle.difference(_core(middle)))}
    return [*whole[:100], {**whole[100], "geometry": mapping(around)}, *whole[101:], hole]


def _core(middle: Any) -> Any:
    """Nobody's land."""
    return middle.centroid.buffer(0.0005)


@pytest.mark.parametrize("city", ["jakarta", "drawn"])
def test_20000_points_lie_where_each_border_alone_says(city: str) -> None:
    """Anywhere, and on corners of borders, where two areas or more meet."""
    features = features_of(city)
    borders = [shape(each["geometry"]) for each in features]
    corners = get_coordinates(borders)[::9]
    points = [*points_anywhere(20_000, seed=31), *((north, east) for east, north in corners)]
    easts, norths = [point[1] for point in points], [point[0] for point in points]
    expected: list[set[str]] = [set() for _ in points]
    for feature, border in zip(features, borders, strict=True):
        prepare(border)
        for at in intersects_xy(border, easts, norths).nonzero()[0]:
            expected[at].add(feature["properties"]["code"])
    locator = PolygonLocator(features)
    for point, codes in zip(points, expected, strict=True):
        found = locator.locate(*point)
        assert (found.code if found else None) == min(codes, default=None), point
    met = [len(codes) for codes in expected]
    assert met[:20_000].count(0) > 50
    assert sum(each > 1 for each in met[20_000:]) > 500


def test_a_point_in_the_hole_of_an_area_is_in_what_lies_there_or_in_none() -> None:
    features = features_of("drawn")
    locator, [hole] = PolygonLocator(features), shape(features[-1]["geometry"]).interiors
    middle, edge = Polygon(hole).centroid, Point(shape(features[-1]["geometry"]).exterior.coords[0])
    ring = shape(features[-1]["geometry"]).representative_point()
    assert locator.locate(middle.y, middle.x) is None
    assert locator.locate(ring.y, ring.x) == Located("hole", approximate=False)
    assert locator.locate(edge.y, edge.x) == Located(
        features[100]["properties"]["code"], approximate=False
    )
