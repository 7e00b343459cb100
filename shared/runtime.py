"""Runtime: what every service is made of, how it runs, and in which order it stops.

Order of a stop: the doors close and running requests end; side servers; the loop, the tickers
and senders finish what they hold; the relay publishes what is recorded; connections are let go.
All of it within ``stop_seconds``, also when broker and database are gone. A side task that dies
ends the process: a service that only looks alive is worse than one that is restarted. The two that
talk to the bus are started again in their place: what is filed and applied needs no bus to be read
and acted upon, and a restart would repair none.
"""

import asyncio
import contextlib
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol, Self

import uvicorn
import uvloop
from fastapi import FastAPI

from shared.errors import StopTheLine, Transient, sentence
from shared.health import Health, Heart
from shared.http.receipt import BoundedReceipt
from shared.loop_lag import LoopLag
from shared.retry import RetryPolicy
from shared.settings import ProcessSettings
from shared.telemetry import Metrics, configure_logging, describe, get_logger

if TYPE_CHECKING:
    from shared.consumer import Consumer
    from shared.outbox import Relay
    from shared.schema_fit import SchemaFit

BUGS_IN_A_ROW = 5
"""So many failures of a periodic step that are no Transient end the process."""

REVIVAL = RetryPolicy(base=2.0, cap=60.0)
"""The pauses before a consumer that died is started again: each try may park an event."""

RELAY_REVIVAL = RetryPolicy(base=0.5, cap=5.0)
"""Shorter: a relay's try costs nothing, and by its leases readiness knows that the database is
there."""

FILES = 16_384
"""So many files and connections a process may have open, where the machine lets it."""

DOOR_SECONDS = 3
"""Running requests have this long to end when the service stops."""


class SideServer(Protocol):
    """A door besides HTTP (SMTP, say)."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class Periodic:
    """A side task: ``step`` again and again, at once while it finds something to do."""

    def __init__(
        self,
        name: str,
        step: Callable[[], Awaitable[int]],
        interval: float,
        patience: float = 60.0,
        *,
        needed: bool = False,
    ) -> None:
        """``step`` returns how much it did; at 0 it rests ``interval`` seconds. ``patience`` and
        ``needed`` are those of its heart."""
        self.name = name
        self.patience = patience
        self.needed = needed
        self._step = step
        self._interval = interval
        self._retry = RetryPolicy(cap=5.0)
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There is something to do: do not rest."""
        self._woken.set()

    async def run(self, stop: asyncio.Event, heart: Heart, metrics: Metrics) -> None:
        """Raises StopTheLine when the step is broken and not merely hindered."""
        failures = bugs = 0
        log = get_logger(self.name)
        while not stop.is_set():
            self._woken.clear()
            try:
                did = await self._step()
            except StopTheLine:
                raise
            except Exception as error:
                bugs = 0 if isinstance(error, Transient) else bugs + 1
                failures += 1
                metrics.retries.labels(self.name).inc()
                log.warning("retry", task=self.name, attempt=failures, error=describe(error))
                if failures >= BUGS_IN_A_ROW:
                    heart.trouble = f"failing: {type(error).__name__}"
                if bugs >= BUGS_IN_A_ROW:
                    raise StopTheLine(f"{self.name} failed {bugs} times in a row") from error
                await self._rest(stop, self._retry.delay(failures, 0.5))
            else:
                failures = bugs = 0
                heart.beat()
                if not did:
                    await self._rest(stop, self._interval)

    async def _rest(self, stop: asyncio.Event, seconds: float) -> None:
        waits = [asyncio.ensure_future(stop.wait()), asyncio.ensure_future(self._woken.wait())]
        _, pending = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in pending:
            wait.cancel()


class OnTheBus(Protocol):
    """Consumer or relay: may be run again after it died."""

    @property
    def heart(self) -> Heart: ...

    async def run(self, stop: asyncio.Event) -> None: ...


class Revived:
    """A task that is started again after its death, and takes nobody with it.

    Meanwhile health, log and the counter of deaths name what killed it.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[asyncio.Event], Coroutine[Any, Any, None]],
        pauses: RetryPolicy = REVIVAL,
    ) -> None:
        """``work`` runs until its event is set; each start calls it anew."""
        self.name = name
        self._work = work
        self._pauses = pauses

    async def run(self, stop: asyncio.Event, heart: Heart, metrics: Metrics) -> None:
        """Run ``work`` again and again until ``stop``; raises nothing that it raised."""
        deaths, log = 0, get_logger(self.name)
        while not stop.is_set():
            started = monotonic()
            error = await self._death(stop)
            if stop.is_set() and error is None:
                return
            deaths = 1 if monotonic() - started > self._pauses.cap else deaths + 1
            pause = self._pauses.delay(deaths, 0.5)
            heart.trouble = f"dead: {_named(error)}"
            metrics.deaths.labels(self.name).inc()
            log.error(
                "task_died", task=self.name, error=describe(error) if error else None,
                detail=sentence(error), delay=pause,
            )  # fmt: skip
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)

    async def _death(self, stop: asyncio.Event) -> BaseException | None:
        """What ended the work. In a task of its own: a library that is shut down may raise a
        CancelledError, and nobody here was cancelled."""
        task = asyncio.create_task(self._work(stop), name=self.name)
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait([task])
            raise
        return asyncio.CancelledError() if task.cancelled() else task.exception()


def _named(error: BaseException | None) -> str:
    """For people at the health answer; the sentence of an error of ours, of others the type."""
    if error is None:
        return "it ended by itself"
    return sentence(error) or type(error).__name__


@dataclass
class Service:
    """A wired service, not yet started."""

    name: str
    app: FastAPI
    settings: ProcessSettings
    consumer: "Consumer | None"
    relay: "Relay | None"
    periodics: Sequence[Periodic]
    servers: Sequence[SideServer]
    health: Health
    metrics: Metrics
    closers: Sequence[Callable[[], Awaitable[None]]] = ()
    on_stopping: Sequence[Callable[[], object]] = ()
    """Called when the stop begins: they end answers that would go on."""
    schema: "SchemaFit | None" = None
    """Consumer and side tasks begin when the schema fits; None: there is none."""


RECEIVED_AT_ONCE = 32 * 1024
"""Bytes that a connection may bring before anybody reads them; the kernel doubles it. Without this
bound it takes megabytes, and the server a quarter of one per read: sixty callers with a photograph
each needed 50 MB besides all that is held of their files."""


class Door(uvicorn.Server):
    """uvicorn that leaves the signals to the runtime."""

    @classmethod
    def of(cls, service: Service) -> Self:
        """The HTTP door of a service, as its settings say, not yet open."""
        settings = service.settings
        trusted = [str(network) for network in settings.trusted_proxies]
        return cls(
            uvicorn.Config(
                service.app,
                host=settings.http_host,
                port=settings.http_port,
                http=BoundedReceipt,
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                # The app writes it, by the clock of the process.
                date_header=False,
                # Said in both cases: uvicorn by itself believes whoever calls from this machine.
                proxy_headers=bool(trusted),
                forwarded_allow_ips=trusted,
                timeout_graceful_shutdown=DOOR_SECONDS,
                timeout_keep_alive=30,
                lifespan="off",
                backlog=1024,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Raises StopTheLine that names the address when it cannot listen there."""
        try:
            await super().startup(sockets)
        except SystemExit as ended:
            # uvicorn would end the process from within a task, and log what our logs leave out.
            raise _cannot_listen(ended.__context__) from ended
        for server in self.servers:
            for listening in server.sockets:
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVED_AT_ONCE)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _cannot_listen(error: BaseException | None) -> StopTheLine:
    """The operating system's words name host and port, and nothing of a person."""
    why = error.strerror if isinstance(error, OSError) else None
    return StopTheLine(f"cannot listen: {why or _named(error)}")


class Running:
    """A service at work: its tasks, in the order in which they are told to stop."""

    def __init__(self, service: Service, on_stopping: Callable[[], object] = lambda: None) -> None:
        """``on_stopping`` is called when the stop begins, whatever brought it about."""
        self._service = service
        self._on_stopping = on_stopping
        self._log = get_logger(service.name)
        self._door = Door.of(service)
        self._stop_work = asyncio.Event()
        self._stop_relay = asyncio.Event()
        self._fits = asyncio.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def until(self, stop: asyncio.Event) -> None:
        """Run until ``stop`` or until a task dies; raises what killed it."""
        try:
            await self._open_side_doors()
            self._start_tasks()
            await self._first_end(stop)
        finally:
            dead = [name for name, task in self._tasks.items() if task.done()]
            self._on_stopping()
            for leave in self._service.on_stopping:
                leave()
            await self._stop_in_order()
        for name in dead:
            self._log.error("task_died", task=name)
            if self._tasks[name].cancelled():
                raise StopTheLine(f"{name} was cancelled from within")
            self._tasks[name].result()
            raise StopTheLine(f"{name} ended by itself")

    async def _open_side_doors(self) -> None:
        for server in self._service.servers:
            try:
                await server.start()
            except OSError as error:
                raise _cannot_listen(error) from error

    async def _first_end(self, stop: asyncio.Event) -> None:
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait([stopping, *self._tasks.values()], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()

    def _start_tasks(self) -> None:
        service = self._service
        self._start("http", self._door.serve())
        self._start("loop_lag", LoopLag(service.metrics).run(self._stop_work))
        if service.relay:
            run = self._revived("relay", service.relay, self._stop_relay, RELAY_REVIVAL)
            self._start("relay", run())
        self._start_those_that_need_the_schema()

    def _start_those_that_need_the_schema(self) -> None:
        service = self._service
        if service.schema:
            self._start("schema", self._know_the_schema(service.schema))
        else:
            self._fits.set()
        if service.consumer:
            run = self._revived("consumer", service.consumer, self._stop_work, REVIVAL)
            self._start("consumer", self._once_it_fits(run))
        for periodic in service.periodics:
            heart = service.health.heart(periodic.name, periodic.patience, needed=periodic.needed)
            run = partial(periodic.run, self._stop_work, heart, service.metrics)
            self._start(periodic.name, self._once_it_fits(run))

    async def _know_the_schema(self, schema: "SchemaFit") -> None:
        await schema.wait(self._stop_work)
        self._fits.set()
        await self._stop_work.wait()

    async def _once_it_fits(self, run: Callable[[], Awaitable[None]]) -> None:
        await self._fits.wait()
        if not self._stop_work.is_set():
            await run()

    def _revived(
        self, name: str, task: OnTheBus, stop: asyncio.Event, pauses: RetryPolicy
    ) -> Callable[[], Coroutine[Any, Any, None]]:
        revived = Revived(name, task.run, pauses)
        return partial(revived.run, stop, task.heart, self._service.metrics)

    def _start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        self._tasks[name] = asyncio.create_task(work, name=name)

    async def _stop_in_order(self) -> None:
        try:
            async with asyncio.timeout(self._service.settings.stop_seconds):
                self._door.should_exit = True
                await self._finish("http")
                for server in self._service.servers:
                    await server.stop()
                self._stop_work.set()
                # Who waits for the schema is told to stop, too.
                self._fits.set()
                await self._finish(*(name for name in self._tasks if name != "relay"))
                self._stop_relay.set()
                await self._finish("relay")
                for closer in reversed(self._service.closers):
                    await closer()
        except TimeoutError:
            self._log.warning("stop_cut_short", detail="what was not committed is done again")
            await self._cancel_all()

    async def _finish(self, *names: str) -> None:
        # A door that could not be opened leaves no task behind.
        tasks = [self._tasks[name] for name in names if name in self._tasks]
        if tasks:
            await asyncio.wait(tasks)

    async def _cancel_all(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=1.0)


def run(service: Service) -> None:
    """Run until SIGTERM or SIGINT; the process exits 0 after an ordered stop, 1 after a death."""
    configure_logging(service.name, service.settings.log_level)
    _allow_many_connections()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        code = runner.run(_run(service))
    sys.exit(code)


def _allow_many_connections() -> None:
    """A process is commonly given 1,024 files, and each who listens to a stream is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


async def _run(service: Service) -> int:
    log = get_logger(service.name)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    log.info("started", port=service.settings.http_port)
    try:
        await Running(service, partial(_force_out, service.settings.stop_seconds)).until(stop)
    except Exception as error:  # noqa: BLE001 (the last place to say what killed the process)
        log.error("died", error=describe(error), detail=sentence(error))
        return 1
    log.info("stopped")
    return 0


def _force_out(seconds: float) -> None:
    """End the process a moment after its ordered stop should be over: a thread that hangs in a
    library keeps the interpreter waiting for ever, after a death as after a signal."""
    watchdog = threading.Timer(seconds + 1.5, os._exit, [1])
    watchdog.daemon = True
    watchdog.start()
