"""JAKI: a webhook about each stage of a report, which the app shows to the reporter.

The tracking code and an officer's words (null where there are none) are fields of their own, which
JAKI shows to the reporter alone. ``text`` may be shown to others, so it holds neither.
"""

from services.notify.providers.adapter import Reply
from services.notify.providers.http_provider import Provider
from services.notify.providers.partners import PARTNER
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
        self._provider = Provider(client, {}, PARTNER, clock, gateway.secrets)

    async def send(self, message: Message, reply: Reply) -> Outcome:
        report = {
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
        return await self._provider.post(self._url, report, message)
