"""A day's work: officers of several units before browsers of one kind, and the acts they did.

A day says which acts of the console are done in it. It fails when one of them was not sent and
taken, so that the list of all acts (test_every_act_has_its_day.py) cannot be met by words.
"""

import functools
import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Browser, Page, Request, Response, ViewportSize

from tests.e2e.browser.officer import DESK, OfficerAtWork, at_work
from tests.e2e.city import City, Officer, Reported

_log: Final = logging.getLogger(__name__)

DAYS: Final[dict[str, frozenset[str]]] = {}
"""Acts that are done in each day, by the day's name."""

ONLY_SCRIPTS: Final = frozenset({"loket/mirip"})
"""What only a script asks for. Without one the button ``langkah`` of the same form does it."""

PRESSED: Final = ("sisip", "bahasa", "langkah")
"""Buttons with a name: they ask something of the form in which they stand, and send no act."""

_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]+|\{\w+\}")
_PART: Final = re.compile(r'; name="(\w+)"')
_OF_MANY: Final = ("tertunda", "pesan")
"""Behind these an address names a part of the system, or a gateway."""

PATIENCE_MS: Final = 10_000

_TAKEN: Final = 303
_STAYS: Final = ("kotak/massal", "kotak/tampilan", "loket/mirip", "laporan/foto", "laporan/isi")
"""Their answer is a page, and no way to another."""


@dataclass(frozen=True, slots=True)
class Way:
    """What a day is done with. ``scripted``: with JavaScript."""

    size: ViewportSize
    scripted: bool


@dataclass
class Office:
    """Officers who have signed in, each once for all days. ``scripted``: with JavaScript.
    ``done``: acts of this day that were sent and taken. ``is_whole``: all of it was done."""

    city: City
    scripted: bool
    _browser: Browser
    _leaves: AsyncExitStack
    size: ViewportSize = field(default_factory=lambda: DESK)
    done: set[str] = field(default_factory=set)
    is_whole: bool = False
    _seats: dict[Officer, OfficerAtWork] = field(default_factory=dict)
    _citizen: Page | None = None

    async def seat(self, who: Officer) -> OfficerAtWork:
        if who not in self._seats:
            self._seats[who] = await self._enter(who)
        at = self._seats[who]
        await at.page.set_viewport_size(self.size)
        return at

    async def _enter(self, who: Officer) -> OfficerAtWork:
        entered = at_work(
            self._browser, self.city, who, self.size, scripted=self.scripted, known=True
        )
        at = await self._leaves.enter_async_context(entered)
        at.page.on("response", self._note)
        at.page.set_default_timeout(PATIENCE_MS)
        return at

    async def tracking_page(self, reported: Reported) -> Page:
        """What the citizen sees who types the code."""
        if self._citizen is None:
            context = await self._browser.new_context(
                java_script_enabled=self.scripted, locale="id-ID"
            )
            self._leaves.push_async_callback(context.close)
            self._citizen = await context.new_page()
        page = self._citizen
        await page.set_viewport_size(self.size)
        await page.goto(f"{self.city.running.url('tracking')}/?lang=id")
        await page.locator("#code").fill(reported.code)
        await page.locator("form button[type=submit]").last.click()
        return page

    async def end_of_day(self) -> None:
        """Nothing is left open: a page with a script would go on reading the news. Who has signed
        out signs in anew another day; so do all after a day that failed somewhere in the middle. Of
        such a day the log has what they saw last, for it may never fail so again."""
        for who, at in list(self._seats.items()):
            if "/masuk" in at.page.url or not self.is_whole:
                _log.warning("%s saw at %s: %s", who, at.page.url, await at.page.inner_text("body"))
                del self._seats[who]
            else:
                await at.page.goto("about:blank")
            at.faults.clear()
        self.done.clear()
        self.is_whole = False

    @property
    def faults(self) -> list[str]:
        return [fault for at in self._seats.values() for fault in at.faults]

    def _note(self, answer: Response) -> None:
        if answer.request.method == "POST":
            self.done |= set(_taken(answer.request, answer.status))


def _taken(request: Request, status: int) -> list[str]:
    """The acts that a form's answer says were taken; none of a refusal or a page that asks."""
    raw = (request.post_data_buffer or b"").decode("latin-1")
    # A form for files is sent in parts, of which the names alone are asked for here. The browser
    # tells none of them once a file was chosen.
    said = parse_qs(raw) | {name: [""] for name in _PART.findall(raw)}
    act = act_of(urlsplit(request.url).path)
    pressed = [f"tombol {name}" for name in PRESSED if name in said and act != "bahasa"]
    if pressed:
        return pressed if status < 300 else []
    if act == "kotak/massal":
        return [f"{act}/{said['tindakan'][0]}"] if "pasti" in said and status < 300 else []
    return [act] if status == _TAKEN or (act in _STAYS and status < 300) else []


def act_of(path: str) -> str:
    """What an address stands for, of a route or of a request: without ids and names."""
    parts = path.strip("/").split("/")
    return "/".join(
        part
        for before, part in zip(["", *parts], parts, strict=False)
        if before not in _OF_MANY and not _ID.fullmatch(part)
    )


@dataclass
class Offices:
    """One with JavaScript and one without, opened when a day needs it."""

    city: City
    browser: Browser
    leaves: AsyncExitStack
    _opened: dict[bool, Office] = field(default_factory=dict)

    def open(self, way: Way) -> Office:
        if way.scripted not in self._opened:
            opened = Office(self.city, way.scripted, self.browser, self.leaves)
            self._opened[way.scripted] = opened
        office = self._opened[way.scripted]
        office.size = way.size
        return office


Work = Callable[[City, Office], Awaitable[None]]


def day(
    scripted: ViewportSize, plain: ViewportSize, acts: str
) -> Callable[[Work], Callable[..., Any]]:
    """A test that is done twice: with JavaScript on a screen of one size, and without on another.
    ``acts``: what is done in it, each act by its name, with blanks between."""
    ways = [Way(scripted, scripted=True), Way(plain, scripted=False)]

    def of(work: Work) -> Callable[..., Any]:
        DAYS[work.__name__] = promised = frozenset(_names(acts))

        @functools.wraps(work)
        async def whole(city: City, office: Office) -> None:
            await work(city, office)
            wanted = promised - (frozenset() if office.scripted else ONLY_SCRIPTS)
            left = sorted(wanted - office.done)
            assert not left, f"promised and not done: {left}"
            assert not office.faults, office.faults
            office.is_whole = True

        return pytest.mark.parametrize("office", ways, ids=_id, indirect=True)(whole)

    return of


def _names(acts: str) -> list[str]:
    return [each.replace("tombol:", "tombol ") for each in acts.split()]


def _id(way: Way) -> str:
    return f"{way.size['width']}{'' if way.scripted else ' without script'}"
