"""Pages of a service that brings two templates: their headers, escaping, layout and words."""

from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError

from shared.web.languages import Language
from shared.web.pages import Pages
from shared.web.styles import Styles

POLICY = (
    "default-src 'none'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
TEMPLATES = {
    "plain.html": "<p title='{{ value }}'>{{ value }}</p>",
    "page.html": (
        '{% extends "layout.html" %}{% set home = start %}'
        "{% block title %}{{ value }}{% endblock %}"
        "{% block main %}<h1>{{ value }}</h1>{% endblock %}"
    ),
    "bare.html": '{% extends "layout.html" %}',
}
HOSTILE = "\"'><script>alert(1)</script>{{ 7 * 6 }}"


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    for name, text in TEMPLATES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def pages_of(templates: Path, *, by_language: bool = True) -> Pages:
    return Pages(templates, Styles("/static"), retry_seconds=7, by_language=by_language)


def text_of(templates: Path, name: str, language: Language = "id", **values: Any) -> str:
    return bytes(pages_of(templates).show(name, language, **values).body).decode()


def test_a_page_lets_no_script_run_and_nothing_keep_it(templates: Path) -> None:
    page = pages_of(templates).show("plain.html", "en", 404, value="a")
    assert page.status_code == 404
    assert {name: page.headers[name] for name in page.headers if name != "content-length"} == {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": POLICY,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        "content-language": "en",
        "vary": "Accept-Language",
    }


def test_a_page_of_a_single_language_is_the_same_for_every_reader(templates: Path) -> None:
    page = pages_of(templates, by_language=False).show("plain.html", "id", value="a")
    assert "vary" not in page.headers
    assert page.headers["content-language"] == "id"


@pytest.mark.parametrize(("status", "wait"), [(200, None), (409, None), (503, "7")])
def test_only_a_page_that_cannot_be_had_now_says_when_to_come_again(
    templates: Path, status: int, wait: str | None
) -> None:
    page = pages_of(templates).show("plain.html", "id", status, value="a")
    assert page.headers.get("retry-after") == wait


def test_every_value_is_escaped_in_text_and_in_attributes(templates: Path) -> None:
    escaped = "&#34;&#39;&gt;&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 6 }}"
    assert text_of(templates, "plain.html", value=HOSTILE) == (
        f"<p title='{escaped}'>{escaped}</p>"
    )
    page = text_of(templates, "page.html", value=HOSTILE, start=HOSTILE)
    assert page.count(escaped) == 3
    assert "<script" not in page


def test_a_value_that_a_template_misses_is_an_error(templates: Path) -> None:
    with pytest.raises(UndefinedError):
        pages_of(templates).show("plain.html", "id")


@pytest.mark.parametrize(("language", "skip", "owner"), [
    ("id", "Langsung ke isi", "Pemerintah Provinsi DKI Jakarta"),
    ("en", "Skip to content", "Provincial Government of DKI Jakarta"),
])  # fmt: skip
def test_the_layout_speaks_the_language_of_the_page(
    templates: Path, language: Language, skip: str, owner: str
) -> None:
    page = text_of(templates, "bare.html", language)
    assert page.startswith("<!doctype html>")
    assert f'<html lang="{language}">' in page
    assert f'<a class="skip" href="#main">{skip}</a>' in page
    assert page.count(owner) == 2
    assert "<title>Cepat Respon Masyarakat" in page


def test_the_mark_leads_home_only_where_a_page_says_where_that_is(templates: Path) -> None:
    assert '<a class="brand" href="/x">' in text_of(templates, "page.html", value="a", start="/x")
    bare = text_of(templates, "bare.html")
    assert '<div class="brand">' in bare
    assert 'class="brand" href' not in bare


def test_the_layout_names_the_sheet_of_the_house_and_then_the_services_own(
    templates: Path,
) -> None:
    own = templates / "console.css"
    own.write_text("h1 { color: red }")
    styles = Styles("/static", own)
    pages = Pages(templates, styles, retry_seconds=1, by_language=False)
    page = bytes(pages.show("bare.html", "id").body).decode()
    house, console = styles.addresses
    assert house.startswith("static/house.css?v=")
    assert console.startswith("static/console.css?v=")
    assert page.index(f'<link rel="stylesheet" href="{house}">') < page.index(console)
    assert page.count("<link ") == 2
