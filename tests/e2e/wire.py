"""What platforms and hostile callers put on the wire beyond the callers of the demonstration."""

import asyncio
import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from deploy.rehearsal.callers import WireRequest

JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


def encoded(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def x_signed(path: str, consumer_secret: str, body: bytes) -> WireRequest:
    """A delivery as X signs it."""
    proof = b64encode(hmac.digest(consumer_secret.encode(), body, hashlib.sha256)).decode()
    signed = {**JSON, "x-twitter-webhooks-signature": f"sha256={proof}"}
    return WireRequest("POST", path, signed, body)


def meta_signed(path: str, app_secret: str, body: bytes) -> WireRequest:
    """A delivery as Meta signs it, WhatsApp too."""
    proof = hmac.digest(app_secret.encode(), body, hashlib.sha256).hex()
    return WireRequest("POST", path, {**JSON, "x-hub-signature-256": f"sha256={proof}"}, body)


def twilio_signed(base: str, auth_token: str, fields: Mapping[str, str]) -> WireRequest:
    """A message as Twilio signs it: the whole URL and the sorted fields, HMAC-SHA1."""
    path = "/v1/channels/sms/twilio"
    message = f"{base}{path}" + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    proof = b64encode(hmac.digest(auth_token.encode(), message.encode(), "sha1")).decode()
    return WireRequest(
        "POST", path, {**FORM, "x-twilio-signature": proof}, urlencode(fields).encode()
    )


def meta_delivery(page_id: str, **value: Any) -> bytes:
    """One change of a page's feed."""
    entry = {"id": page_id, "changes": [{"field": "feed", "value": value}]}
    return encoded({"object": "page", "entry": [entry]})


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An HTTP answer read off a bare socket; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        assert self.headers["content-type"].startswith("application/problem+json"), self.headers
        found: dict[str, Any] = json.loads(self.body)
        return found


async def send_raw(url: str, head: str, chunks: list[bytes]) -> RawAnswer:
    """Sends bytes as they are and reads what comes; the server may hang up on us midway."""
    where = urlsplit(url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    try:
        writer.write(head.encode("latin-1"))
        try:
            for chunk in chunks:
                writer.write(chunk)
                await writer.drain()
        except ConnectionError:
            # What it answered before it hung up is what counts.
            pass
        return await asyncio.wait_for(_read_answer(reader), 15)
    finally:
        writer.close()


async def _read_answer(reader: asyncio.StreamReader) -> RawAnswer:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = [line.split(":", 1) for line in lines[1:] if ":" in line]
    headers = {name.lower(): value.strip() for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return RawAnswer(int(lines[0].split()[1]), headers, body)


def chunked_head(path: str, headers: Mapping[str, str]) -> str:
    """The head of a request whose length nobody announces."""
    sent = {"host": "127.0.0.1", "transfer-encoding": "chunked", "connection": "close", **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n"


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"
