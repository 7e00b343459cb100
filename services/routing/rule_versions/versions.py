"""What administrators do with versions of the rules, each in one transaction."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from services.routing.contents import Contents
from services.routing.placing.atlas import Atlas
from services.routing.placing.places import Locator
from services.routing.placing.rules import Content
from services.routing.rule_versions import store
from services.routing.rule_versions.changes import Change, changes
from services.routing.rule_versions.checking import problems_of
from services.routing.rule_versions.document import SHIPPED, Document, digest_of
from services.routing.rule_versions.rules import rules_of, shipped_document
from services.routing.rule_versions.store import Activated, Proposed
from services.routing.rule_versions.trial import Outcome, Past, try_out
from shared import two_persons
from shared.auth import Operator
from shared.clock import Clock
from shared.errors import Conflict, Malformed, NotFound
from shared.telemetry import get_logger
from shared.visibility import SYSTEM, Sight
from shared.work import Work, Works

NEVER = datetime.max.replace(tzinfo=UTC)
"""A proposal waits as long as it takes; a version of last year may be activated again."""


@dataclass(frozen=True, slots=True)
class Listed:
    """``in_force``: number of the version that decides now."""

    in_force: int
    versions: Sequence[Proposed]
    activations: Mapping[int, Sequence[Activated]]


@dataclass(frozen=True, slots=True)
class Trial:
    """``against``: the version that decides now. ``last``: the complaint that was looked at last;
    None where there is no other."""

    against: int
    outcome: Outcome
    last: UUID | None


class RuleVersions:
    """Proposes, compares, tries and activates."""

    def __init__(self, works: Works, contents: Contents, locator: Locator, clock: Clock) -> None:
        self._works = works
        self._contents = contents
        self._locator = locator
        self._clock = clock
        self._one_trial = asyncio.Lock()
        self._log = get_logger("routing")

    async def listed(self, before: int | None, limit: int) -> Listed:
        """Proposed versions below ``before``, the newest first."""
        async with self._works.read(SYSTEM) as connection:
            found = await store.newest(connection, before, limit)
            numbers = [each.number for each in found]
            activations = await store.activations(connection, numbers)
            number = await store.number_in_force(connection, self._clock())
        return Listed(number or SHIPPED, found, activations)

    async def one(self, number: int) -> tuple[Listed, Document]:
        """A version with what it says; the shipped one has no proposal. Raises NotFound."""
        async with self._works.read(SYSTEM) as connection:
            found = await store.find(connection, number)
            document = await store.document_of(connection, number)
            activations = await store.activations(connection, [number])
            now_at = await store.number_in_force(connection, self._clock()) or SHIPPED
        if number == SHIPPED:
            return Listed(now_at, [], {SHIPPED: []}), shipped_document()
        if found is None or document is None:
            raise NotFound("There is no such version of the rules.", field="number")
        return Listed(now_at, [found], activations), document

    async def propose(self, document: Document, note: str, officer: Operator) -> Proposed:
        """A version that decides nothing yet. Proposed again, it is the same one.

        Raises Malformed naming what is broken, Conflict where another officer has proposed it.
        """
        based_on, before = await self._in_force()
        await self._check(document, before)
        digest = await asyncio.to_thread(digest_of, document)
        async with self._works.open(SYSTEM) as work:
            await store.alone(work.connection)
            if same := await store.of_digest(work.connection, digest):
                if same.proposed_by == officer.subject:
                    return same
                raise Conflict(f"Version {same.number} says the same. Activate that one.")
            number = (await store.last_number(work.connection) or SHIPPED) + 1
            proposed = Proposed(
                number, digest, based_on, officer.subject, officer.unit, work.now, note
            )
            await store.propose(work.connection, proposed, document)
        return proposed

    async def compare(self, number: int, against: int) -> list[Change]:
        """What ``number`` says otherwise. Raises NotFound."""
        _, after = await self.one(number)
        _, before = await self.one(against)
        return await asyncio.to_thread(changes, before, after)

    async def activate(
        self,
        number: int,
        instead_of: int,
        valid_from: datetime | None,
        note: str,
        officer: Operator,
    ) -> None:
        """By another officer than the one who proposed it. ``instead_of``: the version that the
        officer knows to decide now. ``valid_from``: None is now. Raises NotFound, Forbidden,
        Conflict, Malformed."""
        _, document = await self.one(number)
        _, before = await self._in_force()
        await self._check(document, before)
        async with self._works.open(SYSTEM) as work:
            await store.alone(work.connection)
            proposed = await store.find(work.connection, number)
            if proposed is None:
                raise Conflict("What is shipped is activated by proposing it as a new version.")
            _check_second(proposed, note, officer, work.now)
            if await _done_already(work, number, valid_from, officer):
                return
            now_at = await store.number_in_force(work.connection, work.now) or SHIPPED
            if now_at != instead_of:
                says = f"Version {now_at} decides now. Compare with it, then say so."
                raise Conflict(says, field="instead_of")
            begins = work.now if valid_from is None else valid_from
            if begins < work.now:
                raise Malformed("Give an instant that is to come, or none.", field="valid_from")
            activated = Activated(number, begins, officer.subject, officer.unit, work.now, note)
            await store.activate(work.connection, activated)
        self._log.info("rules_activated", count=number)

    async def try_out(self, number: int, sight: Sight, before: UUID | None, limit: int) -> Trial:
        """The last complaints within ``sight`` that came before one, by this version and by the one
        that decides now; nothing of them is kept. Raises NotFound, Transient."""
        _, document = await self.one(number)
        against, now_document = await self._in_force()
        async with self._works.read(sight) as connection:
            found = await store.past(connection, sight, before, limit + 1)
        shown = found[:limit]
        claimed = await self._contents.claim([each.content_ref for each in shown])
        texts = [
            (each, item.content() if item and item.status == "ok" else None)
            for each in shown
            for item in [claimed.get(each.content_ref)]
        ]
        # Two versions more take memory for as long as one trial lasts.
        async with self._one_trial:
            outcome = await asyncio.to_thread(
                self._tried, texts, (against, now_document), (number, document)
            )
        return Trial(against, outcome, shown[-1].complaint_id if len(found) > limit else None)

    def _tried(
        self,
        texts: Sequence[tuple[Past, Content | None]],
        before: tuple[int, Document],
        after: tuple[int, Document],
    ) -> Outcome:
        old, new = (Atlas(rules_of(*each), self._locator) for each in (before, after))
        return try_out(texts, old, new, self._clock())

    async def _in_force(self) -> tuple[int, Document]:
        async with self._works.read(SYSTEM) as connection:
            number = await store.number_in_force(connection, self._clock())
            document = await store.document_of(connection, number) if number else None
        return (number or SHIPPED, document or shipped_document())

    async def _check(self, document: Document, before: Document) -> None:
        problems = await asyncio.to_thread(problems_of, document, shipped_document(), before)
        if problems:
            first = problems[0]
            where = f"document{first.pointer}"
            raise Malformed(f"{first.says} ({where}; problems: {len(problems)})", field=where)


def _check_second(proposed: Proposed, note: str, officer: Operator, now: datetime) -> None:
    """Raises Forbidden for the officer who proposed it."""
    asked = two_persons.Request(
        asked_by=proposed.proposed_by, note=proposed.note, asked_at=proposed.proposed_at,
        expires_at=NEVER,
    )  # fmt: skip
    two_persons.confirm(asked, officer.subject, note, now)


async def _done_already(
    work: Work, number: int, valid_from: datetime | None, officer: Operator
) -> bool:
    """Whether this was asked for twice."""
    of_version = (await store.activations(work.connection, [number]))[number]
    last = of_version[-1] if of_version else None
    if last is None or last.activated_by != officer.subject:
        return False
    if valid_from is not None:
        return last.valid_from == valid_from
    return await store.number_in_force(work.connection, work.now) == number
