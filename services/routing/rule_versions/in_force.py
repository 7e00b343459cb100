"""Which version of the rules decides in this process."""

import asyncio
from collections.abc import Mapping

from services.routing.placing.atlas import Atlas
from services.routing.rule_versions import store
from services.routing.rule_versions.document import SHIPPED
from services.routing.rule_versions.failures import FAILURES
from services.routing.rule_versions.rules import Rules, load_rules, rules_of
from shared.clock import Clock
from shared.errors import Transient
from shared.telemetry import Metrics, describe, get_logger
from shared.visibility import SYSTEM
from shared.work import Works

LOOK_SECONDS = 1.0
"""Between two looks. A version that was activated decides everywhere after so long."""


class RulesInForce:
    """Looks which version was activated, and hands it to the atlas as one value. A batch that is
    being decided has taken its tables before and keeps them.

    Under load it takes seconds to make a version ready. The newest proposal is made ready before
    anybody activates it, and the version that decided before is kept for those who go back to it.
    """

    def __init__(self, works: Works, atlas: Atlas, clock: Clock, metrics: Metrics) -> None:
        self._works = works
        self._atlas = atlas
        self._clock = clock
        self._metrics = metrics
        self._log = get_logger("routing")
        self._known = False
        self._refused: int | None = None
        self._before: Rules | None = None
        self._proposed: Rules | None = None
        self._unreadable: set[int] = set()
        metrics.rules_version.set(atlas.rules.number)

    async def known(self) -> None:
        """Before the first decision of a process: it would be made by the files, though another
        version was activated long ago. Raises Transient while the database is away."""
        if not self._known:
            await self.step()

    async def step(self) -> int:
        """Raises Transient. Nothing is to be done at once after it."""
        async with self._works.read(SYSTEM) as connection:
            number = await store.number_in_force(connection, self._clock()) or SHIPPED
            newest = await store.last_number(connection) or SHIPPED
        await self._go_by(number)
        self._known = True
        await self._make_ready(newest)
        return 0

    async def _go_by(self, number: int) -> None:
        if number == self._refused:
            return
        try:
            self._take(self.ready.get(number) or await self._made(number))
        except FAILURES as error:
            self._refuse(number, error)

    async def _make_ready(self, number: int) -> None:
        """What cannot be read is said when it is activated: until then it decides nothing."""
        if number in self._unreadable or number in self.ready:
            return
        try:
            self._proposed = await self._made(number)
        except FAILURES:
            self._unreadable.add(number)

    @property
    def ready(self) -> Mapping[int, Rules]:
        """Versions that can decide at once, by their number."""
        known = (self._proposed, self._before, self._atlas.rules)
        return {each.number: each for each in known if each is not None}

    async def _made(self, number: int) -> Rules:
        if number == SHIPPED:
            return load_rules()
        async with self._works.read(SYSTEM) as connection:
            document = await store.document_of(connection, number)
        if document is None:
            raise Transient("a version of the rules is not there yet")
        return await asyncio.to_thread(rules_of, number, document)

    def failed(self, error: Exception) -> None:
        """A rule could not be applied to a complaint. It is told by its kind alone."""
        self._metrics.rules_failed.inc()
        self._log.error("rule_failed", error=describe(error))

    def _take(self, rules: Rules) -> None:
        self._refused = None
        self._metrics.rules_refused.set(0)
        if rules is self._atlas.rules:
            return
        self._before, self._atlas.rules = self._atlas.rules, rules
        self._metrics.rules_version.set(rules.number)
        self._log.info("rules_in_force", count=rules.number)

    def _refuse(self, number: int, error: Exception) -> None:
        """This release cannot read the version, which another one has checked. What decided until
        now goes on: without rules no complaint would find a unit."""
        self._refused = number
        self._metrics.rules_refused.set(1)
        self._log.error("rules_refused", count=number, error=describe(error))
