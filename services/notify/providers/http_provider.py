"""Calls to a provider that takes JSON over HTTP."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook

from services.notify.providers.answers import Answers
from services.notify.sending.outcomes import Outcome, TryLater
from services.notify.wording.message import Message
from shared.clock import Clock
from shared.errors import Transient
from shared.outbound import OutboundClient

UNREACHABLE = TryLater(away=True, reason="unreachable")

_PLATFORM_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_:-]{0,127}")


class Provider:
    """POSTs JSON to one provider over connections that are kept open."""

    def __init__(
        self,
        client: OutboundClient,
        credential: Mapping[str, str],
        answers: Answers,
        clock: Clock,
        secrets: Sequence[SecretStr] = (),
    ) -> None:
        """``credential``: the headers by which the provider knows us. ``secrets``: of Standard
        Webhooks; the call is signed with each of them."""
        self._client = client
        self._credential = dict(credential)
        self._answers = answers
        self._clock = clock
        self._webhooks = [Webhook(secret.get_secret_value()) for secret in secrets]

    async def post(self, url: str, body: Mapping[str, Any], message: Message) -> Outcome:
        """The message's key goes along as ``Idempotency-Key``, and where the call is signed as
        ``webhook-id``."""
        content = json.dumps(dict(body), ensure_ascii=False).encode()
        headers = {
            **self._credential,
            **self._signature(message, content),
            "content-type": "application/json",
            "idempotency-key": str(message.key),
        }
        try:
            response = await self._client.request("POST", url, headers=headers, content=content)
        except Transient:
            return UNREACHABLE
        return self._answers.outcome(
            response.status, response.headers, response.body, self._clock()
        )

    def _signature(self, message: Message, content: bytes) -> dict[str, str]:
        """The headers of Standard Webhooks; none where nothing is signed.

        While a secret is replaced there are two signatures, and the receiver may know either.
        """
        if not self._webhooks:
            return {}
        key, now, body = str(message.key), self._clock(), content.decode()
        return {
            "webhook-id": key,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(each.sign(key, now, body) for each in self._webhooks),
        }


def platform_id(value: str | None) -> str | None:
    """An id as it can stand in a URL's path, or None when it is no id.

    The id comes from outside: with ``../`` in it a caller could choose the path we call.
    """
    if value is None or not _PLATFORM_ID.fullmatch(value):
        return None
    return quote(value, safe="")
