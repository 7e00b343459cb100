"""One call of a platform: what it says, and how it is put on the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Literal, TypeAlias

from deploy.rehearsal.scenes import street

Secrets: TypeAlias = Mapping[str, Mapping[str, str]]

WIB = timezone(timedelta(hours=7), "WIB")
PHONE = "+628110000001"
MAILBOX = "pelapor.contoh@example.org"
NAME = "Pelapor Contoh"


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One HTTP request. path: with its query."""

    method: Literal["GET", "POST"]
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mail:
    """One message for SMTP: envelope and RFC 5322 text."""

    sender: str
    recipient: str
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    secrets: Secrets
    external_id: str
    text: str
    operator_token: str | None
    now: datetime
    photographs: str | None = None
    """Where platforms keep a photograph of this message; None: it has none, on no channel."""

    def secret(self, channel: str, name: str) -> str:
        return self.secrets[channel][name]

    def photograph(self, door: str) -> str | None:
        """The address of the message's photograph behind a platform's door."""
        return self.photographs and f"{self.photographs}/{door}/{self.external_id}.jpg"

    def seconds(self) -> int:
        return int(self.now.timestamp())

    def iso(self) -> str:
        return self.now.astimezone(WIB).isoformat(timespec="seconds")

    def with_picture(self, request: WireRequest, message: str, part: str) -> WireRequest:
        """``request`` with a photograph beside its JSON, which is then the part ``message``; as it
        is where the message has none."""
        if not self.photographs:
            return request
        parts = (
            _part(f'name="{message}"', "application/json", request.body),
            _part(f'name="{part}"; filename="IMG_0001.jpg"', "image/jpeg", self.picture()),
        )
        body = b"".join(parts) + f"--{_BOUNDARY}--\r\n".encode()
        kind = {"content-type": f"multipart/form-data; boundary={_BOUNDARY}"}
        return WireRequest(request.method, request.path, {**request.headers, **kind}, body)

    def picture(self) -> bytes:
        """The message's photograph, for channels that bring it along."""
        return street(self.external_id)


_BOUNDARY = "batas-d19c2f"


def _part(disposition: str, media_type: str, body: bytes) -> bytes:
    head = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n"
    return f"{head}Content-Type: {media_type}\r\n\r\n".encode() + body + b"\r\n"


def json_bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def post_json(path: str, value: Any, headers: Mapping[str, str]) -> WireRequest:
    return WireRequest(
        "POST", path, {"content-type": "application/json", **headers}, json_bytes(value)
    )


def keyed(call: Call, channel: str, value: Any) -> WireRequest:
    headers = {"x-api-key": call.secret(channel, "api_key")}
    return post_json(f"/v1/channels/{channel}", value, headers)
