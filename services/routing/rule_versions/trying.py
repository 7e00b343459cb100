"""A proposed version is tried over past complaints, page by page."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from services.routing.contents import Contents
from services.routing.placing.atlas import Atlas
from services.routing.placing.places import Locator
from services.routing.rule_versions import store
from services.routing.rule_versions.document import SHIPPED
from services.routing.rule_versions.rules import rules_of, shipped_document
from services.routing.rule_versions.trial import Outcome, try_out
from shared.clock import Clock
from shared.errors import NotFound
from shared.visibility import SYSTEM, Sight
from shared.work import Works

KEPT_SECONDS = 60.0
"""So long the two versions of a trial wait for its next page."""


@dataclass(frozen=True, slots=True)
class Trial:
    """``against``: the version that decides now. ``last``: the complaint that was looked at last;
    None where there is no other."""

    against: int
    outcome: Outcome
    last: UUID | None


class Trials:
    """One page at a time: two versions more take memory and the processor of the decisions. They
    are kept from page to page, for to make them takes longer than to try a page."""

    def __init__(self, works: Works, contents: Contents, locator: Locator, clock: Clock) -> None:
        self._works = works
        self._contents = contents
        self._locator = locator
        self._clock = clock
        self._one = asyncio.Lock()
        self._kept: dict[int, Atlas] = {}
        self._forgetting: asyncio.TimerHandle | None = None

    @property
    def kept(self) -> frozenset[int]:
        """Numbers of the versions that wait for the next page."""
        return frozenset(self._kept)

    async def page(self, number: int, sight: Sight, before: UUID | None, limit: int) -> Trial:
        """The last complaints within ``sight`` that came before one, by this version and by the one
        that decides now; nothing of them is kept. Raises NotFound, Transient."""
        async with self._works.read(sight) as connection:
            against = await store.number_in_force(connection, self._clock()) or SHIPPED
            if number != SHIPPED and await store.find(connection, number) is None:
                raise NotFound("There is no such version of the rules.", field="number")
            found = await store.past(connection, sight, before, limit + 1)
        shown = found[:limit]
        claimed = await self._contents.claim([each.content_ref for each in shown])
        texts = [
            (each, item.content() if item and item.status == "ok" else None)
            for each in shown
            for item in [claimed.get(each.content_ref)]
        ]
        async with self._one:
            self._remember()
            self._kept = {each: await self._atlas(each) for each in {against, number}}
            now, (old, new) = self._clock(), (self._kept[against], self._kept[number])
            outcome = await asyncio.to_thread(try_out, texts, old, new, now)
            is_last = len(found) <= limit
            self._forget() if is_last else self._forget_later()
        return Trial(against, outcome, None if is_last else shown[-1].complaint_id)

    async def _atlas(self, number: int) -> Atlas:
        if number in self._kept:
            return self._kept[number]
        document = shipped_document()
        if number != SHIPPED:
            async with self._works.read(SYSTEM) as connection:
                document = await store.document_of(connection, number) or document
        return Atlas(await asyncio.to_thread(rules_of, number, document), self._locator)

    def _remember(self) -> None:
        if self._forgetting is not None:
            self._forgetting.cancel()
            self._forgetting = None

    def _forget_later(self) -> None:
        self._forgetting = asyncio.get_running_loop().call_later(KEPT_SECONDS, self._forget)

    def _forget(self) -> None:
        self._kept = {}
