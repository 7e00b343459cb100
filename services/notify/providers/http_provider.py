"""Calls to a provider that takes JSON over HTTP, and how its answer is read."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from services.notify.sending.outcomes import Outcome, Refused, Sent, TryLater
from services.notify.wording.message import Message
from shared.errors import Transient
from shared.outbound import OutboundClient, Response

PASSING_STATUSES = frozenset({407, 408, 409, 425, 429})
UNKNOWN_TO_IT = 401
"""Our own credential is wrong or is being replaced. If it counted as a no, every citizen of that
moment would never be told."""

UNREACHABLE = TryLater(away=True, reason="unreachable")

_PLATFORM_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_:-]{0,127}")


class Provider:
    """POSTs JSON to one provider over connections that are kept open."""

    def __init__(self, client: OutboundClient, credential: Mapping[str, str]) -> None:
        """``credential``: the headers by which the provider knows us."""
        self._client = client
        self._credential = dict(credential)

    async def post(self, url: str, body: Mapping[str, Any], message: Message) -> Outcome:
        """The message's key goes along as ``Idempotency-Key``."""
        headers = {**self._credential, "idempotency-key": str(message.key)}
        try:
            response = await self._client.request("POST", url, headers=headers, json=dict(body))
        except Transient:
            return UNREACHABLE
        return outcome_of(response)

    async def post_signed(
        self, url: str, body: bytes, headers: Mapping[str, str], message: Message
    ) -> Outcome:
        """The same for a body whose bytes are signed; ``headers`` hold the signature."""
        all_headers = {
            **headers,
            "content-type": "application/json",
            "idempotency-key": str(message.key),
        }
        try:
            response = await self._client.request("POST", url, headers=all_headers, content=body)
        except Transient:
            return UNREACHABLE
        return outcome_of(response)


def outcome_of(response: Response) -> Outcome:
    """2xx: sent. Redirects, 5xx and the statuses above: try later. 401: it refuses us. Any other
    4xx: refused."""
    status = response.status
    if 200 <= status < 300:
        return Sent()
    if status == UNKNOWN_TO_IT:
        return TryLater(away=True, reason="auth_refused", ours=True)
    if status in PASSING_STATUSES or status >= 500 or status < 400:
        return TryLater(after=_retry_after(response), reason=f"http_{status}")
    return Refused(f"http_{status}")


def _retry_after(response: Response) -> float | None:
    """Seconds of ``Retry-After``; None for its date form, where our own back-off decides."""
    value = response.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() and len(value) <= 6 else None


def platform_id(value: str | None) -> str | None:
    """An id as it can stand in a URL's path, or None when it is no id.

    The id comes from outside: with ``../`` in it a caller could choose the path we call.
    """
    if value is None or not _PLATFORM_ID.fullmatch(value):
        return None
    return quote(value, safe="")
