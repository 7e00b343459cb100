"""The language that a reader gets."""

import pytest

from shared.web.languages import choose_language


@pytest.mark.parametrize(("wanted", "header", "language"), [
    (None, "", "id"),
    (None, "en-GB,en;q=0.9", "en"),
    (None, "id,en;q=0.8", "id"),
    (None, "en;q=0.5,id;q=0.9", "id"),
    (None, "de, fr;q=0.9", "id"),
    (None, "en;q=oops", "id"),
    ("id", "en", "id"),
    ("en", "id", "en"),
    ("xx", "en", "en"),
])  # fmt: skip
def test_the_language_is_the_one_asked_for_or_liked_best(
    wanted: str | None, header: str, language: str
) -> None:
    assert choose_language(wanted, header) == language


@pytest.mark.parametrize("header", ["en," * 100_000, ";;,=,q=", "en;q=", "en;q=nan", "\x00"])
def test_a_header_that_no_browser_sends_is_answered_too(header: str) -> None:
    assert choose_language(None, header) in ("id", "en")


def test_only_the_first_twenty_languages_of_a_reader_are_looked_at() -> None:
    assert choose_language(None, "de," * 19 + "en") == "en"
    assert choose_language(None, "de," * 20 + "en") == "id"
