"""The course of the drill: what is done to the installation, and what a ledger says of it.

A fresh stack, two of each service, on Apache Kafka with TLS and SASL. While complaints come in,
every replica is replaced, every key is changed and a backup is taken; some reporters are erased
after it. Then the disks of database and broker are lost. What is restored must hold every complaint
that was acknowledged, once, in the same state in all services, and nothing of who was erased.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from deploy.local.replicas import ReplicatedStack, each
from deploy.local.settings import kafka_security, launcher_settings
from tests.crash.clocks import Clocks
from tests.crash.facts import Facts, Filed, Verdict
from tests.crash.load import AT_COUNTERS, CHANNELS, PICTURED, PICTURED_EVERY, Load
from tests.crash.office import at_the_console
from tests.crash.reading import Readers
from tests.crash.rig import Rig, now, rig_on
from tests.drill import losing
from tests.drill.kafka import CityKafka
from tests.drill.places import Places, told
from tests.drill.progress import Progress, Tell
from tests.drill.rolling import Older, upgrade
from tests.drill.rotating import Rotated, rotate

STORIES_A_SECOND = 1.0
"""Cases that officers or their authors do more with; so many are as much as the others disturb."""
COUNTERS_EVERY_SECONDS = 1.0
PICTURES_A_SECOND = 1.5
"""To make one harmless takes two cores a third of a second."""
PICTURED_SHARE = len(PICTURED) / len(CHANNELS)
ERASED = 12
"""Reporters who are erased after the backup."""
BROKER = "url"
"""To the stack it is a cluster of somebody else's."""


@dataclass(frozen=True)
class Plan:
    """rate: complaints per second. quiet: seconds of load before the upgrade, and after the backup.
    at_once: services of which a process is replaced at the same time. rest: seconds that an old key
    is given until nothing under way needs it. again: complaints after the restore. patience:
    seconds until what has not come to rest counts as stuck."""

    rate: float = 50.0
    quiet: float = 15.0
    at_once: int = 1
    rest: float = 170.0
    again: int = 50
    patience: float = 600.0
    seed: int = 12


@dataclass(slots=True)
class Outcome:
    """before, after: the ledger's word on the stack that was lost, and on the restored one.
    changed: cases that a service holds otherwise. kept: what is left of who was erased, in the
    backup restored alone. reached: complaints per second."""

    before: Verdict | None = None
    after: Verdict | None = None
    rotated: Rotated = field(default_factory=Rotated)
    erased: int = 0
    changed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    activity: str = ""
    reached: float = 0.0

    @property
    def flawless(self) -> bool:
        return (
            self.before is not None and self.before.flawless
            and self.after is not None and self.after.flawless
            and self.erased > 0 and not self.changed and not self.kept
        )  # fmt: skip

    def details(self) -> Iterator[str]:
        """A line for each thing that is wrong; ids only."""
        for when, verdict in (("before the loss", self.before), ("restored", self.after)):
            if verdict is not None and not verdict.flawless:
                yield from (f"{when}: {line}" for line in verdict.details().splitlines())
        yield from (f"changed: {line}" for line in self.changed)
        yield from (f"erased, and kept: {line}" for line in self.kept)

    def summary(self) -> str:
        """For programs."""
        said = self.after.summary() if self.after else "not restored"
        return f"{said} changed={len(self.changed)} erased={self.erased} kept={len(self.kept)}"


@dataclass(frozen=True, slots=True)
class Before:
    """What the ledger must know of the stack that was lost. doomed: who was erased after the
    backup."""

    load: Load
    facts: Facts
    doomed: frozenset[UUID]


@dataclass
class Drill:
    """One run of it. older: by process what makes it one of an older release."""

    plan: Plan
    places: Places
    kafka: CityKafka
    progress: Progress
    older: Older = field(default_factory=dict)
    outcome: Outcome = field(default_factory=Outcome)

    async def undergo(self) -> Outcome:
        with told(self.places, self.kafka) as environment:
            before = await self._first_life()
            await self._bring_back(before.doomed, environment)
            await self._second_life(before)
        return self.outcome

    async def _first_life(self) -> Before:
        """From the first start to the loss."""
        step, tell = self.progress.step, self.progress.tell
        async with self._started("Apache Kafka with TLS and SASL, two of each service", 1) as rig:
            began = now()
            doomed = await self._used(rig)
            with step("ledger before the loss"):
                filed = rig.load.filed()
                self.outcome.before = await self._judged(rig, filed, began, tell)
                facts = await rig.witness.facts(filed, began)
                await rig.witness.close()
            with step("loss: database and broker are killed, their disks are gone"):
                await losing.archived(rig.stack, self.places)
                await losing.lose(rig.stack, self.kafka)
        return Before(rig.load, facts, doomed)

    async def _used(self, rig: Rig) -> frozenset[UUID]:
        """All that is done under load; whom it has erased after the backup."""
        plan, step, began = self.plan, self.progress.step, time.monotonic()
        async with under_load(rig, plan.rate, plan.seed):
            with step(f"load: {plan.rate:g} complaints a second, until the ledger"):
                await asyncio.sleep(plan.quiet)
            with step("upgrade: look, migrate, replace every process") as tell:
                await upgrade(rig.stack, self.older, plan.at_once, tell)
            with step("keys: every kind is changed") as tell:
                home = self.places.home
                self.outcome.rotated = await rotate(home, rig.running, plan.rest, tell)
            doomed = rig.load.without_story()[:ERASED]
            with step("backup") as tell:
                await losing.back_up(self.places, tell)
            with step(f"erasure of {len(doomed)} reporters after the backup") as tell:
                await asyncio.sleep(plan.quiet)
                await rig.load.erase(doomed)
                await losing.tell_cost(rig.stack, tell)
        self.outcome.reached = rig.load.accepted / (time.monotonic() - began)
        self.outcome.activity = rig.load.activity()
        self.progress.tell(f"{rig.load.accepted} complaints, {self.outcome.reached:.1f}/s")
        return frozenset(each.complaint_id for each in doomed if each.complaint_id and each.erased)

    async def _bring_back(self, doomed: frozenset[UUID], environment: pytest.MonkeyPatch) -> None:
        with self.progress.step("restore, up to the end of the archived log") as tell:
            await losing.restore(self.places, tell)
        with self.progress.step("the backup alone, without its log") as tell:
            books = await losing.restore_alone(self.places, environment)
            self.outcome.kept = losing.kept_of(doomed, books)
            self.outcome.erased = len(doomed & books.cases.keys())
            tell(
                f"{self.outcome.erased} in it were erased after it: {len(self.outcome.kept)} things"
                f" are left of them; it has the reporters of {len(books.sealed)} others"
            )

    async def _second_life(self, before: Before) -> None:
        """From the rebuilt bus to the ledger's last word."""
        step, load, began = self.progress.step, before.load, before.facts.since
        async with self._started("an empty broker, the bus is rebuilt", 2, load) as rig:
            with step("crm bus rebuild, once more while all runs") as tell:
                tell(await losing.run(self.places, "bus", "rebuild"))
            with step(f"{self.plan.again} complaints to the restored stack"):
                async with under_load(rig, 0.0, self.plan.seed):
                    await rig.load.send(self.plan.again, min(10.0, self.plan.rate))
            with step("ledger after the restore") as tell:
                filed = [*before.facts.filed, *rig.load.filed()]
                verdict = await self._judged(rig, filed, began, tell)
                facts = await rig.witness.facts(filed, began)
                self.outcome.changed = changed(before.facts, facts)
                if verdict.settled:
                    verdict = await rig.verdict_after_sweep(filed, began, self.plan.patience)
                self.outcome.after = verdict

    @asynccontextmanager
    async def _started(
        self, what: str, life: int, before: Load | None = None
    ) -> AsyncIterator[Rig]:
        """life: 1 of the stack that will be lost, 2 of the restored one."""
        async with AsyncExitStack() as parts:
            with self.progress.step(f"start: {what}"):
                await self.kafka.start()
                rig = await parts.enter_async_context(self._rig(life, before))
            yield rig

    def _rig(self, life: int, before: Load | None) -> AbstractAsyncContextManager[Rig]:
        settings, rate = launcher_settings(), self.plan.rate
        stack = ReplicatedStack(
            self.places.home,
            self.kafka.at("CLIENT"),
            replicas=each(2),
            kafka=settings,
            wal_archive=self.places.wal(life),
            extra=self.older,
        )
        return rig_on(
            stack,
            Clocks(self.places.elsewhere / "clocks", ()),
            seed=self.plan.seed + life,
            with_story=min(0.5, STORIES_A_SECOND / rate) if before is None else 0.0,
            staffed=True,
            at_counters=max(AT_COUNTERS, round(rate * COUNTERS_EVERY_SECONDS)),
            pictured_every=max(PICTURED_EVERY, round(rate * PICTURED_SHARE / PICTURES_A_SECOND)),
            security=kafka_security(settings, BROKER),
            before=before,
        )

    async def _judged(
        self, rig: Rig, filed: Sequence[Filed], began: datetime, tell: Tell
    ) -> Verdict:
        """With what officers have seen at the console, which does not come right by waiting."""
        assert rig.staff is not None
        settled = await rig.verdict(filed, began, self.plan.patience)
        erased = {str(each.complaint_id) for each in filed if each.erased}
        verdict = replace(settled, wrong=(*settled.wrong, *rig.staff.figures.odd(erased)))
        tell(verdict.summary())
        return verdict


@asynccontextmanager
async def under_load(rig: Rig, rate: float, seed: int) -> AsyncIterator[None]:
    """Complaints (none at a rate of 0), readers and officers, until the block is done and each has
    its answer."""
    assert rig.staff is not None
    stop = asyncio.Event()
    readers = Readers(rig.running, lambda: rig.load.codes, seed)
    work: list[Coroutine[Any, Any, object]] = [
        readers.keep_reading(stop),
        at_the_console(rig.staff, rig.load.officers, stop),
    ]
    if rate:
        work.append(rig.load.keep_sending(rate, stop))
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield
        stop.set()
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def changed(before: Facts, after: Facts) -> list[str]:
    """Cases of which a service holds another thing than it held before the loss."""
    assert before.books is not None
    assert after.books is not None
    lines = []
    for service, held in before.books.standings.items():
        now_held = after.books.standings[service]
        lines += [
            f"case {complaint}: {service} held {was}, and holds {now_held.get(complaint)}"
            for complaint, was in held.items()
            if now_held.get(complaint) != was
        ]
    return lines
