"""Conditional requests (RFC 9110, section 13): the version that a caller has seen."""

import re

from fastapi import Request

from shared.errors import StaleVersion, VersionRequired

_ETAG = re.compile(r'(?:W/)?"(\d{1,18})"')


def etag(version: int) -> str:
    return f'"{version}"'


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
