"""One browser: what its cookies say, and what they shall say after the answer.

All cookies are ``__Host-``: of this origin alone, never readable by a script, sent over TLS (a
browser trusts the machine's own address as much). Nothing about a browser is kept here, so any
replica can answer any request.
"""

import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.routing.console.renewals import Renewals
from services.routing.console.seals import Seals
from services.routing.console.session import Session, id_of, session_of, written
from shared.clock import Clock
from shared.errors import Transient
from shared.telemetry import describe, get_logger
from shared.web.languages import LANGUAGES, Language

SESSION: Final = "__Host-sesi"
"""How a session is used: which, since when, until when."""
GRANT: Final = "__Host-petugas"
"""Who its officer is, with the issuer's tokens."""
BROWSER: Final = "__Host-peramban"
LEAVING: Final = "__Host-masuk"
"""What must come back from the issuer; sealed, ten minutes."""
CHOICES: Final = "__Host-pilihan"
"""Language and keys: a preference, no secret."""

_STATE = "crm.browser"
_CHOICES_SECONDS = 365 * 24 * 3600
_SECRET_BYTES = 24
COOKIE_BYTES: Final = 4096
"""A browser may drop a longer cookie, name and attributes included (RFC 6265, 6.1)."""
_CALLS_NOBODY: Final = ("/static/", "/health/", "/metrics")
UNSEEN: Final = ("/static/", "/health/", "/kabar", "/kotak/jumlah", "/metrics")
"""What a page fetches by itself is no use of a session: a forgotten page must run out."""


@dataclass
class Browser:
    """``session``: alive, or None; ``away``: the issuer was to renew it and cannot be asked now.
    ``id``: a secret of this browser, to which its forms are tied.

    Whoever changes something calls `set` or `drop`; the answer carries it.
    """

    id: str
    session: Session | None
    language: Language | None
    keys: bool
    given: Mapping[str, str]
    now: datetime
    away: bool = False
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

    A session that is in use is sealed anew, so that an old copy of the cookie runs out; and its
    officer's tokens are renewed before they end.
    """

    def __init__(
        self, app: ASGIApp, seals: Seals, clock: Clock, idle: timedelta, renewals: Renewals
    ) -> None:
        self._app = app
        self._seals = seals
        self._clock = clock
        self._idle = idle
        self._renewals = renewals
        self._log = get_logger("console")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        browser = self._read(Request(scope))
        scope[_STATE] = browser
        if not scope["path"].startswith(_CALLS_NOBODY):
            await self._renew(browser)
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
            session=self._session(given, now),
            language=next((each for each in LANGUAGES if each == language), None),
            keys=keys == "k",
            given=given,
            now=now,
        )
        if not browser.id and not request.url.path.startswith(UNSEEN):
            browser.id = secrets.token_urlsafe(_SECRET_BYTES)
            browser.set(BROWSER, browser.id)
        return browser

    def _session(self, given: Mapping[str, str], now: datetime) -> Session | None:
        session = opened_session(self._seals, given)
        return session if session and session.is_alive(now, self._idle) else None

    async def _renew(self, browser: Browser) -> None:
        session = browser.session
        if session is None or not session.grant.is_due(browser.now):
            return
        try:
            grant = await self._renewals.renewed(session.grant)
        except Transient as error:
            self._log.warning("not_renewed", error=describe(error))
            browser.away = True
            # By the time now: the issuer may have been waited for longer than the token was good.
            if self._clock() >= session.grant.ends:
                browser.session = None
            return
        if grant is None or not keep_grant(browser, self._seals, session.renewed(grant)):
            end_session(browser)

    def _note_use(self, browser: Browser, path: str) -> None:
        session = browser.session
        if session is None or path.startswith(UNSEEN) or not session.wants_rotation(browser.now):
            return
        keep_session(browser, self._seals, session.used_at(browser.now))


def sealed_session(seals: Seals, session: Session) -> dict[str, str]:
    """The cookies of a session, by name. A grant belongs to one session: beside the use of another
    it is worth nothing. Tokens are text of six bits a character, so that packed they need a quarter
    less room."""
    use, grant = written(session)
    return {
        SESSION: seals.seal("session", use),
        GRANT: seals.seal(f"grant {session.id}", zlib.compress(grant)),
    }


def opened_session(seals: Seals, given: Mapping[str, str]) -> Session | None:
    """None for what we have not sealed."""
    use = seals.open("session", given.get(SESSION, ""))
    packed = seals.open(f"grant {id_of(use)}", given.get(GRANT, ""))
    return session_of(use, zlib.decompress(packed) if packed is not None else None)


def keep_session(browser: Browser, seals: Seals, session: Session) -> None:
    """How it is used, from now on."""
    browser.session = session
    browser.set(SESSION, sealed_session(seals, session)[SESSION])


def keep_grant(browser: Browser, seals: Seals, session: Session) -> bool:
    """What the issuer has granted, from now on. False, and nothing is kept, where it is more than a
    cookie holds."""
    browser.session = session
    browser.set(GRANT, sealed_session(seals, session)[GRANT])
    return len(browser.changes[GRANT]) <= COOKIE_BYTES


def end_session(browser: Browser) -> None:
    browser.session = None
    browser.drop(SESSION)
    browser.drop(GRANT)


def _cookies(header: str) -> dict[str, str]:
    """Of a header that cannot be read: none, as from a browser that was never here."""
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}
