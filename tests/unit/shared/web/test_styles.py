"""Style sheets: where they are, how long they are kept, and that they load nothing."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from shared.web.styles import HOUSE, Styles


def a_client(styles: Styles) -> TestClient:
    app = FastAPI()
    app.include_router(styles.create_router())
    return TestClient(app)


def own_sheet(folder: Path, text: str) -> Path:
    path = folder / "console.css"
    path.write_text(text)
    return path


def test_a_sheet_is_kept_for_a_year_at_the_address_that_a_page_names(tmp_path: Path) -> None:
    styles = Styles("/static", own_sheet(tmp_path, "h1 { color: red }"))
    for address, text in zip(
        styles.addresses, (HOUSE.read_text(), "h1 { color: red }"), strict=True
    ):
        answer = a_client(styles).get(address)
        assert answer.status_code == 200
        assert answer.text == text
        assert answer.headers["content-type"] == "text/css; charset=utf-8"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_changed_sheet_has_another_address(tmp_path: Path) -> None:
    before = Styles("/static", own_sheet(tmp_path, "h1 { color: red }")).addresses
    after = Styles("/static", own_sheet(tmp_path, "h1 { color: blue }")).addresses
    assert after[0] == before[0]
    assert after[1] != before[1]


@pytest.mark.parametrize("query", ["", "?v=", "?v=000000000000"])
def test_a_page_of_another_release_gets_the_sheet_and_does_not_keep_it(query: str) -> None:
    answer = a_client(Styles("/static")).get(f"/static/house.css{query}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/static/", "/static/../pages.py", "/static/console.css"])
def test_nothing_but_the_sheets_is_served(path: str) -> None:
    assert a_client(Styles("/static")).get(path).status_code == 404


def test_the_sheet_of_the_house_loads_nothing() -> None:
    assert not re.search(r"url\(|@import|@font-face", HOUSE.read_text())


GROUNDS = {
    "ink": ("paper", "card", "waiting-ground", "late-ground"),
    "soft": ("paper", "card", "waiting-ground"),
    "accent": ("paper", "card"),
    "late": ("card", "late-ground"),
    "waiting": ("waiting-ground",),
    "working": ("working-ground",),
    "done": ("done-ground",),
    "stopped": ("stopped-ground",),
    "on-deep": ("deep",),
    "on-deep-soft": ("deep",),
    "card": ("accent", "accent-strong"),
}
"""Text colours, and what they stand on; the colour of a card is also the text of a button."""


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2) of ``#rrggbb``."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def palette(text: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", text))


@pytest.mark.parametrize("dark", [False, True])
def test_text_has_the_contrast_that_people_with_weak_eyes_need(dark: bool) -> None:
    light_part, dark_part = HOUSE.read_text().split("@media (prefers-color-scheme: dark)")
    colours = palette(light_part) | (palette(dark_part) if dark else {})
    for text, grounds in GROUNDS.items():
        for ground in grounds:
            low, high = sorted((luminance(colours[text]), luminance(colours[ground])))
            assert (high + 0.05) / (low + 0.05) >= 4.5, (text, ground)
