"""The laws of pages: one environment, one policy, nothing in a page that the policy blocks."""

import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, modules

PRODUCT = modules("shared", "services")
PAGES = sorted(
    path for folder in ("shared", "services") for path in (ROOT / folder).rglob("*.html")
)


def test_templates_are_made_into_pages_in_one_place() -> None:
    assert [m.path for m in PRODUCT if m.imports_any("jinja2")] == ["shared/web/pages.py"]


def test_the_content_security_policy_is_stated_once_for_pages_and_once_for_files() -> None:
    stated = [m.path for m in PRODUCT if "content-security-policy" in m.text.lower()]
    assert sorted(stated) == ["services/intake/media/serving/handing.py", "shared/web/pages.py"]


@pytest.mark.parametrize("month", ["Desember", "December"])
def test_the_names_of_the_months_are_written_in_one_place(month: str) -> None:
    assert [m.path for m in PRODUCT if f'"{month}"' in m.text] == ["shared/web/dates.py"]


def test_there_are_pages_to_judge() -> None:
    assert len(PAGES) >= 9


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_template_holds_nothing_that_the_policy_blocks_and_escapes_all(page: Path) -> None:
    # A script may come from the pages' own origin, with nothing written between its tags.
    blocked = r"<script(?! src=\"[^\"]+\" defer></script>)|<style|\sstyle=|\son[a-z]+=|https?://|\bsafe\b|autoescape"
    assert re.findall(blocked, page.read_text()) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_template_links_from_where_it_stands(page: Path) -> None:
    """An absolute path would lead past the prefix that a proxy in front takes away."""
    assert re.findall(r"""(?:href|action|src|home)\s*=\s*["']/""", page.read_text()) == []


ASKS_BY_ADDRESS = {"units.html"}
"""An administrator looks for an office by its name."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_is_typed_never_stands_in_an_address(page: Path) -> None:
    """Addresses are logged on the way, and an officer may type a citizen's name anywhere."""
    forms = re.findall(r"<form\b[^>]*>.*?</form>", page.read_text(), re.DOTALL)
    by_address = [form for form in forms if 'method="post"' not in form.partition(">")[0]]
    typed = [form for form in by_address if re.search(r"<textarea|<input(?![^>]*hidden)", form)]
    assert bool(typed) == (page.name in ASKS_BY_ADDRESS)
