"""Facebook and Instagram: a private message for what is personal, a comment for the rest.

Meta lets us answer a comment in private once. After that, and for a reporter who takes no messages,
a public reply says that there is news, without the tracking code.
"""

from collections.abc import Sequence
from typing import Any

from services.notify.providers.adapter import Reply
from services.notify.providers.answers import Answers, Known, Verdict, at, found
from services.notify.providers.http_provider import Provider, platform_id
from services.notify.sending.outcomes import Outcome, Refused
from services.notify.wording.message import Message
from shared.clock import Clock
from shared.events.vocabulary import NotificationTemplate
from shared.outbound import OutboundClient

_KNOWN: Known = {
    (None, "1"): Verdict.LATER,
    (None, "1/99"): Verdict.US,  # permissions are missing
    (None, "2"): Verdict.LATER,
    (None, "3"): Verdict.US,  # capability
    (None, "4"): Verdict.US,  # limit of our application
    (None, "10"): Verdict.US,  # permission
    (None, "10/2018278"): Verdict.RECIPIENT,  # outside the window for messages
    (None, "10/2534022"): Verdict.RECIPIENT,  # the same on Instagram
    (None, "17"): Verdict.US,  # limit of our account
    (None, "32"): Verdict.US,  # limit of our page
    (None, "100/2018001"): Verdict.RECIPIENT,  # no matching user
    (None, "102"): Verdict.US,  # session
    (None, "190"): Verdict.US,  # token
    (None, "200"): Verdict.US,  # permission
    (None, "200/1545041"): Verdict.RECIPIENT,  # takes no messages
    (None, "230"): Verdict.US,  # permission to send messages
    (None, "368"): Verdict.US,  # blocked for abuse
    (None, "551"): Verdict.RECIPIENT,  # this person is not available
    (None, "613"): Verdict.US,  # rate
    (None, "10900"): Verdict.RECIPIENT,  # the comment has its one private answer
    (None, "10903"): Verdict.RECIPIENT,  # nobody can answer this comment
    (None, "80001"): Verdict.US,  # rate of our page
    (None, "80006"): Verdict.US,  # rate of our messages
}
"""``error.code`` and ``error_subcode``. ``100/33`` stands for a comment that is gone and for a page
that is not ours to answer for, so it is not here."""


def _codes(body: Any) -> Sequence[str]:
    code, sub = at(body, "error", "code"), at(body, "error", "error_subcode")
    return found(f"{code}/{sub}" if code and sub else None, code)


ANSWERS = Answers(_KNOWN, _codes)


class Meta:
    """``POST {url}/{comment-id}/comments`` and ``/me/messages`` (Graph API)."""

    def __init__(
        self,
        client: OutboundClient,
        url: str,
        token: str,
        clock: Clock,
        name: str = "facebook",
    ) -> None:
        self.name = name
        self._url = url.rstrip("/")
        self._provider = Provider(client, {"authorization": f"Bearer {token}"}, ANSWERS, clock)

    async def send(self, message: Message, reply: Reply) -> Outcome:
        if reply.kind == "meta_message":
            return await self._private(message, {"id": reply.address})
        if not message.personal and not message.private_only:
            return await self._comment(message, reply)
        outcome = await self._private(message, {"comment_id": reply.address})
        if isinstance(outcome, Refused) and not message.private_only:
            return await self._comment(message, reply)
        return outcome

    async def _private(self, message: Message, recipient: dict[str, str]) -> Outcome:
        first = message.template is NotificationTemplate.CONFIRMATION
        body: dict[str, Any] = {
            "messaging_type": "RESPONSE" if first else "UPDATE",
            "recipient": recipient,
            "message": {"text": message.chat},
        }
        return await self._provider.post(f"{self._url}/me/messages", body, message)

    async def _comment(self, message: Message, reply: Reply) -> Outcome:
        comment = platform_id(reply.address)
        if comment is None:
            return Refused("bad_address")
        url = f"{self._url}/{comment}/comments"
        return await self._provider.post(url, {"message": message.public}, message)
