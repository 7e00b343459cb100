"""What is found of a picture when it is cleared.

What others know is asked before the transaction; earlier pictures are looked up within it, so that
of two pictures that are the same the second one finds the first.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.media.clearing.fingerprint import same
from services.intake.media.clearing.outcome import Cleared, Fingerprint, Outcome
from services.intake.media.domain import File
from services.intake.media.evidence.store import held_since
from services.intake.media.proof import store
from services.intake.media.proof.flags import (
    Alike,
    Finding,
    Near,
    Point,
    Policy,
    findings,
    taken_near,
)
from services.intake.media.proof.places import Places
from services.intake.media.proof.store import Earlier
from shared.events.vocabulary import MediaOrigin


@dataclass(frozen=True, slots=True)
class Known:
    """What others have said of the case. place: of the complaint; gone when this is."""

    place: Point | None = field(default=None, repr=False)


class Proving:
    def __init__(self, places: Places, policy: Policy) -> None:
        self._places = places
        self._policy = policy

    async def known_of(self, file: File, cleared: Cleared) -> Known:
        """Asks where the complaint is, of a picture that says where it was taken. Raises Transient
        while intake is away."""
        facts = cleared.facts
        if facts.latitude is None or facts.longitude is None:
            return Known()
        return Known(await self._places.of(file.complaint_id))

    async def find(
        self, connection: AsyncConnection, file: File, outcome: Outcome, known: Known
    ) -> tuple[Finding, ...]:
        """What a reviewer should look at; of evidence alone."""
        if not isinstance(outcome, Cleared) or file.origin is not MediaOrigin.EVIDENCE:
            return ()
        alike = await self._alike(connection, file, outcome.fingerprint)
        since: datetime | None = await held_since(connection, file.ref)
        return findings(
            file.complaint_id, outcome.facts, alike, since, known.place, self._policy
        )  # fmt: skip

    async def _alike(
        self, connection: AsyncConnection, file: File, asked: Fingerprint | None
    ) -> list[Alike]:
        if asked is None:
            return []
        await store.take_turn(connection)
        earlier = await store.nearest(connection, asked, file.complaint_id)
        earlier += await store.reporters(connection, file.complaint_id)
        # In a thread: forty pictures that are near take a good part of a second.
        found = await asyncio.to_thread(self._the_same, asked, earlier)
        return [Alike(each.complaint_id, each.origin) for each in found]

    def _the_same(self, asked: Fingerprint, earlier: Sequence[Earlier]) -> list[Earlier]:
        return [each for each in earlier if same(asked, each.fingerprint) >= self._policy.same]

    async def keep(
        self,
        connection: AsyncConnection,
        file: File,
        outcome: Outcome,
        known: Known,
        found: Sequence[Finding],
    ) -> None:
        """For later pictures, and for whoever asks about this one."""
        if not isinstance(outcome, Cleared):
            return
        if outcome.fingerprint is not None:
            await store.add_fingerprint(
                connection, file.ref, file.complaint_id, file.origin, outcome.fingerprint
            )
        near = taken_near(outcome.facts, known.place, self._policy)
        if near is not Near.UNKNOWN:
            await store.set_near(connection, file.ref, near)
        if found:
            await store.add_findings(connection, file.ref, found)
