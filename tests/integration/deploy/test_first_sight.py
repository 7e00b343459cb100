"""What a person sees who starts the system for the first time."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys

from deploy.local.ports import LOOPBACK, ports_for
from deploy.local.run import Moving
from tests.architecture.source import ROOT


def test_ports_stay_the_same_between_starts_where_they_are_free() -> None:
    first = ports_for(["intake", "tracking"], {})
    assert ports_for(["intake", "tracking"], first) == first
    with socket.socket() as stranger:
        stranger.bind((LOOPBACK, first["tracking"]))
        second = ports_for(["intake", "tracking", "sla"], first)
    assert second["intake"] == first["intake"]
    assert second["tracking"] != first["tracking"]
    assert len(set(second.values())) == 3


def test_two_stacks_that_start_at_once_never_choose_the_same_port() -> None:
    """They choose seconds before they listen; on a chosen port nobody else may listen then."""
    choosing = "from deploy.local.ports import free_ports; print(*free_ports(200)); input()"
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", choosing],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    chosen = [set(start.stdout.readline().split()) for start in starts if start.stdout]
    for start in starts:
        start.communicate("\n")
    assert [len(ports) for ports in chosen] == [200, 200]
    assert not chosen[0] & chosen[1]


def test_a_note_of_ports_that_cannot_be_is_no_reason_not_to_start() -> None:
    assert 15_000 <= ports_for(["intake"], {"intake": 70_000})["intake"] < 32_768


async def test_who_waits_for_the_start_is_told_that_it_goes_on_and_with_what() -> None:
    told: list[str] = []
    moving = Moving(lambda name, line: told.append(line), seconds=0.02)
    starting = asyncio.get_running_loop().create_future()
    watching = asyncio.create_task(moving.until(starting))
    moving.on_line("crm", "starting PostgreSQL")
    async with asyncio.timeout(5):
        while len(told) < 3:
            await asyncio.sleep(0.01)
    starting.set_result(None)
    await watching
    assert told[0] == "starting PostgreSQL"
    assert all("still at it" in line and "starting PostgreSQL" in line for line in told[1:])


def test_a_command_that_takes_long_says_so_and_ends_as_it_ends() -> None:
    """As the first ``make run`` runs what it sets up with."""
    moving = ["sh", str(ROOT / "deploy" / "local" / "moving.sh")]
    assert subprocess.run([*moving, "sh", "-c", "exit 3"], check=False).returncode == 3
    slow = subprocess.run([*moving, "sleep", "4.5"], capture_output=True, text=True, check=True)
    assert "still at it after 4 s" in slow.stdout
