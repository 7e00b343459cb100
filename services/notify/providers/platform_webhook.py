"""Webhooks of the platforms that show a report's state in their own app: JAKI and Qlue.

The tracking code and an officer's words (null where there are none) are fields of their own, for
the reporter's screen; the text that a platform may show to others does not hold them.
"""

import json
from collections.abc import Mapping
from typing import Literal, TypeAlias

from standardwebhooks.webhooks import Webhook

from services.notify.providers.adapter import Provider, Reply
from services.notify.sending.outcomes import Outcome
from services.notify.settings import KeyedGateway, SignedGateway
from services.notify.wording.templates import Message
from shared.clock import Clock
from shared.events.vocabulary import NotificationTemplate as T
from shared.outbound import OutboundClient

PlatformState: TypeAlias = Literal["wait", "process", "complete"]

STATES: Mapping[T, PlatformState] = {
    T.CONFIRMATION: "wait",
    T.ROUTED: "wait",
    T.REOPENED: "wait",
    T.IN_PROGRESS: "process",
    T.QUESTION: "process",
    T.EXTENDED: "process",
    T.COMPLETED: "complete",
    T.REJECTED: "complete",
    T.MERGED: "complete",
    T.WITHDRAWN: "complete",
}
"""The three states Qlue shows (channels.md 6.6)."""


class Jaki:
    """Signed as Standard Webhooks says; ``webhook-id`` is the delivery's id."""

    name = "jaki"

    def __init__(self, client: OutboundClient, gateway: SignedGateway, clock: Clock) -> None:
        self._url = gateway.url
        self._webhook = Webhook(gateway.secret.get_secret_value())
        self._provider = Provider(client, {})
        self._clock = clock

    async def send(self, message: Message, reply: Reply) -> Outcome:
        body = json.dumps(_report(message, reply), ensure_ascii=False)
        now = self._clock()
        headers = {
            "webhook-id": str(message.key),
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(str(message.key), now, body),
        }
        return await self._provider.post_signed(self._url, body.encode(), headers, message)


def _report(message: Message, reply: Reply) -> dict[str, object]:
    return {
        "type": f"report.{message.template}",
        "timestamp": message.at.isoformat(),
        "data": {
            "recipient": reply.address,
            "report_number": message.report_number,
            "tracking_code": message.tracking_code,
            "title": message.subject,
            "text": message.plain,
            "officer_words": message.words,
            "language": message.language,
        },
    }


class Qlue:
    """``POST {url}`` with the post's id and its new state."""

    name = "qlue"

    def __init__(self, client: OutboundClient, gateway: KeyedGateway) -> None:
        self._url = gateway.url
        self._provider = Provider(client, {"x-api-key": gateway.api_key.get_secret_value()})

    async def send(self, message: Message, reply: Reply) -> Outcome:
        status = {
            "post_id": reply.address,
            "status": STATES[message.template],
            "stage": message.template,
            "report_number": message.report_number,
            "tracking_code": message.tracking_code,
            "text": message.plain,
            "officer_words": message.words,
        }
        return await self._provider.post(self._url, status, message)
