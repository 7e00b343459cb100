"""The officers' door: one command, one transaction."""

from collections.abc import Mapping
from uuid import UUID

from services.routing.case.commands import (
    Command,
    MergeCase,
    RejectCase,
    SubmitFollowUp,
    ValidateFollowUp,
)
from services.routing.case.transitions import act, may_see
from services.routing.domain import Actor, Case, Context, answer_child
from services.routing.placing.atlas import Atlas
from services.routing.store import CaseStore, Note
from shared.auth import Operator
from shared.decision import Decision
from shared.errors import Conflict, NotFound, StaleVersion
from shared.events.event import Event
from shared.work import Work, Works

CLOSES_CHILDREN = (ValidateFollowUp, RejectCase)
"""Commands whose answer merged cases share."""


class Acts:
    """Applies officers' commands to cases."""

    def __init__(self, works: Works, store: CaseStore, atlas: Atlas) -> None:
        self._works = works
        self._store = store
        self._atlas = atlas

    async def apply(self, complaint_id: UUID, seen: int, command: Command, actor: Actor) -> Case:
        """The case after the command; ``seen`` is the version the officer has read.

        Raises NotFound (also for a case that is not the officer's to see), StaleVersion,
        Conflict, Forbidden, Malformed.
        """
        async with self._works.open() as work:
            cases, children = await self._load(work, complaint_id, command)
            case = visible(cases.get(complaint_id), actor)
            if case.version != seen:
                raise StaleVersion(
                    "The case has changed. Read it again and decide anew.", field="if-match"
                )
            context = self._context(work, command, actor, cases, bool(children))
            decision = act(case, command, context)
            answers = self._answers(command, children, cases, decision, context)
            await self._keep(work, command, decision, answers, context)
        return decision.state

    async def _load(
        self, work: Work, complaint_id: UUID, command: Command
    ) -> tuple[dict[UUID, Case], list[UUID]]:
        """The cases that the command touches, locked in one order; and the case's children."""
        children = await self._children(work, complaint_id)
        wanted = {complaint_id}
        if isinstance(command, MergeCase):
            wanted.add(command.head)
        if isinstance(command, CLOSES_CHILDREN):
            wanted.update(children)
        cases = await self._store.load_many(work.connection, sorted(wanted))
        if await self._children(work, complaint_id) != children:
            raise Conflict("Cases are being merged into this one. Read it again.")
        return cases, children

    async def _children(self, work: Work, complaint_id: UUID) -> list[UUID]:
        found = await self._store.children_of(work.connection, [complaint_id])
        return found.get(complaint_id, [])

    def _context(
        self,
        work: Work,
        command: Command,
        actor: Actor,
        cases: Mapping[UUID, Case],
        has_children: bool,
    ) -> Context:
        head = cases.get(command.head) if isinstance(command, MergeCase) else None
        if head is not None and head.restricted and not may_see(head, actor):
            head = None
        return Context(
            now=work.now,
            units=self._atlas.units,
            categories=self._atlas.tables(work.now).categories.categories,
            actor=actor,
            note_id=work.new_id() if command.words is not None else None,
            head=head,
            has_children=has_children,
        )

    def _answers(
        self,
        command: Command,
        children: list[UUID],
        cases: Mapping[UUID, Case],
        decision: Decision[Case],
        context: Context,
    ) -> list[Decision[Case]]:
        if not isinstance(command, CLOSES_CHILDREN):
            return []
        [fact] = decision.events
        return [answer_child(cases[child], fact, context) for child in children]

    async def _keep(
        self,
        work: Work,
        command: Command,
        decision: Decision[Case],
        answers: list[Decision[Case]],
        context: Context,
    ) -> None:
        cause = work.new_id()
        facts: list[Event] = [*decision.events, *(e for each in answers for e in each.events)]
        await self._store.save_many(
            work.connection, [decision.state, *(answer.state for answer in answers)]
        )
        note = _note(command, decision.state.complaint_id, context)
        if note is not None:
            await self._store.add_note(work.connection, note)
        await self._store.add_history(work.connection, facts, context.actor)
        work.record(*facts, cause=cause)


def actor_of(operator: Operator) -> Actor:
    return Actor(operator.subject, operator.role.value, operator.unit)


def visible(case: Case | None, actor: Actor) -> Case:
    """The case, if the officer may see it; raises NotFound without telling which it is."""
    if case is None or not may_see(case, actor):
        raise NotFound("There is no such case for your unit.")
    return case


def _note(command: Command, complaint_id: UUID, context: Context) -> Note | None:
    if command.words is None or context.note_id is None or context.actor is None:
        return None
    evidence = command.evidence if isinstance(command, SubmitFollowUp) else ()
    return Note(
        note_id=context.note_id,
        complaint_id=complaint_id,
        verb=command.verb,
        words=command.words,
        evidence=[item.model_dump(mode="json") for item in evidence],
        author=context.actor,
        written_at=context.now,
    )
