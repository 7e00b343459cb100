"""An officer's file is taken in: sealed chunk by chunk while it comes, then cleared while the
officer waits.

It is acknowledged by one transaction, after its last byte; what a broken upload leaves behind is
swept. Who sends the same again under the same key gets the first file's ref. Whether it is the
same is told by a keyed digest: one without a key would say of which picture it is.
"""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from uuid import UUID

from services.intake.media.domain import FileState
from services.intake.media.evidence import store
from services.intake.media.evidence.hands import Hands
from services.intake.media.evidence.limits import Held, Limits
from services.intake.media.evidence.store import Evidence, First, Standing
from services.intake.media.incoming import IncomingFile, Laid, Room
from services.intake.media.sealing import FileOpener, FileSealer
from services.intake.media.settling import Awaited
from shared.auth import Operator
from shared.errors import Malformed, Underway
from shared.http.idempotency import FIELD
from shared.ids import NewId
from shared.visibility import SYSTEM
from shared.work import Works

LOOK_SECONDS = 1.0
"""Another replica may settle a file and tells nobody here, so its row is looked at each second."""

UNDER_WAY = frozenset({FileState.WAITING, FileState.FETCHING})


class Receiving:
    """Takes evidence in, and waits a moment for what becomes of it."""

    def __init__(
        self,
        works: Works,
        hands: Hands,
        sealer: FileSealer,
        opener: FileOpener,
        awaited: Awaited,
        new_id: NewId,
        patience: float,
        limits: Limits,
    ) -> None:
        """``patience``: seconds that a request waits for its file. ``limits``: of one case."""
        self._works = works
        self._hands = hands
        self._sealer = sealer
        self._opener = opener
        self._awaited = awaited
        self._new_id = new_id
        self._patience = patience
        self._limits = limits
        self._room = Room()

    async def take(
        self, officer: Operator, complaint_id: UUID, key: str | None, body: AsyncIterator[bytes]
    ) -> Standing:
        """What has become of the file within the time that a request waits.

        Raises NotFound for a case that is not in the officer's hands, Conflict for one that has its
        share of evidence, Malformed for no bytes and for other ones under the same key, Underway
        while the first of two is being taken, Transient while routing is away.
        """
        request = _request(officer, key)
        first = await self._first(request)
        if first is not None:
            await self._check_same(first, complaint_id, body)
            return await self._settled(first.ref)
        since = await self._hands.since(officer, complaint_id)
        ref = self._new_id()
        laid, mac = await self._take_in(ref, body, await self._held(complaint_id))
        evidence = Evidence(
            ref, complaint_id, officer.subject, officer.unit, since, request, mac
        )  # fmt: skip
        async with self._works.open(SYSTEM) as work:
            await store.take_turn(work.connection, complaint_id)
            # Others may have come in while this one did; and a repeat of it, which needs no room.
            if request is None or await store.first(work.connection, request) is None:
                self._refuse_beyond(await store.held(work.connection, complaint_id), laid.size)
            if not await store.add(work.connection, evidence, laid, work.now):
                raise Underway("The same request is being served. Send it again in a second.")
        return await self._settled(ref)

    async def _first(self, request: bytes | None) -> First | None:
        if request is None:
            return None
        async with self._works.read(SYSTEM) as connection:
            return await store.first(connection, request)

    async def _check_same(
        self, first: First, complaint_id: UUID, body: AsyncIterator[bytes]
    ) -> None:
        mac = self._opener.mac(first.ref, first.wrapped_key)
        async for piece in body:
            mac.update(piece)
        if first.complaint_id != complaint_id or not hmac.compare_digest(mac.digest(), first.mac):
            raise Malformed(
                "Another file was handed over under this key. Take a new key for a new file.",
                field=FIELD,
            )

    async def _held(self, complaint_id: UUID) -> Held:
        async with self._works.read(SYSTEM) as connection:
            return await store.held(connection, complaint_id)

    def _refuse_beyond(self, held: Held, more: int) -> None:
        refusal = self._limits.refusal(held, more)
        if refusal is not None:
            raise refusal

    async def _take_in(
        self, ref: UUID, body: AsyncIterator[bytes], held: Held
    ) -> tuple[Laid, bytes]:
        self._refuse_beyond(held, 0)
        sealing = self._sealer.file(ref)
        mac = self._opener.mac(ref, sealing.wrapped_key)
        with closing(IncomingFile(sealing, self._lay_down, self._room, mac)) as file:
            async for piece in body:
                self._refuse_beyond(held, file.size + len(piece))
                await file.write(piece)
            if not file.size:
                raise Malformed("Send the bytes of the file as the body.", field="body")
            return await file.end(), mac.digest()

    async def _lay_down(self, ref: UUID, number: int, sealed: bytes) -> None:
        async with self._works.open(SYSTEM) as work:
            await store.add_chunk(work.connection, ref, number, sealed, work.now)

    async def _settled(self, ref: UUID) -> Standing:
        left = self._patience
        with self._awaited.expecting(ref) as tried:
            while True:
                found = await self._standing(ref)
                if left <= 0 or found.state not in UNDER_WAY:
                    return found
                with suppress(TimeoutError):
                    await asyncio.wait_for(tried.wait(), min(left, LOOK_SECONDS))
                tried.clear()
                left -= LOOK_SECONDS

    async def _standing(self, ref: UUID) -> Standing:
        async with self._works.read(SYSTEM) as connection:
            return await store.standing(connection, ref)


def _request(officer: Operator, key: str | None) -> bytes | None:
    if key is None:
        return None
    said = "\n".join((officer.subject, officer.role, officer.unit, key))
    return hashlib.sha256(said.encode()).digest()
