"""What counts as a right, a coarser, a silent and a wrong place."""

import pytest

from services.routing.reading.place_report import (
    PlaceAnswer,
    PlaceText,
    Verdict,
    judge,
    place_figures,
)
from tests.texts.places import load_places

NOTHING = PlaceAnswer(None, None, None, outside=False, certain=False)
BEYOND = PlaceAnswer(None, None, None, outside=True, certain=False)
GAMBIR = "31.71.01.1001"


def text(
    area: str | None, *, id: str = "p1", outside: bool = False, trap: bool = False
) -> PlaceText:
    return PlaceText(id, "di sini", None, area, outside, trap)


def answer(*codes: str, certain: bool = False) -> PlaceAnswer:
    """Codes from the region on."""
    region, kecamatan, kelurahan = [*codes, None, None, None][:3]
    return PlaceAnswer(kelurahan, kecamatan, region, outside=False, certain=certain)


WHOLE = answer("31.71", "31.71.01", GAMBIR)
TORN = answer("31.71", "31.71.02", GAMBIR)
"""Its kecamatan is not that of its kelurahan."""


@pytest.mark.parametrize(
    ("area", "said", "verdict"),
    [
        (GAMBIR, WHOLE, Verdict.RIGHT),
        (GAMBIR, PlaceAnswer(GAMBIR, None, None, outside=False, certain=False), Verdict.RIGHT),
        (GAMBIR, answer("31.71", "31.71.01"), Verdict.COARSER),
        (GAMBIR, answer("31.71"), Verdict.COARSER),
        (GAMBIR, answer("31.71", "31.71.01", "31.71.01.1002"), Verdict.WRONG),
        (GAMBIR, answer("31.72"), Verdict.WRONG),
        (GAMBIR, TORN, Verdict.WRONG),
        (GAMBIR, NOTHING, Verdict.SILENT),
        (GAMBIR, BEYOND, Verdict.WRONG),
        ("31.71.01", answer("31.71", "31.71.01"), Verdict.RIGHT),
        ("31.71.01", WHOLE, Verdict.RIGHT),
        ("31.71.01", answer("31.71", "31.71.02", "31.71.02.1001"), Verdict.WRONG),
        ("31.71", WHOLE, Verdict.RIGHT),
        ("31.71", answer("31.74"), Verdict.WRONG),
        (None, NOTHING, Verdict.RIGHT),
        (None, answer("31.71"), Verdict.WRONG),
        (None, BEYOND, Verdict.WRONG),
    ],
)  # fmt: skip
def test_an_answer_is_judged_by_the_level_that_is_expected(
    area: str | None, said: PlaceAnswer, verdict: Verdict
) -> None:
    assert judge(text(area), said) is verdict


@pytest.mark.parametrize(
    ("said", "verdict"),
    [(BEYOND, Verdict.RIGHT), (NOTHING, Verdict.SILENT), (WHOLE, Verdict.WRONG)],
)
def test_a_matter_beyond_jakarta_has_no_area(said: PlaceAnswer, verdict: Verdict) -> None:
    assert judge(text(None, outside=True), said) is verdict


def test_a_code_beside_outside_is_wrong() -> None:
    both = PlaceAnswer(None, None, "31.71", outside=True, certain=False)
    assert judge(text(None, outside=True), both) is Verdict.WRONG


def test_figures_count_named_places_and_traps_apart() -> None:
    texts = [
        text(GAMBIR, id="right"),
        text(GAMBIR, id="coarser"),
        text(GAMBIR, id="silent"),
        text(GAMBIR, id="wrong"),
        text(None, id="passed", trap=True),
        text(None, id="guessed", trap=True),
        text(None, id="sure", trap=True),
        text(GAMBIR, id="hushed", trap=True),
    ]
    figures = place_figures(
        texts,
        {
            "right": WHOLE,
            "coarser": answer("31.71"),
            "silent": NOTHING,
            "wrong": answer("31.72", certain=True),
            "passed": NOTHING,
            "guessed": answer("31.71"),
            "sure": answer("31.71", certain=True),
            "hushed": NOTHING,
        },
    )
    assert (figures.named, figures.right, figures.coarser, figures.silent) == (4, 1, 1, 1)
    assert (figures.wrong, figures.wrong_certain) == (1, 1)
    assert (figures.traps, figures.traps_wrong, figures.traps_wrong_certain) == (4, 2, 1)
    assert figures.misread == ("coarser", "silent", "wrong")
    assert figures.trapped == ("guessed", "sure")


def test_a_text_without_an_answer_is_no_silence() -> None:
    with pytest.raises(KeyError):
        place_figures([text(GAMBIR)], {})


def test_a_stored_label_becomes_its_most_precise_area() -> None:
    by_id = {each.id: each for half in ("work", "unseen") for each in load_places(half)}
    assert by_id["p003"].area == "31.75.06.1001"
    assert by_id["p004"].area == "31.75.03"
    assert by_id["p013"].area is None
    assert by_id["p013"].trap
