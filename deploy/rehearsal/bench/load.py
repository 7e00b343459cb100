"""`python -m deploy.rehearsal.bench.load`: JAKI reports over keep-alive connections, at a rate.

It reads one `Order` as JSON from standard input and writes one `Report` to standard output. It is
a process of its own and uses raw sockets, because a comfortable HTTP client costs more than the
server that is measured.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import uvloop
from pydantic import BaseModel

from deploy.rehearsal.bench.photographs import Album
from deploy.rehearsal.callers import SAMPLE_TEXTS, WireRequest, wire_request

BOUNDARY = b"------------------------7d1f0c5a9be34a60"


class Order(BaseModel):
    """What to do.

    rate: requests per second, 0 for as fast as answers come. count: requests that are prepared.
    seconds: when the load ends. prefix: of the external ids. secrets: as in CHANNEL_SECRETS.
    first_photograph: its number in the album. One of 2 megapixels and 300 kB comes with each
    report, and none comes twice; None for reports without.
    """

    host: str
    port: int
    connections: int
    count: int
    seconds: float
    rate: float = 0.0
    first_photograph: int | None = None
    prefix: str
    secrets: dict[str, dict[str, str]]


class Report(BaseModel):
    """What came of it.

    ok: answers with 2xx. failed: all others. ended_at: Unix time. accepted: complaint id and Unix
    time of the answer, for each answer that names a complaint. waits_ms: of each answer with 2xx,
    since its request was due; without a rate, since it was sent.
    """

    ok: int
    failed: int
    seconds: float
    ended_at: float
    accepted: list[tuple[str, float]]
    waits_ms: list[float]


def request_bytes(order: Order, number: int, now: datetime, photograph: bytes | None) -> bytes:
    """One JAKI report as it stands on the wire."""
    request = wire_request(
        "jaki",
        order.secrets,
        external_id=f"{order.prefix}-{number}",
        text=SAMPLE_TEXTS["jaki"],
        operator_token=None,
        now=now,
    )
    assert isinstance(request, WireRequest)  # noqa: S101 (JAKI's is one)
    media, body = request.headers["content-type"], request.body
    if photograph is not None:
        media, body = with_photograph(media, body, photograph)
    headers = {
        **request.headers,
        "content-type": media,
        "host": order.host,
        "content-length": str(len(body)),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {request.path} HTTP/1.1\r\n{lines}\r\n".encode() + body


def with_photograph(media: str, report: bytes, photograph: bytes) -> tuple[str, bytes]:
    """The media type and the body of a report with one photo (RFC 7578)."""
    parts = (
        (b'name="report"', media.encode(), report),
        (b'name="photo"; filename="IMG_0001.jpg"', b"image/jpeg", photograph),
    )
    body = b"".join(
        b"--%b\r\ncontent-disposition: form-data; %b\r\ncontent-type: %b\r\n\r\n%b\r\n"
        % (BOUNDARY, name, kind, content)
        for name, kind, content in parts
    )
    return f"multipart/form-data; boundary={BOUNDARY.decode()}", body + b"--%b--\r\n" % BOUNDARY


@dataclass
class Tally:
    """What all connections share: the requests left, and what came back."""

    requests: Iterator[bytes]
    began: float
    rate: float
    ends: float
    started: int = 0
    ok: int = 0
    failed: int = 0
    accepted: list[tuple[str, float]] = field(default_factory=list)
    waits_ms: list[float] = field(default_factory=list)

    def next_slot(self) -> tuple[bytes, float] | None:
        """The next request and the instant it is due; None when the load is over."""
        due = self.began + self.started / self.rate if self.rate else 0.0
        if max(due, time.time()) >= self.ends:
            return None
        request = next(self.requests, None)
        self.started += 1
        return None if request is None else (request, due)


async def drive(order: Order, tally: Tally) -> None:
    """One connection. It sends a request when its answer to the last one is there."""
    reader, writer = await asyncio.open_connection(order.host, order.port)
    while (slot := tally.next_slot()) is not None:
        request, due = slot
        if (pause := due - time.time()) > 0:
            await asyncio.sleep(pause)
        asked = due or time.time()
        writer.write(request)
        status, body = await read_answer(reader)
        if 200 <= status < 300:
            tally.ok += 1
            tally.waits_ms.append((time.time() - asked) * 1000)
            note(tally, body)
        else:
            tally.failed += 1
    writer.close()


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body. The answers of intake always have a Content-Length."""
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    start = lower.index(b"content-length:") + 15
    length = int(lower[start : lower.index(b"\r\n", start)])
    return int(head[9:12]), await reader.readexactly(length)


def note(tally: Tally, body: bytes) -> None:
    answer: dict[str, Any] = json.loads(body)
    if "complaint_id" in answer:
        tally.accepted.append((answer["complaint_id"], time.time()))


def prepared(order: Order, now: datetime) -> Iterator[bytes]:
    """All requests of the order."""
    if order.first_photograph is None:
        yield from (request_bytes(order, number, now, None) for number in range(order.count))
        return
    album = Album()
    for number in range(order.count):
        photograph = album.photograph(order.first_photograph + number)
        yield request_bytes(order, number, now, photograph)


async def run(order: Order) -> Report:
    now = datetime.now(UTC)
    # The requests are made beforehand, because signing costs the platform and not the system.
    ready = deque(prepared(order, now))
    requests = (ready.popleft() for _ in range(order.count))
    began = time.time()
    tally = Tally(requests, began, order.rate, began + order.seconds)
    await asyncio.gather(*(drive(order, tally) for _ in range(order.connections)))
    ended = time.time()
    return Report(
        ok=tally.ok,
        failed=tally.failed,
        seconds=ended - began,
        ended_at=ended,
        accepted=tally.accepted,
        waits_ms=tally.waits_ms,
    )


async def by_another_process(order: Order) -> Report:
    """The order done by a process of its own, as it is meant to be."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy.rehearsal.bench.load",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate(order.model_dump_json().encode())
    return Report.model_validate_json(out)


def main() -> None:
    order = Order.model_validate_json(sys.stdin.read())
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(runner.run(run(order)).model_dump_json())


if __name__ == "__main__":
    main()
