"""X (Twitter): the city's account and the Governor's.

The Account Activity API is being retired for the X Activity API; both are read.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from services.intake.channels.adapter import ChallengeAnswer, RawRequest
from services.intake.channels.door import Challenge, Parameter, SecurityScheme
from services.intake.channels.lenient import (
    address,
    kept_at,
    message_id,
    part_of,
    placed,
    point,
    told,
)
from services.intake.channels.payload import each_on_its_own, read_delivery, read_value
from services.intake.channels.reporter import ReplyPath
from services.intake.channels.signatures import base64_hmac, live, require_one_of
from services.intake.channels.submission import Ignored, Inbound, Submission, Withdrawal
from services.intake.channels.x.envelopes import (
    AccountActivity,
    Activity,
    Deletion,
    DirectMessage,
    DirectMessageV2,
    Envelope,
    OldDirectMessage,
    OldDirectMessages,
    Post,
    PostV2,
    Status,
    Tweet,
)
from shared.errors import Malformed
from shared.events.vocabulary import Channel

SIGNATURE_HEADER = "x-twitter-webhooks-signature"
X_SIGNATURE = SecurityScheme(
    "x_signature",
    "header",
    SIGNATURE_HEADER,
    "`sha256=` and the base64 HMAC-SHA256 of the raw body under the consumer's secret.",
    signs_the_body=True,
)
_ADDRESSING = re.compile(r"@\w+|https://t\.co/\w+")
"""Who is addressed, and the link that X sets for a picture: no words of the sender's."""
# Anybody may ask us to sign a token. What X posts is JSON and has braces: if we signed text with
# braces, a stranger could have us sign a post of their own.
_CRC_TOKEN = re.compile(r"[A-Za-z0-9+/=_.~:-]{1,512}")
X_CHALLENGE = Challenge(
    (
        Parameter(
            "crc_token",
            required=True,
            schema={"type": "string", "pattern": f"^{_CRC_TOKEN.pattern}$"},
        ),
    ),
    "application/json",
    {"response_token": "sha256=x0mYd8hz2goCTfcNAaMqENy2BFgJJfJOb4PdvTffpwg="},
)


@dataclass(frozen=True, slots=True)
class XAdapter:
    """One account's webhook.

    account_id: the account's numeric id; its own posts are dropped. human_first: a person reads
    each message before any unit gets it.
    """

    channel: Channel
    consumer_secret: SecretStr
    account_id: str
    human_first: bool = False
    previous_secret: SecretStr | None = None

    def authenticate(self, request: RawRequest) -> None:
        """The signature in the header over the raw body."""
        secrets = live(self.consumer_secret, self.previous_secret)
        expected = [f"sha256={base64_hmac(secret, request.body)}" for secret in secrets]
        require_one_of(request.header(SIGNATURE_HEADER), expected, SIGNATURE_HEADER)

    def challenge(self, request: RawRequest) -> ChallengeAnswer:
        """X's challenge-response check (CRC): proves that we know the consumer secret."""
        token = request.query.get("crc_token", "")
        if not _CRC_TOKEN.fullmatch(token):
            raise Malformed("Give the crc_token to be answered.", field="crc_token")
        proof = base64_hmac(self.consumer_secret.get_secret_value(), token.encode())
        answer = json.dumps({"response_token": f"sha256={proof}"})
        return ChallengeAnswer(answer.encode(), "application/json")

    def parse(self, request: RawRequest) -> tuple[Inbound, ...]:
        """Posts and direct messages to the account, and deletions of posts."""
        delivery, now = read_delivery(request.body), request.received_at
        envelope = read_value(Envelope, delivery)
        if envelope.data is not None:
            return each_on_its_own([envelope.data], lambda event: self._from_activity(event, now))
        if envelope.event_type is not None:
            return each_on_its_own([delivery], lambda event: self._from_activity(event, now))
        return self._from_account_activity(read_value(AccountActivity, delivery), now)

    def _from_account_activity(
        self, activity: AccountActivity, now: datetime
    ) -> tuple[Inbound, ...]:
        if activity.for_user_id not in (self.account_id, None):
            return (Ignored(reason="not_addressed_to_us"),)
        found = (
            *each_on_its_own(
                activity.tweet_create_events, lambda value: self._from_tweet(value, now)
            ),
            *each_on_its_own(
                activity.direct_message_events,
                lambda value: self._from_old_message(value, activity.users, now),
            ),
            *each_on_its_own(activity.tweet_delete_events, self._from_deletion),
        )
        return found or (Ignored(reason="not_a_new_message"),)

    def _from_tweet(self, value: object, now: datetime) -> Inbound:
        return self._from_post(
            read_value(Tweet, value, "tweet_create_events").as_post(), value, now
        )

    def _from_deletion(self, value: object) -> Inbound:
        deletion = read_value(Deletion, value, "tweet_delete_events")
        return self._withdrawal(deletion.status.id)

    def _from_old_message(self, value: object, users: Mapping[str, Any], now: datetime) -> Inbound:
        event = read_value(OldDirectMessage, value, "direct_message_events")
        if event.type != "message_create":
            return Ignored(reason="not_a_new_message")
        return self._from_message(event.as_message(users), value, now)

    def _from_activity(self, event: object, now: datetime) -> Inbound:
        activity = read_value(Activity, event, "data")
        payload, kind = activity.payload, activity.event_type
        if kind.startswith("post.") and kind.endswith("create"):
            post = read_value(PostV2, payload).as_post(activity.includes)
            return self._from_post(post, payload, now)
        if kind == "post.delete":
            return self._withdrawal(read_value(Status, payload).id)
        if kind != "dm.received":
            return Ignored(reason="not_a_new_message")
        if "direct_message_events" in payload:
            old = read_value(OldDirectMessages, payload)
            return self._from_old_message(
                next(iter(old.direct_message_events), None), old.users, now
            )
        new = read_value(DirectMessageV2, payload)
        return self._from_message(new.as_message(activity.includes), payload, now)

    def _withdrawal(self, post_id: str) -> Withdrawal:
        return Withdrawal(channel=self.channel, refers_to_external_id=post_id, source="platform")

    def _from_post(self, post: Post, content: object, now: datetime) -> Inbound:
        if post.author.user_id == self.account_id:
            return Ignored(reason="own_message")
        if post.repost:
            return Ignored(reason="repost")
        if not (post.id or post.text.strip() or post.came_along):
            return Ignored(reason="malformed_item", field="tweet_create_events")
        return placed(self._submission(post, content, now), post.under)

    def _submission(self, post: Post, content: object, now: datetime) -> Submission:
        author = address(post.author.user_id)
        thread = address(post.id)
        path = ReplyPath(kind="x_post", address=author, thread=thread) if author else None
        what = told(post.text, post.came_along)
        longitude, latitude = post.point or (None, None)
        latitude, longitude = point(latitude, longitude)
        return Submission(
            channel=self.channel,
            external_id=message_id(post.id, content, now),
            text=what.text,
            needs_words=what.needs_words or not _ADDRESSING.sub("", post.text).strip(),
            latitude=latitude,
            longitude=longitude,
            reported_at=post.written_at,
            language=post.language,
            reporter=post.author.as_reporter(),
            reply=(path,) if path and thread else (),
            human_first=self.human_first,
            part=part_of(content),
            files=kept_at("x", post.pictures),
        )

    def _from_message(self, message: DirectMessage, content: object, now: datetime) -> Inbound:
        if message.sender.user_id == self.account_id:
            return Ignored(reason="own_message")
        if not (message.id or message.text.strip() or message.came_along):
            return Ignored(reason="malformed_item", field="direct_message_events")
        sender = address(message.sender.user_id)
        thread = address(message.id)
        what = told(message.text, message.came_along)
        submission = Submission(
            channel=self.channel,
            external_id=message_id(message.id, content, now, "dm:"),
            text=what.text,
            needs_words=what.needs_words or not _ADDRESSING.sub("", message.text).strip(),
            reported_at=message.written_at,
            confidential=True,
            reporter=message.sender.as_reporter(),
            reply=(ReplyPath(kind="x_dm", address=sender, thread=thread),) if sender else (),
            human_first=self.human_first,
            part=part_of(content),
            files=kept_at("x", message.pictures),
        )
        return placed(submission)
