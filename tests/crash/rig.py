"""One running system for crash tests: the stack, its load and the witness."""

import asyncio
import os
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.local.broker import apache_available
from deploy.local.stack import Stack
from deploy.running import RunningStack
from deploy.services import HEARING, NAMES
from tests.brokers import LIBRARIES
from tests.crash.facts import Filed, Verdict
from tests.crash.load import Load
from tests.crash.witness import Witness

SETTINGS = {
    # A sender that was killed is believed dead after its lease: five seconds instead of thirty.
    # Half of it is for the calls, so a provider has less time to answer.
    "CRM_NOTIFY_LEASE_SECONDS": "5",
    "CRM_NOTIFY_CALL_SECONDS": "2",
    "CRM_NOTIFY_BACKOFF_CAP_SECONDS": "3",
    # A consumer that was killed holds its partitions until its session is over: three seconds
    # instead of six.
    **{f"CRM_{name.upper()}_KAFKA_SESSION_SECONDS": "3" for name in HEARING},
    # The same for the shards of a relay that was killed.
    "CRM_RELAY_LEASE_SECONDS": "3",
}


def best_broker() -> str:
    return "embedded" if apache_available() else "apache"


@dataclass
class Rig:
    """A stack under load."""

    stack: Stack
    running: RunningStack
    load: Load
    witness: Witness
    flawless: bool = False
    """Set by whoever used it: the home of a rig that is not is kept."""

    async def verdict(
        self, filed: Sequence[Filed], since: datetime, patience: float = 120.0
    ) -> Verdict:
        """The ledger's word on ``filed``, when everything has come to rest."""
        return await self.witness.settle(filed, since, patience)

    def terminate(self, name: str) -> None:
        """SIGTERM; whoever asks waits for the end."""
        os.kill(self.stack.pid(name), signal.SIGTERM)

    async def ended(self, name: str, seconds: float) -> int | None:
        """The return code of a service once it has ended; None when it still runs after that."""
        deadline = time.monotonic() + seconds
        while self.stack.alive(name):
            if time.monotonic() > deadline:
                return None
            await asyncio.sleep(0.05)
        return self.stack.returncode(name)

    async def recovered(self, seconds: float = 180.0) -> None:
        """Until the supervisor has brought back everything that was killed."""
        async with asyncio.timeout(seconds):
            while True:
                async with self.stack.turn:
                    if all(self.stack.alive(name) for name in self.stack.names()):
                        break
                await asyncio.sleep(0.2)
        await self.all_ready()

    async def all_ready(self) -> None:
        await asyncio.gather(*(self.stack.wait_ready(name, 120) for name in NAMES))


@asynccontextmanager
async def running_rig(broker: str, *, supervise: bool, seed: int = 0) -> AsyncIterator[Rig]:
    """A fresh system in a home of its own, which is kept unless the rig ends flawless."""
    home = _fresh_home()
    with pytest.MonkeyPatch.context() as environment:
        for name, value in SETTINGS.items():
            environment.setenv(name, value)
        stack = Stack(home, broker, libraries=LIBRARIES, supervise=supervise)
        rig = None
        try:
            async with AsyncExitStack() as parts:
                await parts.enter_async_context(stack)
                running = await parts.enter_async_context(RunningStack(stack.description()))
                load = Load(running, seed=seed)
                witness = Witness(running, load.officers.deeds)
                rig = Rig(stack, running, load, await parts.enter_async_context(witness))
                yield rig
        except Exception as error:
            error.add_note(f"logs and data are kept in {home}")
            raise
        finally:
            if rig is not None and rig.flawless:
                await stack.postgres.erase()
                shutil.rmtree(home)


def _fresh_home() -> Path:
    """A folder that an unprivileged database server can reach."""
    home = Path(tempfile.mkdtemp(prefix="crm-crash-"))
    home.chmod(0o755)
    return home


def now() -> datetime:
    return datetime.now(UTC)
