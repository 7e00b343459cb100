"""The doors of the sign-in: to the issuer, back from it, out again; language and keys."""

import secrets
from datetime import datetime, timedelta
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response

from services.routing.console.browser import (
    LEAVING,
    Browser,
    browser_of,
    end_session,
    keep_grant,
    keep_session,
)
from services.routing.console.calls import Answer
from services.routing.console.console import Console
from services.routing.console.forms import Form, read_form
from services.routing.console.navigation import home_of
from services.routing.console.oidc import Issuer, Leaving, NotSignedIn, Proven, leaving_of
from services.routing.console.rendering import see_other
from services.routing.console.session import Grant, Officer, Session
from services.routing.console.visits import OfficerVisit, in_language
from shared.auth import Operator, OperatorTokens
from shared.errors import DomainError, Transient
from shared.http.operation import LenientOperation, Router
from shared.telemetry import describe, get_logger

AWAY_FOR: Final = timedelta(minutes=10)
"""So long may somebody look for a password at the issuer's page."""
BACK_PATH: Final = "/masuk/kembali"
_ID_BYTES = 12
LEFT: Final = "masuk?keluar=ya"
"""From where the pages begin."""


class SignIn:
    """``longest``: how long a session lasts at most."""

    def __init__(
        self, console: Console, issuer: Issuer, operators: OperatorTokens, longest: timedelta
    ) -> None:
        self._console = console
        self._issuer = issuer
        self._operators = operators
        self._longest = longest
        self._log = get_logger("console")

    async def leave(self, browser: Browser, back: str) -> str:
        """The issuer's address for this browser. Raises Transient."""
        leaving = Leaving.new(back, browser.now + AWAY_FOR)
        sealed = self._console.seals.seal("leaving", leaving.model_dump_json().encode())
        address = await self._issuer.address(leaving)
        browser.set(LEAVING, sealed, int(AWAY_FOR.total_seconds()))
        return address

    async def come_back(self, browser: Browser, state: str, code: str) -> str:
        """Where to go on. Raises NotSignedIn, DomainError, Transient."""
        sealed = browser.given.get(LEAVING, "")
        leaving = leaving_of(self._console.seals.open("leaving", sealed), browser.now)
        if leaving is None:
            raise NotSignedIn("this browser has not left for the issuer, or too long ago")
        browser.drop(LEAVING)
        proven = await self._issuer.prove(leaving, state, code)
        grant = await self._grant(proven, browser.now)
        id, seals = secrets.token_urlsafe(_ID_BYTES), self._console.seals
        session = Session.begin(id, grant, browser.now, self._longest)
        keep_session(browser, seals, session)
        if not keep_grant(browser, seals, session):
            raise NotSignedIn("the issuer's tokens are too long for a cookie: let them state less")
        return leaving.back or home_of(grant.officer.role)

    async def leave_for_good(self, session: Session) -> str:
        """Ends what the issuer has granted; where to go on. An issuer that is away keeps nobody
        here: without its cookies the browser has nothing to show."""
        try:
            await self._issuer.revoke(session.grant.refresh)
        except Transient as error:
            self._log.warning("not_revoked", error=describe(error))
        return "keluar/penerbit" if await self.farewell() else LEFT

    async def farewell(self) -> str | None:
        """The issuer's own page of signing out, where it has one and can be asked."""
        try:
            return await self._issuer.farewell()
        except Transient:
            return None

    async def _grant(self, proven: Proven, now: datetime) -> Grant:
        """Raises DomainError for an office that there is not."""
        known = await self._operators.verify(proven.given.access)
        officer = await self._officer(proven, known)
        return Grant.new(officer, proven.given.refresh, now, known.ends)

    async def _officer(self, proven: Proven, known: Operator) -> Officer:
        unit = self._console.units.find(known.unit)
        officer = Officer(
            subject=known.subject,
            role=known.role,
            unit=known.unit,
            name=proven.name,
            unit_name=unit.name if unit else known.unit,
            token=proven.given.access,
        )
        me = await self._console.api.get("routing", "/me", officer)
        if isinstance(me, Answer) and me.ok and isinstance(me.body, dict):
            # Routing's own words of the officer, where it has them; the token's name otherwise.
            return officer.model_copy(update={"name": me.body.get("name") or officer.name})
        return officer


def create_router(console: Console, sign_in: SignIn) -> Router:
    router = console.router()
    _add_entrance(router, console)
    _add_issuers_way(router, console, sign_in)
    _add_session(router, console, sign_in)
    return router


def _add_entrance(router: Router, console: Console) -> None:
    pages, visitors = console.pages, console.visitors
    anyone = Annotated[OfficerVisit, Depends(console.officer())]

    @router.get("/")
    async def begin(visit: anyone) -> Response:
        return see_other(visit, home_of(visit.officer.role))

    @router.get("/masuk")
    async def sign_in_page(request: Request, ke: str = "", keluar: str = "") -> Response:
        visit = visitors.visitor(request)
        if isinstance(visit, OfficerVisit):
            return see_other(visit, home_of(visit.officer.role))
        return pages.show(visit, "sign_in.html", back=ke, left=bool(keluar), problem=None)


def _add_issuers_way(router: Router, console: Console, sign_in: SignIn) -> None:
    pages, visitors = console.pages, console.visitors
    log = get_logger("console")

    @router.get("/masuk/mulai")
    async def leave_for_issuer(request: Request, ke: str = "") -> Response:
        visit = visitors.anyone(request)
        try:
            address = await sign_in.leave(visit.browser, _back(console, ke))
        except Transient as error:
            log.warning("issuer_away", error=str(error))
            return pages.show(
                visit, "sign_in.html", 503, back=ke, left=False, problem="issuer_away"
            )
        return Response(status_code=303, headers={"location": address})

    async def come_back_from_issuer(
        request: Request, state: str = "", code: str = "", error: str = ""
    ) -> Response:
        browser, visit = browser_of(request), visitors.anyone(request)
        try:
            if error or not code:
                raise NotSignedIn("the issuer refused")
            address = await sign_in.come_back(browser, state, code)
        except (NotSignedIn, DomainError) as refusal:
            log.warning("not_signed_in", error=str(refusal))
            end_session(browser)
            return pages.show(visit, "sign_in.html", 403, back="", left=False, problem="refused")
        except Transient:
            end_session(browser)
            return pages.show(
                visit, "sign_in.html", 503, back="", left=False, problem="issuer_away"
            )
        return see_other(visit, address)

    # Issuers add parameters of their own (iss, session_state).
    router.add_api_route(
        BACK_PATH, come_back_from_issuer, methods=["GET"], route_class_override=LenientOperation
    )


def _add_session(router: Router, console: Console, sign_in: SignIn) -> None:
    pages, visitors = console.pages, console.visitors
    anyone = Annotated[OfficerVisit, Depends(console.officer())]

    @router.post("/keluar")
    async def sign_out(visit: anyone, form: Annotated[Form, Depends(console.posted)]) -> Response:
        session = visit.browser.session
        address = await sign_in.leave_for_good(session) if session else LEFT
        end_session(visit.browser)
        answer = see_other(visit, address)
        # Words that a script has kept for a broken connection are gone for the next person.
        answer.headers["clear-site-data"] = '"storage"'
        return answer

    @router.get("/keluar/penerbit")
    async def leave_issuer(request: Request) -> Response:
        """A page between: a browser follows a form to no other site than ours."""
        visit, address = visitors.anyone(request), await sign_in.farewell()
        if address is None:
            return see_other(visit, LEFT)
        return pages.show(visit, "sign_out.html", address=address)

    @router.post("/sesi")
    async def extend_session(
        visit: anyone, form: Annotated[Form, Depends(console.posted)]
    ) -> Response:
        """Whoever types is at work. The cookies of the answer carry the session on."""
        session = visit.browser.session
        if session is not None:
            keep_session(visit.browser, console.seals, session.used_at(visit.now))
        return see_other(visit, _local(form.text("kembali")))

    @router.post("/bahasa")
    async def choose_language(request: Request) -> Response:
        """Before the sign-in as well; the form is the browser's alone."""
        form = await read_form(request)
        console.posted.refuse_foreign(request, form)
        visit = visitors.anyone(request)
        in_language(visit, form.text("bahasa"))
        return see_other(visit, _local(form.text("kembali")))


def _back(console: Console, sealed: str) -> str:
    """Only where we sealed the way to: nobody else sends an officer anywhere."""
    content = console.seals.open("return", sealed) if sealed else None
    return _local(content.decode()) if content else ""


def _local(address: str) -> str:
    """An address of ours from where the pages begin; whatever else is written leads there."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or not address.startswith("/") or address.startswith("//"):
        return ""
    return address.lstrip("/")
