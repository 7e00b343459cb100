"""Administrators' door: an erasure that one asks for and another confirms."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel, ConfigDict

from services.intake import erasing, store
from services.intake.domain import ComplaintState, Erase, decide
from services.intake.erasing import ErasureRequest
from services.intake.erasure_list import ErasureList, Listed
from shared import two_persons
from shared.auth import Operator, OperatorTokens, Role
from shared.errors import Conflict, Gone, NotFound
from shared.http.operation import Router
from shared.http.reasons import Reasoned
from shared.http.refusals import refuses
from shared.visibility import SYSTEM, Sight, care_of
from shared.work import Work, Works


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Erasure(Reasoned):
    complaint_id: UUID


class Asked(_Model):
    """A request that waits until ``expires_at`` for a second administrator."""

    erasure_id: UUID
    complaint_id: UUID
    expires_at: datetime


class Waiting(Asked):
    """``own``: you have asked for it yourself, so another must confirm it."""

    note: str
    asked_at: datetime
    own: bool


class WaitingErasures(_Model):
    erasures: list[Waiting]


class Erased(_Model):
    complaint_id: UUID


class Erasures:
    """Requests for an erasure, each step in one transaction under the lock of its complaint."""

    def __init__(self, works: Works, lifetime: timedelta, listing: ErasureList) -> None:
        """``lifetime``: how long a request waits for the second person. ``listing``: outlives the
        database."""
        self._listing = listing
        self._works = works
        self._lifetime = lifetime

    async def ask(self, erasure: Erasure, by: str, care: Sight) -> ErasureRequest:
        """Raises NotFound for a complaint that is not there or not in ``care``, Gone for one that
        is erased, Conflict where another officer has asked."""
        async with self._works.open(SYSTEM) as work:
            await _lock(work, erasure.complaint_id, care)
            waiting = await store.waiting_erasure(work.connection, erasure.complaint_id)
            if waiting is not None and waiting.waits(work.now):
                return erasing.asked_again(waiting, by)
            if waiting is not None:
                await store.save_erasure(work.connection, two_persons.expire(waiting, work.now))
            request = erasing.ask(
                work.new_id(), erasure.complaint_id, by, erasure.note, work.now, self._lifetime
            )
            await store.save_erasure(work.connection, request)
        return request

    async def waiting(self, care: Sight) -> list[ErasureRequest]:
        """Requests in ``care`` that wait, oldest first."""
        async with self._works.open(SYSTEM) as work:
            return await store.waiting_erasures(work.connection, care, work.now)

    async def confirm(self, erasure_id: UUID, by: str, note: str, care: Sight) -> ErasureRequest:
        """The reporter is erased. Raises as `erasing.confirm`, NotFound as ``ask`` does, and
        Transient while the list of erasures is away: nothing is erased then."""
        async with self._works.open(SYSTEM) as work:
            request = await _locked_request(work, erasure_id, care)
            settled = erasing.confirm(request, by, note, work.now)
            await _erase(work, settled)
            # Before the commit: an erasure that was answered and is not on the list would be undone
            # by a restore. One that is on the list and was not committed was agreed to by two.
            await self._listing.add(Listed(settled.complaint_id, work.now))
        return settled

    async def withdraw(self, erasure_id: UUID, by: str, note: str, care: Sight) -> ErasureRequest:
        """Nothing is erased. Raises as `erasing.withdraw`, and NotFound as ``ask`` does."""
        async with self._works.open(SYSTEM) as work:
            request = await _locked_request(work, erasure_id, care)
            settled = erasing.withdraw(request, by, note, work.now)
            await store.save_erasure(work.connection, settled)
        return settled


async def _lock(work: Work, complaint_id: UUID, care: Sight) -> None:
    """Asked before the lock: the wait for it would tell of a complaint that is hidden."""
    if not await store.is_in_care(work.connection, complaint_id, care):
        raise NotFound("There is no such complaint.", field="complaint_id")
    complaint = (await store.load_many(work.connection, [complaint_id]))[complaint_id]
    if complaint.state is ComplaintState.ERASED:
        raise Gone("The reporter is erased already.", field="complaint_id")


async def _locked_request(work: Work, erasure_id: UUID, care: Sight) -> ErasureRequest:
    complaint_id = await store.complaint_of_erasure(work.connection, erasure_id, care)
    if complaint_id is None:
        raise NotFound("There is no such request.", field="erasure_id")
    await store.load_many(work.connection, [complaint_id])
    # Read under the lock of the complaint: a colleague may have settled it while we waited.
    return await store.find_erasure(work.connection, erasure_id)


async def _erase(work: Work, settled: ErasureRequest) -> None:
    found = await store.load_many(work.connection, [settled.complaint_id])
    decision = decide(found[settled.complaint_id], Erase(at=work.now))
    if decision.state is not None:
        await store.save_many(work.connection, [decision.state])
    await store.erase_contents(work.connection, settled.complaint_id, work.now)
    await store.save_erasure(work.connection, settled)
    await store.note_erasure(
        work.connection, settled.complaint_id, settled.settled_by, settled.settled_note, work.now
    )
    work.record(*decision.events, cause=settled.erasure_id)


def create_router(erasures: Erasures, operators: OperatorTokens) -> Router:
    """For administrators of units that the complaint is not about."""
    router = Router(prefix="/internal/v1/erasures", tags=["internal"])
    admin = Depends(operators.require(Role.ADMIN))

    def care(operator: Operator) -> Sight:
        return care_of(operator, operators.units)

    @router.post("", summary="Ask for the erasure of a reporter and their words", status_code=202)
    @refuses(NotFound, Conflict, Gone)
    async def ask_for_erasure(erasure: Erasure, operator: Operator = admin) -> Asked:
        """Nothing is erased until another administrator confirms it."""
        request = await erasures.ask(erasure, operator.subject, care(operator))
        return Asked.model_validate(request, from_attributes=True)

    @router.get("", summary="Erasures that wait for a second administrator, oldest first")
    async def list_erasures(operator: Operator = admin) -> WaitingErasures:
        found = await erasures.waiting(care(operator))
        return WaitingErasures(erasures=[_waiting(each, operator.subject) for each in found])

    _add_settling(router, erasures, admin, care)
    return router


def _add_settling(
    router: Router, erasures: Erasures, admin: Operator, care: Callable[[Operator], Sight]
) -> None:
    @router.post("/{erasure_id}/confirm", summary="Erase a reporter and their words")
    @refuses(Conflict, Gone)
    async def confirm_erasure(
        erasure_id: UUID, reason: Reasoned, operator: Operator = admin
    ) -> Erased:
        """By another administrator than the one who asked. Words and place go at once, the sealed
        reporter as soon as the vault hears of it."""
        request = await erasures.confirm(erasure_id, operator.subject, reason.note, care(operator))
        return Erased(complaint_id=request.complaint_id)

    @router.post("/{erasure_id}/withdraw", summary="Drop a request that is not confirmed")
    @refuses(Conflict, Gone)
    async def withdraw_erasure(
        erasure_id: UUID, reason: Reasoned, operator: Operator = admin
    ) -> Asked:
        """By whoever asked, or by the second administrator, who says no."""
        request = await erasures.withdraw(erasure_id, operator.subject, reason.note, care(operator))
        return Asked.model_validate(request, from_attributes=True)


def _waiting(request: ErasureRequest, asker: str) -> Waiting:
    return Waiting(
        erasure_id=request.erasure_id,
        complaint_id=request.complaint_id,
        expires_at=request.expires_at,
        note=request.note,
        asked_at=request.asked_at,
        own=request.asked_by == asker,
    )
