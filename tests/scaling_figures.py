"""``python -m tests.scaling_figures [--most 4]``: intake and tracking at one, two, four replicas.

Complaints are sent to intake, and codes looked up at tracking, as fast as answers come, through the
load balancer before the replicas; a single one is called directly. Printed are answers a second,
beside those of one. On a machine whose processors are all at work with one replica, more of them
give nothing: what is seen then is what they cost.
"""

import argparse
import asyncio
import json
import shutil
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from deploy.local.ports import LOOPBACK
from deploy.local.replicas import EACH_ONCE, ReplicatedStack
from deploy.rehearsal.bench.load import Order, by_another_process
from deploy.running import RunningStack
from tests.e2e.city import City
from tests.integration.deploy.homes import fresh_home
from tests.page_figures import answer_to

SECONDS = 5.0
WARM_UP_SECONDS = 1.0
CONNECTIONS = 64
CODES = 20


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


@asynccontextmanager
async def stack_of(home: Path, name: str, count: int) -> AsyncIterator[ReplicatedStack]:
    stack = ReplicatedStack(home, replicas={**EACH_ONCE, name: count}, supervise=False)
    async with stack:
        yield stack


async def accepted_a_second(stack: ReplicatedStack) -> float:
    """Complaints that intake takes, of a load that waits for each answer."""
    for seconds in (WARM_UP_SECONDS, SECONDS):
        order = Order(
            host=LOOPBACK,
            port=stack.at.ports["intake"],
            connections=CONNECTIONS,
            count=int(2000 * seconds),
            seconds=seconds,
            prefix=f"{int(time.time() * 1000)}",
            secrets=stack.credentials.channel_secrets,
        )
        report = await by_another_process(order)
        assert not report.failed, f"{report.failed} were refused"
    return report.ok / report.seconds


async def looked_up_a_second(stack: ReplicatedStack) -> float:
    """Look-ups of codes that tracking answers."""
    async with RunningStack(stack.description()) as running:
        city = City(stack, running)
        now = datetime.now(UTC)
        reported = [await city.report("sampah", text=f"Sampah {now} {n}") for n in range(CODES)]
        for each in reported:
            await city.tracked_state(each, "received")
        asked = [_request(each.code) for each in reported]
        await _asked(stack.at.ports["tracking"], asked, WARM_UP_SECONDS)
        return await _asked(stack.at.ports["tracking"], asked, SECONDS) / SECONDS


def _request(code: str) -> bytes:
    body = json.dumps({"code": code}).encode()
    return (
        b"POST /v1/track HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        b"content-length: %d\r\n\r\n%b" % (len(body), body)
    )


async def _asked(port: int, requests: list[bytes], seconds: float) -> int:
    """Answers within that time."""
    ends = time.monotonic() + seconds

    async def ask(number: int) -> int:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        done = 0
        while time.monotonic() < ends:
            status = await answer_to(reader, writer, requests[(number + done) % len(requests)])
            assert status == 200, status
            done += 1
        writer.close()
        return done

    return sum(await asyncio.gather(*(ask(number) for number in range(CONNECTIONS))))


async def measured(counts: list[int]) -> None:
    for name, measure in (("intake", accepted_a_second), ("tracking", looked_up_a_second)):
        of_one = 0.0
        for count in counts:
            home = fresh_home()
            try:
                async with stack_of(home, name, count) as stack:
                    rate = await measure(stack)
            finally:
                shutil.rmtree(home, ignore_errors=True)
            of_one = of_one or rate
            say(f"{name:<8} {count} of it  {rate:7.0f}/s  {rate / of_one:.2f} of one")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.scaling_figures")
    parser.add_argument("--most", type=int, default=4, help="replicas")
    most = parser.parse_args().most
    asyncio.run(measured([count for count in (1, 2, 4, 8) if count <= most]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
