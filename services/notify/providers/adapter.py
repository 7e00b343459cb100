"""What an adapter is, what it is handed, and how an HTTP provider's answer is read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote

from services.notify.sending.outcomes import Outcome, Refused, Sent, TryLater
from services.notify.wording.templates import Message
from shared.errors import Transient
from shared.outbound import OutboundClient, Response
from shared.reply_kinds import ReplyKind

# 401: our own credential is wrong or being rolled; that is no reason to give a citizen up.
PASSING_STATUSES = frozenset({401, 407, 408, 409, 425, 429})

_PLATFORM_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_:-]{0,127}")


@dataclass(frozen=True, slots=True)
class Reply:
    """One way back to a reporter; lives in memory for the call alone."""

    kind: ReplyKind
    address: str = field(repr=False)
    thread: str | None = field(default=None, repr=False)


class Adapter(Protocol):
    """Sends to one provider.

    At least once towards the provider, always under the same key; once towards the person where
    the provider honours the key.
    """

    @property
    def name(self) -> str:
        """The provider's name: a gateway that does not answer is left alone by this name."""
        ...

    async def send(self, message: Message, reply: Reply) -> Outcome:
        """Raises nothing that a provider or an address can cause."""
        ...


class Provider:
    """POSTs JSON to one HTTP provider over kept connections."""

    def __init__(self, client: OutboundClient, credential: Mapping[str, str]) -> None:
        """``credential``: the headers by which the provider knows us."""
        self._client = client
        self._credential = dict(credential)

    async def post(self, url: str, body: Mapping[str, Any], message: Message) -> Outcome:
        """The message's id goes along as ``Idempotency-Key``."""
        headers = {**self._credential, "idempotency-key": str(message.key)}
        try:
            response = await self._client.request("POST", url, headers=headers, json=dict(body))
        except Transient:
            return TryLater(away=True)
        return outcome_of(response)

    async def post_signed(
        self, url: str, body: bytes, headers: Mapping[str, str], message: Message
    ) -> Outcome:
        """The same for a body whose bytes are signed."""
        all_headers = {
            **headers,
            "content-type": "application/json",
            "idempotency-key": str(message.key),
        }
        try:
            response = await self._client.request("POST", url, headers=all_headers, content=body)
        except Transient:
            return TryLater(away=True)
        return outcome_of(response)


def outcome_of(response: Response) -> Outcome:
    """2xx is sent; what passes by itself is tried later; any other 4xx is a no."""
    status = response.status
    if 200 <= status < 300:
        return Sent()
    if status in PASSING_STATUSES or status >= 500 or status < 400:
        return TryLater(after=_retry_after(response))
    return Refused(f"http_{status}")


def _retry_after(response: Response) -> float | None:
    """Seconds of ``Retry-After``; its date form is left to the back-off."""
    value = response.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() and len(value) <= 6 else None


def platform_id(value: str | None) -> str | None:
    """An id fit for a URL's path, None when it is none (a path must not be steered by it)."""
    if value is None or not _PLATFORM_ID.fullmatch(value):
        return None
    return quote(value, safe="")
