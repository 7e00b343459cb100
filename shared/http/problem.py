"""Errors as answers: problem+json (RFC 9457)."""

from typing import Annotated, Any

from fastapi.responses import Response
from pydantic import BaseModel, Field

from shared.errors import DomainError

PROBLEM_JSON = "application/problem+json"

PROBLEM_BASE = "https://crm.jakarta.go.id/problems/"


class Problem(BaseModel):
    """RFC 9457 problem details. ``field`` names the part of the input that is wrong."""

    type: str
    title: str
    status: int
    detail: str
    field: Annotated[str | None, Field(default=None)] = None


PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "Problem details (RFC 9457)",
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


def problem(status: int, slug: str, title: str, detail: str, field: str | None = None) -> Response:
    body = Problem(
        type=f"{PROBLEM_BASE}{slug}", title=title, status=status, detail=detail, field=field
    )
    return Response(body.model_dump_json(exclude_none=True), status, media_type=PROBLEM_JSON)


def problem_of(error: DomainError) -> Response:
    answer = problem(error.status, error.slug, error.title, error.detail, error.field)
    answer.headers.update(error.headers)
    return answer


_PLAIN = {
    400: ("bad-request", "Bad request", "The request cannot be read. Check body and headers."),
    404: ("not-found", "Not found", "There is nothing at this address."),
    405: ("method-not-allowed", "Method not allowed", "Use a method this address knows."),
    408: ("timeout", "Request timeout", "The request took too long to come. Send it again."),
    431: ("head-too-large", "Header fields too large", "Send fewer and shorter header fields."),
    500: ("internal", "Internal error", "The fault is ours. Try again; quote the request id."),
}


def plain_problem(status: int) -> Response:
    slug, title, detail = _PLAIN.get(status, ("error", "Error", "The request was not served."))
    return problem(status, slug, title, detail, "body" if status == 400 else None)
