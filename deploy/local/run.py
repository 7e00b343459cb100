"""Runs a stack in the foreground until it is told to end, with its lines on the terminal."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from rich.console import Console
from rich.text import Text

from deploy.local.postgres import NoPostgres
from deploy.local.process import OnLine, ProcessFailed
from deploy.local.settings import LauncherSettings
from deploy.local.stack import Stack

AfterStart = Callable[[Stack], Awaitable[int]]
"""Done when all processes are ready; its number is the exit code when the run ends with it."""

_COLOURS = {
    "crm": "bold",
    "postgres": "blue",
    "broker": "magenta",
    "outside": "bright_black",
    "intake": "green",
    "vault": "bright_green",
    "routing": "cyan",
    "sla": "yellow",
    "notify": "bright_magenta",
    "tracking": "bright_blue",
}


def terminal(console: Console) -> OnLine:
    """Lines with the process's name before them, in its colour.

    PostgreSQL's routine messages stay in its log file.
    """

    def on_line(name: str, line: str) -> None:
        if name == "postgres" and " LOG:  " in line:
            return
        style = "bold red" if line.startswith("!!") else ""
        prefix = (f"{name:>8} │ ", _COLOURS.get(name, ""))
        console.print(Text.assemble(prefix, (line, style)), soft_wrap=True)

    return on_line


def run(
    broker: str = "embedded", after_start: AfterStart | None = None, *, once: bool = False
) -> int:
    """Starts the stack, does `after_start`, stays up until SIGINT or SIGTERM (unless `once`).

    Returns the exit code: 0 for an orderly end, that of `after_start` with `once`, 1 when the
    stack did not start.
    """
    console = Console()
    settings = LauncherSettings()
    stack = Stack(
        settings.home,
        broker,
        terminal(console),
        database_url=settings.database_url,
        libraries=settings.kafka_libs,
    )
    try:
        return asyncio.run(_run(stack, console, after_start, once))
    except (ProcessFailed, NoPostgres) as error:
        console.print(Text(f"{error}", "bold red"), soft_wrap=True)
        return 1


async def _run(stack: Stack, console: Console, after: AfterStart | None, once: bool) -> int:
    told = _told_to_end()
    starting = asyncio.ensure_future(stack.start())
    if not await _unless_told(starting, told):
        return 0
    try:
        console.print(welcome(stack))
        code = 0
        if after is not None:
            doing = asyncio.ensure_future(after(stack))
            code = doing.result() if await _unless_told(doing, told) else 0
        if not once:
            await told.wait()
            code = 0
    finally:
        console.print("stopping …")
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
    """Where a person finds what runs."""
    at = stack.at
    lines = [f"  {name:<9} {at.url(name)}" for name in stack.services]
    lines.append(f"  {'mail in':<9} smtp://127.0.0.1:{at.smtp_port}")
    lines.append(f"  {'outside':<9} {at.outside_url}  (read what left)")
    lines.append(f"  {'kafka':<9} {at.bootstrap} ({stack.broker.kind})")
    lines.append(f"  {'state in':<9} {stack.home}")
    return Text("\nReady. Ctrl-C stops everything.\n" + "\n".join(lines) + "\n", "bold")
