"""What administrators do with versions of the rules, each in one transaction."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.rule_versions import store
from services.routing.rule_versions.changes import Change, changes
from services.routing.rule_versions.checking import problems_of
from services.routing.rule_versions.document import SHIPPED, Document, digest_of
from services.routing.rule_versions.rules import shipped_document
from services.routing.rule_versions.store import Activated, Proposed
from shared import two_persons
from shared.auth import Operator
from shared.clock import Clock
from shared.errors import Conflict, Malformed, NotFound
from shared.telemetry import get_logger
from shared.visibility import SYSTEM
from shared.work import Work, Works


@dataclass(frozen=True, slots=True)
class Listed:
    """``in_force``: number of the version that decides now."""

    in_force: int
    versions: Sequence[Proposed]
    activations: Mapping[int, Sequence[Activated]]


class RuleVersions:
    """Proposes, compares and activates."""

    def __init__(self, works: Works, clock: Clock) -> None:
        self._works = works
        self._clock = clock
        self._log = get_logger("routing")

    async def listed(self, before: int | None, limit: int) -> Listed:
        """Proposed versions below ``before``, the newest first."""
        async with self._works.read(SYSTEM) as connection:
            found = await store.newest(connection, before, limit)
            numbers = [each.number for each in found]
            activations = await store.activations(connection, numbers)
            number = await store.number_in_force(connection, self._clock())
        return Listed(number or SHIPPED, found, activations)

    async def row(self, number: int) -> Listed:
        """A version that was proposed, without what it says. Raises NotFound."""
        async with self._works.read(SYSTEM) as connection:
            return await self._row(connection, number)

    async def one(self, number: int) -> tuple[Listed, Document]:
        """A version with what it says; the shipped one has no proposal. Raises NotFound."""
        async with self._works.read(SYSTEM) as connection:
            if number == SHIPPED:
                now_at = await store.number_in_force(connection, self._clock()) or SHIPPED
                return Listed(now_at, [], {SHIPPED: []}), shipped_document()
            return await self._row(connection, number), await _document(connection, number)

    async def _row(self, connection: AsyncConnection, number: int) -> Listed:
        found = await store.find(connection, number)
        if found is None:
            raise _no_such_version()
        activations = await store.activations(connection, [number])
        now_at = await store.number_in_force(connection, self._clock()) or SHIPPED
        return Listed(now_at, [found], activations)

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
        after, before = await self._says(number), await self._says(against)
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
        _, before = await self._in_force()
        await self._check(await self._says(number), before)
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

    async def _says(self, number: int) -> Document:
        """Raises NotFound."""
        async with self._works.read(SYSTEM) as connection:
            return await _document(connection, number)

    async def _in_force(self) -> tuple[int, Document]:
        async with self._works.read(SYSTEM) as connection:
            number = await store.number_in_force(connection, self._clock()) or SHIPPED
            return number, await _document(connection, number)

    async def _check(self, document: Document, before: Document) -> None:
        problems = await asyncio.to_thread(problems_of, document, shipped_document(), before)
        if problems:
            first = problems[0]
            where = f"document{first.pointer}"
            raise Malformed(f"{first.says} ({where}; problems: {len(problems)})", field=where)


async def _document(connection: AsyncConnection, number: int) -> Document:
    """Raises NotFound."""
    if number == SHIPPED:
        return shipped_document()
    document = await store.document_of(connection, number)
    if document is None:
        raise _no_such_version()
    return document


def _no_such_version() -> NotFound:
    return NotFound("There is no such version of the rules.", field="number")


def _check_second(proposed: Proposed, note: str, officer: Operator, now: datetime) -> None:
    """Raises Forbidden for the officer who proposed it."""
    asked = two_persons.standing(proposed.proposed_by, proposed.note, proposed.proposed_at)
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
