"""Who visits: the officer of a request, and what their page needs to know of it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from starlette.requests import Request

from services.routing.console.browser import Browser, browser_of
from services.routing.console.seals import Seals
from services.routing.console.session import Officer
from shared.auth import Identity, Role
from shared.errors import DomainError, Forbidden
from shared.web.languages import Language, choose_language


class SignInNeeded(DomainError):
    """Nobody is signed in, or no service takes the officer's token any more. A page leads to the
    sign-in, a form comes back with its words; while the issuer is away both say so."""

    status, slug, title = 401, "sign-in-needed", "Sign in"


@dataclass(frozen=True)
class Visit:
    """A request of a browser, whoever uses it.

    ``root``: the way from this page up to where the pages begin. ``csrf``: stands in each form of
    this browser.
    """

    browser: Browser
    path: str
    query: str
    root: str
    language: Language
    csrf: str

    @property
    def now(self) -> datetime:
        return self.browser.now

    @property
    def address(self) -> str:
        """Path and query, from the root of the pages: where to come back to."""
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(frozen=True)
class OfficerVisit(Visit):
    """A request of an officer. ``seat``: stands in each form, and binds it to the officer."""

    officer: Officer
    seat: str
    expires: datetime
    """When the session ends if nothing is done; ``ends`` at the latest."""
    ends: datetime

    def may(self, *roles: Role) -> bool:
        return self.officer.role in roles


V = TypeVar("V", bound=Visit)


class Visitors:
    """Makes visits of requests."""

    def __init__(self, seals: Seals, idle: timedelta) -> None:
        self._seals = seals
        self._idle = idle

    def anyone(self, request: Request) -> Visit:
        browser = browser_of(request)
        return Visit(**self._facts(request, browser))

    def visitor(self, request: Request) -> Visit:
        """The officer's visit where somebody is signed in, else anyone's."""
        signed_in = browser_of(request).session is not None
        return self.officer(request) if signed_in else self.anyone(request)

    def officer(self, request: Request) -> OfficerVisit:
        """Raises SignInNeeded."""
        browser = browser_of(request)
        session = browser.session
        if session is None:
            raise SignInNeeded("Sign in.")
        return OfficerVisit(
            **self._facts(request, browser),
            officer=session.officer,
            seat=self._seat(session.officer),
            expires=session.expires(self._idle),
            ends=session.ends,
        )

    def _facts(self, request: Request, browser: Browser) -> dict[str, Any]:
        path = request.url.path
        return {
            "browser": browser,
            "path": path,
            "query": request.url.query,
            "root": "../" * (path.count("/") - 1) or "./",
            "language": language_of(request),
            "csrf": self._seals.mark("csrf", browser.id),
        }

    def is_of_this_browser(self, browser: Browser, csrf: str) -> bool:
        return bool(browser.id) and self._seals.is_marked("csrf", browser.id, csrf)

    def _seat(self, officer: Officer) -> str:
        person = self._seals.mark("person", officer.subject)
        return f"{self._seals.mark('seat', officer.seat)}.{person}"

    def is_of_this_officer(self, officer: Officer, seat: str) -> bool:
        return self._seals.is_marked("seat", officer.seat, seat.partition(".")[0])

    def is_of_this_person(self, officer: Officer, seat: str) -> bool:
        """Whatever role and unit they had when the form was made."""
        return self._seals.is_marked("person", officer.subject, seat.partition(".")[2])


def in_language(visit: V, wanted: str) -> V:
    """The visit in the language that its officer chooses now, and from now on."""
    language = choose_language(wanted, "")
    visit.browser.choose(language, keys=visit.browser.keys)
    return replace(visit, language=language)


def language_of(request: Request) -> Language:
    """The officer's choice; Indonesian for all others, whatever their browser prefers: the words
    of the office are Indonesian."""
    return choose_language(browser_of(request).language, "")


class _OfficerOf(Identity[OfficerVisit]):
    refuses: ClassVar[tuple[type[DomainError], ...]] = (SignInNeeded, Forbidden)

    def __init__(self, visitors: Visitors, roles: frozenset[Role]) -> None:
        self._visitors = visitors
        self._roles = roles

    async def identify(self, request: Request) -> OfficerVisit:
        visit = self._visitors.officer(request)
        if self._roles and visit.officer.role not in self._roles:
            raise Forbidden("This page is for another role.")
        return visit


def signed_in(visitors: Visitors, *roles: Role) -> _OfficerOf:
    """A FastAPI dependency: the officer's visit, if of one of ``roles`` (any when none is named).

    It is asked before the body is read.
    """
    return _OfficerOf(visitors, frozenset(roles))
