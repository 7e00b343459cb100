"""Composition root of the console."""

from collections.abc import Mapping

from services.routing.console import signing_in
from services.routing.console.areas import Areas
from services.routing.console.browser import Cookies
from services.routing.console.calls import Api
from services.routing.console.console import Console
from services.routing.console.forms import PostedForms
from services.routing.console.lookup_tables import LOOK_SECONDS, Tables
from services.routing.console.oidc import Issuer
from services.routing.console.refusals import add_pages_of_errors
from services.routing.console.rendering import ConsolePages
from services.routing.console.renewals import Renewals
from services.routing.console.rooms import routers, templates
from services.routing.console.seals import Seals
from services.routing.console.settings import ConsoleSettings
from services.routing.console.signing_in import BACK_PATH, LEFT, SignIn
from services.routing.console.visits import Visitors
from services.routing.placing.categories import load_categories
from shared.auth import OperatorTokens
from shared.clock import Clock, DatabaseClock
from shared.footing import Footing
from shared.outbound import OutboundClient
from shared.runtime import Periodic, Service
from shared.unit_table import load_units

LISTENERS = 5000
"""Browsers that one process keeps up to date."""

PATIENCE_SECONDS = 20.0
"""For the answer about a file: media waits ten seconds itself for what becomes of it."""

CLOCK_SECONDS = 30.0
"""Between two questions to the parts what time it is, so that a console that nobody visits knows it
too; under a minute, after which a task counts as stuck."""

DESCRIPTION = """Officers' pages in a browser. They offer no interface of their own: whatever an
officer does here goes through the services' interfaces by the officer's own token, so that a city's
own application can do the same."""


def build(
    settings: ConsoleSettings, given: Clock | None = None, told: DatabaseClock | None = None
) -> Service:
    """Wire it; opens nothing. ``told``: the clock to which the parts say the time. ``given``:
    another one, by which the console goes instead."""
    told = told or DatabaseClock()
    clock = given or told
    footing = Footing.of_process(settings, clock)
    seals = Seals(settings.session_keys_bytes)
    console = _console(settings, footing, seals, told)
    issuer = _issuer(settings, footing)

    async def ask_time() -> int:
        await console.api.ask_time()
        return 0

    async def tell_clock() -> None:
        footing.metrics.own_clock_error.tell_one(told.own_error)

    routing = footing.service_client("routing", settings.routing_url)

    async def follow_categories() -> int:
        return await console.tables.follow(routing)

    sign_in = SignIn(console, issuer, footing.operators, settings.longest)
    service = footing.process(
        [
            signing_in.create_router(console, sign_in),
            *routers(console),
            *console.pages.create_routers(),
            console.areas.create_router(),
        ],
        # Callers are let in as soon as the time is known, and stay when the parts go away.
        [
            Periodic("clock", ask_time, CLOCK_SECONDS, needed=True),
            Periodic("categories", follow_categories, LOOK_SECONDS),
        ],
        given or told.known,
        title="CRM console",
        description=DESCRIPTION,
        refresh=tell_clock,
    )
    add_pages_of_errors(service.app, console)
    renewals = Renewals(
        issuer, routing, seals, footing.operators, console.units, clock, console.new_key,
    )  # fmt: skip
    service.app.add_middleware(
        Cookies, seals=seals, clock=clock, idle=settings.idle, renewals=renewals
    )
    return service


def _console(
    settings: ConsoleSettings, footing: Footing, seals: Seals, clock: DatabaseClock
) -> Console:
    reading = OutboundClient(timeout=settings.answer_seconds, whole=settings.answer_seconds)
    acting = OutboundClient(timeout=settings.act_seconds, whole=settings.act_seconds)
    handing = OutboundClient(timeout=PATIENCE_SECONDS, whole=settings.file_seconds)
    listening = OutboundClient(timeout=settings.act_seconds, connections=LISTENERS)
    for client in (reading, acting, handing, listening):
        footing.add_closer(client.close)
    api = Api(reading, acting, handing, listening, settings.urls, clock)
    visitors = Visitors(seals, settings.idle)
    return Console(
        api=api,
        pages=ConsolePages(settings.media_public_url, settings.tiles, templates()),
        seals=seals,
        visitors=visitors,
        posted=PostedForms(visitors, settings.public_url),
        tables=Tables(load_categories()),
        units=load_units(),
        areas=Areas(_outlines(settings)),
        new_id=footing.new_id,
        public_url=settings.public_url.rstrip("/"),
        tracking_page=settings.tracking_page.rstrip("/"),
        follow_up_days=settings.follow_up_days,
        checking_seconds=settings.checking_seconds,
    )


def _outlines(settings: ConsoleSettings) -> Mapping[str, bytes]:
    if settings.geojson is None:
        return {}
    # Who has no borders starts without the library that reads them.
    from services.routing.console.outlines import read_outlines

    return read_outlines(settings.geojson)


def _issuer(settings: ConsoleSettings, footing: Footing) -> Issuer:
    identities = OperatorTokens(
        footing.outbound,
        settings.operator_jwks_url,
        settings.operator_issuer,
        settings.client_id,
        clock=footing.clock,
    )
    return Issuer(
        footing.outbound,
        settings.issuer_url,
        settings.operator_issuer,
        identities,
        footing.operators,
        settings.client_id,
        settings.client_secret.get_secret_value(),
        f"{settings.public_url.rstrip('/')}{BACK_PATH}",
        f"{settings.public_url.rstrip('/')}/{LEFT}",
    )
