"""Runs a stack in the foreground until it is told to end, with its lines on the terminal."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from rich.console import Console
from rich.text import Text

from deploy.failures import EXPECTED, in_words
from deploy.local.process import OnLine
from deploy.local.replicas import ReplicatedStack, each
from deploy.local.settings import LauncherSettings, launcher_settings
from deploy.local.stack import Stack
from deploy.services import NAMES, SERVICES

AfterStart = Callable[[Stack], Awaitable[int]]
"""Done when all processes are ready; its number is the exit code when the run ends with it."""

STILL_SECONDS = 4.0
FORM_PATH = "/v1/channels/balai_warga/form"

_COLOURS = {
    "crm": "bold",
    "postgres": "blue",
    "broker": "magenta",
    "outside": "bright_black",
    **{service.name: service.colour for service in SERVICES},
}


def terminal(console: Console, gone: Callable[[], None]) -> OnLine:
    """Lines with the process's name before them, in its colour; `gone` when nobody reads them.

    PostgreSQL's routine messages stay in its log file.
    """

    def on_line(name: str, line: str) -> None:
        if name == "postgres" and " LOG:  " in line:
            return
        style = "bold red" if line.startswith("!!") else ""
        prefix = (f"{name:>8} │ ", _COLOURS.get(name.partition("-")[0], ""))
        _print(console, Text.assemble(prefix, (line, style)), gone)

    return on_line


def _print(console: Console, what: Text | str, gone: Callable[[], None]) -> None:
    """A terminal that was closed, or a pipe, must not keep the stack from ending in order."""
    try:
        console.print(what, soft_wrap=True)
    except (OSError, SystemExit):  # rich ends the program when a pipe is broken
        console.quiet = True
        gone()


def run(
    broker: str = "embedded",
    after_start: AfterStart | None = None,
    *,
    once: bool = False,
    replicas: int = 1,
) -> int:
    """Starts the stack, does `after_start`, stays up until SIGINT or SIGTERM (unless `once`).
    ``replicas``: of every service.

    Returns the exit code: 0 for an orderly end, that of `after_start` with `once`, 1 when the
    stack did not start.
    """
    console = Console()
    settings = launcher_settings()
    try:
        return asyncio.run(_run(settings, broker, console, after_start, once, replicas))
    except EXPECTED as error:
        console.print(Text(in_words(error, settings.home), "bold red"), soft_wrap=True)
        return 1


async def _run(
    settings: LauncherSettings,
    broker: str,
    console: Console,
    after: AfterStart | None,
    once: bool,
    replicas: int,
) -> int:
    told = _told_to_end()
    moving = Moving(terminal(console, told.set))
    stack = ReplicatedStack(
        settings.home,
        broker,
        moving.on_line,
        replicas=each(replicas),
        database_url=settings.database_url,
        libraries=settings.kafka_libs,
        kafka=settings,
        wal_archive=settings.wal_archive,
    )
    starting = asyncio.ensure_future(stack.start())
    telling = asyncio.ensure_future(moving.until(starting))
    started = await _unless_told(starting, told)
    await telling
    if not started:
        return 0
    try:
        _print(console, welcome(stack), told.set)
        code = 0
        if after is not None:
            doing = asyncio.ensure_future(after(stack))
            code = doing.result() if await _unless_told(doing, told) else 0
        _print(console, to_open(stack), told.set)
        if not once:
            await told.wait()
            code = 0
    finally:
        _print(console, "stopping …", told.set)
        await stack.stop()
    return code


def _told_to_end() -> asyncio.Event:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, told.set)
    return told


async def _unless_told(work: asyncio.Future[Any], told: asyncio.Event) -> bool:
    """Waits for the work; True when it is done, False when it was given up for a signal."""
    waiter = asyncio.ensure_future(told.wait())
    await asyncio.wait([work, waiter], return_when=asyncio.FIRST_COMPLETED)
    waiter.cancel()
    if not work.done():
        work.cancel()
        await asyncio.wait([work])
        return False
    work.result()
    return True


def welcome(stack: Stack) -> Text:
    """Where a program finds what runs."""
    at = stack.at
    lines = [f"  {name:<9} {at.url(name)}" for name in NAMES]
    if len(stack.services) > len(NAMES):
        lines.append(f"  {'processes':<9} {len(stack.services)}, each address before its replicas")
    lines.append(f"  {'mail in':<9} smtp://127.0.0.1:{at.smtp_port}")
    lines.append(f"  {'kafka':<9} {at.bootstrap} ({stack.broker.kind})")
    lines.append(f"  {'state in':<9} {stack.home}")
    return Text("\nReady. Ctrl-C stops everything.\n" + "\n".join(lines) + "\n", "bold")


def to_open(stack: Stack) -> Text:
    """What a person opens first, and a code to try."""
    at = stack.at
    lines = [
        f"  report    {at.url('intake')}{FORM_PATH}",
        f"  track     {at.url('tracking')}/",
        officers_door(at.page("console")),
        f"  outside   {at.outside_url}/  (what left the system)",
    ]
    if stack.code_to_try:
        lines.append(f"  code      {stack.code_to_try}  (to try on the tracking page)")
    return Text("\nOpen in a browser:\n" + "\n".join(lines) + "\n", "bold")


def officers_door(url: str) -> str:
    """Where officers work, and how one becomes an officer of the local stack, in one line."""
    return f"  officers  {url}/  (sign in: pick a role and a unit)"


class Moving:
    """Says every few seconds that the start goes on, for as long as nothing else is said."""

    def __init__(self, say: OnLine, seconds: float = STILL_SECONDS) -> None:
        self._say = say
        self._seconds = seconds
        self._last = ("crm", "starting")
        self._heard = asyncio.Event()

    def on_line(self, name: str, line: str) -> None:
        self._last = (name, line)
        self._heard.set()
        self._say(name, line)

    async def until(self, done: asyncio.Future[Any]) -> None:
        silent = 0.0
        while not done.done():
            self._heard.clear()
            waiter = asyncio.ensure_future(self._heard.wait())
            await asyncio.wait(
                [done, waiter], timeout=self._seconds, return_when=asyncio.FIRST_COMPLETED
            )
            silent = 0.0 if waiter.done() else silent + self._seconds
            waiter.cancel()
            if silent and not done.done():
                self._say("crm", f"still at it after {silent:.0f} s: {self._last[1]}")
