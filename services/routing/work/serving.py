"""What an officer does to one case: once per key, and answered with the case as it is after that.

Whoever acts is written down in the directory of his unit, so that colleagues read his name in the
history.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from services.routing.domain import Actor, Case
from services.routing.once.keys import Answer, Once, Request
from services.routing.placing.atlas import Atlas
from services.routing.store import CaseStore
from services.routing.team import store as team
from services.routing.team.assigning import (
    AssigneeChange,
    assignment_barred,
    taking_away_barred,
)
from services.routing.team.directory import noted
from services.routing.team.store import Assignment
from services.routing.team.watching import unwatched
from services.routing.work.acts import (
    WORKERS,
    Acts,
    Given,
    actor_of,
    case_under_lock,
    check_version,
)
from services.routing.work.offers import Offers
from services.routing.work.views import view_of
from shared.auth import Operator
from shared.errors import Malformed
from shared.visibility import sight_of
from shared.work import Work


@dataclass(frozen=True, slots=True)
class Serving:
    """Serves requests about one case. All methods raise as `Acts.apply` and `Once.do`."""

    once: Once
    acts: Acts
    store: CaseStore
    offers: Offers
    atlas: Atlas

    async def command(self, given: Given, officer: Operator, request: Request | None) -> Answer:
        """A command of the state machine."""
        # Asked before all else: of a repeat the version that was read has passed.
        kept = await self.once.kept(request) if given.for_silence else None
        if kept is not None:
            return kept
        filed = await self.acts.filed(given)

        async def act(work: Work, _: UUID) -> Case:
            return await self.acts.within(work, given, filed)

        return await self._once(act, officer, request)

    async def assign(
        self,
        complaint_id: UUID,
        seen: int,
        change: AssigneeChange,
        officer: Operator,
        request: Request | None,
    ) -> Answer:
        """The case is given into the hand of an officer of the unit that holds it."""
        actor = actor_of(officer)

        async def act(work: Work, me: UUID) -> Case:
            case = await self._locked(work, complaint_id, seen, actor)
            await self._assign(work, case, change, actor, me)
            return case

        return await self._once(act, officer, request)

    async def unwatch(
        self, complaint_id: UUID, seen: int, officer: Operator, request: Request | None
    ) -> Answer:
        """The officer's unit watches the case no longer."""
        actor = actor_of(officer)

        async def act(work: Work, _: UUID) -> Case:
            case = unwatched(await self._locked(work, complaint_id, seen, actor), actor)
            await self.store.save_many(work.connection, [case])
            await team.add_unwatching(work.connection, work.new_id(), complaint_id, actor, work.now)
            return case

        return await self._once(act, officer, request)

    async def _once(
        self,
        act: Callable[[Work, UUID], Awaitable[Case]],
        officer: Operator,
        request: Request | None,
    ) -> Answer:
        """``act`` is given the officer's id in the directory."""

        async def answered(work: Work) -> Answer:
            case = await act(work, await noted(work, officer))
            known = await self.offers.of(work.connection, [case], actor_of(officer))
            shown = view_of(known[case.complaint_id], self.atlas.units)
            return Answer.of(shown, case.version)

        sight = sight_of(actor_of(officer), self.atlas.units)
        return await self.once.do(request, sight, answered)

    async def _locked(self, work: Work, complaint_id: UUID, seen: int, actor: Actor) -> Case:
        case = await case_under_lock(work, self.store, complaint_id, actor, self.atlas.units)
        check_version(case, seen)
        return case

    async def _assign(
        self, work: Work, case: Case, change: AssigneeChange, actor: Actor, me: UUID
    ) -> None:
        barred = assignment_barred(case, actor, self.atlas.units)
        if barred is not None:
            raise barred
        await self._check_colleague(work, change.officer_id, actor)
        complaint_id = case.complaint_id
        present = (await team.assignees(work.connection, [complaint_id])).get(complaint_id)
        in_hand_of = present.officer_id if present else None
        barred = taking_away_barred(in_hand_of, change, me)
        if barred is not None:
            raise barred
        if in_hand_of != change.officer_id:
            given = Assignment(work.new_id(), complaint_id, change.officer_id, actor, work.now)
            await team.assign(work.connection, given)

    async def _check_colleague(self, work: Work, officer_id: UUID | None, actor: Actor) -> None:
        if officer_id is None:
            return
        found = await team.colleague(work.connection, actor.unit, officer_id)
        if found is None or found.role not in WORKERS:
            raise Malformed(
                "No officer of your unit who works on cases. GET /v1/officers lists them.",
                field="officer_id",
            )
