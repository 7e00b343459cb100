"""A few SIGKILLs at random under load; ``make crash KILLS=50`` does many."""

import pytest

from tests.crash.random_kills import kill_at_random
from tests.crash.rig import best_broker

pytestmark = pytest.mark.crash

KILLS = 6
SEED = 20241103


@pytest.mark.timeout(480)
async def test_processes_killed_at_random_lose_and_double_no_complaint() -> None:
    killed: list[str] = []
    outcome = await kill_at_random(KILLS, SEED, best_broker(), lambda _, name: killed.append(name))
    assert len(killed) == KILLS
    assert outcome.verdict.accepted > KILLS
    assert "answered=" in outcome.activity
    assert outcome.verdict.flawless, f"{outcome.verdict.details()}\nsee {outcome.home}"
