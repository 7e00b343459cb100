"""The supervisor's pauses, on parts that die as told."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from pathlib import Path

from deploy.local.process import ProcessFailed
from deploy.local.supervisor import FIRST_PAUSE_SECONDS, Supervised, Supervisor
from shared.errors import Transient

PACE = 0.04
"""The first pause here; people wait five times as long."""

LONG_ENOUGH = 4 * PACE
"""For two looks and a first pause, with as much time again to spare."""


def supervisor_of(stack: Supervised) -> Supervisor:
    return Supervisor(stack, PACE)


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(PACE / 4)


class DyingParts:
    """Two parts: `sound` lives, `sick` dies again as soon as it was revived."""

    def __init__(self, home: Path, first: Exception | None = None) -> None:
        self.home = home
        self.first = first or ProcessFailed("its port is taken")
        self.turn = asyncio.Lock()
        self.said: list[str] = []
        self.revived: list[str] = []

    def names(self) -> tuple[str, ...]:
        return ("sound", "sick")

    def alive(self, name: str) -> bool:
        return name == "sound"

    def was_stopped(self, name: str) -> bool:
        return False

    def is_revived_alone(self, name: str) -> bool:
        return False

    def say(self, line: str) -> None:
        self.said.append(line)

    async def revive(self, name: str) -> None:
        self.revived.append(name)
        if len(self.revived) == 1:
            raise self.first


async def test_what_dies_again_and_again_is_started_after_ever_longer_pauses(
    tmp_path: Path,
) -> None:
    parts = DyingParts(tmp_path)
    supervisor = supervisor_of(parts)
    supervisor.start()
    await until(lambda: len(parts.revived) == 3)
    await supervisor.stop()
    pauses = [float(found[1]) for line in parts.said if (found := re.search(r"in (\S+) s", line))]
    assert pauses[:3] == [PACE, 2 * PACE, 4 * PACE]
    assert set(parts.revived) == {"sick"}
    assert any("could not be started again: its port is taken" in line for line in parts.said)
    await asyncio.sleep(10 * PACE)
    assert len(parts.revived) == 3, "a stopped supervisor revives nobody"


def test_the_first_pause_is_a_fifth_of_a_second() -> None:
    assert FIRST_PAUSE_SECONDS == 0.2


async def test_while_someone_holds_the_turn_nothing_is_revived(tmp_path: Path) -> None:
    parts = DyingParts(tmp_path)
    supervisor = supervisor_of(parts)
    async with parts.turn:
        supervisor.start()
        await asyncio.sleep(LONG_ENOUGH)
        assert parts.revived == []
    await until(lambda: parts.revived)
    await supervisor.stop()


async def test_a_bus_that_cannot_be_rebuilt_yet_does_not_end_the_watch(tmp_path: Path) -> None:
    parts = DyingParts(tmp_path, Transient("the broker is away"))
    supervisor = supervisor_of(parts)
    supervisor.start()
    await until(lambda: len(parts.revived) == 2)
    await supervisor.stop()
    assert any("could not be started again: the broker is away" in line for line in parts.said)


async def test_a_hold_whose_holder_was_killed_holds_no_more(tmp_path: Path) -> None:
    holder = await asyncio.create_subprocess_exec("true")
    await holder.wait()
    parts = DyingParts(tmp_path)
    (tmp_path / "hold").write_text(f"{holder.pid}\n")
    supervisor = supervisor_of(parts)
    supervisor.start()
    await until(lambda: parts.revived)
    await supervisor.stop()


async def test_a_hold_of_a_process_that_runs_holds(tmp_path: Path) -> None:
    parts = DyingParts(tmp_path)
    (tmp_path / "hold").write_text(f"{os.getpid()}\n")
    supervisor = supervisor_of(parts)
    supervisor.start()
    await asyncio.sleep(LONG_ENOUGH)
    await supervisor.stop()
    assert not parts.revived


class Crew(DyingParts):
    """Parts that are all dead; reviving `slow` takes until it is let go."""

    def __init__(self, home: Path, *names: str, alone: str = "") -> None:
        super().__init__(home)
        self._names = names
        self._alone = alone
        self.lets_go = asyncio.Event()
        self.risen: list[str] = []

    def names(self) -> tuple[str, ...]:
        return self._names

    def alive(self, name: str) -> bool:
        return name in self.risen

    def was_stopped(self, name: str) -> bool:
        return name == "orderly"

    def is_revived_alone(self, name: str) -> bool:
        return name == self._alone

    async def revive(self, name: str) -> None:
        self.revived.append(name)
        if name == "slow":
            await self.lets_go.wait()
        self.risen.append(name)

    def watched(self) -> Supervisor:
        supervisor = supervisor_of(self)
        supervisor.start()
        return supervisor


async def test_one_that_is_slow_to_revive_keeps_no_other_waiting(tmp_path: Path) -> None:
    crew = Crew(tmp_path, "slow", "quick")
    supervisor = crew.watched()
    await until(lambda: crew.risen == ["quick"])
    crew.risen.clear()
    # It died again while the slow one was still coming.
    await until(lambda: crew.risen == ["quick"])
    await supervisor.stop()
    assert crew.revived.count("slow") == 1


async def test_a_stack_that_is_held_while_one_is_revived_gets_no_other_back(
    tmp_path: Path,
) -> None:
    crew = Crew(tmp_path, "slow", "late", alone="slow")
    supervisor = crew.watched()
    await until(lambda: crew.revived)
    (tmp_path / "hold").write_text(f"{os.getpid()}\n")
    crew.lets_go.set()
    await asyncio.sleep(LONG_ENOUGH)
    await supervisor.stop()
    assert crew.revived == ["slow"]


async def test_a_broker_whose_revival_takes_all_services_along_is_revived_alone(
    tmp_path: Path,
) -> None:
    crew = Crew(tmp_path, "slow", "intake", alone="slow")
    supervisor = crew.watched()
    await until(lambda: crew.revived)
    await asyncio.sleep(LONG_ENOUGH)
    assert crew.revived == ["slow"]
    crew.lets_go.set()
    await until(lambda: "intake" in crew.risen)
    await supervisor.stop()
    assert crew.revived == ["slow", "intake"]


async def test_an_ordered_stop_is_not_called_a_death(tmp_path: Path) -> None:
    crew = Crew(tmp_path, "orderly", "other")
    supervisor = crew.watched()
    await until(lambda: len(crew.said) >= 2)
    await supervisor.stop()
    assert [line.partition(";")[0] for line in crew.said[:2]] == [
        "orderly was stopped", "!! other died",
    ]  # fmt: skip
