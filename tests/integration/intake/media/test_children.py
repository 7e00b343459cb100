"""Whatever becomes of a child or of the zygote, the process that asked goes on."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import textwrap
from functools import cache
from io import BytesIO
from pathlib import Path

import psutil
import pytest
from PIL import Image

from services.intake.media.clearing.clearing import (
    ENVIRONMENT,
    ROOT,
    Clearing,
    End,
    by_first_bytes,
    decide,
    orders,
)
from services.intake.media.clearing.confinement import MOST_CPU_SECONDS
from services.intake.media.clearing.outcome import (
    Cleared,
    Kept,
    Outcome,
    Refused,
    Size,
    Unfinished,
)
from shared.errors import Transient
from shared.events.vocabulary import MediaKind, MediaRefusal
from tests.integration.intake.media.conftest import Watched
from tests.integration.intake.media.processes import PROGRAM, the_zygote, zygotes
from tests.streets import as_jpeg, street

PHOTO = as_jpeg(street(11))


@cache
def slow_picture() -> bytes:
    """Ten million pixels of noise take a child a tenth of a second, in which it can be caught."""
    written = BytesIO()
    Image.effect_noise((3_600, 2_800), 90).save(written, "JPEG", progressive=True, quality=20)
    return written.getvalue()


async def held(
    clearing: Clearing, *, gives_way: bool = False
) -> tuple[asyncio.Task[Outcome], psutil.Process]:
    """A file that is being opened, and the child that opens it, stopped as it was caught."""
    while True:
        data = slow_picture()
        opening = asyncio.create_task(clearing.clear(data, evidence=False, gives_way=gives_way))
        if (child := await stopped_child(opening)) is not None:
            return opening, child


async def stopped_child(opening: asyncio.Task[Outcome]) -> psutil.Process | None:
    """The next child, stopped; None when the file was opened before anybody looked."""
    while not opening.done():
        for zygote in zygotes():
            with contextlib.suppress(psutil.NoSuchProcess):
                for child in zygote.children():
                    child.suspend()
                    if child.status() == psutil.STATUS_STOPPED:
                        return child
        await asyncio.sleep(0.001)
    return None


# --- what it does ------------------------------------------------------------------------


async def test_a_photo_becomes_three_pictures(watched: Watched) -> None:
    cleared = await watched.clearing.clear(PHOTO, evidence=True)
    assert isinstance(cleared, Cleared)
    shapes = [(each.size, each.width, each.height) for each in cleared.derivatives]
    assert shapes == [(Size.LARGE, 800, 600), (Size.MEDIUM, 400, 300), (Size.SMALL, 100, 75)]
    assert cleared.fingerprint is not None
    assert (cleared.facts.width, cleared.facts.format) == (800, "image/jpeg")


async def test_many_at_once_are_opened_one_after_another(watched: Watched) -> None:
    outcomes = await asyncio.gather(
        *(watched.clearing.clear(PHOTO, evidence=False) for _ in range(8))
    )
    assert len({each.derivatives for each in outcomes if isinstance(each, Cleared)}) == 1
    assert len(watched.used) == 8


async def test_the_loop_serves_others_meanwhile(watched: Watched) -> None:
    opening, child = await held(watched.clearing)
    for _ in range(100):
        await asyncio.sleep(0)
    assert not opening.done()
    child.resume()
    assert isinstance(await opening, Cleared)


def test_what_needs_no_child_is_decided_by_its_first_bytes() -> None:
    assert by_first_bytes(b"") == Refused(MediaRefusal.EMPTY)
    assert by_first_bytes(b"<svg/>") == Refused(MediaRefusal.TYPE)
    kept = by_first_bytes(b"%PDF-1.7")
    assert isinstance(kept, Kept)
    assert kept.kind is MediaKind.DOCUMENT
    assert by_first_bytes(PHOTO + bytes(20_000_000)) == Refused(MediaRefusal.TOO_LARGE)
    assert by_first_bytes(b"%PDF-" + bytes(10_000_000)) == Refused(MediaRefusal.TOO_LARGE)
    assert by_first_bytes(PHOTO) is None


# --- what it takes from others ------------------------------------------------------------

linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux weighs processes by classes")


def class_of(child: psutil.Process) -> int:
    return os.sched_getscheduler(child.pid)


def niceness_of_session(child: psutil.Process) -> int | None:
    """None where the system does not weigh sessions."""
    session = Path(f"/proc/{child.pid}/autogroup")
    return int(session.read_text().split()[-1]) if session.exists() else None


@linux
async def test_a_picture_that_gives_way_has_the_processor_when_nobody_else_wants_it(
    watched: Watched,
) -> None:
    opening, child = await held(watched.clearing, gives_way=True)
    # It may have been caught in its first microseconds, in which it weighs itself.
    while class_of(child) != os.SCHED_IDLE and not opening.done():
        child.resume()
        await asyncio.sleep(0)
        child.suspend()
    assert class_of(child) == os.SCHED_IDLE
    assert niceness_of_session(child) in (None, 19)
    child.resume()
    await opening


@linux
async def test_a_picture_that_does_not_give_way_takes_its_turn(watched: Watched) -> None:
    opening, child = await held(watched.clearing)
    assert class_of(child) == os.SCHED_OTHER
    assert niceness_of_session(child) in (None, 5)
    child.resume()
    await opening


@linux
async def test_a_picture_for_which_the_processor_is_never_free_is_opened_in_its_turn(
    watched: Watched,
) -> None:
    """A child that is stopped is held up as one that nobody leaves any time."""
    opening, first = await held(watched.clearing, gives_way=True)
    await until_gone(first)
    second = await stopped_child(opening)
    assert second is not None
    assert class_of(second) == os.SCHED_OTHER
    second.resume()
    assert isinstance(await opening, Cleared)


def test_the_second_try_never_gives_way_and_no_evidence_does() -> None:
    assert orders(evidence=False, gives_way=True) == (b"w", b"f")
    assert orders(evidence=False, gives_way=False) == (b"f", b"f")
    assert orders(evidence=True, gives_way=True) == (b"e", b"e")


@pytest.mark.parametrize(("late", "cpu_seconds", "held_up"), [
    (True, 0.1, True), (True, 7.9, False), (False, 0.1, False),
])  # fmt: skip
def test_a_child_was_held_up_that_had_time_and_no_processor(
    late: bool, cpu_seconds: float, held_up: bool
) -> None:
    assert End(KILLED, cpu_seconds, 1, late, b"").was_held_up is held_up


# --- who dies ----------------------------------------------------------------------------


async def test_a_killed_zygote_is_started_again(watched: Watched) -> None:
    the_zygote().kill()
    assert isinstance(await watched.clearing.clear(PHOTO, evidence=False), Cleared)


async def test_a_file_whose_zygote_dies_is_given_to_another(watched: Watched) -> None:
    opening, child = await held(watched.clearing)
    the_zygote_of(child).kill()
    assert isinstance(await opening, Cleared)


async def test_a_file_whose_zygote_dies_twice_was_not_opened_and_the_next_is(
    watched: Watched,
) -> None:
    opening, first = await held(watched.clearing)
    the_zygote_of(first).kill()
    await until_gone(first)
    second = await stopped_child(opening)
    assert second is not None
    the_zygote_of(second).kill()
    with pytest.raises(Unfinished):
        await opening
    assert isinstance(await watched.clearing.clear(PHOTO, evidence=False), Cleared)


def the_zygote_of(child: psutil.Process) -> psutil.Process:
    zygote = child.parent()
    assert zygote is not None
    return zygote


async def until_gone(process: psutil.Process) -> None:
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        await asyncio.sleep(0.01)


async def test_a_child_that_others_kill_has_not_opened_its_file_and_the_next_is_opened(
    watched: Watched,
) -> None:
    """As a machine does that has no memory left."""
    opening, child = await held(watched.clearing)
    child.kill()
    with pytest.raises(Unfinished):
        await opening
    assert isinstance(await watched.clearing.clear(PHOTO, evidence=False), Cleared)


async def test_a_cancelled_caller_leaves_the_way_free_for_the_next(watched: Watched) -> None:
    opening, child = await held(watched.clearing)
    opening.cancel()
    child.resume()
    assert isinstance(await watched.clearing.clear(PHOTO, evidence=False), Cleared)


async def test_a_stop_ends_what_is_under_way_and_leaves_no_process() -> None:
    clearing = Clearing()
    await clearing.start()
    opening, child = await held(clearing)
    await clearing.stop()
    with pytest.raises(Transient) as stopped:
        await opening
    assert not isinstance(stopped.value, Unfinished)
    await until_gone(child)
    assert zygotes() == []
    with pytest.raises(Transient):
        await clearing.clear(PHOTO, evidence=False)


async def test_what_was_stopped_can_be_started_again() -> None:
    clearing = Clearing()
    for _ in range(2):
        await clearing.start()
        assert isinstance(await clearing.clear(PHOTO, evidence=False), Cleared)
        await clearing.stop()
    assert zygotes() == []


def test_a_zygote_whose_master_is_gone_goes_too() -> None:
    """Killed as it is: nothing of ours runs then. Its socket closes, and that says it."""
    near, far = socket.socketpair()
    with far:
        zygote = subprocess.Popen(
            [sys.executable, "-m", PROGRAM], stdin=far.fileno(), cwd=ROOT, env=ENVIRONMENT
        )
    assert near.recv(1)
    given, taken = socket.socketpair()
    socket.send_fds(near, [b"f"], [taken.fileno()])
    near.close()
    assert zygote.wait() in (0, 1)
    taken.close()
    assert given.recv(1) == b""
    given.close()


# --- what a child may do -----------------------------------------------------------------


def confined(program: str) -> subprocess.CompletedProcess[str]:
    """What a program may do that is confined as a child is; it prints what it found."""
    before = """
        import os, socket, sys, resource, signal
        from services.intake.media.clearing.confinement import confine, lower_own_rights
        lower_own_rights()
        zygote = os.getpid()
        if os.fork():
            _, status = os.wait()
            sys.exit(os.waitstatus_to_exitcode(status) % 256)
        confine(zygote, threads=False)
        def tried(act):
            try:
                act()
            except OSError as error:
                print("refused", type(error).__name__, flush=True)
            except MemoryError:
                print("refused", flush=True)
            else:
                print("done", flush=True)
    """
    source = textwrap.dedent(before) + textwrap.dedent(program)
    return subprocess.run(
        [sys.executable, "-c", source],
        capture_output=True, text=True, cwd=ROOT, env=ENVIRONMENT, timeout=60, check=False,
    )  # fmt: skip


ACTS = {
    "open a file": "open('/etc/hostname')",
    "write one": "open('/tmp/crm-canary', 'w')",
    "open a socket": "socket.socket()",
    "open a socket of the machine": "socket.socket(socket.AF_UNIX)",
    "make a pipe": "os.pipe()",
    "make a process": "os.fork()",
    "run a program": "os.execv('/bin/true', ['true'])",
    "take 600 MB": "bytearray(600_000_000)",
    "list a folder": "os.listdir('/')",
    "raise its own limit": "resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9))",
}


@pytest.mark.parametrize("act", ACTS)
def test_a_child_may_not(act: str) -> None:
    done = confined(f"tried(lambda: {ACTS[act]})")
    if act == "raise its own limit":
        assert done.returncode != 0
        assert "not allowed to raise" in done.stderr
    elif act == "run a program":
        # The program is found, and then cannot load a library.
        assert done.returncode != 0 or done.stdout.startswith("refused")
    else:
        assert done.stdout.startswith("refused"), done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes nobody")
def test_a_child_of_root_is_nobody_and_may_kill_nobody() -> None:
    done = confined(f"print(os.getuid()); tried(lambda: os.kill({os.getpid()}, 0))")
    assert done.stdout.split() == ["65534", "refused", "PermissionError"]


def test_a_child_that_turns_in_circles_is_ended_by_its_cpu() -> None:
    """By the kernel, which is not tried here: to wait for it would cost as much CPU."""
    done = confined("print(*resource.getrlimit(resource.RLIMIT_CPU))")
    assert done.stdout.split() == [str(MOST_CPU_SECONDS)] * 2


def test_a_zygote_inherits_no_key() -> None:
    assert not [name for name in ENVIRONMENT if "CRM" in name]


@pytest.mark.skipif(os.geteuid() != 0, reason="nobody but root may look into a zygote")
async def test_the_zygote_has_the_environment_it_was_given_and_no_other(watched: Watched) -> None:
    os.environ["CRM_MEDIA_CANARY"] = "canary"
    try:
        the_zygote().kill()
        await watched.clearing.clear(PHOTO, evidence=False)
        assert set(the_zygote().environ()) <= {*ENVIRONMENT, "LC_CTYPE"}
    finally:
        del os.environ["CRM_MEDIA_CANARY"]


# --- what an end says --------------------------------------------------------------------

KILLED = signal.SIGKILL.value


ENDS = {
    "an error of a codec": (4 << 8, MediaRefusal.DAMAGED),
    "no memory left": (3 << 8, MediaRefusal.HOSTILE),
    "an answer without pictures": (0, MediaRefusal.HOSTILE),
    "a segment fault": (signal.SIGSEGV.value, MediaRefusal.HOSTILE),
    "an abort": (signal.SIGABRT.value, MediaRefusal.HOSTILE),
    "its CPU used up": (signal.SIGXCPU.value, MediaRefusal.HOSTILE),
}


@pytest.mark.parametrize("name", ENDS)
def test_every_end_by_its_own_doing_without_pictures_is_a_refusal(name: str) -> None:
    status, reason = ENDS[name]
    end = End(status, cpu_seconds=0.1, peak_bytes=1, late=False, answer=b"")
    assert decide(end) == Refused(reason)


@pytest.mark.parametrize("late", [False, True])
def test_a_killed_child_that_used_its_cpu_is_hostile_and_another_is_tried_again(late: bool) -> None:
    """Killed for its time, or by a machine without memory: an honest picture uses 1.3 s of CPU,
    on cores that others use as well twice that."""
    busy = End(KILLED, cpu_seconds=7.9, peak_bytes=1, late=late, answer=b"")
    assert decide(busy) == Refused(MediaRefusal.HOSTILE)
    with pytest.raises(Unfinished):
        decide(End(KILLED, cpu_seconds=2.6, peak_bytes=1, late=late, answer=b""))
