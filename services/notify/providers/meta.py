"""Facebook and Instagram: a private message for what is personal, a comment for the rest.

Meta lets us answer a comment in private once. After that, and for a reporter who takes no messages,
a public reply says that there is news, without the tracking code.
"""

from typing import Any

from services.notify.providers.adapter import Reply
from services.notify.providers.http_provider import Provider, platform_id
from services.notify.sending.outcomes import Outcome, Refused
from services.notify.wording.message import Message
from shared.events.vocabulary import NotificationTemplate
from shared.outbound import OutboundClient


class Meta:
    """``POST {url}/{comment-id}/comments`` and ``/me/messages`` (Graph API)."""

    def __init__(
        self, client: OutboundClient, url: str, token: str, name: str = "facebook"
    ) -> None:
        self.name = name
        self._url = url.rstrip("/")
        self._provider = Provider(client, {"authorization": f"Bearer {token}"})

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
