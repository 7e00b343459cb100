"""Errors as answers: problem+json (RFC 9457)."""

from collections.abc import Mapping
from types import MappingProxyType

from fastapi.responses import Response
from pydantic import BaseModel
from pydantic.json_schema import SkipJsonSchema

from shared.errors import BadRequest, Bug, DomainError, HeadTooLarge, NotFound, OtherMethod, TooSlow

PROBLEM_JSON = "application/problem+json"

PROBLEM_BASE = "https://crm.jakarta.go.id/problems/"


class Problem(BaseModel):
    """RFC 9457 problem details. ``field`` names the part of the input that is wrong. ``code`` tells
    refusals of one type apart; where there is one, ``detail_id`` is ``detail`` in Indonesian."""

    type: str
    title: str
    status: int
    detail: str
    field: str | SkipJsonSchema[None] = None
    code: str | SkipJsonSchema[None] = None
    detail_id: str | SkipJsonSchema[None] = None


def details_of(error: DomainError) -> Problem:
    """The error as a body, or as a part of one that answers several requests at once."""
    reason = error.reason
    return Problem(
        type=f"{PROBLEM_BASE}{error.slug}", title=error.title, status=error.status,
        detail=error.detail, field=error.field, code=reason.code if reason else None,
        detail_id=reason.id if reason else None,
    )  # fmt: skip


def problem_of(error: DomainError) -> Response:
    return _answer(details_of(error), error.headers)


def _answer(body: Problem, headers: Mapping[str, str] = MappingProxyType({})) -> Response:
    return Response(
        body.model_dump_json(exclude_none=True), body.status, dict(headers), PROBLEM_JSON
    )


_PLAIN: Mapping[int, DomainError] = {
    error.status: error
    for error in (
        BadRequest("The request cannot be read. Check body and headers.", field="body"),
        NotFound("There is nothing at this address."),
        OtherMethod("Use a method this address knows."),
        TooSlow("The request took too long to come. Send it again."),
        HeadTooLarge("Send fewer and shorter header fields."),
        Bug("The fault is ours. Try again; quote the request id."),
    )
}


def plain_problem(status: int) -> Response:
    """The answer where no endpoint was asked, or where one failed."""
    known = _PLAIN.get(status)
    if known is None:
        type_of = f"{PROBLEM_BASE}error"
        told = Problem(
            type=type_of, title="Error", status=status, detail="The request was not served."
        )
        return _answer(told)
    return problem_of(known)
