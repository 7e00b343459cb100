"""A few faults of each kind at random under load; ``make crash FAULTS=50`` does many."""

import pytest

from tests.crash.clocks import libfaketime, notice
from tests.crash.faults import DECK, Fault
from tests.crash.random_faults import Trial, undergo
from tests.crash.rig import best_broker
from tests.gateways.installed import required

pytestmark = pytest.mark.crash

FAULTS = len(DECK)
SEED = 20241103


def test_clocks_jump_where_all_must_be_tested() -> None:
    assert libfaketime() is not None or not required(), notice()


@pytest.mark.timeout(480)
async def test_faults_of_every_kind_lose_double_and_stop_nothing() -> None:
    struck: list[Fault] = []
    trial = Trial(FAULTS, SEED, best_broker(), rate=4, pause=1.5, longest=10)
    outcome = await undergo(trial, lambda _, fault: struck.append(fault))
    assert {fault.kind for fault in struck} >= {"kill", "freeze", "backends", "gateways", "away"}
    assert outcome.verdict.accepted > FAULTS
    assert "answered=" in outcome.activity
    assert " files=0" not in outcome.activity
    console = outcome.console
    # How often the other things happen at the console depends on the machine's speed.
    assert min(console.pages, console.answered, console.entered, console.searched) > 0, console
    assert outcome.verdict.flawless, f"{outcome.verdict.details()}\nsee {outcome.home}"
