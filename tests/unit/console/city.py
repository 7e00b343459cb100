"""A city's services as the console meets them: hand-written answers behind a real HTTP door, the
local issuer as it is, and a browser that keeps cookies."""

import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from deploy.local.credentials import (
    Addresses,
    Credentials,
    environment,
    generate,
    outside_environment,
)
from deploy.local.ports import free_ports
from deploy.local.settings import OutsideSecrets
from deploy.rehearsal.outside import issuer
from deploy.rehearsal.outside.sign_ins import SignIns
from deploy.services import NAMES
from services.routing.console.app import build
from services.routing.console.settings import ConsoleSettings
from shared.clock import Clock, DatabaseClock
from shared.http.correlation import Correlation
from shared.runtime import Service
from shared.telemetry import Metrics
from shared.testing import FixedClock
from tests.integration.desks.parts import PATIENT
from tests.integration.notify.servers import served

KELURAHAN = "31.74.01.1001"
CASE = "00000000-0000-7000-8000-0000000000a1"
OTHER = "00000000-0000-7000-8000-0000000000a2"
ORIGIN = "https://console.test"
REPLICAS = 2
CREDENTIALS: Credentials = generate()


def a_case(**changes: Any) -> dict[str, Any]:
    """A ``CaseDetail`` as routing writes it."""
    return {
        "complaint_id": CASE,
        "report_number": "JK2411030001",
        "version": 3,
        "state": "received",
        "label": "Menunggu",
        "unit_id": KELURAHAN,
        "unit_name": "Kelurahan Tebet Timur",
        "category": "parkir-liar",
        "citizen_category": None,
        "kelurahan_code": KELURAHAN,
        "area_name": "Tebet Timur",
        "channel": "jaki",
        "received_at": "2024-11-03T01:00:00Z",
        "confidential": False,
        "restricted": False,
        "emergency": False,
        "accepted": False,
        "question_open": False,
        "question_expired": False,
        "extension_until": None,
        "head_id": None,
        "approximate_area": False,
        "about_unit": None,
        "unread": [],
        "unread_since": None,
        "objection_until": None,
        "due_at": "2024-11-10T01:00:00Z",
        "original_due_at": "2024-11-10T01:00:00Z",
        "next_due_at": "2024-11-03T07:00:00Z",
        "excerpt": "Mobil menutup trotoar sejak pagi.",
        "address": "Jl. Tebet Timur IV",
        "assignee": None,
        "allowed": ["accept", "return", "coordinate", "delegate", "question", "reject", "merge"],
        "not_allowed": [
            {
                "command": "follow-up", "status": 409, "code": "wrong_state",
                "detail": "Start first.", "detail_id": "Mulai kerjakan dahulu.",
            },
        ],
        "contents": [
            {
                "ref": OTHER, "status": "known", "latitude": -6.2263, "longitude": 106.8584,
                "text": "Mobil menutup trotoar sejak pagi.", "address": "Jl. Tebet Timur IV",
            },
        ],
        "under_judgement": None,
        "merged": [],
        "watchers": [],
        "media": [],
        "notes": [],
        "history": [a_step()],
        **changes,
    }  # fmt: skip


def a_step(**changes: Any) -> dict[str, Any]:
    """A ``StepView``."""
    return {
        "version": 1, "event": "CaseRouted", "label": "Diteruskan ke unit",
        "at": "2024-11-03T01:00:00Z", "state": "received", "state_label": "Menunggu",
        "unit_id": KELURAHAN, "unit_name": "Kelurahan Tebet Timur", "actor_unit": None,
        "actor_unit_name": None, "officer": None, "from_unit_id": None, "from_unit_name": None,
        "words": None, "evidence": [], "complete_by": None, "reason": None,
        "category": "parkir-liar", "area_name": "Tebet Timur", "head_complaint_id": None,
        "number": None, **changes,
    }  # fmt: skip


def an_inbox(*cases: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    counts = {"new": 12, "in_hand": 9, "waiting": 4, "judgement": 0, "overdue": 2}
    return {
        "cases": list(cases), "counts": counts, "total": len(cases), "next_cursor": None,
        "as_of": "2024-11-03T02:00:00Z", **changes,
    }  # fmt: skip


def a_problem(status: int, detail: str, **members: str) -> Response:
    body = {"type": "about:blank", "title": "x", "status": status, "detail": detail, **members}
    return JSONResponse(body, status)


Part = tuple[str, tuple[str | None, str | bytes]]
"""Of a form with files: its name; its file name, None for a field, and what is in it."""


class InTurn(list[Any]):
    """Answers to the same request one after the other, the last one for ever."""

    def next(self) -> Any:
        return self.pop(0) if len(self) > 1 else self[0]


CALLED = ("routing", "sla", "notify", "tracking", "intake", "media")


@dataclass
class Services:
    """What the services answer, by method and path below ``/v1``; and what they were asked."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    turns: dict[str, str | None] = field(default_factory=dict)
    """Of renewals: taken, and what was left."""
    claims: dict[str, str] = field(default_factory=dict)
    """By the same name the key of the claim that got the turn."""
    lost_answers: int = 0
    """So many of the next claims get the turn and have no answer."""
    no_turns: bool = False
    while_refused: Callable[[], None] = lambda: None
    """What happens while a renewal is asked for in vain."""

    def told(self, line: str) -> list[tuple[str, str, dict[str, str], Any]]:
        """Requests of this method and path."""
        return [each for each in self.asked if f"{each[0]} {each[1]}" == line]

    def app(self) -> FastAPI:
        app = FastAPI()
        # As the answers of a service they have an id; their date is the server's.
        app.add_middleware(Correlation, service="parts", metrics=Metrics())

        @app.api_route("/v1/{path:path}", methods=["GET", "POST", "PUT", "DELETE"])
        async def answer(path: str, request: Request) -> Response:
            raw = await request.body()
            is_file = "octet-stream" in request.headers.get("content-type", "")
            body = json.loads(raw) if raw and not is_file else raw or None
            self.asked.append((request.method, f"/{path}", dict(request.headers), body))
            found = self.answers.get(f"{request.method} /{path}")
            if isinstance(found, InTurn):
                found = found.next()
            if isinstance(found, Response):
                return found
            return a_problem(404, "Nothing here.") if found is None else JSONResponse(found)

        @app.post("/internal/v1/renewals/{what}")
        async def renew(what: str, request: Request) -> Any:
            if self.no_turns:
                self.while_refused()
                return a_problem(503, "Not now.")
            body = await request.json()
            if what == "outcome":
                self.turns[body["name"]] = body["outcome"]
                return {"left": True}
            name, key = body["name"], request.headers["idempotency-key"]
            outcome = self.turns.setdefault(name, None)
            mine = outcome is None and self.claims.setdefault(name, key) == key
            if self.lost_answers > 0:
                self.lost_answers -= 1
                return a_problem(503, "The answer is lost on its way.")
            return {"mine": mine, "outcome": outcome}

        return app


@dataclass
class Browser:
    """A browser at the console, and what it last read."""

    http: httpx.AsyncClient
    issuer_http: httpx.AsyncClient
    page: str = ""
    status: int = 0
    address: str = ""

    async def open(self, path: str, **headers: str) -> httpx.Response:
        return self._read(await self.http.get(path, headers=headers, follow_redirects=True))

    def _read(self, answer: httpx.Response) -> httpx.Response:
        self.page, self.status = answer.text, answer.status_code
        self.address = str(answer.url).removeprefix(ORIGIN)
        return answer

    def hidden(self, name: str) -> str:
        """A hidden field of the page that was read last."""
        found = re.findall(rf'name="{name}" value="([^"]*)"', self.page)
        assert found, f"the page has no field {name}"
        return unescape(found[-1])

    async def post(self, path: str, fields: Any = (), **headers: str) -> httpx.Response:
        """A form of the page that was read last, with its marks; 303 is followed."""
        marks = {name: self.hidden(name) for name in ("csrf", "petugas_formulir")}
        for name in ("kunci", "versi"):
            if f'name="{name}"' in self.page:
                marks[name] = self.hidden(name)
        sent = {**marks, **dict(fields)}
        return self._read(
            await self.http.post(path, data=sent, headers=headers, follow_redirects=True)
        )

    async def post_files(self, path: str, fields: Mapping[str, Any], *files: bytes) -> None:
        """Likewise as a browser sends files: the marks first, then fields, then ``berkas``."""
        names = ("csrf", "petugas_formulir", "kunci", "versi")
        sent: list[Part] = [
            (name, (None, self.hidden(name))) for name in names if name not in fields
        ]
        for name, value in fields.items():
            many = value if isinstance(value, list) else [value]
            sent += [(name, (None, each)) for each in many]
        sent += [("berkas", ("IMG_1.jpg", each)) for each in files]
        self._read(await self.http.post(path, files=sent, follow_redirects=True))

    async def leave(self) -> str:
        """To the issuer; its address."""
        answer = await self.http.get("/masuk/mulai")
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def choose(self, address: str, role: str, unit: str, number: int = 1) -> str:
        """A role and a unit at the issuer; the way back, as the console sees it."""
        chosen = {"role": role, "unit": unit, "number": str(number)}
        parts = urlsplit(address)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        answer = await self.issuer_http.get(parts.path, params={**asked, **chosen})
        assert answer.status_code == 303, answer.text
        back = urlsplit(answer.headers["location"])
        return f"{back.path}?{back.query}"

    async def sign_in(self, role: str = "unit_officer", unit: str = KELURAHAN, n: int = 1) -> None:
        self._read(
            await self.http.get(
                await self.choose(await self.leave(), role, unit, n), follow_redirects=True
            )
        )


@dataclass
class City:
    services: Services
    clock: FixedClock
    consoles: tuple[Service, ...]
    """Replicas of the console."""
    sign_ins: SignIns
    issuer_url: str

    def anew(self) -> None:
        """As at the beginning, at the present time: tokens are signed with this machine's."""
        self.services.answers.clear()
        self.services.answers["GET /views"] = {"views": []}
        self.services.asked.clear()
        self.services.turns.clear()
        self.services.claims.clear()
        self.services.lost_answers = 0
        self.services.no_turns, self.services.while_refused = False, lambda: None
        self.clock.advance(datetime.now(UTC) - self.clock())

    @asynccontextmanager
    async def browser(self, replica: int = 0) -> AsyncIterator[Browser]:
        """A browser of its own, without cookies, that one replica of the console answers."""
        door = httpx.ASGITransport(self.consoles[replica].app, raise_app_exceptions=False)
        async with (
            httpx.AsyncClient(transport=door, base_url=ORIGIN) as http,
            httpx.AsyncClient(base_url=self.issuer_url) as issuer_http,
        ):
            yield Browser(http, issuer_http)


@asynccontextmanager
async def a_city(machine: Clock | None = None, **settings: str) -> AsyncIterator[City]:
    """The console, an issuer and services that answer what they are told to. ``machine``: the
    clock of a console that goes by what the services' answers say, else by the city's clock."""
    services = Services()
    clock = FixedClock(datetime.now(UTC))
    (port,) = free_ports(1)
    at = Addresses({}, "", False, dict.fromkeys(NAMES, 0), 0, port, 0)
    sign_ins = SignIns(clock)
    async with served(services.app()) as url, served(_issuer(at, sign_ins), port) as issuer_url:
        given = clock if machine is None else None
        consoles = tuple(
            build(_settings(at, url, settings), given, DatabaseClock(until_told=machine or clock))
            for _ in range(REPLICAS)
        )
        try:
            city = City(services, clock, consoles, sign_ins, issuer_url)
            city.anew()
            yield city
        finally:
            for console in consoles:
                for closer in console.closers:
                    await closer()


def _issuer(at: Addresses, sign_ins: SignIns) -> FastAPI:
    told = outside_environment(CREDENTIALS, at, Path("unused"))
    secrets = OutsideSecrets.model_validate_json(told["CRM_OUTSIDE_SECRETS"])
    assert secrets.issuer is not None
    clients = {"crm-console": f"{ORIGIN}/masuk/kembali"}
    app = FastAPI()
    app.include_router(
        issuer.create_router(
            secrets.issuer.model_copy(update={"clients": clients}), secrets.jwks, sign_ins
        )
    )
    return app


def _settings(at: Addresses, url: str, changes: Mapping[str, str]) -> ConsoleSettings:
    told = environment("console", CREDENTIALS, at)
    fields: dict[str, Any] = {
        name.removeprefix("CRM_").lower(): value for name, value in told.items()
    }
    fields |= {name: json.loads(fields[name]) for name in ("session_keys", "service_public_keys")}
    fields |= {f"{part}_url": url for part in CALLED}
    return ConsoleSettings.model_validate(
        {**fields, **PATIENT, "checking_seconds": 0.5, "public_url": ORIGIN, **changes}
    )
