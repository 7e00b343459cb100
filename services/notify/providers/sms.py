"""SMS gateway: ``POST {url}`` with ``{"to": "+62...", "text": "..."}``.

Gateways pass on what the operator or aggregator behind them says. The codes are Twilio's (error
dictionary, ``code``) and Infobip's (``requestError.serviceException.messageId``, and the status of
a message in an answer of 200). Kannel answers by status and in words: 403 for our password, 503 for
*temporal failure*.
"""

import re
from collections.abc import Sequence
from typing import Any

from services.notify.providers.adapter import Reply
from services.notify.providers.answers import ONE_ADDRESS, Answers, Known, Verdict, at, found
from services.notify.providers.http_provider import Provider
from services.notify.sending.outcomes import Outcome, Refused
from services.notify.settings import KeyedGateway
from services.notify.wording.message import Message
from shared.clock import Clock
from shared.outbound import OutboundClient

_E164 = re.compile(r"\+[1-9]\d{6,14}")

_TWILIO: Known = {
    (None, "20003"): Verdict.US,  # authentication
    (None, "20005"): Verdict.US,  # account not active
    (None, "20404"): Verdict.US,  # address or account in it
    (None, "20429"): Verdict.US,  # too many requests
    (None, "21211"): Verdict.RECIPIENT,  # invalid number
    (None, "21265"): Verdict.RECIPIENT,  # a short code
    (None, "21408"): Verdict.UNCLEAR,  # region not enabled in our account
    (None, "21603"): Verdict.US,  # no sender
    (None, "21606"): Verdict.US,  # sender not ours
    (None, "21608"): Verdict.US,  # trial account
    (None, "21610"): Verdict.RECIPIENT,  # has opted out
    (None, "21611"): Verdict.US,  # our queue is full
    (None, "21614"): Verdict.RECIPIENT,  # no mobile number
    (None, "21635"): Verdict.RECIPIENT,  # a landline
    (None, "30001"): Verdict.LATER,  # queue overflow
    (None, "30002"): Verdict.US,  # account suspended
    (None, "30003"): Verdict.LATER,  # handset unreachable
    (None, "30004"): Verdict.RECIPIENT,  # blocked by the recipient
    (None, "30005"): Verdict.RECIPIENT,  # unknown handset
    (None, "30006"): Verdict.RECIPIENT,  # landline or unreachable carrier
    (None, "30007"): Verdict.UNCLEAR,  # filtered by a carrier
    (None, "30008"): Verdict.LATER,  # unknown error
    (None, "63038"): Verdict.US,  # daily limit of our account
}
_INFOBIP: Known = {
    (None, "BAD_REQUEST"): Verdict.UNCLEAR,
    (None, "UNAUTHORIZED"): Verdict.US,
    (None, "FORBIDDEN"): Verdict.US,
    (None, "TOO_MANY_REQUESTS"): Verdict.US,
    (None, "REJECTED_NOT_ENOUGH_CREDITS"): Verdict.US,
    (None, "REJECTED_PREPAID_PACKAGE_EXPIRED"): Verdict.US,
    (None, "REJECTED_SENDER"): Verdict.US,
    (None, "REJECTED_SOURCE"): Verdict.US,
    (None, "REJECTED_NETWORK"): Verdict.UNCLEAR,
    (None, "REJECTED_ROUTE_NOT_AVAILABLE"): Verdict.UNCLEAR,
    (None, "REJECTED_FLOODING_FILTER"): Verdict.LATER,
    (None, "REJECTED_SYSTEM_ERROR"): Verdict.LATER,
    (None, "REJECTED_DND"): Verdict.RECIPIENT,
    (None, "REJECTED_DESTINATION"): Verdict.RECIPIENT,
    (None, "REJECTED_DESTINATION_NOT_REGISTERED"): Verdict.US,
    (None, "REJECTED_PREFIX_MISSING"): Verdict.RECIPIENT,
    (None, "REJECTED_OPERATOR"): Verdict.UNCLEAR,
    (None, "REJECTED"): Verdict.UNCLEAR,
    (None, "UNDELIVERABLE"): Verdict.UNCLEAR,
}


def _codes(body: Any) -> Sequence[str]:
    status = ("messages", 0, "status")
    return found(
        at(body, "code"),
        at(body, "requestError", "serviceException", "messageId"),
        at(body, *status, "name"),
        at(body, *status, "groupName"),
    )


ANSWERS = Answers({**ONE_ADDRESS, **_TWILIO, **_INFOBIP}, _codes)


class Sms:
    name = "sms"

    def __init__(self, client: OutboundClient, gateway: KeyedGateway, clock: Clock) -> None:
        self._url = gateway.url
        credential = {"x-api-key": gateway.api_key.get_secret_value()}
        self._provider = Provider(client, credential, ANSWERS, clock)

    async def send(self, message: Message, reply: Reply) -> Outcome:
        if not _E164.fullmatch(reply.address):
            return Refused("bad_address")
        return await self._provider.post(
            self._url, {"to": reply.address, "text": message.sms}, message
        )
