"""``python -m tests.live_figures [--listeners 2000]``: what many listeners cost one process.

The service stands in a process of its own, without the bus; here are its listeners, on real
connections, and a case that changes again and again. Printed are the wait of the slowest listener
for each change, and the server's memory and processor time. Ends with 1 where a change takes more
than 2 s, or where changes leave memory behind.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import psutil

from deploy.local.tokens import mint_operator_token
from deploy.rehearsal.bench.verdicts import WITHIN, Limits
from shared.runtime import Door, Service
from shared.visibility import SYSTEM
from tests.builders import a_complaint, a_complaint_id, in_envelope
from tests.contract.operations import CREDENTIALS, built, issued_by, issuer
from tests.databases import Databases, databases
from tests.integration.routing.world import World
from tests.unit.routing.cases import MANGGARAI

CHANGES = 40
SEEN = Limits({"seconds": 2})
GROWTH = Limits({"grown_mb": 10})


async def serve(url: str, keys: str) -> None:
    """The child's part: door and reader, until it is ended."""
    service: Service = built("routing", {"CRM_DATABASE_URL": url, "CRM_OPERATOR_JWKS_URL": keys})
    door = Door.of(service)
    [live] = [each for each in service.periodics if each.name == "live"]
    heart = service.health.heart("live", 60.0)
    reading = asyncio.create_task(live.run(asyncio.Event(), heart, service.metrics))
    serving = asyncio.create_task(door.serve())
    while not door.started:
        await asyncio.sleep(0.01)
    print(door.servers[0].sockets[0].getsockname()[1], flush=True)  # noqa: T201
    await asyncio.wait([reading, serving], return_when=asyncio.FIRST_COMPLETED)


class Listeners:
    """Many connections; each notes when it has seen which version."""

    def __init__(self) -> None:
        self.seen: dict[int, list[float]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.heard = 0

    async def join(self, port: int, token: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"GET /v1/inbox/changes HTTP/1.1\r\nhost: x\r\n"
            + f"authorization: Bearer {token}\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in head.split(b"\r\n")[0], head
        self._tasks.append(asyncio.create_task(self._listen(reader, writer)))

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            if line.startswith(b"data: {"):
                version = json.loads(line[6:]).get("version", 0)
                self.seen.setdefault(version, []).append(time.monotonic())
        writer.close()

    async def all_have(self, version: int, count: int) -> float:
        """When the last of ``count`` listeners has seen it."""
        async with asyncio.timeout(30):
            while len(self.seen.get(version, ())) < count:
                await asyncio.sleep(0.005)
        return max(self.seen[version])

    async def leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)


def megabytes(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 2**20


async def measured(postgres: Databases, count: int) -> bool:
    url = (await postgres.urls("routing"))["routing"]
    world = World.on(await postgres.service("routing", url=url))
    await world.hear([in_envelope(a_complaint(number=1, kelurahan_code=MANGGARAI), 1)])
    case = await world.case(a_complaint_id(1))
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.live_figures", "--serve", url, "--issuer", issuer(),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    port = int(await child.stdout.readline())
    process, listeners = psutil.Process(child.pid), Listeners()
    token = mint_operator_token(CREDENTIALS, "unit_officer", MANGGARAI)
    empty, began = megabytes(process), time.monotonic()
    for _ in range(0, count, 50):
        await asyncio.gather(*(listeners.join(port, token) for _ in range(50)))
    joined, connected = megabytes(process), time.monotonic() - began
    waits, spent = [], sum(process.cpu_times()[:2])
    for version in range(2, CHANGES + 2):
        async with world.works.open(SYSTEM) as work:
            await world.store.save_many(work.connection, [replace(case, version=version)])
        saved = time.monotonic()
        waits.append(await listeners.all_have(version, count) - saved)
    spent = sum(process.cpu_times()[:2]) - spent
    grown = megabytes(process) - joined
    idle = sum(process.cpu_times()[:2])
    await asyncio.sleep(20)
    idle = sum(process.cpu_times()[:2]) - idle
    await listeners.leave()
    child.terminate()
    await child.wait()
    waits.sort()
    each = (joined - empty) * 1024 / count
    flat, soon = (
        GROWTH.verdict({"grown_mb": round(grown, 1)}),
        SEEN.verdict({"seconds": round(waits[-1], 2)}),
    )
    say(f"listeners   {count}, all there after {connected:.1f} s")
    say(f"memory      {empty:.0f} MB before, {joined:.0f} MB with them ({each:.0f} kB each)")
    say(f"            {grown:+.1f} MB after {CHANGES} changes: {flat}")
    say(f"last sees   p50 {waits[len(waits) // 2]:.2f} s, max {waits[-1]:.2f} s: {soon}")
    say(f"processor   {1000 * spent / CHANGES:.0f} ms a change, idle {idle / 20:.1%} of a core")
    return flat == soon == WITHIN


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    body = json.dumps(CREDENTIALS.jwks()).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()
    writer.close()


async def main(count: int) -> int:
    keys = await asyncio.start_server(answer, "127.0.0.1", 0)
    issued_by(f"http://127.0.0.1:{keys.sockets[0].getsockname()[1]}/jwks.json")
    with tempfile.TemporaryDirectory() as home:
        postgres = databases(Path(home))
        await postgres.start()
        try:
            return 0 if await measured(postgres, count) else 1
        finally:
            await postgres.stop()
            keys.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listeners", type=int, default=2000)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--issuer", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    given = _arguments()
    if given.serve:
        asyncio.run(serve(given.serve, given.issuer))
    else:
        sys.exit(asyncio.run(main(given.listeners)))
