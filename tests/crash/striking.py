"""Does to a running system what a fault says, and undoes it."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

import asyncpg
import psutil

from deploy.local.ports import http_status
from deploy.services import WITH_DATABASE
from shared.errors import Transient
from tests.crash.clocks import IN_TIME
from tests.crash.faults import Fault, Place
from tests.crash.officers import BIRO
from tests.crash.replicas import REPLICAS
from tests.crash.rig import Rig
from tests.crash.store_away import store_away
from tests.crash.takeover import Struck

OUTSIDE_KINDS = (
    "jaki", "qlue", "twitter", "facebook", "sms", "lapor_1708", "email", "printer", "gubernur",
)  # fmt: skip
HANG_SECONDS = 8.0
"""Longer than notify waits for an answer."""

BACK_SECONDS = 300.0
"""Longer than what it needs to start may be frozen meanwhile."""

_END_SESSIONS = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1"
)


class Striker:
    """``done``: the faults so far that are over, in order of their ends."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._stack = rig.stack
        self.done: list[Struck] = []

    def places(self) -> dict[Place, Sequence[str]]:
        """Whom faults can hit."""
        return {
            "replica": REPLICAS,
            "service": WITH_DATABASE,
            "clock": self._rig.clocks.names,
            "postgres": ["postgres"],
            "broker": ["broker"],
            "outside": ["outside"],
            "store": ["store"],
        }

    async def strike(self, fault: Fault) -> None:
        """Returns when it is over: thawed, back in time, started again and ready."""
        began = time.time()
        match fault.kind:
            case "kill":
                await self._stack.kill(fault.target)
                await self._back(fault.target)
            case "freeze":
                await self._freeze(fault)
            case "backends":
                await self._end_sessions(fault.target)
            case "gateways":
                await self._fail_outside(fault)
            case "away":
                with store_away(self._stack.at.pictures):
                    await asyncio.sleep(fault.seconds)
            case "clock":
                self._rig.clocks.jump(fault.target, fault.how)
                await asyncio.sleep(fault.seconds)
                self._rig.clocks.jump(fault.target, IN_TIME)
        self.done.append(Struck(fault, began, time.time()))

    async def _freeze(self, fault: Fault) -> None:
        frozen = family_of(self._stack.pid(fault.target))
        try:
            signal_all(frozen, signal.SIGSTOP)
            if fault.target == "postgres":
                # Those that were being born while the first ones were stopped.
                signal_all(family_of(self._stack.pid("postgres")), signal.SIGSTOP)
            await asyncio.sleep(fault.seconds)
        finally:
            signal_all(family_of(frozen[0]) or frozen, signal.SIGCONT)

    async def _end_sessions(self, service: str) -> None:
        connection = await asyncpg.connect(self._stack.postgres.admin_url, timeout=10)
        try:
            await connection.execute("SET statement_timeout = '10s'")
            await connection.fetchval(_END_SESSIONS, f"crm-{service}")
        finally:
            await connection.close()

    async def _fail_outside(self, fault: Fault) -> None:
        for kind in OUTSIDE_KINDS:
            await self._tell_outside("POST", _order(kind, fault.how))
        try:
            await asyncio.sleep(fault.seconds)
        finally:
            await self._tell_outside("DELETE")
        await self.resume_gateways()

    async def resume_gateways(self) -> None:
        """What an administrator does who has mended why gateways took nothing."""
        running = self._rig.running
        token = running.token("admin", BIRO, "crash-admin-1")

        async def resume() -> None:
            held = await running.get("notify", "/v1/gateways", token)
            for gateway in held.body.get("gateways", ()):
                await running.post("notify", f"/v1/gateways/{gateway['name']}/resume", {}, token)

        await _until_heard(resume)

    async def _tell_outside(self, method: str, order: Mapping[str, object] | None = None) -> None:
        running = self._rig.running
        url = f"{running.url('outside')}/faults"
        await _until_heard(lambda: running.client.request(method, url, json=order))

    async def _back(self, name: str) -> None:
        """Until a process that was killed does its work again."""
        async with asyncio.timeout(BACK_SECONDS):
            await asyncio.sleep(0.5)
            while not (self._stack.alive(name) and await self._works(name)):
                await asyncio.sleep(0.2)

    async def _works(self, name: str) -> bool:
        if name in ("postgres", "broker"):
            # Whoever revives it holds the turn until it is ready for clients.
            async with self._stack.turn:
                return self._stack.alive(name)
        at = self._stack.at
        port = at.outside_port if name == "outside" else at.ports[name]
        return await http_status(port, "/health/ready") == 200


async def _until_heard(say: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(BACK_SECONDS):
        while True:
            try:
                await say()
            except Transient:
                await asyncio.sleep(0.2)
            else:
                return


def _order(kind: str, how: str) -> Mapping[str, object]:
    """What the outside world is told to do with messages of a kind, until it is told otherwise."""
    order = {"kind": kind, "times": 1_000_000}
    if how == "hang":
        return {**order, "status": 0, "delay_seconds": HANG_SECONDS}
    # To a mail server all of them are one thing: not now.
    return {**order, "status": 451 if kind == "email" else int(how)}


def family_of(pid: int) -> list[int]:
    """The process and its descendants: a database has one for each session."""
    try:
        process = psutil.Process(pid)
        return [pid, *(child.pid for child in process.children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


def signal_all(pids: Sequence[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
