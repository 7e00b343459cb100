"""One child process: its log, its end, and the promise that it does not outlive the launcher."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

OnLine = Callable[[str, str], None]
"""Called with (process name, one line of its output without the line end)."""

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.03
_AUTOGROUP = Path("/proc/self/autogroup")


class ProcessFailed(RuntimeError):
    """A child did not start, died early, or could not be ended."""


def _prepare(parent: int, death_signal: int, niceness: int) -> Callable[[], None]:
    """A preexec function; loads libc before the fork, because after it only calls are safe."""
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def in_child() -> None:
        if niceness:
            _give_way(niceness)
        if libc is not None:
            libc.prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return in_child


def _give_way(niceness: int) -> None:
    os.nice(niceness)
    # Where Linux weighs sessions (sched(7), autogroups), this counts within a session alone, and a
    # child has a session of its own. The system may refuse a change that comes soon after another.
    with contextlib.suppress(OSError):
        _AUTOGROUP.write_text(str(niceness))


class Child:
    """A child process in its own session, with a log file.

    With `on_line` its output passes through the launcher (file and terminal); without, the
    child writes to the file itself, which costs the launcher nothing.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        *,
        env: Mapping[str, str],
        on_line: OnLine | None = None,
        cwd: Path | None = None,
        uid: int | None = None,
        death_signal: int = signal.SIGTERM,
        niceness: int = 0,
    ) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._env = dict(env)
        self._on_line = on_line
        self._cwd = cwd
        self._uid = uid
        self._death_signal = death_signal
        self._niceness = niceness
        self._process: subprocess.Popen[bytes] | None = None
        self._pump: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """Process id; ProcessFailed when it was never started."""
        if self._process is None:
            raise ProcessFailed(f"{self.name} is not started")
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs (or was never started)."""
        return None if self._process is None else self._process.poll()

    @property
    def alive(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    async def start(self) -> None:
        """Starts it; ends nothing: a child that still runs is an error."""
        if self.alive:
            raise ProcessFailed(f"{self.name} runs already")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as sink:
            self._process = self._spawn(sink.fileno())
        if self._on_line is not None:
            self._pump = asyncio.create_task(self._copy_output(self._process, self._on_line))

    def _spawn(self, sink: int) -> subprocess.Popen[bytes]:
        # Popen from the loop's own thread: the death signal is bound to the thread that forks.
        with warnings.catch_warnings():
            # From 3.12 on Python warns of any code between fork and exec; ours is one call.
            warnings.simplefilter("ignore", DeprecationWarning)
            return subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if self._on_line else sink,
                stderr=subprocess.STDOUT,
                env=self._env,
                cwd=self._cwd,
                start_new_session=True,
                user=self._uid,
                group=self._uid,
                extra_groups=None if self._uid is None else [],
                preexec_fn=_prepare(os.getpid(), self._death_signal, self._niceness),
            )

    async def _copy_output(self, process: subprocess.Popen[bytes], on_line: OnLine) -> None:
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), process.stdout
        )
        rest = b""
        with self.log.open("ab", buffering=0) as sink, contextlib.closing(transport):
            while chunk := await reader.read(65536):
                # When the disk is full these lines are lost. Reading must go on, because a child
                # whose output nobody reads blocks.
                with contextlib.suppress(OSError):
                    sink.write(chunk)
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    on_line(self.name, line.decode("utf-8", "replace"))
        if rest:
            on_line(self.name, rest.decode("utf-8", "replace"))

    async def wait(self, seconds: float | None = None) -> int | None:
        """Waits until it ended; its return code, or None when it still runs after `seconds`."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while self._process is not None and (code := self._process.poll()) is None:
            if deadline is not None and time.monotonic() >= deadline:
                return None
            await asyncio.sleep(_POLL_SECONDS)
        await self._end_pump()
        return None if self._process is None else code

    async def _end_pump(self) -> None:
        """A grandchild may hold the pipe open, so the wait for the last lines is bounded."""
        pump, self._pump = self._pump, None
        if pump is not None:
            await asyncio.wait([pump], timeout=1.0)
            pump.cancel()

    def send(self, number: int) -> None:
        """Sends one signal to the process; nothing happens when it ended already."""
        if self.alive:
            os.kill(self.pid, number)

    async def stop(self, seconds: float, number: int = signal.SIGTERM) -> bool:
        """Asks it to end, then insists. True when it ended by itself within `seconds`."""
        self.send(number)
        orderly = await self.wait(seconds) is not None or self._process is None
        await self.kill()
        return orderly

    async def kill(self) -> None:
        """SIGKILL to it and to what is left of its process group."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self.wait(10.0)

    def last_lines(self, count: int = 15) -> str:
        """The end of its log, for a failure message."""
        if not self.log.exists():
            return "(no output)"
        with self.log.open("rb") as source:
            source.seek(max(0, self.log.stat().st_size - 16384))
            text = source.read().decode("utf-8", "replace")
        return "\n".join(text.splitlines()[-count:]) or "(no output)"
