"""Where a case lies, on a map that asks no stranger: its point, and its kelurahan."""

import json
import re
from math import cos, sin, tau
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from services.routing.console.outlines import BYTES_AT_MOST, read_outlines
from shared.errors import StopTheLine
from tests.unit.console.city import CASE, KELURAHAN, Browser, City, a_case, a_city

WEST, SOUTH = 106.85, -6.23
NO_POINT = {"ref": CASE, "status": "known", "text": "Lampu mati.", "address": "Tebet"}


def a_ring(corners: int, size: float, jags: float, east: float = 0.0) -> list[list[float]]:
    """A round border that zigzags by ``jags`` of its size."""
    far = [size * (1 + jags * (corner % 2)) for corner in range(corners)]
    ring = [
        [WEST + east + at * cos(tau * n / corners), SOUTH + at * sin(tau * n / corners)]
        for n, at in enumerate(far)
    ]
    return [*ring, ring[0]]


def a_file(path: Path, *geometries: Any, code: str = KELURAHAN) -> Path:
    features = [{"properties": {"code": code}, "geometry": each} for each in geometries]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def a_polygon(*rings: list[list[float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


@settings(max_examples=25, deadline=None)
@given(
    corners=st.integers(3, 1200),
    size=st.floats(0.0005, 0.5),
    jags=st.floats(0, 0.5),
    islands=st.integers(1, 20),
)
def test_any_border_becomes_an_outline_that_is_short_enough(
    tmp_path_factory: pytest.TempPathFactory, corners: int, size: float, jags: float, islands: int
) -> None:
    rings = [a_ring(max(3, corners // islands), size, jags, 3 * size * n) for n in range(islands)]
    border = {"type": "MultiPolygon", "coordinates": [[ring] for ring in rings]}
    path = tmp_path_factory.getbasetemp() / "borders.geojson"
    [outline] = read_outlines(a_file(path, border)).values()
    assert len(outline) <= BYTES_AT_MOST
    drawn = json.loads(outline)
    assert set(drawn) == {"type", "coordinates"}
    assert shape(drawn).area > 0


def test_an_outline_of_a_usual_border_is_some_metres_off_at_most(tmp_path: Path) -> None:
    border = a_polygon(a_ring(600, 0.01, 0.0))
    [outline] = read_outlines(a_file(tmp_path / "b.geojson", border)).values()
    assert shape(json.loads(outline)).hausdorff_distance(shape(border)) < 0.0003


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [WEST, SOUTH]},
        {"type": "LineString", "coordinates": [[WEST, SOUTH], [WEST + 1, SOUTH]]},
        {"type": "Polygon", "coordinates": []},
        None,
    ],
    ids=["point", "line", "empty", "none"],
)
def test_what_is_no_border_is_refused_at_the_start(tmp_path: Path, geometry: Any) -> None:
    path = a_file(tmp_path / "b.geojson", geometry)
    with pytest.raises(StopTheLine, match=r"^CRM_GEOJSON names a file that is not what"):
        read_outlines(path)
    with pytest.raises(StopTheLine):
        read_outlines(a_file(path))


async def on_map(city: City, officer: Browser, **case: Any) -> dict[str, str]:
    """What the map of a case is told."""
    city.services.answers |= {
        f"GET /cases/{CASE}": a_case(**case), "GET /deliveries": {"deliveries": []},
    }  # fmt: skip
    await officer.open(f"/laporan/{CASE}")
    found = re.search(r'<div class="map"([^>]*)>', officer.page)
    return dict(re.findall(r'data-([a-z]+)="([^"]*)"', found[1])) if found else {}


async def test_without_borders_a_map_has_the_point_and_the_middle_of_the_kelurahan_by_name(
    city: City, officer: Browser
) -> None:
    told = await on_map(city, officer)
    assert (told["latitude"], told["longitude"]) == ("-6.2263", "106.8584")
    assert (told["middle"], told["area"]) == ("-6.2338 106.8555", "Tebet Timur")
    assert "outline" not in told
    told = await on_map(city, officer, contents=[NO_POINT])
    assert "latitude" not in told
    assert told["middle"] == "-6.2338 106.8555"
    assert await on_map(city, officer, contents=[NO_POINT], kelurahan_code=None) == {}
    assert (await officer.http.get(f"/static/peta/{KELURAHAN}")).status_code == 404


async def test_a_border_comes_from_the_pages_own_origin_and_is_kept(tmp_path: Path) -> None:
    path = a_file(tmp_path / "b.geojson", a_polygon(a_ring(40, 0.01, 0.1)))
    async with a_city(geojson=str(path)) as city, city.browser() as officer:
        await officer.sign_in()
        told = await on_map(city, officer)
        assert told["outline"].startswith("../static/peta/")
        answer = await officer.http.get(told["outline"].removeprefix(".."))
        assert answer.headers["content-type"] == "application/geo+json"
        assert "immutable" in answer.headers["cache-control"]
        assert answer.json()["type"] == "Polygon"
        assert (await officer.http.get("/static/peta/31.99")).status_code == 404
