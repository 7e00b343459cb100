"""SMS gateway: ``POST {url}`` with ``{"to": "+62...", "text": "..."}``."""

import re

from services.notify.providers.adapter import Reply
from services.notify.providers.http_provider import Provider
from services.notify.sending.outcomes import Outcome, Refused
from services.notify.settings import KeyedGateway
from services.notify.wording.message import Message
from shared.outbound import OutboundClient

_E164 = re.compile(r"\+[1-9]\d{6,14}")


class Sms:
    name = "sms"

    def __init__(self, client: OutboundClient, gateway: KeyedGateway) -> None:
        self._url = gateway.url
        self._provider = Provider(client, {"x-api-key": gateway.api_key.get_secret_value()})

    async def send(self, message: Message, reply: Reply) -> Outcome:
        if not _E164.fullmatch(reply.address):
            return Refused("bad_address")
        return await self._provider.post(
            self._url, {"to": reply.address, "text": message.sms}, message
        )
