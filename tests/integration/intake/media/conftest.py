"""A real zygote, and what its children have used."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from services.intake.media.clearing.clearing import ChildUse, Clearing


@dataclass(frozen=True, slots=True)
class Watched:
    clearing: Clearing
    used: list[ChildUse]


@pytest.fixture
async def watched() -> AsyncIterator[Watched]:
    used: list[ChildUse] = []
    made = Clearing(used.append)
    await made.start()
    yield Watched(made, used)
    await made.stop()
