"""Officers before a browser: they sign in, open pages, send forms, and try again like people.

Each answer of the console is looked at: whatever is neither a whole page of ours nor leads on to
one is odd. Odd is also that somebody must sign in again who has just been here.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Iterator, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import httpx

from deploy.local.tokens import Role, subject_of
from deploy.running import RunningStack
from tests.crash.takeover import Served, Stage
from tests.plain_browser import Page, PlainBrowser, PlainForm, sign_in

Said = Literal["answered", "refused"]
"""What the console says to an act in the end."""

PAGES = Stage("pages", "console")
PAUSE_SECONDS = 0.5
AWAY = frozenset({408, 429, 502, 503, 504})
"""What passes by itself."""

ERASED = 410
SESSION = "__Host-sesi"
SIGN_IN_PATHS = ("/masuk", "/masuk/mulai")
ANSWER_SECONDS = 15.0
"""Longer than the console waits for a service to take an act."""


class GaveUp(Exception):
    """Patience is over; says the last answer."""


@dataclass
class Figures:
    """What was done at the console. repeated: forms that were sent a second time after their
    answer. oddities: answers that must not be."""

    pages: int = 0
    answered: int = 0
    refused: int = 0
    away: int = 0
    signed_in: int = 0
    again: int = 0
    repeated: int = 0
    entered: int = 0
    searched: int = 0
    news: int = 0
    oddities: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    """Paths of forms that were taken, sent again, and then had no answer any more."""
    served: list[Served] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"console: pages={self.pages} acts answered={self.answered} refused={self.refused}"
            f" away={self.away} signed_in={self.signed_in} signed_in_again={self.again}"
            f" repeated={self.repeated} entered={self.entered} searched={self.searched}"
            f" news={self.news}"
        )

    def note_lost_session(self, at: float) -> None:
        """One that ended although nobody ended it is odd, whatever was struck: all that makes it up
        is in its cookie, and no clock that jumps makes it one of another time."""
        self.oddities.append(f"console: somebody had to sign in again at {at:.0f}")

    def odd(self, erased: Set[str]) -> list[str]:
        """All that must not have been. erased: ids of complaints whose reporter was erased."""
        kept = [path for path in self.gone if erased.isdisjoint(path.split("/"))]
        return [*self.oddities, *(f"console: {path} sent again: {ERASED}" for path in kept)]

    def count(self, said: Said) -> None:
        """What became of an act."""
        self.answered += said == "answered"
        self.refused += said == "refused"

    def look_at(self, page: Page) -> None:
        path = urlsplit(page.address).path
        if page.status in AWAY:
            self.away += 1
        elif page.status >= 500:
            self.oddities.append(f"console: {page.status} at {path}")
        if page.leads_to is None and not page.is_whole:
            self.oddities.append(f"console: {page.status} at {path} is no page of ours")
        self.pages += page.status == 200


class Clerk:
    """One officer with one browser, who does one thing after the other (``busy``)."""

    def __init__(self, home: str, figures: Figures, role: Role, unit: str, number: int) -> None:
        """``home``: the console's address. ``number``: which one of its role and unit."""
        self.role, self.unit = role, unit
        self.subject = subject_of(role, unit, number)
        self.busy = asyncio.Lock()
        self.browser = PlainBrowser(
            httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False), home
        )
        self.figures = figures
        self.number = number
        self._is_known = False

    async def close(self) -> None:
        await self.browser.http.aclose()

    @asynccontextmanager
    async def in_time(self) -> AsyncIterator[None]:
        """Whose patience is over inside, over something that nobody waits for, notes it as odd."""
        try:
            yield
        except GaveUp as error:
            self.figures.oddities.append(f"console: {self.subject} gave up ({error})")

    async def open(self, path: str, deadline: float) -> Page:
        """The page, when the console shows it or refuses it for good. Raises GaveUp."""
        began = time.time()
        while True:
            page = await self._tried(self.browser.get(path))
            last = "no answer" if page is None else str(page.status)
            if page is not None:
                page = await self._followed(page)
            if page is not None and self._wants_sign_in(page):
                await self._sign_in(deadline)
            elif page is not None and page.status not in AWAY | {401}:
                self.figures.served.append(Served(PAGES, began, time.time()))
                return page
            await pause(deadline, last)

    async def send(self, form: PlainForm, deadline: float) -> Page:
        """The answer to the form, not followed. Sent again after silence as it was, and where a
        page says that a service is away, or the session over, as that page has it. Raises GaveUp.
        """
        while True:
            page = await self._tried(self.browser.send(form))
            if page is not None and page.status not in AWAY | {401}:
                return page
            if page is not None:
                if page.status == 401:
                    await self._sign_in(deadline)
                form = self.as_kept(page, form)
            await pause(deadline, "no answer" if page is None else str(page.status))

    async def send_again(self, form: PlainForm, deadline: float) -> None:
        """Once more after it was taken, as by the button of the page before: the first answer, or
        that it is erased with its reporter."""
        self.figures.repeated += 1
        page = await self.send(form, deadline)
        if page.status == ERASED:
            self.figures.gone.append(form.path)
        elif page.status != 303:
            self.figures.oddities.append(f"console: {form.path} sent again: {page.status}")

    async def sign_out(self, deadline: float) -> None:
        form = (await self.open("/profil", deadline)).form("/keluar")
        if form is not None:
            await self.send(form, deadline)
        if SESSION in self.browser.cookies:
            self.figures.oddities.append("console: signed out, and the session is still there")

    def as_kept(self, page: Page, sent: PlainForm) -> PlainForm:
        """What the page offers to send again; where it offers nothing, a reload sends the same."""
        kept = page.form(sent.path)
        if kept is None or "kunci" not in kept.fields:
            return sent
        if kept.fields["kunci"] != sent.fields["kunci"]:
            self.figures.oddities.append(f"console: {sent.path} comes back under another key")
        # Its marks are new; the words, the key and the version must have been kept.
        for name, value in sent.fields.items():
            if value and not kept.fields.get(name):
                self.figures.oddities.append(f"console: {sent.path} has lost {name}")
        return kept

    async def listen(self, stop: asyncio.Event) -> None:
        """To the news of the inbox, from where it was broken off."""
        last = ""
        while not stop.is_set():
            headers = self.browser.headers() | ({"last-event-id": last} if last else {})
            try:
                async with self.browser.http.stream(
                    "GET", f"{self.browser.home}/kabar", headers=headers
                ) as stream:
                    if stream.status_code >= 500 and stream.status_code not in AWAY:
                        self.figures.oddities.append(f"console: {stream.status_code} at /kabar")
                    async for line in stream.aiter_lines():
                        self.figures.news += line.startswith("event:")
                        last = line.partition("id: ")[2] or last
                        if stop.is_set():
                            return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(PAUSE_SECONDS)

    # --- signing in ----------------------------------------------------------------------

    async def _sign_in(self, deadline: float) -> None:
        """By the issuer's page, until it has let the officer in."""
        self.figures.again += self._is_known
        if self._is_known and SESSION in self.browser.cookies:
            self.figures.note_lost_session(time.time())
        self.browser.cookies.pop(SESSION, None)
        while True:
            page = await self._tried(sign_in(self.browser, self.role, self.unit, self.number))
            if SESSION in self.browser.cookies:
                self._is_known = True
                self.figures.signed_in += 1
                return
            await pause(deadline, "not signed in" if page is None else str(page.status))

    def _wants_sign_in(self, page: Page) -> bool:
        return urlsplit(page.leads_to or page.address).path in SIGN_IN_PATHS

    async def _followed(self, page: Page) -> Page | None:
        return await self._tried(self.browser.follow(page)) if page.leads_to else page

    async def _tried(self, asked: Awaitable[Page]) -> Page | None:
        """None when nobody has answered."""
        try:
            page = await asked
        except httpx.HTTPError:
            self.figures.away += 1
            return None
        if page.address.startswith(f"{self.browser.home}/"):
            self.figures.look_at(page)
        return page


class Staff:
    """All who work at the console, ``several`` of a role in a unit."""

    def __init__(self, stack: RunningStack, several: int = 3) -> None:
        self.figures = Figures()
        self.home = stack.url("console")
        self._several = several
        self._clerks: dict[tuple[Role, str, int], Clerk] = {}
        self._turns = itertools.count()

    def clerk(self, role: Role, unit: str) -> Clerk:
        """The next one of them."""
        return self._at(role, unit, 1 + next(self._turns) % self._several)

    def _at(self, role: Role, unit: str, number: int) -> Clerk:
        place = (role, unit, number)
        if place not in self._clerks:
            self._clerks[place] = Clerk(self.home, self.figures, *place)
        return self._clerks[place]

    def colleague(self, clerk: Clerk) -> Clerk:
        """Another one of the same role and unit."""
        number = 1 + clerk.number % self._several
        return self._at(clerk.role, clerk.unit, number)

    def clerks(self) -> Iterator[Clerk]:
        return iter(list(self._clerks.values()))

    async def close(self) -> None:
        for clerk in self.clerks():
            await clerk.close()


async def pause(deadline: float, last: str) -> None:
    """Raises GaveUp after the deadline (``time.monotonic``)."""
    if time.monotonic() > deadline:
        raise GaveUp(last)
    await asyncio.sleep(PAUSE_SECONDS)
