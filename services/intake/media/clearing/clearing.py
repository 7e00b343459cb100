"""Clearing: the face of this room, and the hand that holds the zygote.

One file is opened at a time, by a child of a process that is started once (``zygote``). Both may
die at any moment: the zygote is started again, and a file is given to a second one before it
counts as not opened. Nothing here decodes anything; type and size are read from the first bytes,
and the answer is checked by ``wire``.

The waiting is done in a thread of its own, so that the event loop serves others meanwhile.
"""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from services.intake.media.clearing.media_type import LARGEST, media_type
from services.intake.media.clearing.outcome import Cleared, Kept, Outcome, Refused, Unfinished
from services.intake.media.clearing.protocol import (
    CHILD_SECONDS,
    DAMAGED,
    DONE,
    ORDER,
    ORDER_EVIDENCE,
    ORDER_GIVING_WAY,
    READY,
    REPORT,
)
from services.intake.media.clearing.wire import MOST_BYTES, Unbelievable, unpack
from shared.errors import Transient
from shared.events.vocabulary import MediaKind, MediaRefusal

ROOT = Path(__file__).resolve().parents[4]
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LC_ALL": "C.UTF-8",
    "MALLOC_ARENA_MAX": "1",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
"""All that the zygote inherits: no key, no address. A child touches each page of its memory for the
first time; in large pages (glibc 2.35 and later, where the kernel lets programs ask for them) that
takes a fifth less of its processor time."""

START_SECONDS = 30.0
SILENT_SECONDS = CHILD_SECONDS + 2.0
"""The zygote reports within this time, or is taken down with all that it has made."""
INNOCENT_CPU_SECONDS = 4.0
"""A child that was killed and had used less CPU may have been held up by the machine, or chosen by
a kernel without memory: three times what the dearest honest picture took on cores of its own."""
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class ChildUse:
    """What one child used: CPU seconds, bytes of memory at its peak, and seconds from the order
    to its end."""

    cpu_seconds: float
    peak_bytes: int
    seconds: float


class Gone(Exception):
    """The zygote has died, or says nothing."""


class Clearing:
    """Files in, harmless pictures out. Start it before the first and stop it after the last."""

    def __init__(self, observe: Callable[[ChildUse], None] | None = None) -> None:
        """``observe`` is told what each child used, in a thread of its own."""
        self._observe = observe
        self._zygote: _Zygote | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._stopping = False

    async def start(self) -> None:
        """Raises Transient when the zygote does not come up; each file tries it again."""
        self._stopping = False
        if self._thread is not None:
            raise RuntimeError("the clearing is started already")
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="clearing")
        await asyncio.get_running_loop().run_in_executor(self._thread, self._started)

    async def stop(self) -> None:
        """Ends what is under way; no process is left behind. It may be started again."""
        self._stopping = True
        thread, self._thread = self._thread, None
        if self._zygote is not None:
            self._zygote.kill()
        if thread is not None:
            await asyncio.to_thread(thread.shutdown, wait=True, cancel_futures=True)
        if self._zygote is not None:
            self._zygote.let_go()
            self._zygote = None

    async def clear(self, data: bytes, *, evidence: bool, gives_way: bool = False) -> Outcome:
        """What becomes of a file. Of a reporter's picture the place alone is read. ``gives_way``:
        it is opened while nobody else wants the processor, and after a second in vain in its turn.

        Raises Unfinished when it was not opened to its end, Transient when it was not the file
        that was in the way: the zygote cannot be started, or the process is stopping.
        """
        decided = by_first_bytes(data)
        if decided is not None:
            return decided
        if self._thread is None:
            raise Transient("no files are opened: the clearing is not started")
        tries = orders(evidence=evidence, gives_way=gives_way)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._opened, data, tries)

    def _started(self) -> "_Zygote":
        if self._zygote is None or not self._zygote.lives:
            if self._zygote is not None:
                self._zygote.let_go()
            self._zygote = _Zygote()
            self._zygote.wait_until_ready()
        return self._zygote

    def _opened(self, data: bytes, tries: Sequence[bytes]) -> Outcome:
        for order in tries:
            if self._stopping:
                break
            zygote = self._started()
            began = monotonic()
            try:
                end = zygote.open(data, order)
            except Gone:
                zygote.let_go()
                continue
            if self._observe is not None:
                self._observe(ChildUse(end.cpu_seconds, end.peak_bytes, monotonic() - began))
            if order == ORDER_GIVING_WAY and end.was_held_up:
                continue
            return decide(end)
        if self._stopping:
            raise Transient("no files are opened: the clearing is stopping")
        raise Unfinished("a picture was not opened: what opens it has died twice")


def by_first_bytes(data: bytes) -> Kept | Refused | None:
    """What needs no child: None when the file is a picture of a size that may be opened."""
    if not data:
        return Refused(MediaRefusal.EMPTY)
    of = media_type(data)
    if of is None:
        return Refused(MediaRefusal.TYPE)
    if len(data) > LARGEST[of.kind]:
        return Refused(MediaRefusal.TOO_LARGE)
    return None if of.kind is MediaKind.PICTURE else Kept(of.kind, of)


def orders(*, evidence: bool, gives_way: bool) -> tuple[bytes, bytes]:
    """What the zygote is told of a file: first, and when nothing came of it by no fault of the
    file. The second never gives way: where the machine has no time at all for who does, the file
    would be taken for one that cannot be opened. An officer waits for evidence."""
    in_turn = ORDER_EVIDENCE if evidence else ORDER
    return (ORDER_GIVING_WAY if gives_way and not evidence else in_turn, in_turn)


@dataclass(frozen=True, slots=True)
class End:
    """How a child ended. status: as ``os.wait4`` gives it. late: it was ended for its time."""

    status: int
    cpu_seconds: float
    peak_bytes: int
    late: bool
    answer: bytes

    @property
    def was_held_up(self) -> bool:
        """Whether it was ended for its time, and others had taken the processor."""
        return self.late and self.cpu_seconds < INNOCENT_CPU_SECONDS


def decide(end: End) -> Cleared | Refused:
    """What a child's end says of its file. Raises Unfinished when it says nothing."""
    code = os.waitstatus_to_exitcode(end.status)
    if code == -signal.SIGKILL and end.cpu_seconds < INNOCENT_CPU_SECONDS:
        raise Unfinished("a picture was not opened: its child was killed")
    if code == DAMAGED:
        return Refused(MediaRefusal.DAMAGED)
    if code != DONE:
        return Refused(MediaRefusal.HOSTILE)
    try:
        return unpack(end.answer)
    except Unbelievable:
        return Refused(MediaRefusal.HOSTILE)


class _Zygote:
    """One running zygote; of one thread alone but for ``kill``."""

    def __init__(self) -> None:
        self._control, far = socket.socketpair()
        with far:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "services.intake.media.clearing.zygote"],
                stdin=far.fileno(),
                stdout=subprocess.DEVNULL,
                cwd=ROOT,
                env=ENVIRONMENT,
                start_new_session=True,
            )

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """Take it down with its child. It is not waited for here, so its number is still its."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def let_go(self) -> None:
        self.kill()
        self._process.wait()
        self._control.close()

    def wait_until_ready(self) -> None:
        """Raises Transient."""
        try:
            self._heard(len(READY), monotonic() + START_SECONDS)
        except Gone:
            self.let_go()
            raise Transient("the process that opens pictures does not start") from None

    def open(self, data: bytes, order: bytes) -> End:
        """Give a file to a child and wait for its end. Raises Gone."""
        deadline = monotonic() + SILENT_SECONDS
        near, far = socket.socketpair()
        with near:
            try:
                with far:
                    socket.send_fds(self._control, [order], [far.fileno()])
            except OSError:
                raise Gone from None
            answer = _exchanged(near, data, deadline)
        report = REPORT.unpack(self._heard(REPORT.size, deadline))
        status, cpu, peak, late = report
        return End(status, cpu / 1_000_000, peak * 1024, late, answer)

    def _heard(self, length: int, deadline: float) -> bytes:
        heard = b""
        while len(heard) < length:
            self._control.settimeout(max(0.001, deadline - monotonic()))
            try:
                more = self._control.recv(length - len(heard))
            except OSError:
                raise Gone from None
            if not more:
                raise Gone
            heard += more
        return heard


def _exchanged(near: socket.socket, data: bytes, deadline: float) -> bytes:
    """The answer of a child to a file: as much as it wrote before it ended, and at most what an
    honest one writes."""
    answer: list[bytes] = []
    length = 0
    # A child that ends before it has read all, or says nothing, is told of by the zygote.
    with contextlib.suppress(OSError):
        near.settimeout(max(0.001, deadline - monotonic()))
        near.sendall(data)
        near.shutdown(socket.SHUT_WR)
        while length <= MOST_BYTES and (chunk := _next(near, deadline)):
            answer.append(chunk)
            length += len(chunk)
    return b"".join(answer)


def _next(near: socket.socket, deadline: float) -> bytes:
    near.settimeout(max(0.001, deadline - monotonic()))
    return near.recv(_CHUNK)
