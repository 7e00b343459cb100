"""The browser on this machine: Debian's Chromium. Where it must be there, a missing one fails."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, async_playwright

from tests.gateways.installed import required

INSTALL = "apt-get install --no-install-recommends chromium"
_PROGRAMS = ("chromium-headless-shell", "chromium")
"""The first is the same engine without the windows around it, which cost a sixth of its work."""


def chromium() -> str | None:
    """The program; None where there is none."""
    return next(filter(None, map(shutil.which, _PROGRAMS)), None)


def need() -> str:
    """The program. Skips the test without one; fails it where it is required."""
    program = chromium()
    if program is not None:
        return program
    reason = f"no Chromium ({INSTALL})"
    if required():
        pytest.fail(reason)
    pytest.skip(reason)


@asynccontextmanager
async def started() -> AsyncIterator[Browser]:
    """The browser, running; the test is skipped, or fails, as by `need`."""
    program = need()
    async with async_playwright() as playwright:
        # As root Chromium starts without its sandbox only; it opens our own pages alone. A process
        # that plays the GPU would take a tenth of each page's time.
        browser = await playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        )
        yield browser
        await browser.close()


def notice() -> str:
    """What the summary of a test run says about the browser."""
    if chromium():
        return "browser: Chromium"
    return f"browser: NOTHING WAS TESTED IN A REAL BROWSER: {INSTALL}"
