"""The doors of the channels in the OpenAPI document.

The doors read the raw body themselves, because a signature is over bytes. The contract says all
the same what they expect and how they know their callers; the adapters do the checking.
"""

from typing import Any

from fastapi import Depends
from fastapi.security import APIKeyHeader, APIKeyQuery

from services.intake.channels.attachments import MAX_FILES
from services.intake.channels.door import (
    MULTIPART,
    Body,
    FileParts,
    Parameter,
    SecurityScheme,
)

IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$", "maxLength": 255},
    "example": "0190b8a2-6f0e-7c3b-9b1e-2f6f3f0a1c01",
    "description": "Made by the caller. Same key and body: same answer; other body: 422;"
    " while the first is being served: 409.",
}


SAFE_PICTURES = (
    "Pictures (20 MB), PDF (10 MB) or video (25 MB); 40 MB together. What it is, is told by its"
    " bytes. Tell people where they choose it: take no picture where CCTV sees you, take it from"
    " outside, and not during the act; by mail it is safer."
)
FOLLOWED = {
    "track_complaint": {
        "operationRef": "tracking.json#/paths/~1v1~1track/post",
        "requestBody": {"code": "$response.body#/tracking_code"},
        "description": "Where the complaint stands, for whoever holds the code.",
    }
}
"""Where a receipt leads: to another service, whose document lies beside this one."""


def operation(
    body: Body | None,
    query: tuple[Parameter, ...] = (),
    headers: tuple[Parameter, ...] = (),
    *,
    keyed: bool,
    files: FileParts | None = None,
) -> dict[str, Any]:
    """The part of an OpenAPI operation that says what to send."""
    described: dict[str, Any] = {}
    if body is not None:
        content = {"schema": body.schema}
        if body.example is not None:
            content["example"] = body.example
        described["requestBody"] = {"required": True, "content": {body.media: content}}
        if files is not None:
            described["requestBody"]["content"][MULTIPART] = _with_files(body, files)
    parameters = [_described(parameter, "query") for parameter in query]
    parameters += [_described(parameter, "header") for parameter in headers]
    if keyed:
        parameters.append(IDEMPOTENCY_KEY)
    return described | ({"parameters": parameters} if parameters else {})


def _with_files(body: Body, files: FileParts) -> dict[str, Any]:
    """The same body as a form with parts, files among them."""
    of_files = {
        files.name: {
            "type": "array",
            "maxItems": MAX_FILES,
            "items": {"type": "string", "format": "binary"},
            "description": SAFE_PICTURES,
        }
    }
    if files.message is None:
        return {"schema": {**body.schema, "properties": {**body.schema["properties"], **of_files}}}
    return {
        "schema": {
            "type": "object",
            "properties": {files.message: body.schema, **of_files},
            "required": [files.message],
            "additionalProperties": False,
        },
        "encoding": {files.message: {"contentType": body.media}},
    }


def _described(parameter: Parameter, place: str) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": place,
        "required": parameter.required,
        "schema": dict(parameter.schema),
    }


def security(scheme: SecurityScheme | None) -> list[Any]:
    """A route's dependencies that declare the scheme; they refuse nothing themselves."""
    if scheme is None:
        return []
    kind = APIKeyHeader if scheme.place == "header" else APIKeyQuery
    declared = kind(
        name=scheme.name,
        scheme_name=scheme.scheme,
        description=scheme.description,
        auto_error=False,
    )
    return [Depends(declared)]
