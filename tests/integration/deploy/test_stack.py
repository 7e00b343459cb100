"""The launcher without services: order of start, supervision, and nothing left behind."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from deploy.local.process import Child, ProcessFailed
from deploy.local.stack import Stack

LAUNCHER = """
import asyncio, sys
from pathlib import Path
from deploy.local.stack import Stack

async def main():
    async with Stack(Path(sys.argv[1]), services=()):
        await asyncio.sleep(120)

asyncio.run(main())
"""


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


async def test_a_service_that_does_not_come_up_is_named_with_its_last_lines(home: Path) -> None:
    child = Child(
        "intake",
        [sys.executable, "-c", "raise SystemExit('the setting CRM_HTTP_PORT is missing')"],
        home / "logs" / "intake.log",
        env={},
    )
    async with Stack(home, services=(), supervise=False) as stack:
        await child.start()
        stack._children["intake"] = child
        with pytest.raises(ProcessFailed, match="intake ended") as failed:
            await stack.wait_ready("intake", 10)
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
