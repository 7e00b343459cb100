"""One running system for crash tests: the stack, its load and the witness."""

import asyncio
import os
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from deploy.backup.objects import place_of
from deploy.local.broker import apache_available
from deploy.local.replicas import ReplicatedStack, each
from deploy.local.stack import Stack
from deploy.running import RunningStack
from deploy.services import HEARING, NAMES, service_of
from services.intake.media.objects.sweeping import CHUNK_AGE
from shared.kafka_security import PLAIN_TEXT, KafkaSecurity
from tests.brokers import LIBRARIES
from tests.crash.clerks import Staff
from tests.crash.clocks import Clocks
from tests.crash.facts import Filed, Verdict
from tests.crash.load import AT_COUNTERS, PICTURED_EVERY, Load
from tests.crash.replicas import REPLICAS, SECOND_REPLICAS
from tests.crash.witness import Witness

SETTINGS = {
    # A sender that was killed is believed dead after its lease: five seconds instead of thirty.
    # Half of it is for the calls, so a provider has less time to answer.
    "CRM_NOTIFY_LEASE_SECONDS": "5",
    "CRM_NOTIFY_HOLD_SECONDS": "3",
    "CRM_NOTIFY_CALL_SECONDS": "2",
    "CRM_NOTIFY_BACKOFF_CAP_SECONDS": "3",
    # As many tries as make the nineteen hours of the real back-off into ten minutes.
    "CRM_NOTIFY_MAX_ATTEMPTS": "200",
    # A consumer that was killed holds its partitions until its session is over: three seconds
    # instead of six.
    **{f"CRM_{name.upper()}_KAFKA_SESSION_SECONDS": "3" for name in HEARING},
    # And for files that a process had taken which was killed, or had no database at their end.
    "CRM_MEDIA_LEASE_SECONDS": "10",
    # The processor is never free here, and each picture would wait for it in vain.
    "CRM_MEDIA_GIVING_WAY_SECONDS": "0",
}
_A_DAY_LATER = "UPDATE media.spool SET created_at = created_at - $1::interval"
_IN_STATE = "SELECT count(*) FROM media.files WHERE state = $1"
PATIENT_SECONDS, IMPATIENT_SECONDS = 30.0, 3.0
"""How long a caller waits for an answer; the second one where another replica may answer."""


def best_broker() -> str:
    return "embedded" if apache_available() else "apache"


@dataclass
class Rig:
    """A stack under load. ``running``: as callers see it, through load balancers if there are.
    ``staff``: officers at the console, where it has two replicas."""

    stack: Stack
    running: RunningStack
    load: Load
    witness: Witness
    clocks: Clocks
    staff: Staff | None = None
    trials: int = 0
    passed: int = 0

    @contextmanager
    def trial(self) -> Iterator[None]:
        """The system is tried inside; it has passed when nothing is raised."""
        self.trials += 1
        yield
        self.passed += 1

    def note(self, passed: bool) -> None:
        """A trial that is over."""
        self.trials += 1
        self.passed += passed

    @property
    def flawless(self) -> bool:
        """Every trial has passed: nobody needs its logs and data."""
        return 0 < self.trials == self.passed

    async def verdict(
        self, filed: Sequence[Filed], since: datetime, patience: float = 120.0
    ) -> Verdict:
        """The ledger's word on ``filed``, when everything has come to rest."""
        return await self.witness.settle(filed, since, patience)

    async def verdict_after_sweep(
        self, filed: Sequence[Filed], since: datetime, patience: float = 120.0
    ) -> Verdict:
        """The ledger's word a day later, when media has swept: it does when it starts. Nothing may
        have been struck since the last verdict."""
        days_ago = time.time() - 2 * CHUNK_AGE.total_seconds()
        for picture in pictures_of(self.stack.home).glob("*"):
            os.utime(picture, (days_ago, days_ago))
        async with self._media() as media:
            await media.execute(_A_DAY_LATER, 2 * CHUNK_AGE)
        sweeper = next(name for name in self.stack.services if service_of(name).name == "media")
        await self.stack.restart(sweeper)
        await self.stack.wait_ready(sweeper)
        return await self.witness.settle(filed, since, patience, start_over=False)

    async def files(self, state: str) -> int:
        """How many files media has in that state."""
        async with self._media() as media:
            found: int = await media.fetchval(_IN_STATE, state)
            return found

    @asynccontextmanager
    async def _media(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self.stack.urls["media"], timeout=10)
        try:
            yield connection
        finally:
            await connection.close()

    def terminate(self, name: str) -> None:
        """SIGTERM; whoever asks waits for the end."""
        os.kill(self.stack.pid(name), signal.SIGTERM)

    def arm(self, name: str, fault: str) -> None:
        """One of each service only: it dies at that fault (``point`` or ``point:n``)."""
        file = _fault_of(self.stack.home, name)
        part = file.with_suffix(".part")
        part.write_text(fault, encoding="utf-8")
        part.replace(file)

    def disarm(self, name: str) -> None:
        """It can be started again and lives on."""
        _fault_of(self.stack.home, name).unlink()

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
        services = self.stack.services
        await asyncio.gather(*(self.stack.wait_ready(name, 120) for name in services))


@asynccontextmanager
async def running_rig(
    broker: str, *, supervise: bool, seed: int = 0, replicas: bool = False, with_story: float = 1.0
) -> AsyncIterator[Rig]:
    """A fresh system in a home of its own, which is kept unless every trial has passed.

    ``replicas``: two of each service behind load balancers; else one of each.
    ``with_story``: the share of complaints that may have a story.
    """
    home = _fresh_home()
    clocks = Clocks(home / "clocks", SECOND_REPLICAS if replicas else ())
    with pytest.MonkeyPatch.context() as environment:
        for name, value in SETTINGS.items():
            environment.setenv(name, value)
        options: dict[str, Any] = {
            "libraries": LIBRARIES,
            "supervise": supervise,
            "extra": {name: clocks.settings(name) for name in REPLICAS}
            | {name: {"CRM_FAULT": f"@{_fault_of(home, name)}"} for name in NAMES},
        }
        stack = (
            ReplicatedStack(home, broker, replicas=each(2), **options)
            if replicas
            else Stack(home, broker, services=NAMES, **options)
        )
        rig = None
        try:
            async with rig_on(
                stack, clocks, seed=seed, with_story=with_story, staffed=replicas
            ) as rig:
                yield rig
        except Exception as error:
            error.add_note(f"logs and data are kept in {home}")
            raise
        finally:
            if rig is not None and rig.flawless:
                await stack.postgres.erase()
                shutil.rmtree(home)


@asynccontextmanager
async def rig_on(
    stack: Stack,
    clocks: Clocks,
    *,
    seed: int,
    with_story: float,
    staffed: bool,
    at_counters: int = AT_COUNTERS,
    pictured_every: int = PICTURED_EVERY,
    security: KafkaSecurity = PLAIN_TEXT,
    before: Load | None = None,
) -> AsyncIterator[Rig]:
    """Starts the stack, and stops it in the end.

    ``staffed``: officers work at the console, which needs two replicas of each service. ``before``:
    the load of the stack that this one was restored from; the ledger goes on with its officers, and
    nobody reports under a number of its reporters.
    """
    async with AsyncExitStack() as parts:
        await parts.enter_async_context(stack)
        seen, patience = stack.description(), PATIENT_SECONDS
        if staffed:
            patience = IMPATIENT_SECONDS
        running = await parts.enter_async_context(RunningStack(seen, patience))
        staff = None
        if staffed:
            staff = Staff(running)
            parts.push_async_callback(staff.close)
        first = before.sent + 1 if before else 1
        load = Load(running, seed, with_story, staff, at_counters, first, pictured_every)
        patient = await parts.enter_async_context(RunningStack(seen, PATIENT_SECONDS))
        officers = (before or load).officers
        witness = Witness(patient, officers, pictures_of(stack.home), security)
        await parts.enter_async_context(witness)
        yield Rig(stack, running, load, witness, clocks, staff)


def pictures_of(home: Path) -> Path:
    """The folder in which media keeps its objects."""
    folder = place_of(home).folder
    assert folder is not None
    return folder


def _fault_of(home: Path, name: str) -> Path:
    return home / f"{name}.fault"


def _fresh_home() -> Path:
    """A folder that an unprivileged database server can reach."""
    home = Path(tempfile.mkdtemp(prefix="crm-crash-"))
    home.chmod(0o755)
    return home


def now() -> datetime:
    return datetime.now(UTC)
