"""``python -m tests.page_figures [--times 40]``: how long the console's pages take.

Every page of the console on the whole stack, with an inbox that is full; the time is that from the
request to the last byte of the answer on a connection that is kept, as browsers keep theirs: the
console's and that of the services it calls, and not that of a client's library.
Ends with 1 where a page takes more than 30 ms at p95, or is not shown. An idle machine is meant.
"""

import argparse
import asyncio
import shutil
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from urllib.parse import urlsplit

import httpx

from deploy.local.stack import Stack
from deploy.rehearsal.bench.verdicts import WITHIN, Limits
from deploy.rehearsal.bench.visibility import percentile
from deploy.running import RunningStack
from tests.e2e.city import City, Officer, Reported
from tests.e2e.pages import PAGES
from tests.integration.deploy.homes import fresh_home
from tests.plain_browser import PlainBrowser, sign_in

LIMITS = Limits({"p95": 30, "not_shown": 0})
REPORTS = 60
"""More than a page of an inbox shows."""
WARM_UP = 5
SETTLE_SECONDS = 5.0
"""After the reports: what they set off, messages above all, is no part of a page."""
PAUSE_SECONDS = 0.02
"""Between two requests: an officer reads, and the services have time for their own tasks."""


@asynccontextmanager
async def a_city() -> AsyncIterator[City]:
    home = fresh_home()
    try:
        async with Stack(home, "embedded") as stack, RunningStack(stack.description()) as running:
            yield City(stack, running)
    finally:
        shutil.rmtree(home, ignore_errors=True)


async def answer_to(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: bytes
) -> int:
    """The status, when all of the answer is there. Raises where it does not say how long it is."""
    writer.write(asked)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    _, _, length = head.partition("\r\ncontent-length: ")
    await reader.readexactly(int(length.partition("\r\n")[0]))
    return int(head.split()[1])


def request_for(browser: PlainBrowser, path: str) -> bytes:
    """As the browser would ask: its cookies name the session."""
    cookie = browser.headers()["cookie"]
    host = urlsplit(browser.home).netloc
    return f"GET {path} HTTP/1.1\r\nhost: {host}\r\ncookie: {cookie}\r\n\r\n".encode()


async def figures_of(browser: PlainBrowser, path: str, times: int) -> dict[str, float]:
    """Milliseconds of a request; ``not_shown``: how often there was no page to be seen."""
    found: list[float] = []
    not_shown = 0
    home = urlsplit(browser.home)
    reader, writer = await asyncio.open_connection(home.hostname, home.port)
    with closing(writer):
        for _ in range(WARM_UP + times):
            await asyncio.sleep(PAUSE_SECONDS)
            began = time.perf_counter()
            status = await answer_to(reader, writer, request_for(browser, path))
            found.append((time.perf_counter() - began) * 1000)
            not_shown += status != 200
    p50, p95 = (percentile(found[WARM_UP:], share) for share in (0.5, 0.95))
    return {"p50": p50, "p95": p95, "not_shown": not_shown}


async def pages_of(
    city: City, who: Officer, paths: tuple[str, ...], reported: Reported, times: int
) -> list[str]:
    """Prints a line for each page; returns those that take too long, or are not shown."""
    over: list[str] = []
    home = city.running.url("console")
    async with PlainBrowser(httpx.AsyncClient(timeout=10.0), home) as browser:
        await browser.follow(await sign_in(browser, who.role, who.unit))
        for path in paths:
            found = await figures_of(browser, path.replace("{id}", reported.complaint_id), times)
            verdict = LIMITS.verdict(found)
            times_said = f"p50 {found['p50']:5.1f}  p95 {found['p95']:5.1f} ms"
            print(f"{who.role:15} {path:40} {times_said}  {verdict}", flush=True)  # noqa: T201
            if verdict != WITHIN:
                over.append(path)
    return over


async def measure(times: int) -> list[str]:
    async with a_city() as city:
        reported = [
            await city.report("sampah", text=f"Tumpukan sampah ke-{n} di depan pos.")
            for n in range(REPORTS)
        ]
        await asyncio.sleep(SETTLE_SECONDS)
        over: list[str] = []
        for who, paths in PAGES:
            over += await pages_of(city, who, paths, reported[-1], times)
        return over


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.page_figures")
    parser.add_argument("--times", type=int, default=40)
    over = asyncio.run(measure(parser.parse_args().times))
    print(f"over={len(over)} {' '.join(over)}")  # noqa: T201
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
