"""One act on many cases: each in a transaction of its own, each with a result of its own."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.routing.case.commands import (
    AcceptCase,
    AssignFromTriage,
    Command,
    CoordinateCase,
    DelegateCase,
)
from services.routing.once.keys import Answer, Request, request_among, request_of
from services.routing.team.assigning import AssigneeChange
from services.routing.work.acts import Given, actor_of
from services.routing.work.serving import Serving
from services.routing.work.views import CaseView
from shared.auth import Operator
from shared.errors import DomainError, Malformed, Reject, Transient, Unavailable
from shared.http.idempotency import IdempotencyKey
from shared.http.input import malformed
from shared.http.operation import Router
from shared.http.problem import Problem, details_of
from shared.visibility import SYSTEM

CASES_AT_MOST = 200

_COMMANDS: Mapping[str, type[Command]] = {
    kind.verb: kind for kind in (AcceptCase, CoordinateCase, DelegateCase, AssignFromTriage)
}
Verb: TypeAlias = Literal["accept", "coordinate", "delegate", "assign", "assignee"]
Wanted: TypeAlias = Command | AssigneeChange


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class SeenCase(_Model):
    """A case, and the version of it that was read."""

    complaint_id: UUID
    version: Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]


class BulkAct(_Model):
    """``command``: last part of the address at which one case is asked for the same, and ``body``
    what is sent there."""

    command: Verb
    body: Annotated[dict[str, Any], Field(max_length=10, examples=[{}])] = {}
    cases: Annotated[tuple[SeenCase, ...], Field(min_length=1, max_length=CASES_AT_MOST)]


class BulkProblem(Problem):
    """As RFC 9457 has it, but that what it has not is null."""

    field: str | None = None
    code: str | None = None
    detail_id: str | None = None


class BulkResult(BaseModel):
    """What became of one case: ``status`` and body as if it alone had been asked for."""

    complaint_id: UUID
    status: int
    case: CaseView | None
    problem: BulkProblem | None


class BulkResults(BaseModel):
    """In the order of the request."""

    results: list[BulkResult]


def add_bulk(router: Router, worker: Callable[..., Awaitable[Operator]], serving: Serving) -> None:
    @router.post("/bulk")
    async def act_in_bulk(
        act: BulkAct, operator: Annotated[Operator, Depends(worker)], key: IdempotencyKey
    ) -> BulkResults:
        """The same act on up to 200 cases, one after the other. What is refused in one case stops
        none of the others. Under an Idempotency-Key a repeat goes on where it was cut short: cases
        that were served get their first answer."""
        bulk = Bulk(serving, operator, key, act, wanted_by(act))
        await bulk.claim()
        return BulkResults(results=[await bulk.result(seen) for seen in act.cases])


def wanted_by(act: BulkAct) -> Wanted:
    """What is wanted in each case. Raises Malformed, with the field. Pure."""
    if len({seen.complaint_id for seen in act.cases}) < len(act.cases):
        raise Malformed("Name each case once.", field="cases")
    kind = _COMMANDS.get(act.command, AssigneeChange)
    try:
        return kind.model_validate_json(json.dumps(act.body))
    except ValidationError as error:
        refused = malformed(error.errors(include_input=False, include_url=False))
        raise Malformed(refused.detail, field=_within_body(refused.field)) from None


def _within_body(field: str | None) -> str:
    return "body" if field in (None, "body") else f"body.{field}"


@dataclass(frozen=True, slots=True)
class Bulk:
    """One officer's act on many cases."""

    serving: Serving
    officer: Operator
    key: str | None
    act: BulkAct
    wanted: Wanted

    async def claim(self) -> None:
        """Under one key the whole is said once. Raises Malformed for another one."""
        request = request_of(self.officer, self.key, ["bulk", self.act.model_dump(mode="json")])
        if request is not None:
            await self.serving.once.do(request, SYSTEM, lambda _: _nothing_yet())

    async def result(self, seen: SeenCase) -> BulkResult:
        """What became of one case."""
        try:
            answer = await self._served(seen)
        except DomainError as error:
            return _refused(seen, error)
        except (Transient, Reject):
            # Of this case alone; what it was is in the log of whoever raised it.
            return _refused(seen, Unavailable("This case cannot be reached now. Try again."))
        case = CaseView.model_validate_json(answer.body)
        return BulkResult(complaint_id=seen.complaint_id, status=200, case=case, problem=None)

    async def _served(self, seen: SeenCase) -> Answer:
        complaint_id, wanted = seen.complaint_id, self.wanted
        request = self._request(seen)
        if isinstance(wanted, AssigneeChange):
            return await self.serving.assign(
                complaint_id, seen.version, wanted, self.officer, request
            )
        given = Given(complaint_id, seen.version, wanted, actor_of(self.officer))
        return await self.serving.command(given, self.officer, request)

    def _request(self, seen: SeenCase) -> Request | None:
        said = [self.act.command, self.act.body, seen.model_dump(mode="json")]
        return request_among(self.officer, self.key, said, seen.complaint_id)


async def _nothing_yet() -> Answer:
    return Answer(None, "")


def _refused(seen: SeenCase, error: DomainError) -> BulkResult:
    problem = BulkProblem(**details_of(error).model_dump())
    return BulkResult(
        complaint_id=seen.complaint_id, status=error.status, case=None, problem=problem
    )
