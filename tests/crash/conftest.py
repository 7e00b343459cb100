"""One system for all tests of this folder that leave it whole."""

from collections.abc import AsyncIterator

import pytest

from tests.crash.rig import Rig, best_broker, running_rig

SEED = 9
"""Of a load in which every story occurs early."""


@pytest.fixture(scope="package")
async def rig() -> AsyncIterator[Rig]:
    """One of each service, and nobody who starts again what died."""
    async with running_rig(best_broker(), supervise=False, seed=SEED) as rig:
        yield rig
