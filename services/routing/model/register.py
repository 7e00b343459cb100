"""What administrators do with trained models, each in one transaction."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.routing.contents import Claimed, Contents
from services.routing.model import store
from services.routing.model.document import Figures, ModelDocument, NoModel, read_document
from services.routing.model.examples import Example, example_of, fold_of
from services.routing.model.judging import barred
from services.routing.model.store import Asked, Finished, Registered, Switched
from services.routing.rule_versions import store as rule_versions
from services.routing.rule_versions.document import SHIPPED, Document, digest_of
from services.routing.rule_versions.rules import rules_of, shipped_document
from shared import two_persons
from shared.auth import Operator
from shared.clock import JAKARTA, Clock
from shared.errors import Conflict, Malformed, NotFound
from shared.telemetry import get_logger
from shared.visibility import SYSTEM, Sight
from shared.work import Works


@dataclass(frozen=True, slots=True)
class Listed:
    """``asked``: which of all models are."""

    asked: Asked
    models: Sequence[Registered]
    switches: Mapping[int, Sequence[Switched]]


@dataclass(frozen=True, slots=True)
class Judged:
    """``seen``, ``corrected``: what the model and the rules said of finished cases, and of those of
    them that officers had put right, by category. ``barred``: why it may not be let decide."""

    document: ModelDocument
    seen: Mapping[str, Figures]
    corrected: Mapping[str, Figures]
    barred: str | None


@dataclass(frozen=True, slots=True)
class Taught:
    """``rules_version``: of the rules that have read the examples. ``unread``: cases whose words
    are gone. ``last``: the case that was looked at last; None where there is no other."""

    rules_version: int
    examples: Sequence[Example]
    unread: int
    last: UUID | None


class ModelRegister:
    """Gives examples, takes models, lets one decide and stops it."""

    def __init__(self, works: Works, contents: Contents, clock: Clock) -> None:
        self._works = works
        self._contents = contents
        self._clock = clock
        self._one_reads = asyncio.Lock()
        self._log = get_logger("routing")

    async def listed(self, before: int | None, limit: int) -> Listed:
        """Registered models below ``before``, the newest first."""
        async with self._works.read(SYSTEM) as connection:
            found = await store.newest(connection, before, limit)
            switches = await store.switches(connection, [each.number for each in found])
            return Listed(await store.asked(connection), found, switches)

    async def one(self, number: int) -> Listed:
        """A list of one. Raises NotFound."""
        async with self._works.read(SYSTEM) as connection:
            found = await store.find(connection, number)
            switches = await store.switches(connection, [number])
            asked = await store.asked(connection)
        return Listed(asked, [_there(found)], switches)

    async def judged(self, number: int) -> Judged:
        """How good a model is. Raises NotFound."""
        async with self._works.read(SYSTEM) as connection:
            _there(await store.find(connection, number))
            said = await store.document_of(connection, number)
            seen, corrected = await store.seen(connection, number)
            version = await rule_versions.number_in_force(connection, self._clock()) or SHIPPED
        document = _read(said or {})
        why_not = barred(document, store.sum_of([*seen.values()]), version)
        return Judged(document, seen, corrected, why_not)

    async def register(self, said: Mapping[str, Any], note: str, officer: Operator) -> Registered:
        """A model that is asked from now on and decides nothing. Registered again, it is the same.

        Raises Malformed naming what is broken, Conflict where another officer has registered it.
        """
        await asyncio.to_thread(_read, said)
        digest = await asyncio.to_thread(digest_of, said)
        async with self._works.open(SYSTEM) as work:
            await store.alone(work.connection)
            if same := await store.of_digest(work.connection, digest):
                if same.registered_by == officer.subject:
                    return same
                raise Conflict(f"Model {same.number} says the same. Go on with that one.")
            number = ((await store.asked(work.connection)).newest or 0) + 1
            registered = Registered(number, digest, officer.subject, officer.unit, work.now, note)
            await store.register(work.connection, registered, said)
        return registered

    async def switch(self, number: int, decides: bool, note: str, officer: Operator) -> None:
        """Lets a model decide where the rules doubt, by another officer than the one who registered
        it; or stops it, by any. What is so already is not written again.

        Raises NotFound, Forbidden, and Conflict saying why it may not decide.
        """
        judged = await self.judged(number)
        async with self._works.open(SYSTEM) as work:
            await store.alone(work.connection)
            registered = _there(await store.find(work.connection, number))
            if ((await store.asked(work.connection)).deciding == number) == decides:
                return
            if decides:
                _check_second(registered, note, officer, work.now)
                if judged.barred is not None:
                    raise Conflict(judged.barred)
            switched = Switched(number, decides, officer.subject, officer.unit, work.now, note)
            await store.switch(work.connection, switched)
        self._log.info("model_switched", count=number, status="decides" if decides else "stopped")

    async def taught(self, sight: Sight, before: UUID | None, limit: int) -> Taught:
        """Examples of finished cases within ``sight`` that came before one, read by the rules that
        decide now; nothing of them is kept. Raises Transient."""
        async with self._works.read(sight) as connection:
            found = await store.finished(connection, sight, before, limit + 1)
        shown = found[:limit]
        claimed = await self._contents.claim([each.content_ref for each in shown])
        number, document = await self._rules()
        # A version more takes memory for as long as one page lasts.
        async with self._one_reads:
            examples = await asyncio.to_thread(self._read_by, number, document, shown, claimed)
        last = shown[-1].complaint_id if len(found) > limit else None
        return Taught(number, examples, len(shown) - len(examples), last)

    async def _rules(self) -> tuple[int, Document]:
        async with self._works.read(SYSTEM) as connection:
            number = await rule_versions.number_in_force(connection, self._clock())
            document = await rule_versions.document_of(connection, number) if number else None
        return number or SHIPPED, document or shipped_document()

    def _read_by(
        self,
        number: int,
        document: Document,
        finished: Sequence[Finished],
        claimed: Mapping[UUID, Claimed],
    ) -> list[Example]:
        """Of the cases whose words are there. In a thread: with a reader of its own."""
        rules = rules_of(number, document)
        table = rules.categories.at(self._clock().astimezone(JAKARTA).date())
        words = {
            case: said.text or ""
            for case in finished
            for said in [claimed.get(case.content_ref)]
            if said is not None and said.status == "ok"
        }
        return [
            example_of(
                fold_of(str(case.complaint_id)), text, case.category, case.chosen, case.corrected,
                rules.reader, table,
            )
            for case, text in words.items()
        ]  # fmt: skip


def _there(found: Registered | None) -> Registered:
    if found is None:
        raise NotFound("There is no such model.", field="number")
    return found


def _read(said: Mapping[str, Any]) -> ModelDocument:
    try:
        return read_document(said)
    except NoModel as error:
        raise Malformed(str(error), field=f"document.{error.field}") from None


def _check_second(registered: Registered, note: str, officer: Operator, now: datetime) -> None:
    """Raises Forbidden for the officer who registered it."""
    asked = two_persons.standing(
        registered.registered_by, registered.note, registered.registered_at
    )
    two_persons.confirm(asked, officer.subject, note, now)
