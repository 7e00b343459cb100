"""JAKI: a webhook about each stage of a report, which the app shows to the reporter.

The tracking code and an officer's words (null where there are none) are fields of their own, which
JAKI shows to the reporter alone. ``text`` may be shown to others, so it holds neither.
"""

import json

from standardwebhooks.webhooks import Webhook

from services.notify.providers.adapter import Reply
from services.notify.providers.http_provider import Provider
from services.notify.sending.outcomes import Outcome
from services.notify.settings import SignedGateway
from services.notify.wording.message import Message
from shared.clock import Clock
from shared.outbound import OutboundClient


class Jaki:
    """Signs each call as Standard Webhooks says; ``webhook-id`` is the delivery's id."""

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
