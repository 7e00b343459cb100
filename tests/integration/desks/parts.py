"""The interfaces of all parts in one small server, as the pages of the desks meet them, and an
officer's browser before the console as it is built."""

import asyncio
import base64
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import httpx
from fastapi import FastAPI, Request, Response

from services.routing.console.app import build
from services.routing.console.browser import BROWSER, sealed_session
from services.routing.console.seals import Seals
from services.routing.console.session import Grant, Officer, Session
from services.routing.console.settings import ConsoleSettings
from shared.auth import Role
from shared.runtime import Service
from tests.integration.desks.contract import strange

KEY = b"k" * 32
PATIENT: Final[Mapping[str, Any]] = {"answer_seconds": 60.0, "act_seconds": 60.0}
"""On a busy machine a part may be slower than a page waits: then the page says that it is away."""
ORIGIN = "http://127.0.0.1:8006"
MEDIA = "https://media.example.org"
"""Where browsers fetch pictures."""
PARTS = ("routing", "sla", "notify", "tracking", "intake", "vault")
TEBET, BIRO, TRIAGE, KOMINFO = "31.74.01.1001", "biro-pemerintahan", "triage", "dinas-kominfotik"
CASE = "019300aa-0000-7000-8000-00000000000{}"


@dataclass
class Told:
    """One call that a part was given."""

    part: str
    method: str
    path: str
    query: str
    body: Any
    headers: dict[str, str]

    @property
    def of(self) -> str:
        return f"{self.part} {self.method} {self.path}"

    @property
    def token(self) -> str:
        return self.headers["authorization"].removeprefix("Bearer ")


@dataclass
class Parts:
    """``answers``: ``(status, body)`` by part, method and path, else 404. ``away``: parts that
    answer 503. ``refusing``: the status by call (token, and ``part METHOD path``). ``silent``:
    tokens of officers to whom nobody answers before the ``end``."""

    answers: dict[tuple[str, str, str], tuple[int, Any]] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    refusing: dict[tuple[str, str], int] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    end: asyncio.Event = field(default_factory=asyncio.Event)
    calls: list[Told] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    """What the contracts do not know of the calls, or of the answers to them."""
    judged: set[tuple[Any, ...]] = field(default_factory=set)

    def answer(self, part: str, method: str, path: str, body: Any, status: int = 200) -> None:
        self.answers[part, method, path] = (status, body)

    def forget(self) -> None:
        self.answers.clear()
        self.away.clear()
        self.refusing.clear()
        self.silent.clear()
        self.calls.clear()
        self.strange.clear()
        self.judged.clear()

    def refuse(self, token: str, call: str, status: int) -> None:
        """This call of this officer is answered with ``status``."""
        self.refusing[token, call] = status

    @contextmanager
    def counted(self) -> Iterator[list[Told]]:
        """The calls that are made meanwhile."""
        before = len(self.calls)
        found: list[Told] = []
        yield found
        found.extend(self.calls[before:])

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.api_route("/{part}/{path:path}", methods=["GET", "POST", "PUT", "DELETE"])
        async def take(part: str, path: str, request: Request) -> Response:
            raw = await request.body()
            is_file = "octet-stream" in request.headers.get("content-type", "")
            said = json.loads(raw) if raw and not is_file else raw or None
            told = Told(
                part, request.method, f"/{path}", request.url.query, said, dict(request.headers)
            )  # fmt: skip
            self.calls.append(told)
            refused = self.refusing.get((told.token, told.of))
            if told.token in self.silent:
                await self.end.wait()
            if part in self.away or refused is not None:
                return Response('{"detail": "Not now."}', refused or 503)
            problem = (404, {"detail": "There is no such case for your unit."})
            status, body = self.answers.get((part, request.method, f"/{path}"), problem)
            asked = (told.of, told.query, raw, status)
            # A call that is the same as one before is judged by its contract once.
            if asked not in self.judged:
                self.judged.add(asked)
                self.strange += strange(
                    part, request.method, f"/{path}", told.query, told.body, status, body
                )
            return Response(json.dumps(body) if body is not None else "", status)

        return app


def a_case(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A result that waits for its judgement, as routing answers a case."""
    filed = a_step("FollowUpSubmitted", words="Mobil sudah diderek, rambu dipasang.")
    return {
        "complaint_id": CASE.format(number), "report_number": f"JK26112600{number:02d}",
        "version": 7, "state": "awaiting_validation", "label": "Menunggu Validasi",
        "unit_id": TEBET, "unit_name": "Kelurahan Tebet Timur", "category": "parkir-liar",
        "citizen_category": "parkir-liar", "kelurahan_code": TEBET, "area_name": "Tebet Timur",
        "channel": "jaki", "received_at": "2026-11-20T02:30:00Z", "confidential": False,
        "restricted": False, "accepted": True, "question_open": False, "question_expired": False,
        "emergency": False,
        "extension_until": None, "head_id": None, "approximate_area": False, "about_unit": None,
        "unread": [], "unread_since": None, "objection_until": None, "from_desk": False,
        "due_at": "2026-11-27T02:30:00Z", "original_due_at": "2026-11-27T02:30:00Z",
        "next_due_at": "2026-11-27T02:30:00Z", "address": "Jl. Tebet Barat IV",
        "excerpt": "Mobil menutup trotoar setiap pagi",
        "allowed": ["validation", "follow-up/refuse", "verification"], "not_allowed": [],
        "text_opened": [], "explanation": an_explanation(),
        "contents": [{"ref": CASE.format(8), "status": "ok", "latitude": None, "longitude": None,
                      "text": "Mobil menutup trotoar setiap pagi, pejalan kaki turun ke jalan.",
                      "address": "Jl. Tebet Barat IV"}],
        "under_judgement": filed, "merged": [], "notes": [], "watchers": [], "assignee": None,
        "media": [],
        "history": [a_step("CaseRouted"), a_step("PlanSubmitted", words="Derek dan pasang rambu.",
                    complete_by="2026-11-25T03:00:00Z"), filed],
        **changes,
    }  # fmt: skip


def an_explanation(**changes: Any) -> dict[str, Any]:
    """Why the rules sent the case to its kelurahan."""
    return {
        "at": "2026-11-20T02:30:00Z", "unit_id": TEBET, "unit_name": "Kelurahan Tebet Timur",
        "rule_id": "kelurahan-of-the-point", "triage_reason": None, "says": "By the point.",
        "says_id": "Menurut titik peta.", "version": 3, "confidence": 0.759,
        "category": "parkir-liar", "category_name": "Parkir Liar", "sub": None, "sub_name": None,
        "citizen_category": "jalan", "terms": ["mobil … trotoar", "parkir liar"],
        "runners_up": [
            {"category": "jalan", "category_name": "Jalan", "sub": "trotoar-rusak",
             "sub_name": "Trotoar Rusak", "confidence": 0.12, "terms": ["trotoar"]},
        ],
        "place": {"code": TEBET, "name": "Kelurahan Tebet Timur", "source": "point",
                  "confidence": 0.75, "approximate": True, "contradicted": False},
        "emergency": False, "about_official": False, "no_complaint": None, "outside": None,
        "model": None, "failed": False, **changes,
    }  # fmt: skip


def a_step(event: str, **changes: Any) -> dict[str, Any]:
    return {
        "version": 3, "event": event, "label": event, "at": "2026-11-24T07:10:00Z",
        "state": "awaiting_validation", "state_label": "", "unit_id": TEBET, "words": None,
        "unit_name": "Kelurahan Tebet Timur", "actor_unit": TEBET, "evidence": [],
        "actor_unit_name": "Kelurahan Tebet Timur", "complete_by": None, "reason": None,
        "from_unit_id": None, "from_unit_name": None, "category": None, "area_name": None,
        "head_complaint_id": None, "number": None, "officer": None,
        **changes,
    }  # fmt: skip


def a_list(*cases: dict[str, Any], total: int) -> dict[str, Any]:
    """A page of the inbox, which is its last."""
    tabs = ("new", "in_hand", "waiting", "judgement", "overdue")
    return {
        "cases": list(cases), "next_cursor": None, "total": total, "as_of": "2026-11-26T02:30:00Z",
        "counts": dict.fromkeys(tabs, 0),
    }  # fmt: skip


@dataclass
class Page:
    """What a browser was answered at ``address``."""

    status: int
    text: str
    headers: httpx.Headers
    address: str

    def form(self, form_id: str) -> dict[str, str]:
        """Hidden fields of a form."""
        found = re.search(rf'<form[^>]*id="{form_id}".*?</form>', self.text, re.DOTALL)
        assert found, f"no form {form_id}"
        fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found[0])
        return {name: unescape(value) for name, value in fields}

    @property
    def is_fragment(self) -> bool:
        """Of a page that is open already."""
        return "<html" not in self.text

    @property
    def place(self) -> str:
        """Where it leads on."""
        return str(self.headers.get("location", ""))


@dataclass
class Browser:
    """One officer's browser: keeps cookies, sends forms as pages have them."""

    http: httpx.AsyncClient
    cookies: dict[str, str]

    async def open(self, address: str) -> Page:
        return self._page(await self.http.get(address, headers=self._headers()))

    async def send(self, address: str, fields: Any) -> Page:
        form = {"content-type": "application/x-www-form-urlencoded", "origin": ORIGIN}
        body = urlencode(fields, doseq=True)
        return self._page(
            await self.http.post(address, content=body, headers={**self._headers(), **form})
        )

    async def send_files(self, address: str, fields: Any, *files: bytes) -> Page:
        """As a browser does that was given files: its form's fields stand before them."""
        pairs = parse_qsl(urlencode(fields, doseq=True), keep_blank_values=True)
        parts: list[Any] = [(name, (None, value)) for name, value in pairs]
        parts += [("berkas", (f"SCAN_{n}.jpg", file)) for n, file in enumerate(files, 1)]
        headers = {**self._headers(), "origin": ORIGIN}
        return self._page(await self.http.post(address, files=parts, headers=headers))

    def _headers(self) -> dict[str, str]:
        return {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def _page(self, answer: httpx.Response) -> Page:
        for each in answer.headers.get_list("set-cookie"):
            name, _, value = each.partition(";")[0].partition("=")
            self.cookies[name] = value
            if "Max-Age=0" in each:
                del self.cookies[name]
        return Page(answer.status_code, answer.text, answer.headers, str(answer.url))


def console_at(url: str, origin: str = ORIGIN, **settings: Any) -> Service:
    told: dict[str, Any] = {
        **PATIENT,
        "public_url": origin,
        "issuer_url": "http://127.0.0.1:1/issuer",
        "session_keys": (base64.b64encode(KEY).decode(),),
        "media_public_url": MEDIA,
        "tracking_page": "https://crm.jakarta.go.id/lacak",
        **{f"{part}_url": f"{url}/{part}" for part in (*PARTS, "media")},
        **settings,
    }
    return build(ConsoleSettings(**told))


def browser_of(
    service: Service, role: Role, unit: str, unit_name: str = "Unit", called: str = "t"
) -> Browser:
    """Of an officer who has signed in; ``called``: the token of their calls."""
    transport = httpx.ASGITransport(service.app)
    http = httpx.AsyncClient(transport=transport, base_url=ORIGIN)
    return Browser(http, cookies_of(role, unit, unit_name, called))


def cookies_of(role: Role, unit: str, unit_name: str, called: str = "t") -> dict[str, str]:
    """What the browser of an officer keeps who has signed in just now."""
    now = datetime.now(UTC)
    officer = Officer(
        subject="o1", role=role, unit=unit, name="Petugas", unit_name=unit_name, token=called
    )
    hours = timedelta(hours=8)
    session = Session.begin("s1", Grant.new(officer, "", now, now + hours), now, hours)
    return {BROWSER: "this-browser", **sealed_session(Seals([KEY]), session)}
