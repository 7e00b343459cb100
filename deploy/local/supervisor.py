"""Starts again what died, with growing pauses, and says so loudly."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Protocol

import asyncpg

from deploy.local.hold import is_held
from deploy.local.process import ProcessFailed
from shared.errors import Transient

FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 10.0
_HEALTHY_SECONDS = 20.0

_MAY_PASS = (ProcessFailed, OSError, TimeoutError, Transient, asyncpg.PostgresError)
"""A start that failed for one of these is tried again; watching must not end by it."""


class Supervised(Protocol):
    """What the supervisor asks of a stack."""

    home: Path
    turn: asyncio.Lock

    def names(self) -> tuple[str, ...]: ...
    def alive(self, name: str) -> bool: ...
    def was_stopped(self, name: str) -> bool:
        """Whether it ended because it was told to, in order."""

    def is_revived_alone(self, name: str) -> bool:
        """Whether reviving it takes others down and up, so that nothing else may be revived."""

    def say(self, line: str) -> None: ...
    async def revive(self, name: str) -> None: ...


class Supervisor:
    """Watches every process of a stack, one task for all.

    What died is revived side by side: one that is slow to come keeps no other waiting. Reviving a
    broker that lost its log takes all services down and up again, so that is done alone. While
    somebody holds the stack (`hold.py`), what died stays dead.
    """

    def __init__(self, stack: Supervised, first_pause: float = FIRST_PAUSE_SECONDS) -> None:
        """``first_pause``: seconds before the first revival; a look is taken twice in it."""
        self._stack = stack
        self._first_pause = first_pause
        self._look_seconds = first_pause / 2
        self._task: asyncio.Task[None] | None = None
        self._pause: dict[str, float] = {}
        self._since: dict[str, float] = {}
        self._due: dict[str, float] = {}
        self._reviving: dict[str, asyncio.Task[None]] = {}

    def start(self) -> None:
        """Begins to watch."""
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Ends watching; a revival under way is given up."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    async def _watch(self) -> None:
        try:
            while True:
                async with self._stack.turn:
                    await self._look()
                await asyncio.sleep(self._look_seconds)
        finally:
            await self._give_up()

    async def _look(self) -> None:
        """Returns when nothing is being revived; what dies meanwhile is looked after, too."""
        self._begin_what_is_due()
        while self._reviving:
            await asyncio.wait(self._reviving.values(), timeout=self._look_seconds)
            for name in [name for name, task in self._reviving.items() if task.done()]:
                self._reviving.pop(name).result()
            self._begin_what_is_due()

    def _begin_what_is_due(self) -> None:
        for name in self._stack.names():
            # Asked before each: a rebuild may have begun while another one was being revived.
            if is_held(self._stack.home) or self._is_exclusive():
                return
            if name in self._reviving:
                continue
            if self._stack.alive(name):
                self._due.pop(name, None)
            elif name not in self._due:
                self._plan(name)
            elif time.monotonic() >= self._due[name] and self._may_begin(name):
                self._reviving[name] = asyncio.create_task(self._revive(name))

    def _is_exclusive(self) -> bool:
        return any(self._stack.is_revived_alone(name) for name in self._reviving)

    def _may_begin(self, name: str) -> bool:
        return not (self._reviving and self._stack.is_revived_alone(name))

    async def _give_up(self) -> None:
        tasks = list(self._reviving.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _plan(self, name: str) -> None:
        lived = time.monotonic() - self._since.get(name, 0.0)
        last = self._pause.get(name, 0.0)
        fresh = lived > _HEALTHY_SECONDS or not last
        self._pause[name] = self._first_pause if fresh else min(last * 2, _LONGEST_PAUSE_SECONDS)
        self._due[name] = time.monotonic() + self._pause[name]
        again = f"it is started again in {self._pause[name]:.3g} s"
        stopped = self._stack.was_stopped(name)
        self._stack.say(f"{name} was stopped; {again}" if stopped else f"!! {name} died; {again}")

    async def _revive(self, name: str) -> None:
        del self._due[name]
        self._since[name] = time.monotonic()
        try:
            await self._stack.revive(name)
        except _MAY_PASS as error:
            self._stack.say(f"!! {name} could not be started again: {error}")
        else:
            self._stack.say(f"{name} was started again")
