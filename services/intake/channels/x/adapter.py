"""X (Twitter): the city's account and the Governor's.

The Account Activity API is being retired for the X Activity API; both are read.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from services.intake.channels.adapter import ChallengeAnswer, RawRequest
from services.intake.channels.door import SecurityScheme
from services.intake.channels.payload import each_on_its_own, read_json, read_value, read_webhook
from services.intake.channels.reporter import ReplyPath
from services.intake.channels.signatures import base64_hmac, require_one_of
from services.intake.channels.submission import Ignored, Inbound, Submission, Supplement, Withdrawal
from services.intake.channels.x.envelopes import (
    AccountActivity,
    Activity,
    Deletion,
    DirectMessage,
    DirectMessageV2,
    Envelope,
    Includes,
    OldDirectMessage,
    OldDirectMessages,
    Post,
    PostV2,
    Status,
    Tweet,
    User,
    old_message,
)
from services.intake.words.cleaning import clean, shortened
from shared.codes import find_report_numbers
from shared.errors import Malformed
from shared.events.vocabulary import Channel

SIGNATURE_HEADER = "x-twitter-webhooks-signature"
X_SIGNATURE = SecurityScheme(
    "x_signature",
    "header",
    SIGNATURE_HEADER,
    "`sha256=` and the base64 HMAC-SHA256 of the raw body under the consumer's secret.",
)
# Anybody may ask us to sign a token. What X posts is JSON and has braces: if we signed text with
# braces, a stranger could have us sign a post of their own.
_CRC_TOKEN = re.compile(r"[A-Za-z0-9+/=_.~:-]{1,512}")


@dataclass(frozen=True, slots=True)
class XAdapter:
    """One account's webhook.

    account_id: the account's numeric id; its own posts are dropped. human_first: a person reads
    each message before a case exists.
    """

    channel: Channel
    consumer_secret: SecretStr
    account_id: str
    human_first: bool = False

    def authenticate(self, request: RawRequest) -> None:
        """The signature in the header over the raw body."""
        expected = base64_hmac(self.consumer_secret.get_secret_value(), request.body)
        require_one_of(request.header(SIGNATURE_HEADER), [f"sha256={expected}"], SIGNATURE_HEADER)

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
        envelope = read_webhook(Envelope, request.body)
        if envelope.data is not None:
            return self._from_activity(envelope.data, "data.payload")
        if envelope.event_type is not None:
            return self._from_activity(read_json(Activity, request.body), "payload")
        return self._from_account_activity(read_webhook(AccountActivity, request.body))

    def _from_account_activity(self, activity: AccountActivity) -> tuple[Inbound, ...]:
        if activity.for_user_id != self.account_id:
            return (Ignored(reason="not_addressed_to_us"),)
        found = (
            *each_on_its_own(activity.tweet_create_events, self._from_tweet),
            *self._from_old_messages(activity.direct_message_events, activity.users),
            *each_on_its_own(activity.tweet_delete_events, self._from_deletion),
        )
        return found or (Ignored(reason="not_a_new_message"),)

    def _from_tweet(self, value: object) -> Inbound:
        return self._from_post(read_value(Tweet, value, "tweet_create_events").as_post())

    def _from_deletion(self, value: object) -> Inbound:
        deletion = read_value(Deletion, value, "tweet_delete_events")
        return self._withdrawal(deletion.status.id)

    def _from_old_messages(
        self, events: tuple[object, ...], users: Mapping[str, object]
    ) -> tuple[Inbound, ...]:
        def read(value: object) -> Inbound:
            event = read_value(OldDirectMessage, value, "direct_message_events")
            if event.message_create is None or event.type != "message_create":
                return Ignored(reason="not_a_new_message")
            sender = users.get(event.message_create.sender_id, {})
            known = read_value(User, sender, "users")
            return self._from_message(old_message(event, event.message_create, known))

        return each_on_its_own(events, read)

    def _from_activity(self, activity: Activity, at: str) -> tuple[Inbound, ...]:
        users = {user.user_id: user for user in (activity.includes or Includes()).users}
        payload, kind = activity.payload, activity.event_type
        if kind.startswith("post.") and kind.endswith("create"):
            return (self._from_post(read_value(PostV2, payload, at).as_post(users)),)
        if kind == "post.delete":
            return (self._withdrawal(read_value(Status, payload, at).id),)
        if kind != "dm.received":
            return (Ignored(reason="not_a_new_message"),)
        if "direct_message_events" in payload:
            old = read_value(OldDirectMessages, payload, at)
            return self._from_old_messages(old.direct_message_events, old.users)
        new = read_value(DirectMessageV2, payload, at)
        sender = users.get(new.sender_id, User(id=new.sender_id))
        return (self._from_message(DirectMessage(new.id, sender, new.text, new.created_at)),)

    def _withdrawal(self, post_id: str) -> Withdrawal:
        return Withdrawal(channel=self.channel, refers_to_external_id=post_id, source="platform")

    def _from_post(self, post: Post) -> Inbound:
        if post.author.user_id == self.account_id:
            return Ignored(reason="own_message")
        if post.repost:
            return Ignored(reason="repost")
        if not clean(post.text, "text"):
            return Ignored(reason="no_text")
        submission = self._submission(post)
        return self._answer_to_us(post, submission) or submission

    def _submission(self, post: Post) -> Submission:
        longitude, latitude = post.point or (None, None)
        author = post.author.user_id
        return Submission(
            channel=self.channel,
            external_id=post.id,
            text=shortened(post.text),
            latitude=latitude,
            longitude=longitude,
            reported_at=post.written_at,
            language=post.language,
            reporter=post.author.as_reporter(),
            reply=(ReplyPath(kind="x_post", address=author, thread=post.id),) if author else (),
            human_first=self.human_first,
        )

    def _answer_to_us(self, post: Post, submission: Submission) -> Supplement | None:
        """A reply to our own post that quotes a report number goes on that report."""
        numbers = find_report_numbers(post.text)
        if post.answers_user != self.account_id or not numbers:
            return None
        return Supplement(
            channel=self.channel,
            external_id=post.id,
            text=submission.text,
            kind="note",
            refers_to_report_number=numbers[0],
            otherwise=submission,
        )

    def _from_message(self, message: DirectMessage) -> Inbound:
        sender = message.sender.user_id
        if sender == self.account_id:
            return Ignored(reason="own_message")
        if not clean(message.text, "text"):
            return Ignored(reason="no_text")
        return Submission(
            channel=self.channel,
            external_id=f"dm:{message.id}",
            text=shortened(message.text),
            reported_at=message.written_at,
            confidential=True,
            reporter=message.sender.as_reporter(),
            reply=(ReplyPath(kind="x_dm", address=sender, thread=message.id),),
            human_first=self.human_first,
        )
