"""An officer before a browser: signs in, goes from page to page, reads, writes, presses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from playwright.async_api import Browser, Page, Request, ViewportSize, expect

from tests import page_findings
from tests.e2e.city import City, Officer
from tests.page_findings import DESK as DESK
from tests.page_findings import PHONE as PHONE


@dataclass
class OfficerAtWork:
    """``page``: what is open. ``faults``: what the browser complained of."""

    page: Page
    base: str
    scripted: bool
    faults: list[str] = field(default_factory=list)
    _weights: list[int] = field(default_factory=list)

    async def open(self, path: str) -> None:
        await self.page.goto(self.base + path)

    async def first_view(self, path: str) -> int:
        """Bytes that came over the wire for that page, with nothing kept of an earlier one."""
        self._weights.clear()
        session = await self.page.context.new_cdp_session(self.page)
        await session.send("Network.enable")
        await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        session.on("Network.loadingFinished", self._weigh)
        await self.page.goto(self.base + path, wait_until="load")
        await session.detach()
        return sum(self._weights)

    def _weigh(self, finished: dict[str, float]) -> None:
        self._weights.append(int(finished["encodedDataLength"]))

    async def keep_picture(self, name: str) -> None:
        await page_findings.keep_picture(self.page, name)


@asynccontextmanager
async def at_work(
    browser: Browser,
    city: City,
    who: Officer,
    size: ViewportSize,
    *,
    scripted: bool = True,
    known: bool = False,
) -> AsyncIterator[OfficerAtWork]:
    """The officer, signed in by the local issuer. ``scripted``: with JavaScript. ``known``: the
    issuer knows already who it is, and asks nothing."""
    context = await browser.new_context(
        viewport=size, java_script_enabled=scripted, locale="id-ID", timezone_id="Asia/Jakarta"
    )
    page = await context.new_page()
    at = OfficerAtWork(page, city.running.url("console"), scripted)
    page.on("pageerror", lambda error: at.faults.append(str(error)))
    page.on("requestfailed", lambda request: at.faults.extend(_failed(request)))
    try:
        await (pass_in if known else sign_in)(at, who)
        yield at
    finally:
        await context.close()


def _failed(request: Request) -> list[str]:
    """Whoever leaves a page ends its stream of news: that is no fault."""
    left = request.failure == "net::ERR_ABORTED"
    return [] if left else [f"{request.method} {request.url}: {request.failure}"]


async def sign_in(at: OfficerAtWork, who: Officer) -> None:
    """``who.subject``: the local issuer's number of the officer, where there are several."""
    page = at.page
    await at.open("/")
    await page.get_by_role("link", name="Masuk", exact=False).click()
    form = page.locator("form").last
    await form.get_by_label("Peran").select_option(who.role)
    await form.get_by_label("Unit").select_option(who.unit)
    await form.get_by_label("Petugas nomor").select_option(who.subject or "1")
    await form.get_by_role("button", name="Masuk").click()
    await expect(page.get_by_role("navigation").first).to_be_visible()


async def pass_in(at: OfficerAtWork, who: Officer) -> None:
    """Past the issuer's page, whose three long lists cost a second."""
    await at.page.goto(f"{at.base}/masuk/mulai", wait_until="commit")
    chosen = urlencode({"role": who.role, "unit": who.unit, "number": who.subject or "1"})
    await at.page.goto(f"{at.page.url}&{chosen}")
    await expect(at.page.get_by_role("navigation").first).to_be_visible()
