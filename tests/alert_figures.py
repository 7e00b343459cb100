"""``python -m tests.alert_figures [FAULT ...]``: which alerts twelve faults raise, and how soon.

A whole stack under load, and a real Prometheus that asks it every five seconds, with the rules of
``deploy/prometheus/rules.yaml`` as they are. First all is well for a while: no alert may be raised.
Then one fault after the other: each must raise its alert within 60 s, and no other but those that
follow from it. Ends with 1 where one does not. Needs root, for a disk of its own.
"""

import argparse
import asyncio
import ctypes
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager as Undone
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from deploy.local.ports import LOOPBACK, free_ports, http_status
from deploy.local.process import Child
from deploy.services import HEARING, NAMES
from shared.cloudevents import BusMessage
from shared.kafka import KafkaProducer
from tests.crash.clocks import IN_TIME, Clocks
from tests.crash.rig import Rig, best_broker, running_rig
from tests.crash.striking import HANG_SECONDS, OUTSIDE_KINDS, family_of, signal_all
from tests.databases import with_database
from tests.e2e.books import TOPIC
from tests.e2e.strange_events import message, received
from tests.gateways.installed import absent
from tests.prometheus import Prometheus

EVERY = "5s"
RATE = 2.0
"""Complaints per second. Half of them have a story."""
WELL_SECONDS = 90.0
"""``--well 3600`` is an hour of normal load."""
WITHIN_SECONDS = 60.0
REST_SECONDS = 240.0
"""So long an alert may stand after its fault is over."""
LINGER_SECONDS = 10.0
"""A fault goes on for so long after its alert, to see what else follows."""


@dataclass(frozen=True, slots=True)
class Fault:
    """``raises``: its alert, by name and the labels that it must have. ``follows``: what may be
    raised besides, because it is true, too."""

    name: str
    do: Callable[["Scene"], Undone[None]]
    raises: tuple[str, Mapping[str, str]]
    follows: frozenset[str] = frozenset()


class Scene:
    """The stack, and what faults need besides."""

    def __init__(self, rig: Rig, disk: Path) -> None:
        self.rig = rig
        self.stack = rig.stack
        self.disk = disk
        theirs = urlsplit(rig.stack.urls["intake"]).path.removeprefix("/")
        self._admin = with_database(rig.stack.postgres.admin_url, theirs)

    @asynccontextmanager
    async def locked(self, table: str) -> AsyncIterator[None]:
        """Somebody holds a lock on a whole table and says nothing."""
        connection = await asyncpg.connect(self._admin)
        try:
            async with connection.transaction():
                await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
                yield
        finally:
            await connection.close()

    async def write(self, *statements: str) -> None:
        connection = await asyncpg.connect(self._admin)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def restart(self, name: str, settings: Mapping[str, str] | None = None) -> None:
        await self.stack.restart(name, settings)
        if name in NAMES:
            await self.stack.wait_ready(name, 120)


# --- the faults ----------------------------------------------------------------------------


def killed(name: str) -> Callable[[Scene], Undone[None]]:
    @asynccontextmanager
    async def do(scene: Scene) -> AsyncIterator[None]:
        await scene.stack.kill(name)
        yield
        await scene.restart(name)

    return do


def frozen(name: str) -> Callable[[Scene], Undone[None]]:
    @asynccontextmanager
    async def do(scene: Scene) -> AsyncIterator[None]:
        pid = scene.stack.pid(name)
        try:
            # Twice: a database makes processes while the first ones are being stopped.
            for _ in range(2):
                signal_all(family_of(pid), signal.SIGSTOP)
            yield
        finally:
            signal_all(family_of(pid) or [pid], signal.SIGCONT)

    return do


@asynccontextmanager
async def broker_stopped(scene: Scene) -> AsyncIterator[None]:
    await scene.stack.kill("broker")
    yield
    # A broker that is away keeps nobody from filing.
    assert await http_status(scene.stack.at.ports["intake"], "/health/ready") == 200
    await scene.restart("broker")


@asynccontextmanager
async def broken_event(scene: Scene) -> AsyncIterator[None]:
    good = message(received())
    broker = scene.stack.broker
    producer = KafkaProducer(broker.bootstrap, TOPIC, broker.idempotence)
    try:
        await producer.send([BusMessage(good.key, good.headers, b"{")])
    finally:
        await producer.stop()
    yield
    await scene.write(
        *(f"UPDATE {name}.parked SET discarded_at = now() WHERE replayed_at IS NULL"
          for name in HEARING)
    )  # fmt: skip


@asynccontextmanager
async def gateways_hang(scene: Scene) -> AsyncIterator[None]:
    client, url = scene.rig.running.client, f"{scene.rig.running.url('outside')}/faults"
    for kind in OUTSIDE_KINDS:
        order = {"kind": kind, "times": 1_000_000, "status": 0, "delay_seconds": HANG_SECONDS}
        await client.request("POST", url, json=order)
    yield
    await client.request("DELETE", url)


@asynccontextmanager
async def channel_silent(scene: Scene) -> AsyncIterator[None]:
    """A channel that had brought a complaint a minute, and nothing for half an hour."""
    await scene.write(
        "INSERT INTO intake.complaints (complaint_id, report_number, channel, reporter_ref, state,"
        " received_at) SELECT gen_random_uuid(), 'JK200001' || (1000 + n), 'walikota',"
        " gen_random_uuid(), 'received', now() - (30 + n) * interval '1 minute'"
        " FROM generate_series(1, 40) AS n"
    )
    yield
    await scene.write("DELETE FROM intake.complaints WHERE report_number LIKE 'JK200001%'")


@asynccontextmanager
async def queue_fills(scene: Scene) -> AsyncIterator[None]:
    await scene.restart("intake", {"CRM_INTAKE_QUEUE_LIMIT": "12"})
    async with scene.locked("intake.report_counters"):
        yield
    await scene.restart("intake")


@asynccontextmanager
async def clock_steps(scene: Scene) -> AsyncIterator[None]:
    clocks = Clocks(scene.stack.home / "stepping", ("sla",))
    assert clocks.names, "libfaketime is missing"
    await scene.restart("sla", clocks.settings("sla"))
    clocks.jump("sla", "+3h")
    yield
    clocks.jump("sla", IN_TIME)
    await scene.restart("sla")


@asynccontextmanager
async def disk_fills(scene: Scene) -> AsyncIterator[None]:
    filling = scene.disk / "filling"
    filling.write_bytes(b"0" * 7 * 2**20)
    yield
    filling.unlink()


@asynccontextmanager
async def task_stands(scene: Scene) -> AsyncIterator[None]:
    async with scene.locked("tracking.relay_shards"):
        yield


HELD_UP = frozenset({"TaskSilent", "ConsumerBehind"})
"""Of others, who need the one that is away to go on."""

FAULTS: Sequence[Fault] = (
    Fault("a relay is killed with its process", killed("sla"), ("ServiceAway", {"service": "sla"})),
    Fault("a process is frozen", frozen("routing"), ("ServiceAway", {"service": "routing"}),
          # One of each runs here: no other replica takes its shards of the outbox.
          HELD_UP | {"DeliveriesWait", "OutboxStands"}),
    Fault("the broker is gone", broker_stopped, ("OutboxStands", {}), HELD_UP | {"TopicWrong"}),
    Fault("PostgreSQL is frozen", frozen("postgres"), ("NotMeasured", {"service": "intake"}),
          HELD_UP | {"VaultAway", "PoolFull", "IntakeQueueFills", "ServiceAway", "OutboxStands"}),
    Fault("an event cannot be read", broken_event, ("EventsParked", {"cause": "bad_body"})),
    Fault("all gateways hang", gateways_hang, ("GatewayFails", {}),
          frozenset({"GatewayHeldBack", "DeliveriesWait"})),
    Fault("a channel is silent", channel_silent, ("ChannelSilent", {"channel": "walikota"})),
    Fault("intake waits for the database", queue_fills, ("IntakeQueueFills", {}),
          frozenset({"TaskSilent", "PoolFull", "NotMeasured"})),
    Fault("the vault is gone", killed("vault"), ("VaultAway", {}),
          frozenset({"ServiceAway", "DeliveriesWait"})),
    Fault("a clock is set three hours ahead", clock_steps, ("ClockStep", {"service": "sla"})),
    Fault("a disk fills", disk_fills, ("DiskFull", {})),
    Fault("a task stands behind a lock", task_stands, ("TaskSilent", {"service": "tracking"})),
)  # fmt: skip


# --- what they raise -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Raised:
    """``after``: seconds from the fault to its alert; None: it was not raised in time. ``others``:
    names of all other alerts. ``rest``: seconds until all alerts were gone; None: some stayed."""

    fault: Fault
    after: float | None
    others: frozenset[str]
    rest: float | None

    @property
    def strange(self) -> frozenset[str]:
        return self.others - self.fault.follows

    @property
    def right(self) -> bool:
        return self.after is not None and not self.strange and self.rest is not None

    def __str__(self) -> str:
        after = "NOT RAISED" if self.after is None else f"{self.after:4.0f} s"
        follows = ", ".join(sorted(self.others - self.strange)) or "-"
        strange = f"  STRANGE: {', '.join(sorted(self.strange))}" if self.strange else ""
        stays = "" if self.rest is not None else "  STAYS"
        return (
            f"{self.fault.name:37} {self.fault.raises[0]:17} {after:>10}  {follows}{strange}{stays}"
        )


def _is_its(fault: Fault, alert: Mapping[str, str]) -> bool:
    name, labels = fault.raises
    return alert["alertname"] == name and labels.items() <= alert.items()


async def _tried(fault: Fault, scene: Scene, prometheus: Prometheus) -> Raised:
    began, after, others = time.monotonic(), None, set[str]()

    async def look() -> bool:
        alerts = await prometheus.firing()
        others.update(each["alertname"] for each in alerts if each["alertname"] != fault.raises[0])
        return any(_is_its(fault, each) for each in alerts)

    async with fault.do(scene):
        began = time.monotonic()
        while after is None and time.monotonic() - began < WITHIN_SECONDS:
            if await look():
                after = time.monotonic() - began
            await asyncio.sleep(0.5)
        ends = time.monotonic() + LINGER_SECONDS
        while time.monotonic() < ends:
            await look()
            await asyncio.sleep(0.5)
    over, rest = time.monotonic(), None
    while rest is None and time.monotonic() - over < REST_SECONDS:
        await look()
        if not await prometheus.firing():
            rest = time.monotonic() - over
        await asyncio.sleep(1)
    return Raised(fault, after, frozenset(others), rest)


async def _well(prometheus: Prometheus, seconds: float) -> set[str]:
    """The alerts while nothing is wrong."""
    raised, ends = set[str](), time.monotonic() + seconds
    while time.monotonic() < ends:
        raised |= {each["alertname"] for each in await prometheus.firing()}
        await asyncio.sleep(1)
    return raised


# --- the stack -----------------------------------------------------------------------------


@contextmanager
def own_disk(home: Path) -> Iterator[Path]:
    """Eight megabytes."""
    place = home / "disk"
    place.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"tmpfs", os.fsencode(place), b"tmpfs", 0, b"size=8m"):
        raise OSError(ctypes.get_errno(), "no disk of our own can be made: root is needed")
    try:
        yield place
    finally:
        libc.umount2(os.fsencode(place), 2)


@asynccontextmanager
async def exporter(home: Path) -> AsyncIterator[str]:
    """Debian's exporter of a machine's disks, where it is asked."""
    [port] = free_ports(1)
    command = [
        "/usr/bin/prometheus-node-exporter", "--collector.disable-defaults",
        "--collector.filesystem", f"--web.listen-address={LOOPBACK}:{port}",
    ]  # fmt: skip
    child = Child("exporter", command, home / "exporter.log", env={})
    await child.start()
    try:
        yield f"{LOOPBACK}:{port}"
    finally:
        await child.stop(5)


async def measured(faults: Sequence[Fault], well: float) -> bool:
    async with AsyncExitStack() as parts:
        home = Path(parts.enter_context(tempfile.TemporaryDirectory()))
        rig = await parts.enter_async_context(
            running_rig(best_broker(), supervise=False, with_story=0.5)
        )
        disk = parts.enter_context(own_disk(home))
        machine = await parts.enter_async_context(exporter(home))
        doors = {name: f"{LOOPBACK}:{rig.stack.at.ports[name]}" for name in NAMES}
        prometheus = await parts.enter_async_context(
            Prometheus(home / "prometheus", doors, EVERY, machine, disk)
        )
        stop = asyncio.Event()
        load = asyncio.create_task(rig.load.keep_sending(RATE, stop))
        try:
            normal = await _well(prometheus, well)
            say(f"all is well for {well:.0f} s: {', '.join(sorted(normal)) or 'no alert'}")
            scene, found = Scene(rig, disk), list[Raised]()
            for fault in faults:
                found.append(await _tried(fault, scene, prometheus))
                say(str(found[-1]))
        finally:
            stop.set()
            await load
        right = sum(each.right for each in found)
        slowest = max((each.after or 0.0 for each in found), default=0.0)
        say(
            f"faults={len(found)} right={right} slowest={slowest:.0f} s"
            f" false_alarms={len(normal)} filed={rig.load.accepted}"
        )
        # Nothing that was filed may be lost by what was done here; that is another measurement's.
        rig.note(right == len(found) and not normal)
        return rig.flawless


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("faults", nargs="*", help="parts of the names of those to try; all else")
    parser.add_argument("--well", type=float, default=WELL_SECONDS, help="seconds before them")
    given = parser.parse_args()
    wanted = given.faults
    if reason := absent("prometheus"):
        say(f"no prometheus: {reason}")
        return 2
    chosen = [each for each in FAULTS if not wanted or any(part in each.name for part in wanted)]
    return 0 if asyncio.run(measured(chosen, given.well)) else 1


if __name__ == "__main__":
    sys.exit(main())
