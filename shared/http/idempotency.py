"""Requests that are sent twice (draft-ietf-httpapi-idempotency-key-header-07): the caller's key."""

import re
from typing import Annotated, TypeAlias

from fastapi import Depends, Request

from shared.errors import Malformed
from shared.http.refusals import refuses

HEADER = "Idempotency-Key"
FIELD = "idempotency-key"
PATTERN = r'^([!#-\[\]-~]{1,64}|"[!#-\[\]-~]{1,64}")$'
"""Visible ASCII but the quotation mark and the backslash: so that a key in quotation marks, as the
draft writes it (RFC 9651, 3.3.3), and the same key without them are one key."""

_KEY = re.compile(PATTERN)


@refuses(Malformed)
async def idempotency_key(request: Request) -> str | None:
    """The key without quotation marks; None where the caller sends none. Raises Malformed."""
    given = request.headers.getlist(HEADER)
    if not given:
        return None
    if len(given) > 1 or _KEY.fullmatch(given[0].strip()) is None:
        raise Malformed(
            f"Send {HEADER} once: 1 to 64 visible ASCII characters, without quotation marks"
            " and backslashes inside.",
            field=FIELD,
        )
    return given[0].strip().strip('"')


IdempotencyKey: TypeAlias = Annotated[str | None, Depends(idempotency_key)]
