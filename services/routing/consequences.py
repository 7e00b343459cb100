"""What follows from a decision about a case, the same for both doors (the stream and officers).

The cases that were merged into it hear of its end, the history gets a row per event, and the
events are recorded with their cause. Nobody else in this service does one of the three.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.case.commands import RejectCase, ReopenCase, ValidateFollowUp
from services.routing.case.stream import told, withheld
from services.routing.domain import Case, Context, answer_child
from services.routing.store import CaseStore, Said
from shared.decision import Decision
from shared.events.event import Event
from shared.events.intake import ComplaintWithdrawn
from shared.events.routing import CaseCompleted, CaseRejected, CaseReopened, CaseWithdrawn
from shared.units import Units
from shared.work import Work

CONCERNS_CHILDREN = (ValidateFollowUp, RejectCase, ReopenCase, ComplaintWithdrawn)
"""Commands and events after which merged cases may have to be told; `answer_child` says how."""

Answering = CaseCompleted | CaseRejected | CaseReopened | CaseWithdrawn


@dataclass(frozen=True, slots=True)
class Change:
    """Events of one decision about ``case``, which is as they have left it. ``cause``: id of the
    event or command that they follow from."""

    case: Case | None
    events: tuple[Event, ...]
    cause: UUID
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Locked:
    """Cases under lock, and the ids of the cases that were merged into each head."""

    cases: Mapping[UUID, Case]
    children: Mapping[UUID, Sequence[UUID]]


class Consequences:
    """Locks what a decision may touch, and does what follows from it."""

    def __init__(self, store: CaseStore) -> None:
        self._store = store

    async def lock(
        self, connection: AsyncConnection, keys: Iterable[UUID], heads: Sequence[UUID]
    ) -> Locked | None:
        """Cases ``keys`` and all that are merged into ``heads``, locked in the order of their ids.

        One order for all: two transactions that lock a head and its merged case the other way
        round would wait for each other for ever. None: another case was merged into a head
        before the lock was there, so nothing may be decided; let the caller begin anew.
        """
        before = await self._children(connection, heads)
        wanted = {*keys, *(child for found in before.values() for child in found)}
        cases = await self._store.load_many(connection, sorted(wanted))
        children = await self._children(connection, heads)
        return Locked(cases, children) if children == before else None

    async def _children(
        self, connection: AsyncConnection, heads: Sequence[UUID]
    ) -> dict[UUID, list[UUID]]:
        return await self._store.children_of(connection, heads) if heads else {}

    async def follow(
        self,
        work: Work,
        changes: Sequence[Change],
        children: Mapping[UUID, Sequence[UUID]],
        context: Context,
    ) -> None:
        """Answers ``children`` (by head, locked before), and writes down all that was decided: the
        history has it whole, the stream what it may be told."""
        decided = [*changes, *await self._answer_children(work, changes, children, context)]
        said: list[Said] = []
        for change in decided:
            new = [_said(event, change.case, context.units) for event in change.events]
            heard = [each.told for each in new]
            work.record(*heard, cause=change.cause, traceparent=change.traceparent)
            said.extend(new)
        await self._store.add_history(work.connection, said, context.actor)

    async def _answer_children(
        self,
        work: Work,
        changes: Sequence[Change],
        children: Mapping[UUID, Sequence[UUID]],
        context: Context,
    ) -> list[Change]:
        wanted = sorted(child for found in children.values() for child in found)
        if not wanted:
            return []
        # Read anew: a child may have changed in the batch that ended its head.
        cases = await self._store.load_many(work.connection, wanted)
        answers = [
            (answer_child(cases[child], event, context), change)
            for change in changes
            for event in change.events
            if isinstance(event, Answering)
            for child in children.get(event.complaint_id, ())
        ]
        said = [(decision, change) for decision, change in answers if decision.events]
        if said:
            await self._store.save_many(work.connection, [decision.state for decision, _ in said])
        return [_of_child(decision, change) for decision, change in said]


def _of_child(decision: Decision[Case], of_head: Change) -> Change:
    """A merged case's events follow from what its head's events follow from."""
    return Change(decision.state, decision.events, of_head.cause, of_head.traceparent)


def _said(event: Event, case: Case | None, units: Units) -> Said:
    heard = event if case is None else told(event, case, units)
    return Said(event, heard, withheld(event, heard) if heard is not event else None)
