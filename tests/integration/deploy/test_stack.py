"""The launcher without services: order of start, supervision, and nothing left behind."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import stat
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import psutil
import pytest

from deploy import rebuilding
from deploy.failures import NotRunning
from deploy.local.process import Child, ProcessFailed
from deploy.local.stack import Stack
from deploy.parked import PARKED
from deploy.running import RunningStack
from deploy.services import HEARING
from shared.database import create_engine
from shared.errors import InUse, Transient
from tests.integration.deploy.homes import fresh_home

LAUNCHER = """
import asyncio, sys
from pathlib import Path
from deploy.local.stack import Stack

async def main():
    async with Stack(Path(sys.argv[1]), services=()):
        await asyncio.sleep(120)

asyncio.run(main())
"""


@pytest.fixture(scope="module")
async def lasting() -> AsyncIterator[Stack]:
    """One stack without services and supervisor, for the tests that leave it as it is."""
    place = fresh_home()
    async with Stack(place, services=(), supervise=False) as stack:
        yield stack
    shutil.rmtree(place)


async def _until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.05)


async def test_what_dies_comes_back_and_stays_down_while_the_hold_file_lies_there(
    home: Path,
) -> None:
    said: list[str] = []
    stack = Stack(home, on_line=lambda name, line: said.append(f"{name}: {line}"), services=())
    async with stack:
        for name in ("outside", "broker", "postgres"):
            before = stack.pid(name)
            await stack.kill(name)
            await _until(lambda n=name, b=before: stack.alive(n) and stack.pid(n) != b)  # type: ignore[misc]
            await _until(lambda n=name: f"crm: {n} was started again" in said)  # type: ignore[misc]
            assert any(line.startswith(f"crm: !! {name} died") for line in said)
        (home / "hold").touch()
        await stack.kill("outside")
        await asyncio.sleep(1.0)
        assert not stack.alive("outside")
        (home / "hold").unlink()
        await _until(lambda: stack.alive("outside"))
        await stack.wait_ready("outside")


async def test_run_json_says_where_everything_is_and_goes_with_the_stack(home: Path) -> None:
    path = home / "run.json"
    async with Stack(home, services=(), supervise=False) as stack:
        note = json.loads(path.read_text())
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert note["launcher"] == {"pid": os.getpid()}
        assert note["kafka"]["kind"] == "embedded"
        assert note["postgres"]["pid"] == stack.pid("postgres")
        assert set(note["postgres"]["urls"]) >= {"intake", "vault"}
        await stack.restart("outside")
        await stack.wait_ready("outside")
        assert json.loads(path.read_text())["outside"]["pid"] == stack.pid("outside")
        with pytest.raises(ProcessFailed, match="runs already"):
            await Stack(home, services=()).start()
        pids = [stack.pid(name) for name in stack.names()]
    assert not path.exists()
    assert not any(psutil.pid_exists(pid) for pid in pids)


async def test_a_service_that_does_not_come_up_is_named_with_its_last_lines(
    lasting: Stack,
) -> None:
    child = Child(
        "intake",
        [sys.executable, "-c", "raise SystemExit('the setting CRM_HTTP_PORT is missing')"],
        lasting.home / "logs" / "intake.log",
        env={},
    )
    await child.start()
    lasting.processes._children["intake"] = child
    with pytest.raises(ProcessFailed, match="intake ended") as failed:
        await lasting.wait_ready("intake", 10)
    del lasting.processes._children["intake"]
    assert "the setting CRM_HTTP_PORT is missing" in str(failed.value)


async def test_nothing_outlives_a_launcher_that_is_killed(home: Path) -> None:
    launcher = await asyncio.create_subprocess_exec(sys.executable, "-c", LAUNCHER, str(home))
    try:
        await _until(lambda: (home / "run.json").exists(), 60)
        children = psutil.Process(launcher.pid).children(recursive=True)
        assert len(children) >= 3
    finally:
        launcher.send_signal(signal.SIGKILL)
        await launcher.wait()
    await _until(lambda: not any(child.is_running() for child in children), 10)
    async with Stack(home, services=(), supervise=False) as stack:
        assert stack.alive("postgres")


async def test_a_stack_that_is_half_up_is_told_from_one_that_is_ready(home: Path) -> None:
    async with Stack(home, services=(), supervise=False):
        running = RunningStack.of(home)
        with pytest.raises(NotRunning, match="Ready"):
            running.url("intake")
        note = (home / "run.json").read_text()
    (home / "run.json").write_text(note)
    with pytest.raises(NotRunning, match="crm up"):
        RunningStack.of(home)


async def test_what_left_is_kept_for_its_owner_alone(lasting: Stack) -> None:
    kept = lasting.home / "outside" / "messages.jsonl"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


async def test_parked_events_of_a_service_that_does_not_answer_are_not_said_to_be_none(
    lasting: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    file = lasting.home / "run.json"
    told = file.read_text()
    note = json.loads(told)
    # The outside world stands where the services should be: it answers 404.
    note["services"] = {name: {"pid": 0, "url": lasting.at.outside_url} for name in HEARING}
    file.write_text(json.dumps(note))
    assert await PARKED.show_all(lasting.home) == 1
    file.write_text(told)
    assert "nothing is parked" not in capsys.readouterr().out


async def test_a_rebuild_is_refused_at_once_while_a_copy_that_nobody_here_started_is_at_work(
    lasting: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    """Frozen or not: it would go on publishing in the middle of the new log."""
    engine = create_engine(lasting.urls["intake"], "intake")
    async with engine.connect():
        with pytest.raises(InUse, match="another intake"):
            await rebuilding.rebuild(lasting.home, lasting.home / "archive")
    await engine.dispose()
    assert "stopped" not in capsys.readouterr().out


async def test_a_relay_whose_lease_runs_is_known_and_one_whose_lease_ran_out_is_not(
    lasting: Stack,
) -> None:
    url = lasting.urls["sla"]
    assert not await rebuilding.is_leased("sla", url), "a release without leases"
    admin = await asyncpg.connect(url)
    await admin.execute(
        "CREATE TABLE sla.relay_shards"
        " (shard smallint, holder uuid, epoch bigint, until timestamptz);"
        " INSERT INTO sla.relay_shards VALUES (0, gen_random_uuid(), 1, now() + interval '1 h')"
    )
    assert await rebuilding.is_leased("sla", url)
    for given_up in ("holder = NULL", "holder = gen_random_uuid(), until = now()"):
        await admin.execute(f"UPDATE sla.relay_shards SET {given_up}")
        assert not await rebuilding.is_leased("sla", url)
    await admin.execute("DROP TABLE sla.relay_shards")
    await admin.close()


async def test_a_full_disk_costs_lines_of_the_log_and_nothing_else(home: Path) -> None:
    seen: list[str] = []
    child = Child(
        "talker",
        [sys.executable, "-c", "for n in range(50): print(n, flush=True)"],
        Path("/dev/full"),
        env={},
        on_line=lambda _, line: seen.append(line),
    )
    await child.start()
    assert await child.wait(20) == 0
    assert seen == [str(n) for n in range(50)]
    stack = Stack(home, services=(), supervise=False)
    (home / "logs").mkdir()
    (home / "logs" / "crm.log").symlink_to("/dev/full")
    stack.say("this line is lost")


WEIGHTS = """
import os, pathlib
session = pathlib.Path("/proc/self/autogroup")
print(os.nice(0), *(session.read_text().split()[-1:] if session.exists() else ()))
"""
"""Of a process within its session, and of the session where the system weighs sessions."""


async def test_a_process_that_may_wait_gives_way_to_the_others(home: Path) -> None:
    (home / "logs").mkdir()
    seen: list[str] = []
    child = Child(
        "patient",
        [sys.executable, "-c", WEIGHTS],
        home / "logs" / "patient.log",
        env={},
        on_line=lambda _, line: seen.extend(line.split()),
        niceness=5,
    )
    await child.start()
    assert await child.wait(20) == 0
    process, *session = seen
    assert int(process) == min(19, os.nice(0) + 5)
    assert session in ([], ["5"])


async def test_a_bus_that_could_not_be_rebuilt_is_not_taken_for_whole(home: Path) -> None:
    async with Stack(home, services=(), supervise=False) as stack:
        await stack.kill("broker")
        good, stack.urls = stack.urls, {"intake": "postgresql://nobody@127.0.0.1:1/crm"}
        stack.services = ("intake",)
        with pytest.raises((Transient, OSError)):
            await stack.revive("broker")
        assert not stack.alive("broker")
        stack.urls, stack.services = good, ()
