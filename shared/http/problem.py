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
    headers = {"www-authenticate": "Bearer"} if status == 401 else None
    return Response(
        body.model_dump_json(exclude_none=True), status, headers, media_type=PROBLEM_JSON
    )


def problem_of(error: DomainError) -> Response:
    return problem(error.status, error.slug, error.title, error.detail, error.field)


_PLAIN = {
    400: ("bad-request", "Bad request", "The request cannot be read. Check body and headers."),
    404: ("not-found", "Not found", "There is nothing at this address."),
    405: ("method-not-allowed", "Method not allowed", "Use a method this address knows."),
    413: ("too-large", "Body too large", "Send a smaller body."),
    415: ("unsupported-media", "Unsupported media type", "Send a content type of the contract."),
    500: ("internal", "Internal error", "The fault is ours. Try again; quote the request id."),
}


def plain_problem(status: int) -> Response:
    slug, title, detail = _PLAIN.get(status, ("error", "Error", "The request was not served."))
    field = "body" if status in (400, 413) else None
    return problem(status, slug, title, detail, field)
