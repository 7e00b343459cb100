"""`crm areas import`: any city's boundaries, and what is wrong with them."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from deploy.cli import app
from deploy.local.settings import borders_in, overrides
from services.routing.placing.borders import PolygonLocator
from services.routing.placing.places import Located

JAKARTA = Path(__file__).resolve().parents[4] / "shared" / "data" / "jakarta-kelurahan.geojson"
EDGE = 0.01
"""Degrees; a square of it near the equator has some 1,236,000 square metres."""


def ring(west: float, south: float, size: float = EDGE) -> list[list[float]]:
    east, north = west + size, south + size
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def square(code: Any, west: float = 0.0, **properties: Any) -> dict[str, Any]:
    return feature(polygon(ring(west, 0.0)), code=code, **properties)


class Import:
    """A file that is taken in, into a file of its own."""

    def __init__(self, folder: Path) -> None:
        self.file, self.target = folder / "city.geojson", folder / "out" / "areas.geojson"

    def run(self, *options: str) -> Result:
        told = ["areas", "import", str(self.file), "--to", str(self.target), *options]
        return CliRunner().invoke(app, told)

    def take(self, *features: Any, options: tuple[str, ...] = (), **members: Any) -> str:
        self.file.write_text(json.dumps({"features": list(features), **members}), "utf-8")
        done = self.run(*options)
        assert done.exit_code == 0, done.output
        return done.stdout

    def refuse(self, *features: Any, options: tuple[str, ...] = (), **members: Any) -> str:
        self.file.write_text(json.dumps({"features": list(features), **members}), "utf-8")
        return self.refused(*options)

    def refused(self, *options: str) -> str:
        done = self.run(*options)
        assert (done.exit_code, done.stdout) == (1, ""), done.output
        return done.stderr

    def find(self, latitude: float, longitude: float) -> Located | None:
        return PolygonLocator.read(self.target).locate(latitude, longitude)

    def written(self) -> list[dict[str, Any]]:
        features = json.loads(self.target.read_text("utf-8"))["features"]
        return [each["properties"] for each in features]


@pytest.fixture
def city(tmp_path: Path) -> Import:
    return Import(tmp_path)


def test_a_city_whose_properties_have_usual_names_needs_no_options(city: Import) -> None:
    said = city.take(
        feature(polygon(ring(0.0, 0.0)), KDEPUM="99.01", WADMKD="Alun", kdcpum="99"),
        feature(polygon(ring(EDGE, 0.0)), KDEPUM="99.02", WADMKD="Baru", kdcpum="99"),
    )
    assert "code from KDEPUM, name from WADMKD, level from none, parent from kdcpum" in said
    assert city.find(0.005, 0.005) == Located("99.01", approximate=False)
    assert city.find(0.005, 0.015) == Located("99.02", approximate=False)
    assert city.find(0.005, 0.025) is None
    assert [each["name"] for each in city.written()] == ["Alun", "Baru"]


def test_properties_of_any_name_are_named_by_options(city: Import) -> None:
    area = feature(polygon(ring(0, 0)), code=1, NR=7.0, BEZ="Mitte", ST="borough", IN=None)
    chosen = ("--code", "NR", "--name", "BEZ", "--level", "ST", "--parent", "IN")
    assert "areas by level: borough=1; points are looked up in 1" in city.take(area, options=chosen)
    assert city.written() == [{"code": "7", "name": "Mitte", "level": "borough", "parent": None}]


def test_points_are_looked_up_in_the_innermost_areas_alone(city: Import) -> None:
    said = city.take(
        feature(polygon(ring(0, 0, 2 * EDGE)), code="9"),
        feature(polygon(ring(0, 0, EDGE)), code="9.1"),
        feature(polygon(ring(EDGE, 0, EDGE)), code="9.2"),
    )
    assert "areas by level: 1=1, 2=2; points are looked up in 2" in said
    assert "not filled by the areas beneath: 1 (9 50%)" in said
    assert "without a parent: 0" in said
    assert city.find(0.005, 0.005) == Located("9.1", approximate=False)
    assert city.find(0.015, 0.005) is None


def test_a_parent_that_the_file_says_goes_before_the_dots_of_a_code(city: Import) -> None:
    said = city.take(
        square("a", level="city"),
        square("b.1", level="ward", parent="a"),
        square("b.2", EDGE, level="ward", parent="c"),
        square("100", 2 * EDGE, level="ward"),
        square("1", 3 * EDGE, level="ward"),
    )
    assert "areas by level: city=1, ward=4; points are looked up in 4" in said
    assert "without a parent: 3 (1, 100, b.2)" in said


def test_holes_belong_to_nobody_and_islands_to_their_area(city: Import) -> None:
    hole = list(reversed(ring(0.004, 0.004, 0.002)))
    islands = {"type": "MultiPolygon", "coordinates": [[ring(0.02, 0)], [ring(0.04, 0)]]}
    said = city.take(feature(polygon(ring(0, 0), hole), code="a"), feature(islands, code="b"))
    assert city.find(0.005, 0.005) is None
    assert city.find(0.005, 0.002) == Located("a", approximate=False)
    assert city.find(0.005, 0.025) == city.find(0.005, 0.045) == Located("b", approximate=False)
    assert "gaps: 1 (at 0.00500 0.00500 49,4" in said


def test_features_of_one_code_become_one_area(city: Import) -> None:
    said = city.take(square("a"), square("a", 0.02), square("b", 0.04))
    assert "features joined to another one of their code: 1" in said
    assert len(city.written()) == 2
    assert city.find(0.005, 0.025) == Located("a", approximate=False)


def test_overlaps_are_counted_and_the_largest_named_first(city: Import) -> None:
    said = city.take(square("a"), square("b", 0.009), square("c", 0.0170), square("d", 0.02699999))
    assert "overlaps: 2 (b and c 247," in said
    assert "a and b 123," in said


def test_rings_that_cross_themselves_or_do_not_close_are_mended_and_named(city: Import) -> None:
    bow = [[0, 0], [0.01, 0.01], [0.01, 0], [0, 0.01], [0, 0]]
    said = city.take(
        feature(polygon(bow), code="bow"),
        feature(polygon(ring(0.02, 0)[:-1]), code="open"),
        square("good", 0.04),
    )
    assert "mended rings, to be looked at: 2 (bow, open)" in said
    assert city.find(0.005, 0.009) == Located("bow", approximate=False)
    assert city.find(0.009, 0.005) is None
    assert city.find(0.005, 0.025) == Located("open", approximate=False)


def test_heights_are_left_out_and_the_other_order_is_read_when_it_is_said(city: Import) -> None:
    turned = [[north, east, 12.5] for east, north in ring(106.8, -6.2)]
    city.take(feature(polygon(turned), code="a"), options=("--latitude-first",))
    assert city.find(-6.195, 106.805) == Located("a", approximate=False)


TURNED = [[north, east] for east, north in ring(106.8, -6.2)]
METRES = [[700_000 + east, 9_300_000 + north] for east, north in ring(0, 0, 500)]


@pytest.mark.parametrize(
    ("wrong", "options", "place", "remedy"),
    [
        (feature(None, code="b"), (), "features[1].geometry", "take the feature out"),
        (
            feature({"type": "Point", "coordinates": [1, 2]}, code="b"),
            (), "features[1].geometry", "Polygon or a MultiPolygon",
        ),
        (
            feature(polygon(TURNED), code="b"),
            (), "features[1].geometry.coordinates[0][0]", "give --latitude-first",
        ),
        (
            feature(polygon(METRES), code="b"),
            (), "features[1].geometry.coordinates[0][0]", "ogr2ogr -t_srs EPSG:4326",
        ),
        (
            feature(polygon(ring(0, 0), [[0, 0], [1, 1], [0, 0]]), code="b"),
            (), "features[1].geometry.coordinates[1]", "fewer than three corners",
        ),
        (
            feature(polygon([[0, 0], [1, 1], [2, 2], [0, 0]]), code="b"),
            (), "features[1].geometry.coordinates", "holds no area",
        ),
        (
            feature(polygon([[0, 0], ["1", 1], [2, 2]]), code="b"),
            (), "features[1].geometry.coordinates[0][1]", "two numbers",
        ),
        (
            feature({"type": "MultiPolygon", "coordinates": [[]]}, code="b"),
            (), "features[1].geometry.coordinates[0]", "not empty",
        ),
        (square(None), ("--code", "code"), "features[1].properties.code", "--code"),
        (square("b"), ("--name", "nama"), "features[0].properties.nama", "--name"),
        (square("b"), ("--level", "code2"), "features[0].properties.code2", "--level"),
        (square("a", parent="b"), (), "features[0] and features[1]", "a code of its own"),
        ({"geometry": polygon(ring(0, 0))}, (), "features[1].properties", "code"),
        ("feature", (), "features[1].properties", "code"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_named_with_its_place_and_what_to_do(
    city: Import, wrong: Any, options: tuple[str, ...], place: str, remedy: str
) -> None:
    said = city.refuse(square("a"), wrong, options=options)
    assert f"{place} " in said
    assert remedy in said
    assert not city.target.exists()


def test_a_file_whose_code_has_no_usual_name_is_told_which_there_are(city: Import) -> None:
    said = city.refuse(feature(polygon(ring(0, 0)), zahl=7, wort="x"))
    assert "--code (features[0].properties has wort, zahl)" in said


def test_parents_that_go_in_a_circle_are_refused(city: Import) -> None:
    said = city.refuse(square("a", parent="b"), square("b", parent="a"))
    assert "The area a lies within itself" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "no JSON from line 1, column 2 on"),
        ('{"type": "Feature"}', "must be a FeatureCollection"),
        ('{"features": []}', "must be a FeatureCollection"),
        ("[" * 100_000, "no JSON in UTF-8"),
        ('{"features": [NaN]}', "holds NaN"),
        ("[]", "must be a FeatureCollection"),
    ],
)
def test_a_file_that_is_no_geojson_is_refused(city: Import, text: str, said: str) -> None:
    city.file.write_text(text, "utf-8")
    assert said in city.refused()


def test_another_projection_is_refused_and_that_of_geojson_is_not(city: Import) -> None:
    def crs(name: str) -> dict[str, Any]:
        return {"type": "name", "properties": {"name": name}}

    assert "crs names another system" in city.refuse(
        square("a"), crs=crs("urn:ogc:def:crs:EPSG::32748")
    )
    city.take(square("a"), crs=crs("urn:ogc:def:crs:OGC:1.3:CRS84"))


def test_a_file_that_is_refused_leaves_the_former_areas_and_nothing_beside_them(
    city: Import,
) -> None:
    city.take(square("a"))
    before = city.target.read_bytes()
    city.refuse(square("b"), square(None), options=("--code", "code"))
    assert city.target.read_bytes() == before
    assert list(city.target.parent.iterdir()) == [city.target]
    city.take(square("b"))
    assert city.find(0.005, 0.005) == Located("b", approximate=False)
    assert list(city.target.parent.iterdir()) == [city.target]


def test_a_check_writes_nothing(city: Import) -> None:
    assert "nothing was written" in city.take(square("a"), options=("--check",))
    assert not city.target.parent.exists()


def test_a_place_that_cannot_be_written_is_told_in_a_sentence(city: Import) -> None:
    city.file.write_text(json.dumps({"features": [square("a")]}))
    city.target.mkdir(parents=True)
    assert "Is a directory" in city.refused()
    assert list(city.target.parent.iterdir()) == [city.target]


def test_areas_that_are_no_units_and_units_without_an_area_are_told(city: Import) -> None:
    said = city.take(square("31.74.01.1001"), square("99.1", EDGE))
    assert "areas by level: 1=1, kelurahan=1;" in said
    assert "of no unit: 1 (99.1)" in said
    assert "without a parent: 1 (99.1)" in said
    assert "kelurahan without an area: 266 (" in said


def test_a_stack_takes_the_borders_of_its_home(tmp_path: Path) -> None:
    assert "CRM_GEOJSON" not in overrides("routing", tmp_path)
    borders_in(tmp_path).write_text("{}")
    assert overrides("routing", tmp_path)["CRM_GEOJSON"] == str(borders_in(tmp_path.resolve()))


@pytest.mark.skipif(not JAKARTA.exists(), reason="the file of borders is not at hand")
def test_jakarta_is_taken_in_whole(city: Import) -> None:
    city.file = JAKARTA
    done = city.run()
    assert done.exit_code == 0, done.output
    assert "areas by level: kelurahan=267; points are looked up in 267" in done.stdout
    for nothing in ("mended rings, to be looked at", "without a parent", "of no unit"):
        assert f"{nothing}: 0\n" in done.stdout
    assert "kelurahan without an area: 0\n" in done.stdout
