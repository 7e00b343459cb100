"""Administrators' door: the originals of a complaint, for one who asks and another who confirms."""

import asyncio
import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field

from services.intake.vault import reveals, store
from services.intake.vault.reveals import Reveal
from services.intake.vault.sealing import ORIGINAL, Opener
from shared.auth import Operator, OperatorTokens, Role
from shared.errors import Conflict, Gone, NotFound, Reject
from shared.facts_claim import FactsClaim
from shared.http.operation import Router
from shared.http.reasons import Reasoned
from shared.http.refusals import refuses
from shared.two_persons import LIFETIME
from shared.visibility import SYSTEM, CaseFacts, Sight, care_of, sees
from shared.work import Work, Works

PURPOSE = "original"
"""In the access log; the caller is the administrator's opaque subject."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class RevealWish(Reasoned):
    complaint_id: UUID


class AskedReveal(_Model):
    """``expires_at``: until then it may be confirmed, and the originals be read."""

    reveal_id: UUID
    complaint_id: UUID
    expires_at: datetime
    confirmed: bool


class WaitingReveal(AskedReveal):
    """``own``: you have asked for it yourself, so another must confirm it."""

    note: str
    asked_at: datetime
    own: bool


class WaitingReveals(_Model):
    reveals: list[WaitingReveal]


class Original(_Model):
    """A message as it came (class C3), base64; null where it does not open or was not kept."""

    ref: UUID
    received_at: datetime
    original: Annotated[str | None, Field(repr=False)]


class Originals(_Model):
    complaint_id: UUID
    originals: list[Original]


class OriginalDesk:
    """Requests for originals; each original that is read is logged in the same transaction."""

    def __init__(self, works: Works, opener: Opener, facts: FactsClaim) -> None:
        self._works = works
        self._opener = opener
        self._facts = facts

    async def ask(self, wish: RevealWish, by: str, care: Sight) -> Reveal:
        """Raises NotFound for a complaint that is not there or not in ``care``, Gone for an erased
        one, Transient while intake cannot say whom it is about."""
        facts = (await self._facts.of([wish.complaint_id])).get(wish.complaint_id)
        if facts is None or not _in_care(facts.about_unit, facts.restricted, care):
            raise NotFound("There is no such complaint.", field="complaint_id")
        async with self._works.open(SYSTEM) as work:
            await _check_kept(work, wish.complaint_id)
            reveal = Reveal(
                reveal_id=work.new_id(), complaint_id=wish.complaint_id,
                about_unit=facts.about_unit, restricted=facts.restricted, asked_by=by,
                note=wish.note, asked_at=work.now, expires_at=work.now + LIFETIME,
            )  # fmt: skip
            await store.save_reveal(work.connection, reveal)
        return reveal

    async def waiting(self, care: Sight) -> list[Reveal]:
        """Requests in ``care`` that may be confirmed or read, oldest first."""
        async with self._works.open(SYSTEM) as work:
            return await store.open_reveals(work.connection, care, work.now)

    async def confirm(self, reveal_id: UUID, by: str, note: str, care: Sight) -> Reveal:
        """Raises as `reveals.confirm`, and NotFound as ``ask`` does."""
        async with self._works.open(SYSTEM) as work:
            asked = await _found(work, reveal_id, care)
            reveal = reveals.confirm(asked, by, note, work.now)
            await store.save_reveal(work.connection, reveal)
        return reveal

    async def read(self, reveal_id: UUID, by: str, care: Sight) -> Originals:
        """Raises as `reveals.check_readable`, NotFound and Gone as ``ask`` does."""
        async with self._works.open(SYSTEM) as work:
            reveal = await _found(work, reveal_id, care)
            reveals.check_readable(reveal, by, work.now)
            await _check_kept(work, reveal.complaint_id)
            rows = await store.originals_of(work.connection, reveal.complaint_id)
            found = await asyncio.to_thread(self._opened_all, rows, reveal.complaint_id)
            accesses = [
                store.Access(each.ref, reveal.complaint_id, "ok" if each.original else "unreadable")
                for each in found
            ]
            await store.log_accesses(work.connection, work.now, by, PURPOSE, accesses)
        return Originals(complaint_id=reveal.complaint_id, originals=found)

    def _opened_all(self, rows: Sequence[store.SealedOriginal], of: UUID) -> list[Original]:
        """In a thread: a mail of ten megabytes would make notify wait for its contacts."""
        return [self._opened(row, of) for row in rows]

    def _opened(self, row: store.SealedOriginal, complaint_id: UUID) -> Original:
        try:
            plain = row.original and self._opener.open(
                ORIGINAL, row.ref, complaint_id, row.original
            )
        except Reject:
            plain = None  # Sealed for another key, or damaged. The others can be read all the same.
        shown = base64.b64encode(plain).decode() if plain else None
        return Original(ref=row.ref, received_at=row.created_at, original=shown)


def _in_care(about_unit: str | None, restricted: bool, care: Sight) -> bool:
    return sees(care, CaseFacts(holder=None, about_unit=about_unit, restricted=restricted))


async def _check_kept(work: Work, complaint_id: UUID) -> None:
    if await store.erased_among(work.connection, [complaint_id]):
        raise Gone("The reporter is erased: nothing is kept.", field="complaint_id")


async def _found(work: Work, reveal_id: UUID, care: Sight) -> Reveal:
    reveal = await store.lock_reveal(work.connection, reveal_id, care)
    if reveal is None:
        raise NotFound("There is no such request.", field="reveal_id")
    return reveal


def create_router(desk: OriginalDesk, operators: OperatorTokens) -> Router:
    """For administrators of units that the complaint is not about."""
    router = Router(prefix="/internal/v1/originals", tags=["internal"])
    admin = Depends(operators.require(Role.ADMIN))

    def care(operator: Operator) -> Sight:
        return care_of(operator, operators.units)

    @router.post("", summary="Ask to read a complaint's messages as they came", status_code=202)
    @refuses(NotFound, Gone)
    async def ask_for_originals(wish: RevealWish, operator: Operator = admin) -> AskedReveal:
        """Nothing is shown until another administrator confirms it."""
        return _asked(await desk.ask(wish, operator.subject, care(operator)))

    @router.get("", summary="Requests for originals that are not over, oldest first")
    async def list_reveals(operator: Operator = admin) -> WaitingReveals:
        found = await desk.waiting(care(operator))
        return WaitingReveals(reveals=[_waiting(each, operator.subject) for each in found])

    @router.post("/{reveal_id}/confirm", summary="Agree that a colleague reads the originals")
    @refuses(Conflict)
    async def confirm_reveal(
        reveal_id: UUID, reason: Reasoned, operator: Operator = admin
    ) -> AskedReveal:
        """By another administrator than the one who asked."""
        return _asked(await desk.confirm(reveal_id, operator.subject, reason.note, care(operator)))

    @router.post("/{reveal_id}/read", summary="The messages as they came")
    @refuses(Conflict, Gone)
    async def read_originals(reveal_id: UUID, operator: Operator = admin) -> Originals:
        """By the one who asked, once it is confirmed. Each reading is logged."""
        return await desk.read(reveal_id, operator.subject, care(operator))

    return router


def _asked(reveal: Reveal) -> AskedReveal:
    return AskedReveal(
        reveal_id=reveal.reveal_id,
        complaint_id=reveal.complaint_id,
        expires_at=reveal.expires_at,
        confirmed=reveal.outcome == "confirmed",
    )


def _waiting(reveal: Reveal, asker: str) -> WaitingReveal:
    return WaitingReveal(
        **_asked(reveal).model_dump(),
        note=reveal.note,
        asked_at=reveal.asked_at,
        own=reveal.asked_by == asker,
    )
