"""Conditional requests (RFC 9110, section 13): the version that a caller has seen."""

import re
from collections.abc import Callable
from typing import Annotated, TypeAlias

from fastapi import Depends, Request, Response

from shared.errors import StaleVersion, VersionRequired
from shared.http.refusals import refuses

_ETAG = re.compile(r'(?:W/)?"(\d{1,18})"')


def etag(version: int) -> str:
    return f'"{version}"'


async def etag_writer(response: Response) -> Callable[[int], None]:
    """Says the version of what is answered: an operation that asks for this answers with ETag."""

    def write(version: int) -> None:
        response.headers["etag"] = etag(version)

    return write


WriteEtag: TypeAlias = Annotated[Callable[[int], None], Depends(etag_writer)]


@refuses(StaleVersion, VersionRequired)
async def if_match(request: Request) -> int:
    """The version the caller has seen; 428 without ``If-Match``, 412 when it is not one of ours."""
    value = request.headers.get("if-match")
    if value is None:
        raise VersionRequired(
            "Send If-Match with the ETag of the version you have read.", field="if-match"
        )
    match = _ETAG.fullmatch(value.strip())
    if match is None:
        raise StaleVersion("If-Match is not an ETag of this resource.", field="if-match")
    return int(match[1])
