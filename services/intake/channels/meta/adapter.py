"""Meta: Facebook pages (posts, comments, Messenger) and Instagram comments.

Serves the city's page and the Governor's. One call may hold several entries of several
kinds. Source: the Graph API's webhook reference; ``from`` may be missing there.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeAlias

from pydantic import Field, SecretStr

from services.intake.channels.adapter import ChallengeAnswer, RawRequest
from services.intake.channels.door import Challenge, Parameter, SecurityScheme
from services.intake.channels.lenient import (
    CameAlong,
    Lenient,
    Many,
    Words,
    address,
    epoch_instant,
    kept_at,
    message_id,
    part_of,
    placed,
    point,
    told,
)
from services.intake.channels.payload import (
    PlatformId,
    each_on_its_own,
    read_delivery,
    read_value,
)
from services.intake.channels.reporter import ReplyPath, Reporter
from services.intake.channels.signatures import hex_hmac, live, require_one_of
from services.intake.channels.submission import Ignored, Inbound, Submission, Supplement, Withdrawal
from services.intake.words.cleaning import MAX_LINE, ornament
from shared.errors import Malformed
from shared.events.vocabulary import Channel

SIGNATURE_HEADER = "x-hub-signature-256"
META_SIGNATURE = SecurityScheme(
    "meta_signature",
    "header",
    SIGNATURE_HEADER,
    "`sha256=` and the hex HMAC-SHA256 of the raw body under the app's secret.",
    signs_the_body=True,
)
META_CHALLENGE = Challenge(
    (
        Parameter("hub.mode", required=True, schema={"const": "subscribe"}),
        Parameter("hub.verify_token", required=True, schema={"type": "string", "maxLength": 200}),
        Parameter(
            "hub.challenge", required=True, schema={"type": "string", "pattern": "^[0-9]{1,100}$"}
        ),
    ),
    "text/plain",
    "1158201444",
)
_SIGNS = frozenset({"reaction", "like"})
_WRITTEN_ITEMS = frozenset({"comment", "post", "status", "photo", "video"})


def require_meta_signature(
    request: RawRequest, app_secret: SecretStr, previous: SecretStr | None
) -> None:
    """The signature in the header over the raw body; raises Unauthenticated."""
    secrets = live(app_secret, previous)
    expected = [f"sha256={hex_hmac(secret, request.body)}" for secret in secrets]
    require_one_of(request.header(SIGNATURE_HEADER), expected, SIGNATURE_HEADER)


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


class _Person(Lenient):
    id: PlatformId | None = None
    name: Words | None = None
    username: Words | None = None

    def as_reporter(self) -> Reporter:
        return Reporter(
            name=ornament(self.name),
            handle=ornament(self.username),
            platform_user_id=address(self.id, MAX_LINE),
        )


class _Change(Lenient):
    """The value of a change: a feed item of a page or a comment on Instagram."""

    item: str | None = None
    verb: str = "add"
    post_id: PlatformId | None = None
    comment_id: PlatformId | None = None
    parent_id: PlatformId | None = None
    id: PlatformId | None = None
    sender: _Person = Field(default=_Person(), alias="from")
    message: Words | None = None
    text: Words | None = None
    created_time: Any = None
    photo: Any = None
    photos: Many = ()
    video: Any = None
    link: str | None = None

    @property
    def own_id(self) -> str | None:
        """The comment's id; the post's for a visitor's post."""
        return self.comment_id or self.id or self.post_id

    @property
    def is_written(self) -> bool:
        """Reactions come through the same feed, and events that nobody wrote.

        Instagram sends no item for comments. An item of next year is written when it has words.
        """
        if self.item in _SIGNS:
            return False
        return self.item in _WRITTEN_ITEMS or self.item is None or bool(self.words.strip())

    @property
    def above(self) -> str | None:
        """The comment or post it stands under."""
        return next(
            (each for each in (self.parent_id, self.post_id) if each and each != self.own_id), None
        )

    @property
    def words(self) -> str:
        return self.message or self.text or ""

    @property
    def came_along(self) -> list[CameAlong]:
        photo = bool(self.photo or self.photos or self.item == "photo")
        video = bool(self.video or self.item == "video")
        return [CameAlong.PHOTO] * photo + [CameAlong.VIDEO] * video

    @property
    def pictures(self) -> list[object]:
        """A photo of its own stands behind the link; elsewhere a link is what somebody shares."""
        own = [self.link] if self.item in ("photo", "video") else []
        return [self.photo, *self.photos, self.video, *own]


class _Named(Lenient):
    field: str | None = None
    value: _Change = _Change()


class _Coordinates(Lenient):
    latitude: float | None = Field(default=None, alias="lat")
    longitude: float | None = Field(default=None, alias="long")


class _File(Lenient):
    """payload of an attachment."""

    title: Words = ""
    url: str | None = None
    sticker_id: PlatformId | None = None
    coordinates: _Coordinates = _Coordinates()


class _Attachment(Lenient):
    type: str = ""
    title: Words = ""
    url: Words = ""
    payload: _File = _File()

    @property
    def kind(self) -> CameAlong | None:
        """None for a link, whose title and address are words."""
        if self.type == "fallback" and self.words:
            return None
        if self.payload.sticker_id is not None:
            return CameAlong.STICKER
        return _FILES.get(self.type, CameAlong.OTHER)

    @property
    def picture(self) -> str | None:
        """Where a photo, a video or a document is kept."""
        return self.payload.url if self.kind in _KEPT else None

    @property
    def words(self) -> str:
        return "\n".join(part for part in (ornament(self.title), self.url) if part)


_FILES: Mapping[str, CameAlong] = MappingProxyType(
    {
        "image": CameAlong.PHOTO,
        "audio": CameAlong.VOICE,
        "video": CameAlong.VIDEO,
        "reel": CameAlong.VIDEO,
        "ig_reel": CameAlong.VIDEO,
        "file": CameAlong.DOCUMENT,
        "location": CameAlong.PLACE,
    }
)
_KEPT = (CameAlong.PHOTO, CameAlong.VIDEO, CameAlong.DOCUMENT)
_LIKES = frozenset({"369239263222822", "369239343222814", "369239383222810"})
"""The thumb of Messenger in its three sizes: a sign under our message, no message of its own."""


class _Answered(Lenient):
    mid: PlatformId | None = None


class _Message(Lenient):
    mid: PlatformId | None = None
    text: Words = ""
    is_echo: bool = False
    is_deleted: bool = False
    reply_to: _Answered = _Answered()
    attachments: Many = ()

    @property
    def files(self) -> list[_Attachment]:
        found = (each for each in self.attachments if isinstance(each, dict))
        return [read_value(_Attachment, each) for each in found]

    @property
    def is_like(self) -> bool:
        stickers = {each.payload.sticker_id for each in self.files}
        return bool(stickers) and stickers <= _LIKES and not self.text.strip()


class _Postback(Lenient):
    """A button of ours that was pressed."""

    mid: PlatformId | None = None
    title: Words = ""
    payload: Words = ""


class _Messaging(Lenient):
    sender: _Person = _Person()
    timestamp: Any = None
    message: _Message | None = None
    postback: _Postback | None = None


class _Entry(Lenient):
    id: PlatformId | None = None


class _Webhook(Lenient):
    """The entries are read one by one, so that a malformed one does not stop the others."""

    entry: Many = ()


_Kind: TypeAlias = type[_Named] | type[_Messaging]
_LISTS: tuple[tuple[str, _Kind], ...] = (("changes", _Named), ("messaging", _Messaging))


@dataclass(frozen=True, slots=True)
class _Happening:
    """One change or message of an entry, as it came. now: when the delivery was received."""

    entry: object
    kind: _Kind
    content: object
    now: datetime


@dataclass(frozen=True, slots=True)
class MetaAdapter:
    """One page's webhook. page_id: the page's own comments are dropped."""

    channel: Channel
    app_secret: SecretStr
    verify_token: SecretStr
    page_id: str
    human_first: bool = False
    previous_secret: SecretStr | None = None

    def authenticate(self, request: RawRequest) -> None:
        """The signature in the header over the raw body."""
        require_meta_signature(request, self.app_secret, self.previous_secret)

    def challenge(self, request: RawRequest) -> ChallengeAnswer:
        """The check that Meta makes when the webhook is registered."""
        return answer_meta_challenge(request, self.verify_token)

    def parse(self, request: RawRequest) -> tuple[Inbound, ...]:
        """All messages, edits and removals of one call."""
        webhook = read_value(_Webhook, read_delivery(request.body))
        found = each_on_its_own(_happenings(webhook, request.received_at), self._read)
        return found or (Ignored(reason="not_a_new_message"),)

    def _read(self, happening: _Happening) -> Inbound:
        entry = read_value(_Entry, happening.entry, "entry")
        what: _Named | _Messaging = read_value(happening.kind, happening.content, "entry")
        if isinstance(what, _Messaging):
            return self._from_messenger(entry, what, happening)
        if what.field not in ("feed", "comments", None):
            return Ignored(reason="not_a_new_message")
        return self._from_change(entry, what.value, happening)

    def _from_change(self, entry: _Entry, change: _Change, happening: _Happening) -> Inbound:
        if self._is_ours(entry, change.sender):
            return Ignored(reason="own_message")
        if not change.is_written:
            return Ignored(reason="not_a_new_message")
        if change.verb == "remove":
            return self._withdrawal(change.own_id)
        if change.verb not in ("add", "edited"):
            return Ignored(reason="not_a_new_message")
        if not (change.own_id or change.words.strip() or change.came_along):
            return Ignored(reason="malformed_item", field="changes.value")
        return self._written(change, happening)

    def _withdrawal(self, external_id: str | None) -> Withdrawal:
        return Withdrawal(
            channel=self.channel, refers_to_external_id=external_id or "", source="platform"
        )

    def _written(self, change: _Change, happening: _Happening) -> Submission | Supplement:
        submission = self._submission(change, happening)
        if change.verb == "add":
            return placed(submission, change.above)
        # An edit has no id of its own. A comment may be edited often, and each call may come twice:
        # the text tells a new edit from a repeated one.
        print_of_text = hashlib.sha256(submission.text.encode()).hexdigest()[:24]
        return Supplement(
            channel=self.channel,
            external_id=message_id(
                f"{submission.external_id}:{print_of_text}", None, happening.now, "edit:"
            ),
            text=submission.text,
            kind="edit",
            refers_to_external_id=submission.external_id,
            otherwise=submission,
        )

    def _submission(self, change: _Change, happening: _Happening) -> Submission:
        own_id = address(change.own_id)
        thread = address(change.post_id)
        path = ReplyPath(kind="meta_comment", address=own_id, thread=thread) if own_id else None
        what = told(change.words, change.came_along)
        return Submission(
            channel=self.channel,
            external_id=message_id(change.own_id, happening.content, happening.now),
            text=what.text,
            needs_words=what.needs_words,
            reported_at=epoch_instant(change.created_time),
            reporter=change.sender.as_reporter(),
            reply=(path,) if path else (),
            human_first=self.human_first,
            part=part_of(happening.content),
            files=kept_at("meta", change.pictures),
        )

    def _from_messenger(self, entry: _Entry, what: _Messaging, happening: _Happening) -> Inbound:
        message = what.message
        if message is None and what.postback is None:
            return Ignored(reason="receipt")
        if (message and message.is_echo) or self._is_ours(entry, what.sender):
            return Ignored(reason="own_message")
        if message and message.is_deleted:
            return self._withdrawal(message.mid)
        if message and message.is_like:
            return Ignored(reason="not_a_new_message")
        return self._said(what, happening)

    def _said(self, what: _Messaging, happening: _Happening) -> Submission | Supplement:
        message, button = what.message or _Message(), what.postback or _Postback()
        files = message.files
        said = (message.text, button.title or button.payload, *(each.words for each in files))
        kinds = [kind for each in files if (kind := each.kind)]
        text = told("\n".join(part for part in said if part.strip()), kinds)
        points = (each.payload.coordinates for each in files)
        latitude, longitude = next(
            (at for each in points if (at := point(each.latitude, each.longitude))[0] is not None),
            (None, None),
        )
        given = message.mid or button.mid
        sender = address(what.sender.id)
        thread = address(given)
        path = ReplyPath(kind="meta_message", address=sender, thread=thread) if sender else None
        submission = Submission(
            channel=self.channel,
            external_id=message_id(given, happening.content, happening.now),
            text=text.text,
            needs_words=text.needs_words,
            latitude=latitude,
            longitude=longitude,
            reported_at=epoch_instant(what.timestamp, 1000),
            confidential=True,
            reporter=what.sender.as_reporter(),
            reply=(path,) if path else (),
            human_first=self.human_first,
            part=part_of(happening.content),
            files=kept_at("meta", (each.picture for each in files)),
        )
        return placed(submission, message.reply_to.mid)

    def _is_ours(self, entry: _Entry, sender: _Person) -> bool:
        # On Instagram the account has another id than the page: the entry's id is the account's.
        return sender.id is not None and sender.id in (self.page_id, entry.id)


def _happenings(webhook: _Webhook, now: datetime) -> Iterator[_Happening]:
    for entry in webhook.entry:
        if not isinstance(entry, dict):
            yield _Happening(entry, _Named, None, now)
            continue
        for name, kind in _LISTS:
            listed = entry.get(name) or ()
            for content in listed if isinstance(listed, list | tuple) else (listed,):
                yield _Happening(entry, kind, content, now)
