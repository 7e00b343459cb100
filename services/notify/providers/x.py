"""X: a direct message for what is personal, a reply to the post for the rest.

The tracking code is a secret: only a direct message holds it, and a public reply holds the report
number. A reporter who takes no direct messages from us gets the public reply, unless the report
is confidential.

A refusal is told by the problem's ``type`` or ``reason``, by the ``code`` of older errors, or in
words alone (``about:blank``). The words never leave this module.
"""

import re
from collections.abc import Sequence
from typing import Any

from services.notify.providers.adapter import Reply
from services.notify.providers.answers import Answers, Known, Verdict, at, found
from services.notify.providers.http_provider import Provider, platform_id
from services.notify.sending.outcomes import Outcome, Refused
from services.notify.wording.message import Message
from shared.clock import Clock
from shared.outbound import OutboundClient

_KNOWN: Known = {
    (None, "client-not-enrolled"): Verdict.US,
    (None, "official-client-forbidden"): Verdict.US,
    (None, "client-forbidden"): Verdict.US,
    (None, "oauth1-permissions"): Verdict.US,
    (None, "unsupported-authentication"): Verdict.US,
    (None, "usage-capped"): Verdict.US,
    (None, "resource-not-found"): Verdict.RECIPIENT,
    (None, "not-authorized-for-resource"): Verdict.RECIPIENT,  # protected, or has blocked us
    (None, "dm_not_permitted"): Verdict.RECIPIENT,
    (None, "reply_restricted"): Verdict.RECIPIENT,
    (None, "no_such_post"): Verdict.RECIPIENT,
    # X knows no idempotency key: the words stand there already, as the answer to them got lost.
    (None, "duplicate"): Verdict.SENT,
    (None, "187"): Verdict.SENT,
    (None, "32"): Verdict.US,  # could not authenticate
    (None, "64"): Verdict.US,  # our account is suspended
    (None, "88"): Verdict.US,  # rate limit
    (None, "89"): Verdict.US,  # token invalid or expired
    (None, "185"): Verdict.US,  # daily limit of posts
    (None, "226"): Verdict.US,  # looks automated
    (None, "261"): Verdict.US,  # our application may not write
    (None, "326"): Verdict.US,  # our account is locked
    (None, "453"): Verdict.US,  # access level too low
    (None, "50"): Verdict.RECIPIENT,  # no such user
    (None, "63"): Verdict.RECIPIENT,  # that user is suspended
    (None, "108"): Verdict.RECIPIENT,  # no such user
    (None, "144"): Verdict.RECIPIENT,  # no such post
    (None, "150"): Verdict.RECIPIENT,  # does not follow us
    (None, "349"): Verdict.RECIPIENT,  # takes no messages from us
    (None, "385"): Verdict.RECIPIENT,  # the post that is answered is gone
    (None, "433"): Verdict.RECIPIENT,  # the author lets nobody answer
}
_IN_WORDS = (
    ("dm_not_permitted", re.compile(r"permission to DM|cannot send (direct )?messages to", re.I)),
    ("duplicate", re.compile(r"duplicate content", re.I)),
    ("reply_restricted", re.compile(r"reply to this conversation is not allowed", re.I)),
    ("no_such_post", re.compile(r"that is deleted or not visible", re.I)),
)


def _codes(body: Any) -> Sequence[str]:
    words = at(body, "detail") or at(body, "errors", 0, "message") or ""
    kind = at(body, "type") or ""
    return found(
        at(body, "reason"),
        at(body, "errors", 0, "code"),
        *(code for code, said in _IN_WORDS if said.search(words)),
        kind.rpartition("/")[2],
    )


ANSWERS = Answers(_KNOWN, _codes)


class X:
    """``POST {url}/2/tweets`` and ``/2/dm_conversations/with/{id}/messages`` (API v2)."""

    def __init__(
        self,
        client: OutboundClient,
        url: str,
        token: str,
        clock: Clock,
        name: str = "twitter",
    ) -> None:
        self.name = name
        self._url = url.rstrip("/")
        self._provider = Provider(client, {"authorization": f"Bearer {token}"}, ANSWERS, clock)

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
