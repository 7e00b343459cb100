"""Whatever becomes of a child or of the zygote, the process that asked goes on."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import textwrap
from io import BytesIO

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
)
from services.intake.media.clearing.outcome import Cleared, Kept, Refused, Size
from shared.errors import Transient
from shared.events.vocabulary import MediaKind, MediaRefusal
from tests.integration.intake.media.conftest import Watched
from tests.integration.intake.media.processes import PROGRAM, the_zygote, zygotes
from tests.streets import as_jpeg, street

PHOTO = as_jpeg(street(11))


def slow_picture() -> bytes:
    """40 million pixels of noise take a second or more."""
    written = BytesIO()
    Image.effect_noise((7_000, 5_700), 90).save(written, "JPEG", progressive=True, quality=20)
    return written.getvalue()


SLOW = slow_picture()


async def until_there_is_a_child() -> psutil.Process:
    zygote = the_zygote()
    for _ in range(500):
        with contextlib.suppress(psutil.NoSuchProcess):
            if children := zygote.children():
                return children[0]
        await asyncio.sleep(0.01)
    raise AssertionError("no child was made")


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
    turns = 0
    opening = asyncio.ensure_future(watched.clearing.clear(SLOW, evidence=False))
    while not opening.done():
        turns += 1
        await asyncio.sleep(0.005)
    assert isinstance(await opening, Cleared)
    assert turns > 10


def test_what_needs_no_child_is_decided_by_its_first_bytes() -> None:
    assert by_first_bytes(b"") == Refused(MediaRefusal.EMPTY)
    assert by_first_bytes(b"<svg/>") == Refused(MediaRefusal.TYPE)
    kept = by_first_bytes(b"%PDF-1.7")
    assert isinstance(kept, Kept)
    assert kept.kind is MediaKind.DOCUMENT
    assert by_first_bytes(PHOTO + bytes(20_000_000)) == Refused(MediaRefusal.TOO_LARGE)
    assert by_first_bytes(b"%PDF-" + bytes(10_000_000)) == Refused(MediaRefusal.TOO_LARGE)
    assert by_first_bytes(PHOTO) is None


# --- who dies ----------------------------------------------------------------------------


async def test_a_killed_zygote_is_started_again(watched: Watched) -> None:
    the_zygote().kill()
    assert isinstance(await watched.clearing.clear(PHOTO, evidence=False), Cleared)


async def test_a_file_whose_zygote_dies_is_given_to_another(watched: Watched) -> None:
    opening = asyncio.ensure_future(watched.clearing.clear(SLOW, evidence=False))
    child = await until_there_is_a_child()
    the_zygote_of(child).kill()
    assert isinstance(await opening, Cleared)


async def test_a_file_that_takes_the_zygote_down_twice_is_hostile(watched: Watched) -> None:
    opening = asyncio.ensure_future(watched.clearing.clear(SLOW, evidence=False))
    for _ in range(2):
        child = await until_there_is_a_child()
        with contextlib.suppress(psutil.NoSuchProcess):
            the_zygote_of(child).kill()
        await until_gone(child)
    assert await opening == Refused(MediaRefusal.HOSTILE)


def the_zygote_of(child: psutil.Process) -> psutil.Process:
    zygote = child.parent()
    assert zygote is not None
    return zygote


async def until_gone(process: psutil.Process) -> None:
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        await asyncio.sleep(0.01)


async def test_a_killed_child_is_a_hostile_file_and_the_next_is_opened(watched: Watched) -> None:
    opening = asyncio.ensure_future(watched.clearing.clear(SLOW, evidence=False))
    (await until_there_is_a_child()).kill()
    assert await opening == Refused(MediaRefusal.HOSTILE)
    assert isinstance(await watched.clearing.clear(PHOTO, evidence=False), Cleared)


async def test_a_cancelled_caller_leaves_the_way_free_for_the_next(watched: Watched) -> None:
    opening = asyncio.ensure_future(watched.clearing.clear(SLOW, evidence=False))
    await until_there_is_a_child()
    opening.cancel()
    assert isinstance(await watched.clearing.clear(PHOTO, evidence=False), Cleared)


async def test_a_stop_ends_what_is_under_way_and_leaves_no_process() -> None:
    clearing = Clearing()
    await clearing.start()
    opening = asyncio.ensure_future(clearing.clear(SLOW, evidence=False))
    child = await until_there_is_a_child()
    await clearing.stop()
    with pytest.raises(Transient):
        await opening
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
    done = confined("resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass")
    assert done.returncode in (256 - signal.SIGXCPU, 256 - signal.SIGKILL)


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
    "killed": (KILLED, MediaRefusal.HOSTILE),
}


@pytest.mark.parametrize("name", ENDS)
def test_every_end_without_pictures_is_a_refusal(name: str) -> None:
    status, reason = ENDS[name]
    end = End(status, cpu_seconds=0.1, peak_bytes=1, late=False, answer=b"")
    assert decide(end) == Refused(reason)


def test_a_child_that_used_its_time_is_hostile_and_one_that_got_none_is_tried_again() -> None:
    busy = End(KILLED, cpu_seconds=7.0, peak_bytes=1, late=True, answer=b"")
    assert decide(busy) == Refused(MediaRefusal.HOSTILE)
    with pytest.raises(Transient):
        decide(End(KILLED, cpu_seconds=0.5, peak_bytes=1, late=True, answer=b""))
