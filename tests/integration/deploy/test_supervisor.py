"""The supervisor's pauses, on parts that die as told."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from deploy.local.process import ProcessFailed
from deploy.local.supervisor import Supervisor


class DyingParts:
    """Two parts: `sound` lives, `sick` dies again as soon as it was revived."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.turn = asyncio.Lock()
        self.said: list[str] = []
        self.revived: list[str] = []

    def names(self) -> tuple[str, ...]:
        return ("sound", "sick")

    def alive(self, name: str) -> bool:
        return name == "sound"

    def say(self, line: str) -> None:
        self.said.append(line)

    async def revive(self, name: str) -> None:
        self.revived.append(name)
        if len(self.revived) == 1:
            raise ProcessFailed("its port is taken")


async def test_what_dies_again_and_again_is_started_after_ever_longer_pauses(
    tmp_path: Path,
) -> None:
    parts = DyingParts(tmp_path)
    supervisor = Supervisor(parts)
    supervisor.start()
    await asyncio.sleep(2.6)
    await supervisor.stop()
    pauses = [float(found[1]) for line in parts.said if (found := re.search(r"in (\S+) s", line))]
    assert pauses[:3] == [0.2, 0.4, 0.8]
    assert set(parts.revived) == {"sick"}
    assert any("could not be started again: its port is taken" in line for line in parts.said)
    count = len(parts.revived)
    await asyncio.sleep(1.0)
    assert len(parts.revived) == count


async def test_while_someone_holds_the_turn_nothing_is_revived(tmp_path: Path) -> None:
    parts = DyingParts(tmp_path)
    supervisor = Supervisor(parts)
    async with parts.turn:
        supervisor.start()
        await asyncio.sleep(0.8)
        assert parts.revived == []
    await asyncio.sleep(0.8)
    await supervisor.stop()
    assert parts.revived
