"""The running stack as citizens and officers meet it, through its real doors only."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from deploy.local.stack import Stack
from deploy.local.tokens import Role
from deploy.rehearsal.callers import MAILBOX, PHONE, TEBET_TIMUR, Mail
from deploy.running import Answered, RunningStack
from shared.codes import reply_token
from shared.outbound import Response
from tests.builders import first_key

T = TypeVar("T")

BIRO = "biro-pemerintahan"
KELURAHAN = TEBET_TIMUR.kelurahan_code
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer; ``subject`` is who it is, whatever the role."""

    role: Role
    unit: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Reported:
    """What the citizen has in hand."""

    complaint_id: str
    report_number: str
    code: str = field(repr=False)


VALIDATOR = Officer("biro", BIRO, "biro-validator")
AUDITOR = Officer("auditor", BIRO, "auditor")
ADMIN = Officer("admin", BIRO, "admin")


def officer_of(unit: str, subject: str = "") -> Officer:
    return Officer("unit_officer", unit, subject)


async def until(look: Callable[[], Awaitable[T]], what: str, seconds: float | None = None) -> T:
    """Ask until the answer is true; fails with ``what`` when patience ends."""
    deadline = time.monotonic() + (seconds or PATIENCE_SECONDS)
    while True:
        found = await look()
        if found:
            return found
        assert time.monotonic() < deadline, f"never seen: {what}"
        await asyncio.sleep(0.1)


_BOUNDARY = "a-boundary-of-parts"


def _part(name: str, media_type: str, content: bytes) -> bytes:
    """Of a form that carries files."""
    file = f'; filename="{name}.jpg"' if media_type == "image/jpeg" else ""
    head = f'content-disposition: form-data; name="{name}"{file}\r\ncontent-type: {media_type}'
    return f"--{_BOUNDARY}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"


class City:
    """Speaks to the stack."""

    def __init__(self, stack: Stack, running: RunningStack) -> None:
        self.stack = stack
        self.running = running
        self.secrets = running.credentials.channel_secrets
        self._numbers = itertools.count(int(time.time() * 1000))

    def number(self) -> str:
        """An id that no other message of this session has."""
        return str(next(self._numbers))

    def token(self, who: Officer) -> str:
        return self.running.token(who.role, who.unit, who.subject or None)

    async def request(
        self,
        service: str,
        method: str,
        path: str,
        *,
        who: Officer | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        json: Any = None,
    ) -> Response:
        """The bare HTTP answer."""
        sent = dict(headers or {})
        if who is not None:
            sent["authorization"] = f"Bearer {self.token(who)}"
        url = f"{self.running.url(service)}{path}"
        return await self.running.client.request(
            method, url, headers=sent, content=content, json=json
        )

    # --- citizens ------------------------------------------------------------------------

    async def report(
        self,
        category: str,
        kelurahan: str = KELURAHAN,
        text: str = "Warga melaporkan hal ini di loket.",
    ) -> Reported:
        """A citizen at a kelurahan's desk; returns when routing has opened the case."""
        entry = {
            "entry_id": self.number(),
            "text": text,
            "category": category,
            "reporter": {"name": "Pelapor Contoh", "phone": PHONE},
        }
        desk = Officer("desk_officer", kelurahan)
        path = "/v1/desks/kelurahan/complaints"
        answer = await self.running.post("intake", path, entry, self.token(desk))
        assert answer.status == 202, answer.body
        return await self.taken_up(answer.body)

    async def report_privately(self, category: str, picture: bytes) -> Reported:
        """A private report at a kelurahan's desk, with a picture (JPEG). Its words have a phone."""
        entry = {
            "entry_id": self.number(), "text": f"Warga melapor di loket, hp {PHONE}.",
            "category": category, "confidential": True,
            "reporter": {"name": "Pelapor Contoh", "phone": PHONE},
        }  # fmt: skip
        parts = (("entry", "application/json", json.dumps(entry).encode()),
                 ("scan", "image/jpeg", picture))  # fmt: skip
        body = b"".join(_part(*each) for each in parts) + f"--{_BOUNDARY}--\r\n".encode()
        answer = await self.request(
            "intake", "POST", "/v1/desks/kelurahan/complaints",
            who=Officer("desk_officer", KELURAHAN), content=body,
            headers={"content-type": f"multipart/form-data; boundary={_BOUNDARY}"},
        )  # fmt: skip
        assert answer.status == 202, answer.body
        return await self.taken_up(answer.json())

    async def taken_up(self, receipt: Mapping[str, Any]) -> Reported:
        reported = Reported(
            receipt["complaint_id"], receipt["report_number"], receipt["tracking_code"]
        )
        await until(lambda: self.listed(reported.complaint_id), "the case in tracking's list")
        return reported

    async def track(self, reported: Reported) -> dict[str, Any]:
        answer = await self.running.post("tracking", "/v1/track", {"code": reported.code})
        return dict(answer.body) if answer.status == 200 else {}

    async def tracked(
        self, reported: Reported, seen: Callable[[dict[str, Any]], Any], what: str
    ) -> dict[str, Any]:
        """The public view, once it shows what is waited for."""

        async def look() -> dict[str, Any] | None:
            view = await self.track(reported)
            return view if view and seen(view) else None

        found = await until(look, f"{what} in tracking")
        assert found is not None
        return found

    async def tracked_state(self, reported: Reported, state: str) -> dict[str, Any]:
        return await self.tracked(reported, lambda view: view["state"] == state, state)

    async def states(self, reported: Reported, last: str) -> list[str]:
        """The stages that the public view shows, each named once until the next."""
        view = await self.tracked_state(reported, last)
        names = [stage["state"] for stage in view["stages"]]
        return [name for name, before in zip(names, [None, *names], strict=False) if name != before]

    async def answer_question(
        self, reported: Reported, sender: str = MAILBOX, words: str = "Di gang sebelah pos."
    ) -> None:
        """By a reply to our mail, whose id and address for answers hold the reply token."""
        key = first_key(self.running.credentials.tracking_code_key)
        token = reply_token(key, UUID(reported.complaint_id))
        subject = f"Re: [{reported.report_number}] Kami memerlukan keterangan Anda"
        thread = f"<{token}.1@jakarta.go.id>"
        await self.mail(subject, sender, words, In_Reply_To=thread)

    async def mail(
        self, subject: str, sender: str = MAILBOX, words: str = "Rincian.", **headers: str
    ) -> None:
        """A mail to the city, accepted."""
        message = EmailMessage()
        message["From"] = f"Pelapor Contoh <{sender}>"
        message["To"] = recipient = self.secrets["email"]["recipient"]
        message["Subject"] = subject
        message["Message-ID"] = f"<{self.number()}@example.org>"
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(f"{words}\n")
        answer = await self.running.post_mail(Mail(sender, recipient, message.as_bytes()))
        assert answer.accepted, answer

    async def page(self, reported: Reported, lang: str = "id") -> str:
        """The tracking page as a citizen's browser gets it."""
        answer = await self.request(
            "tracking", "POST", f"/lacak?lang={lang}",
            headers={"content-type": "application/x-www-form-urlencoded"},
            content=f"code={reported.code}".encode(),
        )  # fmt: skip
        assert answer.status == 200
        return answer.body.decode()

    async def answer_on_the_page(self, reported: Reported, words: str) -> str:
        """By the form under the question, as a browser sends it; returns the page."""
        answer = await self.request(
            "tracking", "POST", "/jawab?lang=id",
            headers={"content-type": "application/x-www-form-urlencoded"},
            content=urlencode({"code": reported.code, "text": words}).encode(),
        )  # fmt: skip
        assert answer.status == 200
        return answer.body.decode()

    # --- officers ------------------------------------------------------------------------

    async def pages(self, who: Officer) -> AsyncIterator[list[dict[str, Any]]]:
        """Tracking's list of cases, newest first, page by page."""
        cursor = ""
        while True:
            path = f"/v1/cases?limit=200{cursor}"
            found = await self.running.get("tracking", path, self.token(who))
            assert found.status == 200, found
            yield found.body["cases"]
            if found.body["next_cursor"] is None:
                return
            cursor = f"&cursor={found.body['next_cursor']}"

    async def listed(self, complaint_id: str) -> dict[str, Any]:
        """The case as tracking lists it for an auditor, once a unit has it and a date is set."""
        async for page in self.pages(AUDITOR):
            for case in page:
                if case["complaint_id"] == complaint_id:
                    return dict(case) if case["unit_name"] and case["due_at"] else {}
        return {}

    async def case(self, reported: Reported, who: Officer) -> Answered:
        return await self.running.get(
            "routing", f"/v1/cases/{reported.complaint_id}", self.token(who)
        )

    async def holder(self, reported: Reported) -> str:
        return str((await self.case(reported, VALIDATOR)).body["unit_id"])

    async def give(
        self, reported: Reported, verb: str, who: Officer, body: Mapping[str, Any] | None = None
    ) -> Answered:
        """A command on the version that the officer reads first."""
        seen = await self.case(reported, who)
        version = seen.body.get("version", 1)
        path = f"/v1/cases/{reported.complaint_id}/{verb}"
        return await self.running.post("routing", path, body or {}, self.token(who), version)

    async def does(
        self, reported: Reported, verb: str, who: Officer, **body: Any
    ) -> dict[str, Any]:
        """A command that must succeed; the case after it."""
        answer = await self.give(reported, verb, who, body)
        assert answer.status == 200, (verb, answer)
        return dict(answer.body)

    async def deadlines(self, reported: Reported) -> dict[str, Any]:
        """The clocks of a case by name."""
        path = f"/v1/deadlines/{reported.complaint_id}"
        found = await self.running.get("sla", path, self.token(AUDITOR))
        return {clock["clock"]: clock for clock in found.body.get("clocks", [])}

    async def clock_shows(
        self, reported: Reported, clock: str, seen: Callable[[dict[str, Any]], Any], what: str
    ) -> dict[str, Any]:
        async def look() -> dict[str, Any] | None:
            found = (await self.deadlines(reported)).get(clock)
            return found if found and seen(found) else None

        shown = await until(look, f"{what} on the clock {clock}")
        assert shown is not None
        return shown

    async def completed(self, reported: Reported, holder: str) -> None:
        """The light path of a kelurahan: start, follow-up, validation."""
        await self.does(reported, "start", officer_of(holder))
        await self.does(reported, "follow-up", officer_of(holder), text="Sudah dikerjakan.")
        await self.does(reported, "validation", VALIDATOR)
