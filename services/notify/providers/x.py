"""X: a direct message for what is personal, a reply to the post for the rest.

The tracking code is a secret: only a direct message holds it, and a public reply holds the report
number. A reporter who takes no direct messages from us gets the public reply, unless the report
is confidential.
"""

from services.notify.providers.adapter import Reply
from services.notify.providers.http_provider import Provider, platform_id
from services.notify.sending.outcomes import Outcome, Refused
from services.notify.wording.message import Message
from shared.outbound import OutboundClient


class X:
    """``POST {url}/2/tweets`` and ``/2/dm_conversations/with/{id}/messages`` (API v2)."""

    def __init__(self, client: OutboundClient, url: str, token: str, name: str = "twitter") -> None:
        self.name = name
        self._url = url.rstrip("/")
        self._provider = Provider(client, {"authorization": f"Bearer {token}"})

    async def send(self, message: Message, reply: Reply) -> Outcome:
        post = reply.thread if reply.kind == "x_post" else None
        if post is None or message.private_only:
            return await self._direct(message, reply)
        if not message.personal:
            return await self._in_public(message, post)
        outcome = await self._direct(message, reply)
        return await self._in_public(message, post) if isinstance(outcome, Refused) else outcome

    async def _direct(self, message: Message, reply: Reply) -> Outcome:
        user = platform_id(reply.address)
        if user is None:
            return Refused("bad_address")
        url = f"{self._url}/2/dm_conversations/with/{user}/messages"
        return await self._provider.post(url, {"text": message.chat}, message)

    async def _in_public(self, message: Message, post: str) -> Outcome:
        body = {"text": message.public, "reply": {"in_reply_to_tweet_id": post}}
        return await self._provider.post(f"{self._url}/2/tweets", body, message)
