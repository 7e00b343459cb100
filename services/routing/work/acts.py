"""The officers' door: one command, one transaction."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from services.routing.case.commands import (
    Command,
    MergeCase,
    RejectCase,
    SubmitFollowUp,
    ValidateFollowUp,
)
from services.routing.case.reasons import BEING_MERGED
from services.routing.case.relations import may_see
from services.routing.case.transitions import act
from services.routing.consequences import CONCERNS_CHILDREN, Change, Consequences, Locked
from services.routing.contents import Contents
from services.routing.domain import Actor, Case, CaseMedia, Context
from services.routing.learning import store as learning
from services.routing.learning.correcting import correction_of
from services.routing.media import store as media
from services.routing.placing.atlas import Atlas
from services.routing.site_checks import NO_SITE_CHECKS, SiteChecks
from services.routing.store import CaseStore, Note
from shared.auth import Operator, Role
from shared.decision import Decision
from shared.errors import Conflict, NotFound, StaleVersion
from shared.events.vocabulary import RejectionReason
from shared.units import Units
from shared.visibility import sight_of
from shared.work import Work, Works

SHOWN_AS = "image/jpeg"
"""Whatever a picture was sent as, it is made anew as this."""

WORKERS = (Role.UNIT_OFFICER, Role.TRIAGE_OFFICER, Role.BIRO)
"""Roles that work on cases. To all others the door of every command is closed."""


@dataclass(frozen=True, slots=True)
class Given:
    """A command as an officer gave it. seen: the version of the case that the officer has read."""

    complaint_id: UUID
    seen: int
    command: Command
    actor: Actor

    @property
    def said(self) -> list[Any]:
        """All that tells it from another, as JSON values."""
        words = self.command.model_dump(mode="json")
        return [self.command.verb, str(self.complaint_id), self.seen, words]

    @property
    def for_silence(self) -> bool:
        """Whether the reporter is to be rejected for not having answered."""
        command = self.command
        return isinstance(command, RejectCase) and command.reason is RejectionReason.INCOMPLETE


@dataclass(frozen=True, slots=True)
class _Decided:
    """``before``: the case that was decided about. ``children``: the cases merged into each.
    ``context``: what was known."""

    before: Case
    decision: Decision[Case]
    children: Mapping[UUID, Sequence[UUID]]
    context: Context


class Acts:
    """Applies officers' commands to cases."""

    def __init__(
        self,
        works: Works,
        store: CaseStore,
        atlas: Atlas,
        contents: Contents,
        site_checks: SiteChecks = NO_SITE_CHECKS,
    ) -> None:
        self.site_checks = site_checks
        self._works = works
        self._store = store
        self._atlas = atlas
        self._contents = contents
        self._consequences = Consequences(store)

    async def apply(self, complaint_id: UUID, seen: int, command: Command, actor: Actor) -> Case:
        """The case after the command; ``seen`` is the version the officer has read.

        Raises NotFound (also for a case that is not the officer's to see), StaleVersion,
        Conflict, Forbidden, Malformed; Transient while intake cannot be asked what must be known.
        """
        given = Given(complaint_id, seen, command, actor)
        filed = await self.filed(given)
        async with self._works.open(sight_of(given.actor, self._atlas.units)) as work:
            return await self.within(work, given, filed)

    async def within(self, work: Work, given: Given, filed: frozenset[UUID]) -> Case:
        """The same in a transaction that is open already. ``filed``: what `filed` answered."""
        decided = await self._decide(work, given, filed)
        await self._keep(work, given.command, decided)
        return decided.decision.state

    async def _decide(self, work: Work, given: Given, filed: frozenset[UUID]) -> _Decided:
        """Nothing is written."""
        complaint_id, command, actor = given.complaint_id, given.command, given.actor
        seen_now = await self._seen(work, given)
        await work.see_all()
        locked = await self._lock(work, complaint_id, command, seen_now)
        case = visible(locked.cases.get(complaint_id), actor, self._atlas.units)
        check_version(case, given.seen)
        has_children = bool(locked.children.get(complaint_id))
        context = self._context(work, command, actor, locked.cases, has_children)
        context = replace(
            context,
            filed=filed,
            media=await _named(work, command, case),
            drawn=self.site_checks.drawn(complaint_id),
        )
        return _Decided(case, act(case, command, context), locked.children, context)

    async def filed(self, given: Given) -> frozenset[UUID]:
        """What the reporter has filed until now, where the command rests on his silence. Asked when
        nothing else stands against it; raises as `apply`.

        Intake is asked outside of a transaction. Whoever may not act is refused before: otherwise
        the answer would be another one while intake is away, and tell that there is such a case.
        """
        if not given.for_silence:
            return frozenset()
        async with self._works.open(sight_of(given.actor, self._atlas.units)) as work:
            await self._decide(work, given, frozenset())
        return await self._contents.filed(given.complaint_id)

    async def _seen(self, work: Work, given: Given) -> set[UUID]:
        """The cases that the command names, as far as the officer sees them; the case itself is
        among them."""
        command = given.command
        named = [given.complaint_id, *([command.head] if isinstance(command, MergeCase) else [])]
        seen = await self._store.seen_among(
            work.connection, named, sight_of(given.actor, self._atlas.units)
        )
        if given.complaint_id not in seen:
            raise no_such_case()
        return seen

    async def _lock(
        self, work: Work, complaint_id: UUID, command: Command, wanted: Set[UUID]
    ) -> Locked:
        """The cases ``wanted``, and those that are merged into the case."""
        asks_for_children = isinstance(command, (*CONCERNS_CHILDREN, MergeCase))
        heads = [complaint_id] if asks_for_children else []
        locked = await self._consequences.lock(work.connection, wanted, heads)
        if locked is None:
            raise Conflict(BEING_MERGED)
        return locked

    def _context(
        self,
        work: Work,
        command: Command,
        actor: Actor,
        cases: Mapping[UUID, Case],
        has_children: bool,
    ) -> Context:
        head = cases.get(command.head) if isinstance(command, MergeCase) else None
        if head is not None and not may_see(head, actor, self._atlas.units):
            head = None  # It was taken from the officer's sight while we waited for the lock.
        return Context(
            now=work.now,
            units=self._atlas.units,
            categories=self._atlas.tables(work.now).categories.categories,
            actor=actor,
            note_id=work.new_id() if command.words is not None else None,
            head=head,
            has_children=has_children,
        )

    async def _keep(self, work: Work, command: Command, decided: _Decided) -> None:
        decision, context = decided.decision, decided.context
        await self._store.save_many(work.connection, [decision.state])
        note = _note(command, decision.state.complaint_id, context)
        if note is not None:
            await self._store.add_note(work.connection, note)
        corrected = correction_of(
            decided.before, decision.state, decision.events, context.actor, context.now
        )
        if corrected is not None:
            await learning.keep(work.connection, corrected)
        change = Change(decision.state, decision.events, cause=work.new_id())
        await self._consequences.follow(work, [change], decided.children, context)


async def case_under_lock(
    work: Work, store: CaseStore, complaint_id: UUID, actor: Actor, units: Units
) -> Case:
    """The case, locked until the transaction ends. Raises NotFound, UnreadableState."""
    # Asked before the lock: the wait for it would tell of a case that is hidden.
    if not await store.seen_among(work.connection, [complaint_id], sight_of(actor, units)):
        raise no_such_case()
    await work.see_all()
    cases = await store.load_many(work.connection, [complaint_id])
    return visible(cases.get(complaint_id), actor, units)


def check_version(case: Case, seen: int) -> None:
    """Raises StaleVersion where the officer has read another version."""
    if case.version != seen:
        raise StaleVersion("The case has changed. Read it again and decide anew.", field="if-match")


def actor_of(operator: Operator) -> Actor:
    return Actor(operator.subject, operator.role.value, operator.unit)


def no_such_case() -> NotFound:
    """The same for a case that is not there and for one that the officer may not see."""
    return NotFound("There is no such case for your unit.")


def there(case: Case | None) -> Case:
    """The case, if there is one within sight; else raises NotFound."""
    if case is None:
        raise no_such_case()
    return case


def visible(case: Case | None, actor: Actor, units: Units) -> Case:
    """The case, if the officer may see it as it is now; else raises NotFound."""
    found = there(case)
    if not may_see(found, actor, units):
        raise no_such_case()
    return found


async def _named(work: Work, command: Command, case: Case) -> Mapping[UUID, CaseMedia]:
    """What is known of the files on which the command rests."""
    if isinstance(command, SubmitFollowUp):
        return await media.named(work.connection, command.media)
    rests_on_evidence = isinstance(command, ValidateFollowUp)
    return await media.named(work.connection, case.evidence) if rests_on_evidence else {}


def _note(command: Command, complaint_id: UUID, context: Context) -> Note | None:
    if command.words is None or context.note_id is None:
        return None
    evidence = _evidence(command) if isinstance(command, SubmitFollowUp) else []
    return Note(
        note_id=context.note_id,
        complaint_id=complaint_id,
        verb=command.verb,
        words=command.words,
        evidence=evidence,
    )


def _evidence(command: SubmitFollowUp) -> list[dict[str, Any]]:
    """As it stands with the words: papers by their digest, pictures by their ref."""
    papers = [item.model_dump(mode="json") for item in command.evidence]
    refs = dict.fromkeys(command.media)
    return [*papers, *({"media_ref": str(ref), "media_type": SHOWN_AS} for ref in refs)]
