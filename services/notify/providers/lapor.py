"""SP4N-LAPOR!: the answer to a ticket it handed over, ``POST {url}/tickets/{ticket}/answers``."""

from services.notify.providers.adapter import Reply
from services.notify.providers.http_provider import Provider, platform_id
from services.notify.providers.partners import TICKETS
from services.notify.sending.outcomes import Outcome, Refused
from services.notify.settings import PartnerGateway
from services.notify.wording.message import Message
from shared.clock import Clock
from shared.outbound import OutboundClient


class Lapor:
    """Signs each call as Standard Webhooks says."""

    name = "lapor_1708"

    def __init__(self, client: OutboundClient, gateway: PartnerGateway, clock: Clock) -> None:
        self._url = gateway.url.rstrip("/")
        credential = {"x-api-key": gateway.api_key.get_secret_value()}
        self._provider = Provider(client, credential, TICKETS, clock, gateway.secrets)

    async def send(self, message: Message, reply: Reply) -> Outcome:
        ticket = platform_id(reply.address)
        if ticket is None:
            return Refused("bad_address")
        # A ticket may be public at LAPOR!, so ``answer`` must not hold the code or officers' words.
        answer = {
            "answer": message.plain,
            "stage": message.template,
            "report_number": message.report_number,
            "tracking_code": message.tracking_code,
            "officer_words": message.words,
        }
        return await self._provider.post(f"{self._url}/tickets/{ticket}/answers", answer, message)
