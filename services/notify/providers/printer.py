"""A desk's receipt printer: ``POST {url}`` with the desk and the receipt's lines."""

from services.notify.providers.adapter import Reply
from services.notify.providers.http_provider import Provider
from services.notify.providers.partners import PARTNER
from services.notify.sending.outcomes import Outcome
from services.notify.settings import KeyedGateway
from services.notify.wording.message import Message
from shared.clock import Clock
from shared.outbound import OutboundClient


class Printer:
    name = "printer"

    def __init__(self, client: OutboundClient, gateway: KeyedGateway, clock: Clock) -> None:
        self._url = gateway.url
        credential = {"x-api-key": gateway.api_key.get_secret_value()}
        self._provider = Provider(client, credential, PARTNER, clock)

    async def send(self, message: Message, reply: Reply) -> Outcome:
        receipt = {
            "desk": reply.address,
            "report_number": message.report_number,
            "text": message.receipt,
        }
        return await self._provider.post(self._url, receipt, message)
