"""Both languages say everything."""

import re
from pathlib import Path

import pytest

from services.routing.console.acts import ACTS
from services.routing.console.rendering import HTMX_SETTINGS
from services.routing.console.words import WORDS
from services.routing.work.steps import STEP_LABELS
from shared.events.vocabulary import CaseState, MediaFlag, MediaRefusal
from tests.architecture.source import ROOT

TEMPLATES = sorted((ROOT / "services/routing/console/templates").glob("*.html"))
MAPPINGS = (
    "states", "acts", "tabs", "parts", "roles", "reasons", "messages", "outcomes", "neighbours",
    "media", "refusals", "flags",
)  # fmt: skip


def test_both_languages_have_the_same_texts_with_the_same_blanks() -> None:
    indonesian, english = WORDS["id"], WORDS["en"]
    one = set(english.texts) - {"hours_one", "minutes_one"}
    assert set(indonesian.texts) == one
    for name in one:
        blanks = [re.findall(r"\{(\w+)\}", words.texts[name]) for words in WORDS.values()]
        assert set(blanks[0]) == set(blanks[1]), name
    for mapping in MAPPINGS:
        assert set(getattr(indonesian, mapping)) == set(getattr(english, mapping)), mapping


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_every_state_and_every_act_has_its_word(words) -> None:  # type: ignore[no-untyped-def]
    assert set(words.states) == set(CaseState)
    assert {act.verb for act in ACTS} <= set(words.acts)
    assert not words.steps or set(words.steps) == set(STEP_LABELS)
    assert all(words.tag(state).glyph for state in CaseState)
    assert set(words.flags) == set(MediaFlag)
    assert set(words.refusals) == set(MediaRefusal)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_names_texts_that_there_are(template: Path) -> None:
    """Jinja takes an attribute of a mapping before its item: a text called ``keys`` is none."""
    named = set(re.findall(r"\bt\.(\w+)", template.read_text()))
    assert named <= set(WORDS["id"].texts)
    assert not named & set(dir(dict))


def test_no_page_keeps_a_copy_of_itself_on_a_shared_computer() -> None:
    assert '"history":false' in HTMX_SETTINGS
    assert '"noSwap":["4xx","5xx"' in HTMX_SETTINGS


def test_no_page_draws_a_sign_that_phones_may_have_no_letter_for() -> None:
    """What is missing in the fonts is drawn as an empty box. These are in all of them."""
    pages = (ROOT / "services/routing/console").rglob("*.html")
    drawn = {sign for page in pages for sign in page.read_text() if ord(sign) > 0xFF}
    assert drawn <= set("–‹“”→●◆◐↺✓✉✕−")
