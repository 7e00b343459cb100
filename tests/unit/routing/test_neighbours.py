"""Which reports are taken for neighbours, and what is told of how near they are."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.routing.neighbours.likeness import (
    Point,
    Reason,
    Sketch,
    blurred,
    distance_m,
    is_asked_about,
    is_shown,
    likeness,
    reader_of_trigrams,
    rounded_m,
    trigrams,
)
from services.routing.neighbours.store import BANDS, SQUARE, around
from services.routing.placing.categories import load_categories
from tests.builders import T0

CATEGORIES = load_categories().at(T0.date()).categories
MARKET = Point(-6.2300, 106.8500)
A_HUNDRED_METRES_NORTH = Point(-6.2291, 106.8500)
A_KILOMETRE_NORTH = Point(-6.2210, 106.8500)
HOLE = Sketch(
    T0, MARKET, "31.74.01.1001", "jalan", trigrams("Jalan berlubang besar di depan pasar Tebet")
)


def test_the_same_hole_told_twice_is_like_by_all_grounds() -> None:
    again = replace(
        HOLE,
        received_at=T0 + timedelta(days=1),
        point=A_HUNDRED_METRES_NORTH,
        words=trigrams("Mohon segera, ada lobang besar di jalan depan pasar tebet"),
    )
    found = likeness(HOLE, again, CATEGORIES)
    assert found.reasons == (Reason.PLACE, Reason.CATEGORY, Reason.TIME, Reason.WORDS)
    assert found.distance_m == 100
    assert is_shown(found)


@pytest.mark.parametrize(
    ("other", "reasons"),
    [
        # A hole in the pavement goes to the same office as one in the road.
        (replace(HOLE, category="trotoar", words=None), ("place", "category", "time")),
        # What else is wrong here, whatever it is.
        (replace(HOLE, category="sampah", words=trigrams("Sampah menumpuk")), ("place", "time")),
        # By SMS: no point, but the same kelurahan and words.
        (replace(HOLE, point=None), ("category", "time", "words")),
        # A flood of one post, of which no place is known.
        (replace(HOLE, point=None, kelurahan=None, category=None), ("time", "words")),
    ],
)
def test_near_is_who_is_near_by_place_or_by_words(other: Sketch, reasons: tuple[str, ...]) -> None:
    found = likeness(HOLE, other, CATEGORIES)
    assert found.reasons == reasons
    assert is_shown(found)


@pytest.mark.parametrize(
    "other",
    [
        replace(HOLE, point=A_KILOMETRE_NORTH, words=trigrams("Aspal rusak di gang sempit")),
        # Only of the same kelurahan, category and day.
        replace(HOLE, point=None, words=trigrams("Aspal rusak di gang sempit")),
        # Polite words are no likeness.
        Sketch(T0, words=trigrams("Selamat pagi, mohon segera ditindaklanjuti, terima kasih")),
        # Same place, but three months ago and of another kind.
        replace(HOLE, point=Point(-6.2280, 106.8500), received_at=T0 - timedelta(days=90),
                category="sampah", words=trigrams("Tumpukan sampah")),
    ],
)  # fmt: skip
def test_who_is_only_of_the_same_day_kind_or_manners_is_no_neighbour(other: Sketch) -> None:
    assert not is_shown(likeness(HOLE, other, CATEGORIES))


TOLD_AT_A_COUNTER = Sketch(T0, None, "31.74.01.1001", "jalan")


@pytest.mark.parametrize(
    ("told", "other", "asked"),
    [
        (TOLD_AT_A_COUNTER, HOLE, True),
        (TOLD_AT_A_COUNTER, replace(HOLE, point=None), True),
        (TOLD_AT_A_COUNTER, replace(HOLE, category="trotoar"), True),
        (TOLD_AT_A_COUNTER, replace(HOLE, category="sampah"), False),
        (TOLD_AT_A_COUNTER, replace(HOLE, kelurahan="31.74.01.1002"), False),
        (TOLD_AT_A_COUNTER, replace(HOLE, received_at=T0 - timedelta(days=30)), False),
        (replace(TOLD_AT_A_COUNTER, category=None), HOLE, False),
        (replace(TOLD_AT_A_COUNTER, point=A_KILOMETRE_NORTH), HOLE, False),
        (Sketch(T0, None, None, "jalan"), replace(HOLE, kelurahan=None), False),
    ],
)
def test_at_a_counter_is_asked_about_what_is_recent_and_of_the_kind_in_the_same_kelurahan(
    told: Sketch, other: Sketch, asked: bool
) -> None:
    assert is_asked_about(told, other, likeness(told, other, CATEGORIES)) is asked


def test_what_is_not_known_of_both_counts_neither_for_nor_against() -> None:
    at_the_desk = Sketch(T0, MARKET)
    assert likeness(at_the_desk, HOLE, CATEGORIES).score == 1.0


def test_a_reader_of_many_texts_reads_each_as_if_it_were_the_first() -> None:
    read = reader_of_trigrams()
    assert read("Got di got") == {"  g", " go", "got", "ot "}
    assert read("GOT, mohon!") == {"  g", " go", "got", "ot "}
    assert read("god") == {"  g", " go", "god", "od "}
    assert read("Mohon segera") == frozenset()


points = st.builds(Point, st.floats(-6.4, -5.2), st.floats(106.3, 107.0))
sketches = st.builds(
    Sketch,
    st.datetimes().map(lambda at: at.replace(tzinfo=T0.tzinfo)),
    st.none() | points,
    st.none() | st.sampled_from(["31.74.01.1001", "31.74.01.1002"]),
    st.none() | st.sampled_from([*CATEGORIES, "of-an-older-table"]),
    st.none() | st.text(max_size=60).map(trigrams),
)


@settings(deadline=None)
@given(sketches, sketches)
def test_likeness_is_the_same_both_ways_and_from_0_to_1(one: Sketch, other: Sketch) -> None:
    found = likeness(one, other, CATEGORIES)
    assert found == likeness(other, one, CATEGORIES)
    assert 0 <= found.score <= 1


@settings(deadline=None)
@given(points, points)
def test_of_a_blurred_point_no_asking_tells_more_than_its_square(asked: Point, at: Point) -> None:
    """All points of a square give the same answer, from wherever one asks."""
    middle = blurred(at)
    assert middle is not None
    assert blurred(middle) == middle
    assert (distance_m(at, middle) or 0) <= 80
    told = rounded_m(distance_m(asked, middle))
    assert told is not None
    assert told >= 50
    assert told % 50 == 0


def test_around_a_point_are_twenty_five_squares_each_once() -> None:
    found = around(Point(-6.2288, 106.8512))
    squares = set(zip(found["rows"], found["columns"], strict=True))
    assert squares == {(row, col) for row in range(-2494, -2489) for col in range(42738, 42743)}
    assert (found["rows"][0], found["columns"][0]) == (-2492, 42740)
    assert found["bands"] == sorted(found["bands"])
    assert len(found["rows"]) == len(found["bands"]) == sum(BANDS) == 25


shares = st.floats(0, 1)


@settings(deadline=None)
@given(points, shares, shares)
def test_no_band_has_anything_nearer_than_its_edge(asked: Point, north: float, east: float) -> None:
    """Who stops before a band has missed nothing that is nearer than its edge."""
    found = around(asked)
    for row, column, band in zip(found["rows"], found["columns"], found["bands"], strict=True):
        latitude, longitude = (row + north) * SQUARE, (column + east) * SQUARE
        away = (latitude - asked.latitude) ** 2 + (longitude - asked.longitude) ** 2
        assert away >= found["edges"][band - 1]


def test_the_edges_tell_bands_apart() -> None:
    """From the middle of a square to the next ones is half a square, and three halves to those
    behind them."""
    edges = around(Point(-6.23125, 106.85125))["edges"]
    assert edges[0] == 0
    assert edges[1] == pytest.approx(0.00125**2, rel=1e-3)
    assert edges[2] == pytest.approx(0.00375**2, rel=1e-3)
