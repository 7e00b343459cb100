"""Rotation, done: each step looks at what runs, decides, writes the files and notes the time."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from deploy.keys import steps
from deploy.keys.kinds import Kind
from deploy.keys.places import Place, keep_apart, note, noted
from deploy.keys.steps import Seen
from deploy.keys.survey import rows_needing, seen_of
from deploy.running import RunningStack
from shared.clock import Clock
from shared.errors import StopTheLine
from shared.key_ring import NamedKey

STUCK_LOOKS = 60
"""So many looks in a row at the same number of rows, and nobody is re-sealing."""


@dataclass(frozen=True, slots=True)
class Line:
    """One key of the list. rows: that need it; None where nothing is sealed or nobody was asked."""

    kind: str
    id: str
    made: str
    state: str
    used: float | None
    rows: int | None


class Rotation:
    """stack: whose processes are asked; None where nothing runs, or somebody else has rolled out
    each change."""

    def __init__(self, place: Place, stack: RunningStack | None, clock: Clock) -> None:
        self._place = place
        self._stack = stack
        self._clock = clock

    async def lines(self, kinds: Sequence[Kind], *, count: bool) -> list[Line]:
        """count: rows too, for which the database must be there."""
        seen = await seen_of(self._stack, kinds) if self._stack else {}
        return [
            await self._line(kind, place, key, seen.get(kind.name, ()), count=count)
            for kind in kinds
            for place, key in enumerate(self._place.ring(kind))
        ]

    async def _line(
        self, kind: Kind, place: int, key: NamedKey, seen: Sequence[Seen], *, count: bool
    ) -> Line:
        used = max((each.used.get(key.id, 0.0) for each in seen), default=0.0)
        rows = await rows_needing(self._place, kind, key) if count and kind.needing else None
        state = "writes" if place == 0 else "reads"
        return Line(kind.name, key.id, steps.made(key.id), state, used or None, rows)

    def add(self, kind: Kind) -> str:
        """The id of a new key, which reads and does not write yet."""
        now = self._clock()
        key_id = steps.new_id(now, secrets.token_hex(3), self._place.prefix)
        key = NamedKey(key_id, kind.encode(kind.fresh()))
        self._place.pin(kind)
        self._place.put(kind, steps.added(self._place.ring(kind), key))
        what = noted(self._place)
        what.added.setdefault(kind.name, {})[key_id] = now
        note(self._place, what)
        return key_id

    async def use(self, kind: Kind, key_id: str) -> None:
        """Raises StopTheLine while a process does not hold the key."""
        before = self._place.ring(kind)
        after = steps.used(kind, before, key_id, await self._seen(kind))
        if after != before:
            what = noted(self._place)
            left = what.left.setdefault(kind.name, {})
            left[before[0].id] = self._clock()
            left.pop(key_id, None)
            note(self._place, what)
            self._place.put(kind, after)

    async def reseal(self, kind: Kind, seconds: float = 1.0) -> AsyncIterator[int]:
        """How many rows are still sealed by keys that do not write, until none is; the owner seals
        them anew. seconds: between two looks. Raises StopTheLine where the number does not fall."""
        if kind.needing is None:
            raise StopTheLine(f"nothing that is kept is sealed by keys of {kind.name}")
        if kind.lasting:
            raise StopTheLine(f"nothing of {kind.name} is made anew: {kind.lasting}")
        looks, last = 0, -1
        while True:
            others = self._place.ring(kind)[1:]
            left = sum([await rows_needing(self._place, kind, key) for key in others])
            yield left
            if left == 0:
                return
            looks, last = (looks + 1, last) if left == last else (0, left)
            if looks == STUCK_LOOKS:
                raise StopTheLine(f"{left} rows stay as they are: the log of {kind.owner} says why")
            await asyncio.sleep(seconds)

    async def retire(self, kind: Kind, key_id: str) -> str:
        """The proof that nothing needs the key. Raises StopTheLine while something does."""
        ring = self._place.ring(kind)
        key = steps.known(kind, ring, key_id)
        seen = await self._seen(kind)
        rows = await rows_needing(self._place, kind, key) if ring[0].id != key_id else 0
        what = noted(self._place)
        left = what.left.get(kind.name, {}).get(key_id)
        after, proof = steps.retired(kind, ring, key_id, left, seen, rows, self._clock())
        kept = keep_apart(self._place, kind, key)
        self._place.put(kind, after)
        return f"{proof}; it is kept in {kept} for backups of its time"

    async def _seen(self, kind: Kind) -> Sequence[Seen]:
        if self._stack is None:
            return ()
        return (await seen_of(self._stack, [kind]))[kind.name]
