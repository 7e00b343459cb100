"""What is wrong with the page that a real browser shows, and its picture for people to look at."""

import re
from pathlib import Path
from typing import Any, Final

import axe_playwright_python
from playwright.async_api import Page, ViewportSize

PHONE = ViewportSize(width=360, height=740)
DESK = ViewportSize(width=1280, height=900)
NARROWEST = ViewportSize(width=320, height=740)
"""As narrow as a page must still fit into without scrolling sideways (WCAG 2.2, 1.4.10)."""

SCREENS: Final = Path(__file__).parents[1] / "artefacts" / "screens"
"""Pictures of the pages, for people to look at after a run."""

FIRST_VIEW_BYTES: Final = 150 * 1024
SIDEWAYS: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_AXE: Final = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
_GRAVE: Final = """async (only) => {
  const rules = only ? { runOnly: [only] } : {};
  // Style sheets would be fetched and read again for a rule alone that axe itself leaves off.
  const preload = { assets: ["media"] };
  const found = await axe.run(document, { resultTypes: ["violations"], preload, ...rules });
  return found.violations
    .filter((each) => ["serious", "critical"].includes(each.impact))
    .flatMap((each) => each.nodes.map((node) => `${each.id}: ${each.help}: ${node.html}`));
}"""
_SMALL: Final = """() => {
  const all = "a[href], button, summary, select, textarea, input:not([type=hidden])";
  const stretched = ".skip, .row-card .title";
  const within = (each) => each.matches("a") && getComputedStyle(each).display === "inline"
    && each.parentElement.textContent.trim() !== each.textContent.trim();
  return [...document.querySelectorAll(all)]
    .filter((each) => each.checkVisibility() && !each.matches(stretched) && !within(each))
    .map((each) => [each, (each.closest("label") || each).getBoundingClientRect()])
    .filter(([, box]) => box.height < 43.5 || box.width < 43.5)
    .map(([each, box]) => `${box.width}x${box.height}: ${each.outerHTML.slice(0, 120)}`);
}"""
_CUT: Final = """() => {
  const scrolls = ".visually-hidden, textarea, input, select, pre, svg, svg *";
  return [...document.querySelectorAll("main *, header *")]
    .filter((each) => each.checkVisibility() && !each.matches(scrolls))
    .filter((each) => getComputedStyle(each).overflowX !== "visible")
    .filter((each) => each.scrollWidth > each.clientWidth + 1)
    .map((each) => each.outerHTML.slice(0, 120));
}"""
_SAID: Final = """() => {
  const root = document.documentElement, said = [document.title];
  const own = (each) => each.closest("[lang]") === root && !each.closest("code, script, style");
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) if (own(walk.currentNode.parentElement)) said.push(walk.currentNode.data);
  for (const name of ["aria-label", "placeholder", "title", "alt"]) {
    for (const each of document.querySelectorAll(`[${name}]`)) {
      if (own(each)) said.push(each.getAttribute(name));
    }
  }
  return said.join(" ");
}"""


async def grave_findings(page: Page, only: str = "") -> list[str]:
    """What axe finds on the page that is serious or critical. ``only``: by that rule alone."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(_AXE)
    return _lines("axe", await page.evaluate(_GRAVE, only))


async def misfits(page: Page) -> list[str]:
    """What does not fit at the width that the window has: text that is cut, targets that a thumb
    misses. A link within a sentence may be as high as its line (WCAG 2.2, 2.5.8)."""
    found = [] if await page.evaluate(SIDEWAYS) <= 0 else ["it scrolls sideways"]
    found += _lines("cut", await page.evaluate(_CUT))
    return found + _lines("small", await page.evaluate(_SMALL))


async def words_of(page: Page) -> set[str]:
    """Words that the page says in its own language, to the eye or to a screen reader."""
    return words_in(await page.evaluate(_SAID))


def words_in(text: str) -> set[str]:
    return {each.lower() for each in re.findall(r"[^\W\d_]{3,}", text)}


async def keep_picture(page: Page, name: str) -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    width = (page.viewport_size or DESK)["width"]
    # Packing it without loss takes as long as a look by axe.
    path = SCREENS / f"{name}-{width}.jpg"
    await page.screenshot(path=path, full_page=True, type="jpeg", quality=90)


def _lines(kind: str, found: Any) -> list[str]:
    return [f"{kind}: {each}" for each in found]
