"""One call of a platform: what it says, and how it is put on the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Literal, TypeAlias

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
    """Where the platforms keep a photograph of this message; None: it has none."""

    def secret(self, channel: str, name: str) -> str:
        return self.secrets[channel][name]

    def photograph(self, door: str) -> str | None:
        """The address of the message's photograph behind a platform's door."""
        return self.photographs and f"{self.photographs}/{door}/{self.external_id}.jpg"

    def seconds(self) -> int:
        return int(self.now.timestamp())

    def iso(self) -> str:
        return self.now.astimezone(WIB).isoformat(timespec="seconds")


def json_bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def post_json(path: str, value: Any, headers: Mapping[str, str]) -> WireRequest:
    return WireRequest(
        "POST", path, {"content-type": "application/json", **headers}, json_bytes(value)
    )


def keyed(call: Call, channel: str, value: Any) -> WireRequest:
    headers = {"x-api-key": call.secret(channel, "api_key")}
    return post_json(f"/v1/channels/{channel}", value, headers)
