"""Errors as answers: problem+json (RFC 9457)."""

from collections.abc import Mapping

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


def problem(status: int, slug: str, title: str, detail: str, **members: str | None) -> Response:
    """``members``: of `Problem`, those that not every problem has."""
    body = Problem(
        type=f"{PROBLEM_BASE}{slug}", title=title, status=status, detail=detail, **members
    )
    return Response(body.model_dump_json(exclude_none=True), status, media_type=PROBLEM_JSON)


def problem_of(error: DomainError) -> Response:
    reason = error.reason
    answer = problem(
        error.status, error.slug, error.title, error.detail, field=error.field,
        code=reason.code if reason else None, detail_id=reason.id if reason else None,
    )  # fmt: skip
    answer.headers.update(error.headers)
    return answer


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
        return problem(status, "error", "Error", "The request was not served.")
    return problem_of(known)
