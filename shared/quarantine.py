"""The ways out of the quarantine: a parked event is replayed, put right, or discarded.

Each goes by `shared.parked` (what waits) and the service's own handler. Whatever happens, the bytes
that came stay; what was edited or discarded is on record with who did it and why
(`shared.parked_acts`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from shared import inbox, parked, parked_acts, two_persons
from shared.cloudevents import BusMessage, decode
from shared.consumer import Handler
from shared.editing import Correction, corrected
from shared.errors import Conflict, NotFound
from shared.parked import Parked
from shared.parked_acts import Discard
from shared.retry import Park, RetryPolicy
from shared.telemetry import get_logger
from shared.visibility import SYSTEM, Sight
from shared.work import Work, Works

ONCE = RetryPolicy(bug_attempts=1)
"""An officer waits for the answer: what fails is told, and tried again when asked for."""


@dataclass(frozen=True, slots=True)
class GoneOn:
    """What became of the events behind a discarded one. ``stopped_by``: why the first of those
    that still wait was not applied; None when an earlier event holds them, or none waits."""

    replayed: int = 0
    waiting: int = 0
    stopped_by: str | None = None


# --- replay ------------------------------------------------------------------------------


class Changed(Conflict):
    """Somebody else has set behind, edited, replayed or discarded what is to be applied."""


async def replay(works: Works, handler: Handler, parked_id: int) -> int:
    """Apply a parked event and what waits behind it, oldest first; returns how many.

    All or nothing. Raises NotFound for an id that is not parked, Conflict when what waits has
    changed meanwhile (ask again), Reject when one still cannot be read, and whatever the handler
    raises.
    """
    async with works.read(SYSTEM) as connection:
        seen = await parked.peek(connection, parked_id)
    await _apply(works, handler, parked_id, seen, list(seen))
    return len(seen)


async def _apply(
    works: Works,
    handler: Handler,
    parked_id: int,
    seen: Mapping[int, BusMessage],
    chosen: Sequence[int],
) -> None:
    """Apply those that are ``chosen``, the first, of all that was ``seen`` to wait."""
    envelopes = [decode(seen[each]) for each in chosen]
    prepared = await handler.prepare(envelopes)
    async with works.open(SYSTEM) as work:
        if await _locked_waiting(work, parked_id) != seen:
            raise Changed("What waits of this complaint has changed meanwhile. Replay again.")
        fresh = await inbox.claim(work.connection, envelopes)
        if fresh:
            await handler.apply(work, fresh, prepared)
        await parked.mark_replayed(work.connection, chosen)
        await parked.free(work.connection, list(seen)[len(chosen) :])


async def _locked_waiting(work: Work, parked_id: int) -> Mapping[int, BusMessage]:
    try:
        return await parked.lock_waiting(work.connection, parked_id)
    except NotFound:
        return {}


# --- edit --------------------------------------------------------------------------------


async def edit(
    works: Works, handler: Handler, parked_id: int, wish: Correction, by: str, note: str,
    sight: Sight | None,
) -> None:  # fmt: skip
    """Put a parked event right; it waits on until it is replayed. What stood there is kept.

    Raises NotFound for what is not parked or not within ``sight``, Malformed for what an edit may
    not do, Conflict for the id of an event that was applied.
    """
    async with works.open(SYSTEM) as work:
        event = await parked.lock_one_waiting(work.connection, parked_id, sight)
        message = corrected(event.message, wish, handler.hears, event.complaint_id)
        envelope = decode(message)
        if event.event_id is None and not await inbox.is_free(work.connection, envelope.id):
            raise Conflict("The event of this id was applied. Discard this one.", field="ce_id")
        await parked_acts.keep_before_edit(work.connection, parked_id, by, note, work.now)
        await parked.put(work.connection, parked_id, envelope.complaint_id, message, work.now)
        # The body may have named the complaint first now, and it may be one that is hidden.
        if not await parked.is_seen(work.connection, parked_id, sight):
            raise parked.nothing_parked()


# --- discard -----------------------------------------------------------------------------


async def ask_to_discard(
    works: Works, parked_id: int, by: str, note: str, sight: Sight | None
) -> Discard:
    """Nothing is discarded until another officer confirms it. Raises NotFound for what is not
    parked or not within ``sight``, Conflict where another officer has asked."""
    async with works.open(SYSTEM) as work:
        await parked.lock_one_waiting(work.connection, parked_id, sight)
        asked = await parked_acts.waiting_discards(work.connection, [parked_id])
        for before in asked.values():
            if before.waits(work.now):
                return two_persons.asked_again(before, by, field="parked_id")
            await parked_acts.save_discard(work.connection, two_persons.expire(before, work.now))
        discard = Discard(
            discard_id=work.new_id(), parked_id=parked_id, asked_by=by, note=note,
            asked_at=work.now, expires_at=work.now + two_persons.LIFETIME,
        )  # fmt: skip
        await parked_acts.save_discard(work.connection, discard)
    return discard


async def confirm_discard(
    works: Works, handler: Handler, discard_id: UUID, by: str, note: str, sight: Sight | None
) -> GoneOn:
    """The event is never applied, here or when it comes again; what waits behind it goes on.

    Whoever has confirmed it may say so again: what could not go on is tried anew. Raises as
    `two_persons.confirm`, NotFound for a request that is not there or not within ``sight``,
    Conflict for an event that was replayed meanwhile.
    """
    async with works.open(SYSTEM) as work:
        event, asked = await _locked(work, discard_id, sight)
        if asked.outcome != "confirmed" or asked.settled_by != by:
            discard = two_persons.confirm(asked, by, note, work.now)
            await parked_acts.save_discard(work.connection, discard)
            await _discard(work, event)
    return await go_on(works, handler, event.complaint_id)


async def withdraw_discard(
    works: Works, discard_id: UUID, by: str, note: str, sight: Sight | None
) -> Discard:
    """The event waits on. Raises as `two_persons.withdraw`, and NotFound likewise."""
    async with works.open(SYSTEM) as work:
        _, asked = await _locked(work, discard_id, sight)
        discard = two_persons.withdraw(asked, by, note, work.now)
        await parked_acts.save_discard(work.connection, discard)
    return discard


async def _locked(work: Work, discard_id: UUID, sight: Sight | None) -> tuple[Parked, Discard]:
    no_request = NotFound("There is no such request.", field="discard_id")
    found = await parked_acts.find_discard(work.connection, discard_id)
    if found is None or not await parked.is_known(work.connection, found.parked_id, sight):
        raise no_request
    event = await parked.lock(work.connection, found.parked_id, sight)
    # Read under the lock of the event: a colleague may have settled it while we waited.
    return event, await parked_acts.find_discard(work.connection, discard_id) or found


async def _discard(work: Work, event: Parked) -> None:
    if not event.waits:
        raise Conflict("The event was replayed meanwhile: there is nothing to discard.")
    waiting = list(await parked.lock_waiting(work.connection, event.id))
    await parked.mark_discarded(work.connection, event.id, work.now)
    if event.event_id is not None:
        # Else it would be applied when it comes again, behind events that came after it.
        await inbox.claim_ids(work.connection, [event.event_id])
    if waiting[0] == event.id:
        await parked.free(work.connection, waiting[1:])


async def go_on(works: Works, handler: Handler, complaint_id: UUID | None) -> GoneOn:
    """Apply what a discard has freed, one by one, until one fails: that one is parked for its own
    cause, and the rest wait behind it."""
    replayed = 0
    while True:
        async with works.read(SYSTEM) as connection:
            waiting = await parked.waiting_of(connection, complaint_id)
        if not waiting or waiting[0].cause != parked.FREED:
            return GoneOn(replayed, len(waiting))
        first, seen = waiting[0].id, {each.id: each.message for each in waiting}
        try:
            await _apply(works, handler, first, seen, [first])
            replayed += 1
        except Changed:
            continue  # Another event was held back meanwhile: look again.
        except Exception as error:  # noqa: BLE001 (the event's fate, as in the consume loop)
            return GoneOn(replayed, len(waiting), await _stopped(works, first, error))


async def _stopped(works: Works, parked_id: int, error: Exception) -> str:
    verdict = ONCE.decide(1, error, 0.0)
    if not isinstance(verdict, Park):
        return "a part of the system is away: replay it later"
    get_logger(works.source).error("event_parked", cause=verdict.cause, detail=verdict.detail)
    async with works.open(SYSTEM) as work:
        await parked.relabel(work.connection, parked_id, verdict.cause, verdict.detail)
    return f"{verdict.cause}: {verdict.detail}"
