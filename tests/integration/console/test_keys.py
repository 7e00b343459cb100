"""Whoever has no mouse: keys that one may switch on, and TAB, which reaches everything."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.integration.console.conftest import Before
from tests.integration.console.house import ONE, TWO, a_case
from tests.integration.console.views import VIEWS, View
from tests.page_findings import DESK

KEYS = ("j", "k", "n", "p", "/", "?", "a")
ON = "k"
VIEW = {view.name: view for view in VIEWS}
UNFOLD = "document.querySelectorAll('details').forEach((box) => { box.open = true })"
FOCUSED = """() => {
  const at = document.activeElement, look = getComputedStyle(at), box = at.getBoundingClientRect();
  const [x, y] = [box.x + box.width / 2, box.y + Math.min(box.height, 40) / 2];
  const over = document.elementFromPoint(x, y);
  return {
    place: [...document.querySelectorAll("*")].indexOf(at),
    nothing: at === document.body,
    ring: look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2,
    seen: Boolean(over) && (at.contains(over) || over.contains(at)),
    html: at.outerHTML.slice(0, 100),
  };
}"""
TO_REACH = """() => {
  const all = "a[href], button, summary, select, textarea, input:not([type=hidden]), pre";
  const one = (name) => {
    const group = [...document.querySelectorAll(`[type=radio][name="${name}"]`)];
    return group.find((each) => each.checked) || group[0];
  };
  return [...document.querySelectorAll("*")]
    .map((each, place) => [each, place])
    .filter(([each]) => each.matches(all) && each.checkVisibility())
    .filter(([each]) => each.type !== "radio" || each === one(each.name))
    .map(([, place]) => place);
}"""


async def meet(at: Before, name: str, keys: str = ON) -> Page:
    await at.light_up(DESK)
    await at.meet(VIEW[name], "id", keys)
    return at.page


async def row_in_focus(page: Page) -> int:
    """Its place in the list; -1 for none."""
    return int(await page.evaluate(
        "[...document.querySelectorAll('#rows .title')].indexOf(document.activeElement)"
    ))  # fmt: skip


async def test_j_and_k_walk_through_the_rows_and_enter_opens_one(at: Before) -> None:
    page = await meet(at, "kotak")
    walked = []
    for key in "jjkkj":
        await page.keyboard.press(key)
        walked.append(await row_in_focus(page))
    assert walked == [0, 1, 0, 0, 1]
    await page.keyboard.press("k")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/laporan/{ONE}*")


async def test_n_leads_on_and_p_back(at: Before) -> None:
    page = await meet(at, "kotak")
    await page.keyboard.press("n")
    await page.wait_for_url("**hal=halaman-dua")
    await page.keyboard.press("p")
    await page.wait_for_url("**/kotak?tab=baru")


async def test_n_and_p_judge_one_case_after_the_other(at: Before) -> None:
    page = await meet(at, "nilai-laporan")
    at.parts.answer("routing", "GET", f"/v1/cases/{TWO}", a_case(2))
    await page.keyboard.press("n")
    await page.wait_for_url(f"**/nilai/{TWO}?*")
    await page.keyboard.press("p")
    await page.wait_for_url(f"**/nilai/{ONE}?*")


async def test_slash_searches_and_a_question_mark_helps(at: Before) -> None:
    page = await meet(at, "kotak")
    await page.keyboard.press("/")
    await page.wait_for_url("**/cari")
    await page.keyboard.press("?")
    await page.wait_for_url("**/profil")
    await expect(page.get_by_text("j k baris berikutnya")).to_be_visible()


async def test_a_goes_to_the_acts_and_does_none(at: Before) -> None:
    page = await meet(at, "laporan")
    await page.keyboard.press("a")
    await expect(page.locator("#acts")).to_be_focused()
    assert [call for call in at.parts.calls if call.method == "POST"] == []


@pytest.mark.parametrize("held", ["", "Control+", "Alt+", "Meta+"])
async def test_a_key_does_nothing_where_it_is_off_or_held_with_another(
    at: Before, held: str
) -> None:
    page = await meet(at, "nilai-laporan", ON if held else "-")
    before = page.url
    # What Control and P, N do is the browser's own.
    for key in ("j", "k", "a", "/", "?") if held else KEYS:
        await page.keyboard.press(f"{held}{key}")
    assert page.url == before
    assert await page.evaluate("document.activeElement === document.body")


async def test_in_a_field_a_key_writes_itself(at: Before) -> None:
    page = await meet(at, "cari")
    await page.locator("#kata").focus()
    for key in KEYS:
        await page.keyboard.press(key)
    await expect(page.locator("#kata")).to_have_value("".join(KEYS))
    await expect(page.locator("#kata")).to_be_focused()
    page = await meet(at, "tindakan-tanya")
    await page.locator("#f-question").focus()
    for key in KEYS:
        await page.keyboard.press(key)
    await expect(page.locator("#f-question")).to_have_value("".join(KEYS))
    await page.locator("#balasan").focus()
    await page.keyboard.press("a")
    await expect(page.locator("#balasan")).to_be_focused()
    assert re.search(r"/tanya$", page.url)


async def test_the_first_tab_skips_what_stands_on_every_page(at: Before) -> None:
    page = await meet(at, "laporan")
    await page.keyboard.press("Tab")
    skip = page.locator(".skip")
    await expect(skip).to_be_focused()
    await expect(skip).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await expect(page.locator("#main")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.locator("main a").first).to_be_focused()


@pytest.mark.parametrize("view", [
    VIEW["laporan"], VIEW["tindakan-tolak"], VIEW["nilai-laporan"], VIEW["kelola-peristiwa"],
], ids=lambda view: view.name)  # fmt: skip
async def test_tab_reaches_everything_in_its_order_and_shows_where_it_is(
    at: Before, view: View
) -> None:
    page = await meet(at, view.name)
    await page.evaluate(UNFOLD)
    places: list[int] = []
    wrong: list[str] = []
    while len(places) < 150:
        await page.keyboard.press("Tab")
        here = await page.evaluate(FOCUSED)
        if here["nothing"]:
            break
        places.append(here["place"])
        if not (here["ring"] and here["seen"]):
            wrong.append(here["html"])
    assert wrong == []
    assert places == await page.evaluate(TO_REACH)
