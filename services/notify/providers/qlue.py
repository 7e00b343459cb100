"""Qlue: the new state of a report, ``POST {url}`` with the id of its post.

The tracking code and an officer's words (null where there are none) are fields of their own, which
Qlue shows to the reporter alone. ``text`` may be shown to others, so it holds neither.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from services.notify.providers.adapter import Reply
from services.notify.providers.http_provider import Provider
from services.notify.providers.partners import PARTNER
from services.notify.sending.outcomes import Outcome
from services.notify.settings import PartnerGateway
from services.notify.wording.message import Message
from shared.clock import Clock
from shared.events.vocabulary import NotificationTemplate as T
from shared.outbound import OutboundClient

QlueState: TypeAlias = Literal["wait", "process", "complete"]

STATES: Mapping[T, QlueState] = {
    T.CONFIRMATION: "wait",
    T.ROUTED: "wait",
    T.REOPENED: "wait",
    T.IN_PROGRESS: "process",
    T.QUESTION: "process",
    T.EXTENDED: "process",
    T.FILE_REFUSED: "wait",
    T.EMERGENCY: "wait",
    T.COMPLETED: "complete",
    T.REJECTED: "complete",
    T.MERGED: "complete",
    T.WITHDRAWN: "complete",
}
"""The three states that Qlue shows."""


class Qlue:
    """Signs each call as Standard Webhooks says."""

    name = "qlue"

    def __init__(self, client: OutboundClient, gateway: PartnerGateway, clock: Clock) -> None:
        self._url = gateway.url
        credential = {"x-api-key": gateway.api_key.get_secret_value()}
        self._provider = Provider(client, credential, PARTNER, clock, gateway.secrets)

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
