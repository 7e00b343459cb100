"""Tracking on a real database, with its doors and an issuer of officers' tokens."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm
from sqlalchemy import text

from services.tracking import api
from services.tracking.answers import Answers
from services.tracking.delays import Delays
from services.tracking.digests import DigestsClaim
from services.tracking.handler import TrackingHandler
from services.tracking.lookup import Lookup
from services.tracking.officer_words import OfficerWords
from services.tracking.pictures import Gallery, PictureLinks
from services.tracking.reporter_words import ReporterWords
from services.tracking.spoken import Speech
from services.tracking.web import pages
from shared import inbox
from shared.auth import OperatorTokens
from shared.clock import system_clock
from shared.codes import tracking_code, tracking_digest
from shared.events.event import Envelope
from shared.events.intake import ComplaintReceived
from shared.facts_claim import FactsClaim
from shared.health import Health
from shared.holders_claim import HoldersClaim
from shared.http.app import create_app
from shared.http.paging import Cursors
from shared.shared_keys import LOOKUP, SharedKeys
from shared.telemetry import Metrics
from shared.testing import FixedClock
from shared.visibility import SYSTEM
from shared.work import Works
from tests.builders import a_complaint, a_complaint_id, at, shared_keys
from tests.databases import Databases
from tests.facts import ToldFacts
from tests.integration.tracking.servers import Intake, Media, Neighbours, Routing, neighbours

LOOKUP_KEY = bytes(range(32))
CODE_KEY = bytes(range(32, 64))
NOW = at(days=10)
MEDIA_PAGES = "https://media.example.org"
SECONDS = 2.0
"""Patience with routing and intake on a busy machine."""


def code_of(number: int = 1) -> str:
    return tracking_code(CODE_KEY, a_complaint_id(number))


def digest_of(number: int = 1) -> str:
    return tracking_digest(LOOKUP_KEY, code_of(number))


class Issuer:
    """Signs officers' tokens, and is the source of the key that verifies them."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()

    async def get(self, url: str) -> Any:
        public = json.loads(OKPAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [{**public, "kid": "k1", "alg": "EdDSA", "use": "sig"}]}

    def token(self, role: str, unit: str) -> str:
        now = datetime.now(UTC)
        claims = {
            "iss": "https://issuer.example.org", "aud": "crm", "sub": "officer-1", "role": role,
            "unit": unit, "iat": now, "exp": now + timedelta(minutes=5),
        }  # fmt: skip
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": "k1"})


@dataclass
class Tracking:
    """The service without its bus: events go in by ``hear``, questions by ``http``."""

    works: Works
    handler: TrackingHandler
    issuer: Issuer
    http: httpx.AsyncClient
    around: Neighbours

    @property
    def routing(self) -> Routing:
        return self.around.routing

    @property
    def intake(self) -> Intake:
        return self.around.intake

    @property
    def media(self) -> Media:
        return self.around.media

    @property
    def facts(self) -> ToldFacts:
        return self.around.intake.facts

    async def hear(self, *envelopes: Envelope) -> int:
        """As the consume loop does it; returns how many were fresh."""
        prepared = await self.handler.prepare(envelopes)
        async with self.works.open(SYSTEM) as work:
            fresh = await inbox.claim(work.connection, list(envelopes))
            if fresh:
                await self.handler.apply(work, fresh, prepared)
        return len(fresh)

    def received(self, number: int = 1, **fields: Any) -> ComplaintReceived:
        """A complaint with its code; of one about officials the stream is silent."""
        told = {"number": number, "tracking_digest": digest_of(number), **fields}
        return self.facts.silent(**told) if "restricted" in fields else a_complaint(**told)

    async def rows(self, columns: str = "*") -> Sequence[Any]:
        statement = text(f"SELECT {columns} FROM cases ORDER BY complaint_id")
        async with self.works.read(SYSTEM) as connection:
            return [dict(row._mapping) for row in await connection.execute(statement)]

    async def track(self, code: Any) -> httpx.Response:
        return await self.http.post("/v1/track", json={"code": code})

    async def asked(self, path: str, role: str = "biro", unit: str = "biro-pemerintahan") -> Any:
        token = self.issuer.token(role, unit)
        return await self.http.get(path, headers={"authorization": f"Bearer {token}"})


def doors(
    works: Works,
    issuer: Issuer,
    around: Neighbours,
    seconds: float = SECONDS,
    silent_seconds: Callable[[], float] = lambda: 0.0,
    keys: SharedKeys | None = None,
) -> httpx.AsyncClient:
    """``seconds``: patience with those around. ``silent_seconds``: of the consume loop. ``keys``:
    under which codes are looked up."""
    clock = FixedClock(NOW)
    officers, reporter = OfficerWords(around.routing_client), ReporterWords(around.intake_client)
    delays = Delays(clock, silent_seconds)
    speech = Speech(officers, reporter, seconds)
    gallery = Gallery(PictureLinks(around.media_client), seconds)
    lookup = Lookup(works, keys or unnamed_key(), speech, gallery, delays)
    answers = Answers(lookup, around.intake_client, seconds)
    tokens = OperatorTokens(issuer, "https://issuer.example.org/jwks",
                            "https://issuer.example.org", "crm", clock=system_clock)  # fmt: skip
    cursors = Cursors(LOOKUP_KEY, "cases", api.CASES_KEYSET)
    routers = [
        api.create_public_router(lookup, answers, clock),
        api.create_operators_router(works, tokens, clock, cursors),
        pages.create_router(lookup, answers, clock, images_from=MEDIA_PAGES),
    ]
    app = create_app("tracking", "Tracking", routers, Health(), Metrics())
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://tracking.test")


def unnamed_key() -> SharedKeys:
    """The one key of an installation that has never changed it."""
    return shared_keys(LOOKUP, LOOKUP_KEY.hex())


def a_handler(around: Neighbours, keys: SharedKeys | None = None) -> TrackingHandler:
    return TrackingHandler(
        FactsClaim(around.intake_client),
        HoldersClaim(around.routing_client),
        DigestsClaim(around.intake_client, keys or unnamed_key()),
    )


@asynccontextmanager
async def on_a_fresh_database(postgres: Databases) -> AsyncIterator[Tracking]:
    works, issuer = await postgres.service("tracking"), Issuer()
    async with neighbours() as around:
        http = doors(works, issuer, around)
        yield Tracking(works, a_handler(around), issuer, http, around)
    # The server of a whole run has 200 connections: a test gives back its own.
    await works.engine.dispose()


@pytest.fixture
async def tracking(postgres: Databases) -> AsyncIterator[Tracking]:
    async with on_a_fresh_database(postgres) as service:
        yield service
