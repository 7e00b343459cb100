"""The console before a real browser: the services answer what a page needs to be full."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from fastapi import FastAPI
from PIL import Image
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize

from deploy.local.credentials import Addresses, generate, outside_environment
from deploy.local.ports import free_ports
from deploy.local.settings import OutsideSecrets
from deploy.rehearsal.outside import issuer
from deploy.services import NAMES
from services.routing.console.browser import CHOICES
from tests import browsers
from tests.integration.console.house import furnish
from tests.integration.console.views import Seat, View, cookie, sit_down
from tests.integration.desks.parts import MEDIA, Parts, console_at
from tests.integration.notify.servers import served
from tests.page_findings import DESK


def _picture() -> bytes:
    """Small, as media hands it out."""
    written = BytesIO()
    Image.linear_gradient("L").resize((256, 144)).convert("RGB").save(written, "JPEG")
    return written.getvalue()


A_PICTURE = _picture()
WEIGHT = """performance.getEntries()
  .filter((each) => ["navigation", "resource"].includes(each.entryType))
  .reduce((sum, each) => sum + each.encodedBodySize, 0)"""


@dataclass
class Before:
    """A browser before the console. ``faults``: what it complained of."""

    origin: str
    issuer: str
    page: Page
    parts: Parts
    faults: list[str]

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    async def light_up(self, size: ViewportSize) -> None:
        """By day, and so wide."""
        await self.page.emulate_media(color_scheme="light")
        if self.page.viewport_size != size:
            await self.page.set_viewport_size(size)

    async def meet(self, view: View, language: str, keys: str = "-") -> int:
        """The page, as that officer comes to it; what went wrong is in ``faults``. Returns the
        bytes of the page itself and of all that it loaded, as they came or were kept."""
        self.parts.forget()
        self.faults.clear()
        furnish(self.parts)
        await self.sit(view.seat, language, keys)
        if view.told:
            view.told(self.parts)
        await self.page.goto(self.origin + view.path, wait_until="load")
        if view.does:
            await view.does(self.page)
            await self.page.wait_for_load_state("load")
        return int(await self.page.evaluate(WEIGHT))

    async def sit(self, seat: Seat | None, language: str, keys: str) -> None:
        await self.context.clear_cookies()
        if seat is not None:
            await sit_down(self.context, self.origin, seat)
        await self.context.add_cookies([cookie(self.origin, CHOICES, f"{language}.{keys}")])


@pytest.fixture(scope="package")
async def browser() -> AsyncIterator[Browser]:
    async with browsers.started() as running:
        yield running


@pytest.fixture(scope="package")
async def one_page(browser: Browser) -> AsyncIterator[Before]:
    parts, ports = Parts(), free_ports(2)
    origin, account = (f"http://127.0.0.1:{port}" for port in ports)
    async with (
        served(parts.app()) as url,
        served(_issuer(origin, account), ports[1]),
    ):
        console = console_at(
            url, origin, issuer_url=f"{account}/issuer", operator_issuer=f"{account}/issuer"
        )
        async with served(console.app, ports[0]):
            context = await browser.new_context(
                viewport=DESK, locale="id-ID", timezone_id="Asia/Jakarta"
            )
            faults: list[str] = []
            page = await context.new_page()
            # The page of signing out leads on by itself: it stays where it leads to nothing.
            await context.route("**/issuer/logout*", lambda route: route.fulfill(status=204))
            await context.route(f"{MEDIA}/**", lambda route: route.fulfill(body=A_PICTURE))
            page.on("pageerror", lambda error: faults.append(str(error)))
            yield Before(origin, account, page, parts, faults)
            await context.close()
        for closer in reversed(console.closers):
            await closer()


@pytest.fixture
def at(one_page: Before) -> Before:
    """One browser window for all tests."""
    return one_page


def _issuer(origin: str, own: str) -> FastAPI:
    """The local stack's page of signing in, at the address ``own``."""
    at = Addresses({}, "", False, dict.fromkeys(NAMES, 0), 0, 0, 0)
    told = outside_environment(generate(), at, Path("unused"))
    secrets = OutsideSecrets.model_validate_json(told["CRM_OUTSIDE_SECRETS"])
    assert secrets.issuer is not None
    back = {"crm-console": f"{origin}/masuk/kembali"}
    named = {"name": f"{own}/issuer", "page": own, "clients": back}
    app = FastAPI()
    app.include_router(issuer.create_router(secrets.issuer.model_copy(update=named), secrets.jwks))
    return app
