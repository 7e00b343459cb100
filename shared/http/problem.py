"""Errors as answers: problem+json (RFC 9457)."""

from collections.abc import Mapping

from fastapi.responses import Response
from pydantic import BaseModel
from pydantic.json_schema import SkipJsonSchema

from shared.errors import BadRequest, Bug, DomainError, HeadTooLarge, NotFound, OtherMethod, TooSlow

PROBLEM_JSON = "application/problem+json"

PROBLEM_BASE = "https://crm.jakarta.go.id/problems/"


class Problem(BaseModel):
    """RFC 9457 problem details. ``field`` names the part of the input that is wrong."""

    type: str
    title: str
    status: int
    detail: str
    field: str | SkipJsonSchema[None] = None


def problem(status: int, slug: str, title: str, detail: str, field: str | None = None) -> Response:
    body = Problem(
        type=f"{PROBLEM_BASE}{slug}", title=title, status=status, detail=detail, field=field
    )
    return Response(body.model_dump_json(exclude_none=True), status, media_type=PROBLEM_JSON)


def problem_of(error: DomainError) -> Response:
    answer = problem(error.status, error.slug, error.title, error.detail, error.field)
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
