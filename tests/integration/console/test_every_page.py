"""What holds of every page of the console, in a real browser: nothing grave for a screen reader,
nothing that is cut or too small for a thumb, light to load, one language.

The services' answers are written by hand and are as long as they come; each is what the contracts
describe, which `Parts` watches.
"""

import json

import pytest

from services.routing.placing.categories import load_categories
from shared.unit_table import load_units
from shared.web.labels import CHANNEL_NAMES, channel_name
from tests.integration.console.conftest import Before
from tests.integration.console.views import TYPED, VIEWS, View, first_views
from tests.page_findings import (
    DESK,
    FIRST_VIEW_BYTES,
    NARROWEST,
    PHONE,
    grave_findings,
    keep_picture,
    misfits,
    words_in,
    words_of,
)

UNFOLD = "document.querySelectorAll('details').forEach((box) => { box.open = true })"
SHOWN = "document.querySelector('meta[name=crm-page]')?.content"
FIRST = first_views()
OF_BOTH_LANGUAGES = frozenset(
    [
        "jws",
        "sha",
        "cepat",
        "respon",
        "masyarakat",
        "dki",
        "wib",
        "utc",
        "menu",
        "nov",
        "november",
        "administrator",
        "auditor",
        "ews",
        "filter",
        "puskesmas",
        "json",
        "server",
        "english",
        "indonesia",
        "nik",
        "enter",
        "lacak",
        "depan",
        "video",
        "pdf",
        "cctv",
        "virus",
    ]
)
"""Names, and words that are written alike; months as the day wants."""


@pytest.mark.parametrize("view", VIEWS, ids=[each.name for each in VIEWS])
async def test_a_page_can_be_read_and_used_by_all(at: Before, view: View) -> None:
    found = await (seen_whole(at, view) if view in FIRST else seen_on_a_phone(at, view))
    assert not found, "\n".join(found)


async def seen_on_a_phone(at: Before, view: View) -> list[str]:
    """In Indonesian; and whether its colours hold in the dark."""
    await at.light_up(PHONE)
    found = await met(at, view, "id")
    await at.page.evaluate(UNFOLD)
    found += [*await misfits(at.page), *await grave_findings(at.page)]
    await keep_picture(at.page, view.name)
    await at.page.emulate_media(color_scheme="dark")
    return [*found, *await grave_findings(at.page, only="color-contrast")]


async def seen_whole(at: Before, view: View) -> list[str]:
    """At a desk as it comes, on phones unfolded, in English in the dark."""
    page = at.page
    await at.light_up(DESK)
    found = [*await met(at, view, "id"), *await grave_findings(page)]
    await keep_picture(page, view.name)
    await page.evaluate(UNFOLD)
    await page.set_viewport_size(NARROWEST)
    found += await misfits(page)
    await page.set_viewport_size(PHONE)
    found += await grave_findings(page)
    await keep_picture(page, view.name)
    said = await words_of(page)
    await page.emulate_media(color_scheme="dark")
    return [*found, *await seen_in_english(at, view, said)]


async def met(at: Before, view: View, language: str) -> list[str]:
    """Opens it; what is wrong with the page that came."""
    weight = await at.meet(view, language)
    found = [*at.faults, *at.parts.strange]
    shown = await at.page.evaluate(SHOWN)
    if shown != (view.template or None):
        found.append(f"the page is {shown}: {at.page.url}")
    if weight > FIRST_VIEW_BYTES:
        found.append(f"{weight} bytes")
    return found


async def seen_in_english(at: Before, view: View, indonesian: set[str]) -> list[str]:
    """And in the dark, by the way."""
    found = await met(at, view, "en")
    await at.page.evaluate(UNFOLD)
    found += await grave_findings(at.page, only="color-contrast")
    if not view.template:
        return found
    alike = (await words_of(at.page)) & indonesian - OF_BOTH_LANGUAGES - words_told(at, view)
    return [*found, *(f"in both languages: {each}" for each in sorted(alike))]


def words_told(at: Before, view: View) -> set[str]:
    """What is said in no language of ours: names, and what citizens and officers wrote."""
    names = [unit.name for unit in load_units().all()] + [channel_name(c) for c in CHANNEL_NAMES]
    names += [str(row["name"]) for row in load_categories().rows]
    answers = json.dumps([*at.parts.answers.values()], ensure_ascii=False)
    return words_in(" ".join([*names, answers, view.seat.unit_name if view.seat else "", TYPED]))
