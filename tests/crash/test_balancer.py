"""The load balancer before the replicas, with replicas of a few lines."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from deploy.local.balancer import Balancer
from deploy.local.ports import LOOPBACK, free_ports


class Replica:
    """Says its name to whoever asks; to the balancer's own question it answers its status."""

    def __init__(self, name: str, status: int = 200) -> None:
        self.name = name
        self.status = status

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked = await reader.readline()
            while asked and b"/health/ready" not in asked:
                writer.write(f"{self.name}\n".encode())
                asked = await reader.readline()
            writer.write(b"HTTP/1.1 %d x\r\n\r\n" % self.status)
        finally:
            writer.close()


@asynccontextmanager
async def before(*replicas: Replica, dead: int = 0) -> AsyncIterator[tuple[Balancer, int]]:
    """A balancer before replicas that run, and ``dead`` ones whose port nobody listens on."""
    front, *ports = free_ports(1 + len(replicas) + dead)
    names = [*(each.name for each in replicas), *(f"dead {n}" for n in range(dead))]
    behind = dict(zip(names, ports, strict=True))
    async with AsyncExitStack() as running:
        for each in replicas:
            server = await asyncio.start_server(each.serve, LOOPBACK, behind[each.name])
            running.callback(server.close)
        balancer = await running.enter_async_context(Balancer(behind, every=0.05))
        await balancer.open(front, behind)
        yield balancer, front


async def until_ready(balancer: Balancer, *names: str) -> None:
    async with asyncio.timeout(10):
        while set(balancer.ready) != set(names):
            await asyncio.sleep(0.01)


class Caller:
    """A connection; an answer of nothing means that it was cut."""

    async def __aenter__(self) -> "Caller":
        return self

    def __init__(self, port: int) -> None:
        self._port = port
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self) -> str:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(LOOPBACK, self._port)
        try:
            self._writer.write(b"who?\n")
            return (await self._reader.readline()).decode().strip()
        except OSError:
            return ""

    async def __aexit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()


async def ask(port: int) -> str:
    async with Caller(port) as caller:
        return await caller.ask()


async def test_connections_go_to_the_ready_replicas_in_turn() -> None:
    async with before(Replica("one"), Replica("two")) as (balancer, port):
        await until_ready(balancer, "one", "two")
        assert Counter([await ask(port) for _ in range(6)]) == {"one": 3, "two": 3}


async def test_a_replica_that_is_not_ready_gets_none_and_its_connections_are_cut() -> None:
    second = Replica("two")
    async with before(Replica("one"), second) as (balancer, port):
        await until_ready(balancer, "one", "two")
        async with Caller(port) as first, Caller(port) as other:
            callers = {await first.ask(): first, await other.ask(): other}
            second.status = 503
            await until_ready(balancer, "one")
            assert await callers["two"].ask() == ""
            assert await callers["one"].ask() == "one"
        assert {await ask(port) for _ in range(4)} == {"one"}
        second.status = 200
        await until_ready(balancer, "one", "two")
        assert {await ask(port) for _ in range(4)} == {"one", "two"}


async def test_while_no_replica_is_ready_callers_are_refused() -> None:
    async with before(Replica("one", 503), dead=1) as (balancer, port):
        assert balancer.ready == []
        assert await ask(port) == ""


async def test_a_replica_that_died_a_moment_ago_costs_no_caller_his_answer() -> None:
    """The balancer does not know it yet: it takes the next one."""
    async with before(Replica("one"), dead=1) as (balancer, port):
        await until_ready(balancer, "one")
        balancer.count("dead 0", 200)
        assert [await ask(port) for _ in range(4)] == ["one"] * 4
