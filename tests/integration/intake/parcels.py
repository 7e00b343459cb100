"""Requests with files beside the message, and what lies at media afterwards."""

import json
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from deploy.rehearsal.callers import WireRequest
from services.intake.media.sealing import FileOpener
from tests.integration.intake.conftest import House

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"
BOUNDARY = "batas-7d1f"


def a_file(size: int, *, canary: bytes = b"") -> bytes:
    """Bytes of that size, no two alike; ``canary`` stands in their middle."""
    filler = os.urandom(size - len(JPEG) - len(canary))
    half = len(filler) // 2
    return JPEG + filler[:half] + canary + filler[half:]


def parcel(
    message: bytes | Sequence[tuple[str, bytes]],
    files: Sequence[bytes],
    *,
    part: str = "photo",
    of_message: str = "report",
    file_name: str = "IMG_0001.jpg",
) -> bytes:
    """A body of ``multipart/form-data``."""
    fields = [(of_message, message)] if isinstance(message, bytes) else message
    lines = b"".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        + value
        + b"\r\n"
        for name, value in fields
    )
    for data in files:
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{part}";'
            f' filename="{file_name}"\r\nContent-Type: image/jpeg\r\n\r\n'
        )
        lines += head.encode() + data + b"\r\n"
    return lines + f"--{BOUNDARY}--\r\n".encode()


def headers_of(request: WireRequest) -> dict[str, str]:
    return {**request.headers, "content-type": f"multipart/form-data; boundary={BOUNDARY}"}


async def send(
    house: House,
    request: WireRequest,
    files: Sequence[bytes],
    *,
    key: str | None = None,
    **shape: Any,
) -> httpx.Response:
    """The request's message with files beside it."""
    headers = headers_of(request) | ({} if key is None else {"idempotency-key": key})
    body = parcel(request.body, files, **shape)
    return await house.door.post(request.path, headers=headers, content=body)


async def in_pieces(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def changed(request: WireRequest, **members: Any) -> WireRequest:
    """The same JSON message with other members."""
    body = json.dumps(json.loads(request.body) | members).encode()
    return WireRequest(request.method, request.path, request.headers, body)


@dataclass(frozen=True)
class LaidDown:
    """A file as media finds it, opened by media's private key."""

    ref: UUID
    complaint_id: UUID
    content_ref: UUID
    number: int
    data: bytes
    row: Mapping[str, Any]


async def laid_down(house: House) -> list[LaidDown]:
    """All acknowledged files, in the order of complaint and message."""
    opener = FileOpener(house.credentials.media.private)
    rows = await house.rows(
        "media", "SELECT * FROM files ORDER BY created_at, complaint_id, number"
    )
    found = []
    for row in rows:
        chunks = await house.rows(
            "media", "SELECT sealed FROM spool WHERE ref = $1 ORDER BY number", row["ref"]
        )
        sealed = [bytes(each["sealed"]) for each in chunks]
        assert len(sealed) == row["chunks"]
        data = opener.file(row["ref"], row["wrapped_key"], sealed)
        found.append(
            LaidDown(
                row["ref"], row["complaint_id"], row["content_ref"], row["number"], data, dict(row)
            )
        )
    return found
