"""The whole system on one machine: started in order, watched, stopped in order.

database with its roles and schemas, broker with its topic, outside world -> the service processes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import IO, Any, Self

from deploy.local import broker as brokers
from deploy.local import restored
from deploy.local.credentials import Addresses, Credentials, write_private
from deploy.local.lock import take_lock
from deploy.local.modules import load_migrations, migrate
from deploy.local.ports import LOOPBACK, ports_for
from deploy.local.postgres import Postgres, provision
from deploy.local.process import Child, OnLine, ProcessFailed
from deploy.local.processes import Processes
from deploy.local.settings import given_kafka, kafka_security
from deploy.local.supervisor import Supervisor
from deploy.services import EMITTING, HEARING, NAMES, in_order_of_start, service_of
from shared.settings import KafkaSettings

READY_SECONDS = 60.0
DOORS_OF_NO_SERVICE = ("smtp", "outside", "outside_smtp")
"""Intake's second door, and those of the outside world: names under which their ports are kept."""


class Stack:
    """One running system whose local state is `home`.

    broker: `embedded`, `apache` or bootstrap servers. on_line: gets every line of every
    process and the launcher's own (name `crm`); without it processes log to files only.
    supervise: whether a process that died is started again. services: which of them run; several of
    one are `replicas.py`'s. extra: settings of single processes, by name, for each launch.
    kafka: how one that is not ours is spoken to. wal_archive: where our PostgreSQL copies its log.
    """

    def __init__(
        self,
        home: Path,
        broker: str = "embedded",
        on_line: OnLine | None = None,
        *,
        database_url: str | None = None,
        libraries: Path | None = None,
        supervise: bool = True,
        services: Iterable[str] = NAMES,
        extra: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
        kafka: KafkaSettings | None = None,
        wal_archive: Path | None = None,
    ) -> None:
        self.home = home.resolve()
        self.services = tuple(services)
        self._extra = extra
        self._kafka = kafka
        self.postgres = Postgres(
            self.home, database_url=database_url, on_line=on_line, wal_archive=wal_archive
        )
        self.broker = brokers.choose_broker(broker, self.home, on_line, libraries=libraries)
        self.credentials: Credentials = self.postgres.credentials
        self.urls: dict[str, str] = {}
        self.code_to_try = ""
        """A tracking code of the demonstration, for people to open its report with."""
        self.turn = asyncio.Lock()
        """Held while processes are ended and started on purpose: the supervisor looks away."""
        self._on_line = on_line
        self.processes = Processes(self.home, self.credentials, self.say, on_line)
        self._addresses: Addresses | None = None
        self._lock: IO[str] | None = None
        self._supervisor = Supervisor(self) if supervise else None

    @property
    def at(self) -> Addresses:
        """Where everything listens; ProcessFailed before `start`."""
        if self._addresses is None:
            raise ProcessFailed("the stack is not started")
        return self._addresses

    def say(self, line: str) -> None:
        """One line of the launcher itself, to the terminal and its log."""
        log = self.home / "logs" / "crm.log"
        # When the disk is full this line is lost. The stop that it tells of must go on.
        with contextlib.suppress(OSError):
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("a", encoding="utf-8") as sink:
                sink.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {line}\n")
        if self._on_line is not None:
            self._on_line("crm", line)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Starts everything and returns when all are ready; on failure nothing stays behind. A home
        that is half restored is refused (`restored.py`)."""
        restored.refuse(self.home)
        self._lock = take_lock(self.home)
        for left_over in ("run.json", "hold"):
            (self.home / left_over).unlink(missing_ok=True)
        try:
            await self._start_all()
        except BaseException:
            await self.stop()
            raise

    async def _start_all(self) -> None:
        self._addresses = self._choose_addresses()
        await _all(self._start_database(), self._start_broker(), self._start_outside())
        self._addresses = replace(
            self.at,
            databases=self.urls,
            bootstrap=self.broker.bootstrap,
            idempotence=self.broker.idempotence,
            kafka=given_kafka(self._kafka, self.broker.kind).kafka_variables(),
        )
        self._note()
        # A restored database knows nothing of what the topic holds, nor of who has read how far.
        if self.broker.loses_log or restored.stage(self.home) == "bus":
            await self.rebuild_bus()
            restored.clear(self.home)
        self.say(f"starting {len(self.services)} services")
        await self.start_services()
        if self._supervisor is not None:
            self._supervisor.start()
        self.say(f"all processes are ready; broker: {self.broker.kind}")

    async def _start_database(self) -> None:
        self.say("starting PostgreSQL")
        await _all(self.postgres.start(), asyncio.to_thread(load_migrations))
        self.urls = await provision(self.postgres.admin_url, self.credentials.databases)
        self.say(f"PostgreSQL is ready ({self.postgres.origin}); migrating")
        await asyncio.to_thread(migrate, self.urls, self.services)

    async def _start_broker(self) -> None:
        self.say(f"starting the broker ({self.broker.kind})")
        if self.broker.kind == "embedded":
            self.say("the embedded broker keeps its log in memory: for trying out only")
        await self.broker.start()
        if not self.broker.loses_log:
            await self._make_topics()
        self.say(f"the broker is ready at {self.broker.bootstrap}")

    async def _start_outside(self) -> None:
        """It needs neither database nor broker, so it starts while they do."""
        await self.processes.launch("outside", self.at, self._extra.get("outside", {}))
        await self.wait_ready("outside")

    async def _make_topics(self) -> None:
        from shared.kafka import ensure_topic

        for topic in brokers.topics(given_kafka(self._kafka, self.broker.kind)):
            await ensure_topic(
                self.broker.bootstrap, topic, kafka_security(self._kafka, self.broker.kind)
            )

    def _choose_addresses(self) -> Addresses:
        """All that can be known before database and broker run."""
        names = tuple(dict.fromkeys((*NAMES, *self.services)))
        ports = self._ports((*names, *DOORS_OF_NO_SERVICE))
        smtp, outside, outside_smtp = (ports.pop(name) for name in DOORS_OF_NO_SERVICE)
        return Addresses(
            databases={},
            bootstrap="",
            idempotence=False,
            ports=ports,
            smtp_port=smtp,
            outside_port=outside,
            outside_smtp_port=outside_smtp,
            pictures=self.home.absolute() / "pictures",
            erasures=self.home.absolute() / "erasures",
        )

    def _ports(self, names: Iterable[str]) -> dict[str, int]:
        """Those of the last start, so that what people have open is there again."""
        kept = self.home / "ports.json"
        try:
            before = json.loads(kept.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            before = {}
        ports = ports_for(names, before)
        kept.write_text(json.dumps(ports), encoding="utf-8")
        return ports

    async def rebuild_bus(self) -> None:
        """Publishes archived months and the outboxes of all services into a new topic; no service
        may run."""
        from deploy.archive import default_folder
        from shared.rebuild import rebuild_bus

        running = dict.fromkeys(service_of(name).name for name in self.services)
        urls = {name: self.urls[name] for name in running if name in EMITTING}
        for topic in brokers.topics(given_kafka(self._kafka, self.broker.kind)):
            published = await rebuild_bus(
                urls,
                HEARING,
                self.broker.bootstrap,
                topic,
                idempotence=self.broker.idempotence,
                security=kafka_security(self._kafka, self.broker.kind),
                archive=default_folder(self.home),
            )
            if published:
                self.say(f"the bus was rebuilt from the outboxes: {published} events")

    async def start_services(self) -> None:
        """Starts those services that do not run, and waits until all are ready. Hold `turn`."""
        for names in in_order_of_start(self.services):
            for name in names:
                if not self.alive(name):
                    await self._launch(name, {})
            await asyncio.gather(*(self._wait_open(name) for name in names))
        await asyncio.gather(*(self.wait_ready(name) for name in self.services))

    async def stop_services(self) -> None:
        """SIGTERM to all services, bounded, then SIGKILL. Hold `turn`."""
        await self.processes.end_all(self.services[::-1])

    async def end(self, name: str) -> None:
        """SIGTERM to one process, bounded, then SIGKILL. Hold `turn`."""
        await self.processes.end(name)

    async def launch(self, name: str) -> None:
        """Starts one process that does not run; it is not ready yet. Hold `turn`."""
        await self._launch(name, {})

    async def stop(self) -> None:
        """Stops everything in reverse order; everything is gone when it returns."""
        try:
            if self._supervisor is not None:
                await self._supervisor.stop()
            await self.stop_services()
            await self.processes.end_all(["outside"])
        finally:
            await _all(self.broker.stop(), self.postgres.stop())
            (self.home / "run.json").unlink(missing_ok=True)
            if self._lock is not None:
                self._lock.close()
                self._lock = None

    def names(self) -> tuple[str, ...]:
        """Every process of ours that can be killed and restarted."""
        own = [("postgres", self.postgres.pid), ("broker", self.broker.pid)]
        return (*(name for name, pid in own if pid is not None), *self.processes.names())

    def pid(self, name: str) -> int:
        """The process id of one part."""
        pid = self._part(name).pid
        if pid is None:
            raise ProcessFailed(f"{name} is not a process of this stack")
        return pid

    def alive(self, name: str) -> bool:
        """Whether that process runs."""
        if name in ("postgres", "broker"):
            return self._part(name).alive
        return self.processes.alive(name)

    def returncode(self, name: str) -> int | None:
        """How that service (or the outside world) ended; None while it runs."""
        return self.processes[name].returncode

    def was_stopped(self, name: str) -> bool:
        """Whether a service (or the outside world) ended in order, as it does when it is told."""
        return name in self.processes and self.processes[name].returncode == 0

    def is_revived_alone(self, name: str) -> bool:
        """A broker that lost its log: all services stop and start with it."""
        return name == "broker" and self.broker.loses_log

    def _part_of_ours(self, name: str) -> Postgres | brokers.Broker:
        return self.postgres if name == "postgres" else self.broker

    def _part(self, name: str) -> Postgres | brokers.Broker | Child:
        if name in ("postgres", "broker"):
            return self._part_of_ours(name)
        if name not in self.processes:
            raise ProcessFailed(f"no process is called {name}; there are {', '.join(self.names())}")
        return self.processes[name]

    async def kill(self, name: str) -> None:
        """SIGKILL. With a supervisor it comes back by itself, without one by `restart`."""
        await self._part(name).kill()

    async def restart(self, name: str, extra_env: Mapping[str, str] | None = None) -> None:
        """Ends and starts one process. `extra_env` holds for this one launch only."""
        async with self.turn:
            await self._restart(name, extra_env or {})

    async def _restart(self, name: str, extra_env: Mapping[str, str]) -> None:
        if name in ("postgres", "broker"):
            if name == "broker" and self.broker.loses_log:
                await self._restart_lossy_broker()
            else:
                await self._part_of_ours(name).restart()
            self._note()
            return
        await self.processes.end(name)
        await self._launch(name, extra_env)

    async def revive(self, name: str) -> None:
        """What the supervisor does for a process that died."""
        if name == "broker" and self.broker.loses_log:
            await self._restart_lossy_broker()
        elif name in ("postgres", "broker"):
            await self._part_of_ours(name).start()
        else:
            await self.processes[name].kill()
            await self._launch(name, {})
        self._note()

    async def _restart_lossy_broker(self) -> None:
        """Restarts a broker that keeps its log in memory.

        The services stop first and start last. In between the stream is rebuilt from the outboxes.
        """
        await self.stop_services()
        await self.broker.restart()
        try:
            await self.rebuild_bus()
        except BaseException:
            # The broker is taken down again, so that the next attempt begins with an empty log and
            # not with half of one.
            await self.broker.kill()
            raise
        await self.start_services()

    async def wait_ready(self, name: str, seconds: float = READY_SECONDS) -> None:
        """Returns when all its tasks make progress; ProcessFailed with its last lines otherwise."""
        port = self.at.outside_port if name == "outside" else self.at.ports[name]
        await self.processes.wait_ready(name, port, seconds)

    async def _wait_open(self, name: str) -> None:
        await self.processes.wait_open(name, self.at.ports[name], READY_SECONDS)

    async def _launch(self, name: str, extra: Mapping[str, str]) -> None:
        await self.processes.launch(name, self.at, {**self._extra.get(name, {}), **extra})
        self._note()

    def _note(self) -> None:
        """run.json: where everything is, for tests, tools and people; readable by its owner."""
        if self._addresses is None:
            return
        write_private(self.home / "run.json", json.dumps(self.description(), indent=2))

    def description(self) -> dict[str, Any]:
        """The content of run.json."""
        at, outside = self.at, self.processes["outside"]
        return {
            "services": {
                name: {"pid": self.processes[name].pid, "url": at.url(name)}
                for name in self.services
                if name in self.processes
            },
            "smtp": {"host": LOOPBACK, "port": at.smtp_port},
            "postgres": {"pid": self.postgres.pid, "urls": self.urls},
            "kafka": {
                "pid": self.broker.pid,
                "bootstrap": self.broker.bootstrap,
                "kind": self.broker.kind,
            },
            "outside": {
                "url": at.outside_url,
                "smtp": {"host": LOOPBACK, "port": at.outside_smtp_port},
                "pid": outside.pid,
            },
            "issuer": {"url": f"{at.outside_url}/issuer"},
            "credentials": self.credentials.model_dump(),
            "launcher": {"pid": os.getpid()},
        }


async def _all(*parts: Awaitable[None]) -> None:
    """Waits for the end of all before it raises an error.

    Otherwise another one would still be starting while the stack is stopped.
    """
    ends = await asyncio.gather(*parts, return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end
