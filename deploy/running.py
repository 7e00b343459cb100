"""A running stack as a caller from outside sees it: addresses and keys out of run.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiosmtplib

from deploy.failures import NotRunning
from deploy.local.credentials import Credentials
from deploy.local.lock import is_locked
from deploy.local.tokens import Role, mint_operator_token
from deploy.rehearsal.callers import Mail, WireRequest, wire_request
from shared.errors import Transient
from shared.outbound import OutboundClient, Response


@dataclass(frozen=True, slots=True)
class Answered:
    """What a door said: HTTP status (250 is SMTP's "ok") and the JSON body, if any."""

    status: int
    body: Mapping[str, Any]

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300


class RunningStack:
    """Speaks to a running stack; use as ``async with``."""

    def __init__(self, description: Mapping[str, Any], timeout: float = 30.0) -> None:
        """``description``: the content of run.json. ``timeout``: seconds for a step of a call."""
        self.description = description
        self.credentials = Credentials.model_validate(description["credentials"])
        self.client = OutboundClient(timeout=timeout)
        self._timeout = timeout

    @classmethod
    def of(cls, home: Path) -> RunningStack:
        """Raises NotRunning when nothing runs in ``home``."""
        try:
            note = (home / "run.json").read_text(encoding="utf-8")
            locked = is_locked(home)
        except (FileNotFoundError, NotADirectoryError):
            raise NotRunning(_nothing_runs(home)) from None
        except PermissionError:
            raise NotRunning(
                f"the stack in {home} is another user's: set CRM_HOME to a folder of your own"
            ) from None
        if not locked:
            # The launcher was killed and could not remove the note. Its addresses are free now, or
            # another program has them.
            raise NotRunning(_nothing_runs(home))
        return cls(json.loads(note))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.client.close()

    @property
    def processes(self) -> Mapping[str, Mapping[str, Any]]:
        """Every process of a service by its name, with its own address: behind the one of a service
        that runs more than once stand several."""
        found: Mapping[str, Mapping[str, Any]] = self.description.get(
            "replicas", self.description["services"]
        )
        return found

    def url(self, service: str) -> str:
        """Base URL of a service, or of the outside world."""
        if service == "outside":
            return str(self.description["outside"]["url"])
        if service not in self.description["services"]:
            raise NotRunning(f"{service} does not run yet: wait until 'crm up' says Ready")
        return str(self.description["services"][service]["url"])

    def token(self, role: Role, unit: str, subject: str | None = None) -> str:
        """An officer's token of the local issuer."""
        return mint_operator_token(self.credentials, role, unit, subject=subject)

    async def complain(
        self,
        channel: str,
        external_id: str,
        text: str,
        now: datetime,
        desk_unit: str | None = None,
    ) -> Answered:
        """A complaint through the channel's real door."""
        token = self.token("desk_officer", desk_unit) if desk_unit else None
        request = wire_request(
            channel,
            self.credentials.channel_secrets,
            external_id=external_id,
            text=text,
            operator_token=token,
            now=now,
            photographs=self.url("outside"),
        )
        return await (self.post_mail(request) if isinstance(request, Mail) else self.send(request))

    async def send(self, request: WireRequest) -> Answered:
        """A platform's request to intake."""
        response = await self.client.request(
            request.method,
            f"{self.url('intake')}{request.path}",
            headers=request.headers,
            content=request.body or None,
        )
        return _answered(response)

    async def post_mail(self, mail: Mail) -> Answered:
        """A mail to intake's listener."""
        smtp = self.description["smtp"]
        try:
            await aiosmtplib.send(
                mail.raw,
                sender=mail.sender,
                recipients=[mail.recipient],
                hostname=smtp["host"],
                port=smtp["port"],
                start_tls=False,
                timeout=self._timeout,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            return Answered(error.recipients[0].code, {})
        except aiosmtplib.SMTPResponseException as error:
            return Answered(error.code, {})
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Transient(f"no answer by SMTP: {type(error).__name__}") from error
        return Answered(250, {})

    async def get(self, service: str, path: str, token: str | None = None) -> Answered:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return _answered(
            await self.client.request("GET", f"{self.url(service)}{path}", headers=headers)
        )

    async def post(
        self,
        service: str,
        path: str,
        body: Mapping[str, Any],
        token: str | None = None,
        version: int | None = None,
    ) -> Answered:
        """POST JSON; ``version`` goes out as If-Match."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        if version is not None:
            headers["if-match"] = f'"{version}"'
        return _answered(
            await self.client.request(
                "POST", f"{self.url(service)}{path}", headers=headers, json=dict(body)
            )
        )

    async def hand_over(
        self, complaint_id: str, picture: bytes, token: str, idempotency_key: str
    ) -> Answered:
        """A picture of the work, which media makes harmless before it answers."""
        headers = {
            "authorization": f"Bearer {token}",
            "content-type": "image/jpeg",
            "idempotency-key": idempotency_key,
        }
        address = f"{self.url('media')}/v1/evidence/{complaint_id}"
        return _answered(
            await self.client.request("POST", address, headers=headers, content=picture)
        )

    async def shows_picture(self, link: str) -> bool:
        """Whether a link that media has signed opens a JPEG."""
        response = await self.client.request("GET", link)
        return response.status == 200 and response.body.startswith(b"\xff\xd8\xff")

    async def left(self, contains: str) -> list[dict[str, Any]]:
        """What left the system and holds the text, newest first."""
        response = await self.client.request(
            "GET", f"{self.url('outside')}/messages?contains={contains}"
        )
        found = response.json()
        return list(found["messages"] if isinstance(found, dict) else found)


def _nothing_runs(home: Path) -> str:
    if is_locked(home):
        return f"the stack in {home} is being started or stopped: wait until 'crm up' says Ready"
    return f"nothing runs in {home}: start it with 'crm up'"


def _answered(response: Response) -> Answered:
    try:
        body = json.loads(response.body) if response.body else {}
    except ValueError:
        body = {}
    return Answered(response.status, body if isinstance(body, dict) else {"items": body})
