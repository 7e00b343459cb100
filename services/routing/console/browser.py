"""One browser: what its cookies say, and what they shall say after the answer.

All cookies are ``__Host-``: of this origin alone, never readable by a script, sent over TLS (a
browser trusts the machine's own address as much). Nothing about a browser is kept here, so any
replica can answer any request.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.routing.console.seals import Seals
from services.routing.console.session import Session, session_of
from shared.clock import Clock
from shared.web.languages import LANGUAGES, Language

SESSION: Final = "__Host-sesi"
BROWSER: Final = "__Host-peramban"
LEAVING: Final = "__Host-masuk"
"""What must come back from the issuer; sealed, ten minutes."""
CHOICES: Final = "__Host-pilihan"
"""Language and keys: a preference, no secret."""

_STATE = "crm.browser"
_CHOICES_SECONDS = 365 * 24 * 3600
_SECRET_BYTES = 24
UNSEEN: Final = ("/static/", "/health/", "/kabar", "/kotak/jumlah", "/metrics")
"""What a page fetches by itself is no use of a session: a forgotten page must run out."""


@dataclass
class Browser:
    """``session``: alive, or None. ``id``: a secret of this browser, to which its forms are tied.

    Whoever changes something calls `set` or `drop`; the answer carries it.
    """

    id: str
    session: Session | None
    language: Language | None
    keys: bool
    given: Mapping[str, str]
    now: datetime
    changes: dict[str, str] = field(default_factory=dict)

    def set(self, name: str, value: str, seconds: int | None = None) -> None:
        """``seconds``: kept so long; None: as long as the browser is open."""
        lasting = f"; Max-Age={seconds}" if seconds is not None else ""
        self.changes[name] = f"{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{lasting}"

    def drop(self, name: str) -> None:
        self.set(name, "", 0)

    def choose(self, language: Language, *, keys: bool) -> None:
        """Remember a preference."""
        self.language, self.keys = language, keys
        self.set(CHOICES, f"{language}.{'k' if keys else '-'}", _CHOICES_SECONDS)


def browser_of(request: Request) -> Browser:
    """The browser of a request that came through `Cookies`."""
    found: Browser = request.scope[_STATE]
    return found


class Cookies:
    """Reads the cookies of each request and adds to its answer what has changed.

    A session that is in use is sealed anew, so that an old copy of the cookie runs out.
    """

    def __init__(self, app: ASGIApp, seals: Seals, clock: Clock, idle: timedelta) -> None:
        self._app = app
        self._seals = seals
        self._clock = clock
        self._idle = idle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        browser = self._read(Request(scope))
        scope[_STATE] = browser
        self._note_use(browser, scope["path"])

        async def with_cookies(message: Message) -> None:
            if message["type"] == "http.response.start" and browser.changes:
                set_cookies = [(b"set-cookie", each.encode()) for each in browser.changes.values()]
                message["headers"] = [*message.get("headers", ()), *set_cookies]
            await send(message)

        await self._app(scope, receive, with_cookies)

    def _read(self, request: Request) -> Browser:
        given, now = _cookies(request.headers.get("cookie", "")), self._clock()
        language, _, keys = given.get(CHOICES, "").partition(".")
        browser = Browser(
            id=given.get(BROWSER, ""),
            session=self._session(given.get(SESSION), now),
            language=next((each for each in LANGUAGES if each == language), None),
            keys=keys == "k",
            given=given,
            now=now,
        )
        if not browser.id and not request.url.path.startswith(UNSEEN):
            browser.id = secrets.token_urlsafe(_SECRET_BYTES)
            browser.set(BROWSER, browser.id)
        return browser

    def _session(self, sealed: str | None, now: datetime) -> Session | None:
        session = session_of(self._seals.open("session", sealed)) if sealed else None
        return session if session and session.is_alive(now, self._idle) else None

    def _note_use(self, browser: Browser, path: str) -> None:
        session = browser.session
        if session is None or path.startswith(UNSEEN) or not session.wants_rotation(browser.now):
            return
        keep_session(browser, self._seals, session.used_at(browser.now))


def keep_session(browser: Browser, seals: Seals, session: Session) -> None:
    browser.session = session
    browser.set(SESSION, seals.seal("session", session.model_dump_json().encode()))


def _cookies(header: str) -> dict[str, str]:
    """Of a header that cannot be read: none, as from a browser that was never here."""
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}
