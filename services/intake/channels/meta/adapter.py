"""Meta: Facebook pages (posts, comments, Messenger) and Instagram comments.

Serves the city's page and the Governor's. One call may hold several entries of several
kinds. Source: the Graph API's webhook reference; ``from`` may be missing there.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from pydantic import Field, SecretStr

from services.intake.channels.adapter import ChallengeAnswer, RawRequest
from services.intake.channels.door import SecurityScheme
from services.intake.channels.payload import (
    Payload,
    PlatformId,
    each_on_its_own,
    read_value,
    read_webhook,
)
from services.intake.channels.reporter import ReplyPath, Reporter
from services.intake.channels.signatures import hex_hmac, require_one_of
from services.intake.channels.submission import Ignored, Inbound, Submission, Supplement, Withdrawal
from services.intake.words.cleaning import clean, shortened
from shared.errors import Malformed
from shared.events.vocabulary import Channel

SIGNATURE_HEADER = "x-hub-signature-256"
META_SIGNATURE = SecurityScheme(
    "meta_signature",
    "header",
    SIGNATURE_HEADER,
    "`sha256=` and the hex HMAC-SHA256 of the raw body under the app's secret.",
)
_WRITTEN_ITEMS = frozenset({"comment", "post", "status", "photo", "video"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def require_meta_signature(request: RawRequest, app_secret: SecretStr) -> None:
    """The signature in the header over the raw body; raises Unauthenticated."""
    expected = hex_hmac(app_secret.get_secret_value(), request.body)
    require_one_of(request.header(SIGNATURE_HEADER), [f"sha256={expected}"], SIGNATURE_HEADER)


def answer_meta_challenge(request: RawRequest, verify_token: SecretStr) -> ChallengeAnswer:
    """Echoes ``hub.challenge`` to who knows the verify token."""
    challenge = request.query.get("hub.challenge", "")
    if request.query.get("hub.mode") != "subscribe":
        raise Malformed("Only the mode subscribe is known.", field="hub.mode")
    token = request.query.get("hub.verify_token", "")
    require_one_of(token, [verify_token.get_secret_value()], "hub.verify_token")
    # Digits only: otherwise a stranger could choose what our address answers, such as a page.
    if not (challenge.isascii() and challenge.isdigit()):
        raise Malformed("Give the number to be echoed.", field="hub.challenge")
    return ChallengeAnswer(challenge.encode(), "text/plain")


class _Person(Payload):
    id: PlatformId | None = None
    name: str | None = None
    username: str | None = None

    def as_reporter(self) -> Reporter:
        return Reporter(name=self.name, handle=self.username, platform_user_id=self.id)


class _Change(Payload):
    """The value of a change: a feed item of a page or a comment on Instagram."""

    item: str | None = None
    verb: str = "add"
    post_id: PlatformId | None = None
    comment_id: PlatformId | None = None
    id: PlatformId | None = None
    sender: _Person | None = Field(default=None, alias="from")
    message: str | None = None
    text: str | None = None
    created_time: int | None = None

    @property
    def external_id(self) -> str:
        """The comment's id; the post's for a visitor's post."""
        return self.comment_id or self.id or self.post_id or ""

    @property
    def words(self) -> str:
        return self.message or self.text or ""


class _Named(Payload):
    field: str = ""
    value: Mapping[str, object] = Field(default_factory=dict)


class _Text(Payload):
    mid: PlatformId
    text: str = ""
    is_echo: bool = False


class _Messaging(Payload):
    sender: _Person
    timestamp: int | None = None
    message: _Text | None = None


class _Entry(Payload):
    id: PlatformId


class _Webhook(Payload):
    """The entries are read one by one, so that a malformed one does not stop the others."""

    object: str
    entry: tuple[Any, ...]


_Kind: TypeAlias = type[_Named] | type[_Messaging]
_LISTS: tuple[tuple[str, _Kind], ...] = (("changes", _Named), ("messaging", _Messaging))
Happening: TypeAlias = tuple[Any, _Kind, Any]
"""Entry, kind and content, all as they came."""


@dataclass(frozen=True, slots=True)
class MetaAdapter:
    """One page's webhook. page_id: the page's own comments are dropped."""

    channel: Channel
    app_secret: SecretStr
    verify_token: SecretStr
    page_id: str
    human_first: bool = False

    def authenticate(self, request: RawRequest) -> None:
        """The signature in the header over the raw body."""
        require_meta_signature(request, self.app_secret)

    def challenge(self, request: RawRequest) -> ChallengeAnswer:
        """The check that Meta makes when the webhook is registered."""
        return answer_meta_challenge(request, self.verify_token)

    def parse(self, request: RawRequest) -> tuple[Inbound, ...]:
        """All messages, edits and removals of one call."""
        webhook = read_webhook(_Webhook, request.body)
        found = each_on_its_own(_happenings(webhook), self._read)
        return found or (Ignored(reason="not_a_new_message"),)

    def _read(self, happening: Happening) -> Inbound:
        around, kind, content = happening
        entry = read_value(_Entry, around, "entry")
        what: _Named | _Messaging = read_value(kind, content, "entry")
        if isinstance(what, _Messaging):
            return self._from_messenger(entry, what)
        if what.field not in ("feed", "comments"):
            return Ignored(reason="not_a_new_message")
        return self._from_change(entry, read_value(_Change, what.value, "changes.value"))

    def _from_change(self, entry: _Entry, change: _Change) -> Inbound:
        if self._is_ours(entry, change.sender):
            return Ignored(reason="own_message")
        # Reactions and shares come through the same feed. Instagram sends no item for comments.
        if change.item is not None and change.item not in _WRITTEN_ITEMS:
            return Ignored(reason="not_a_new_message")
        if change.verb == "remove":
            return Withdrawal(
                channel=self.channel,
                refers_to_external_id=change.external_id,
                source="platform",
            )
        if change.verb not in ("add", "edited"):
            return Ignored(reason="not_a_new_message")
        if not clean(change.words, "message"):
            return Ignored(reason="no_text")
        return self._written(change)

    def _written(self, change: _Change) -> Submission | Supplement:
        submission = self._submission(change)
        if change.verb == "add":
            return submission
        # An edit has no id of its own. A comment may be edited often, and each call may come twice:
        # the text tells a new edit from a repeated one.
        print_of_text = hashlib.sha256(submission.text.encode()).hexdigest()[:24]
        return Supplement(
            channel=self.channel,
            external_id=f"edit:{change.external_id}:{print_of_text}",
            text=submission.text,
            kind="edit",
            refers_to_external_id=change.external_id,
            otherwise=submission,
        )

    def _submission(self, change: _Change) -> Submission:
        return Submission(
            channel=self.channel,
            external_id=change.external_id,
            text=shortened(change.words),
            reported_at=_instant(change.created_time, 1),
            reporter=(change.sender or _Person()).as_reporter(),
            reply=(
                ReplyPath(kind="meta_comment", address=change.external_id, thread=change.post_id),
            )
            if change.external_id
            else (),
            human_first=self.human_first,
        )

    def _from_messenger(self, entry: _Entry, what: _Messaging) -> Inbound:
        if what.message is None:
            return Ignored(reason="receipt")
        if what.message.is_echo or self._is_ours(entry, what.sender):
            return Ignored(reason="own_message")
        if not clean(what.message.text, "message.text"):
            return Ignored(reason="no_text")
        sender = what.sender.id or ""
        path = ReplyPath(kind="meta_message", address=sender, thread=what.message.mid)
        return Submission(
            channel=self.channel,
            external_id=what.message.mid,
            text=shortened(what.message.text),
            reported_at=_instant(what.timestamp, 1000),
            confidential=True,
            reporter=what.sender.as_reporter(),
            reply=(path,),
            human_first=self.human_first,
        )

    def _is_ours(self, entry: _Entry, sender: _Person | None) -> bool:
        # On Instagram the account has another id than the page: the entry's id is the account's.
        return sender is not None and sender.id in (self.page_id, entry.id)


def _happenings(webhook: _Webhook) -> Iterator[Happening]:
    for entry in webhook.entry:
        if not isinstance(entry, dict):
            yield entry, _Named, None
            continue
        for name, kind in _LISTS:
            listed = entry.get(name) or ()
            for content in listed if isinstance(listed, list | tuple) else (listed,):
                yield entry, kind, content


def _instant(stamp: int | None, per_second: int) -> datetime | None:
    if stamp is None or not 0 < stamp < 10**14:
        return None
    return _EPOCH + timedelta(seconds=stamp / per_second)
