"""What X delivers, in its two envelopes, brought to one post and one direct message.

Sources: docs.x.com, account-activity and activity/event-payloads. The X Activity API carries
v2 posts, and direct messages in its own flat shape or in the older one inside its payload.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from pydantic import Field

from services.intake.channels.lenient import (
    CameAlong,
    Lenient,
    Many,
    Words,
    address,
    epoch_instant,
)
from services.intake.channels.payload import PlatformId, read_value
from services.intake.channels.reporter import Reporter
from services.intake.channels.submission import Language
from services.intake.words.cleaning import MAX_LINE, ornament
from shared.instant import read_platform_instant

MOST_BITS_A_SECOND = 1_400_000
"""A film of 140 seconds, the longest of X, is then no larger than a video may be."""
_ESCAPED = MappingProxyType({"&amp;": "&", "&lt;": "<", "&gt;": ">"})
_MEDIA: Mapping[str, CameAlong] = MappingProxyType(
    {
        "photo": CameAlong.PHOTO,
        "image": CameAlong.PHOTO,
        "video": CameAlong.VIDEO,
        "animated_gif": CameAlong.VIDEO,
        "location": CameAlong.PLACE,
    }
)


def as_written(text: str) -> str:
    """X escapes these three characters in texts, and no others: what else looks like an entity,
    such as ``&region`` in a link, was written so."""
    return re.sub("|".join(_ESCAPED), lambda found: _ESCAPED[found[0]], text)


class User(Lenient):
    id_str: PlatformId | None = None
    id: PlatformId | None = None
    name: Words | None = None
    screen_name: Words | None = None
    username: Words | None = None

    @property
    def user_id(self) -> str:
        return self.id_str or self.id or ""

    def as_reporter(self) -> Reporter:
        return Reporter(
            name=ornament(self.name),
            handle=ornament(self.screen_name or self.username),
            platform_user_id=address(self.user_id, MAX_LINE),
        )


class _Point(Lenient):
    coordinates: tuple[float, float] | None = None
    """GeoJSON order: longitude, latitude."""


class _ExtendedTweet(Lenient):
    full_text: Words | None = None


class _Variant(Lenient):
    """One of the sizes in which X keeps a video."""

    content_type: str = ""
    url: str = ""
    bitrate: int | None = None
    bit_rate: int | None = None

    @property
    def rate(self) -> int:
        return self.bitrate or self.bit_rate or 0


class _VideoInfo(Lenient):
    variants: Many = ()


class _Medium(Lenient):
    """A picture or a video, as either interface writes it."""

    type: str = ""
    media_key: PlatformId | None = None
    media_url_https: str | None = None
    url: str | None = None
    video_info: _VideoInfo = _VideoInfo()
    variants: Many = ()

    @property
    def kind(self) -> CameAlong:
        return _MEDIA.get(self.type, CameAlong.OTHER)

    @property
    def address(self) -> str | None:
        """Of a video the largest that we take: beside it stands the address of a still picture,
        and beside that of a photo (v1) the link to a page."""
        if self.kind is not CameAlong.VIDEO:
            return self.media_url_https or self.url
        listed = (*self.video_info.variants, *self.variants)
        known = [read_value(_Variant, each) for each in listed if isinstance(each, dict)]
        fit = [each for each in known if _is_film(each) and each.rate <= MOST_BITS_A_SECOND]
        return max(fit, key=lambda each: each.rate).url if fit else None


class _Entities(Lenient):
    media: Many = ()


class Tweet(Lenient):
    """A post as the Account Activity API writes it."""

    id_str: PlatformId | None = None
    id: PlatformId | None = None
    user: User = User()
    created_at: str | None = None
    text: Words | None = None
    full_text: Words | None = None
    extended_tweet: _ExtendedTweet = _ExtendedTweet()
    extended_entities: _Entities = _Entities()
    retweeted_status: dict[str, Any] | None = None
    in_reply_to_status_id_str: PlatformId | None = None
    coordinates: _Point = _Point()
    lang: str | None = None

    def as_post(self) -> "Post":
        return Post(
            id=self.id_str or self.id,
            author=self.user,
            text=as_written(self.extended_tweet.full_text or self.full_text or self.text or ""),
            came_along=[each.kind for each in _media(self.extended_entities.media)],
            pictures=_addresses(_media(self.extended_entities.media)),
            written_at=_written_at(self.created_at),
            repost=self.retweeted_status is not None,
            under=self.in_reply_to_status_id_str,
            point=self.coordinates.coordinates,
            language=_language(self.lang),
        )


class _Reference(Lenient):
    type: str = ""
    id: PlatformId | None = None


class _Geo(Lenient):
    coordinates: _Point = _Point()


class _NoteTweet(Lenient):
    text: Words | None = None


class _Attachments(Lenient):
    media_keys: Many = ()


class Includes(Lenient):
    """What a v2 delivery says once for several places in it."""

    users: Many = ()
    media: Many = ()

    def user(self, user_id: str) -> User:
        known = (read_value(User, each) for each in self.users if isinstance(each, dict))
        return next((each for each in known if each.user_id == user_id), User(id=user_id))

    def attached(self, attached: "_Attachments") -> list[_Medium]:
        """What is said of them here; of one of which nothing is said, that it is a photo."""
        by_key = {each.media_key: each for each in _media(self.media)}
        keys = (key for key in attached.media_keys if isinstance(key, str))
        return [by_key.get(key, _Medium(type="photo")) for key in keys]


class PostV2(Lenient):
    """A post as API v2, and so the X Activity API, writes it."""

    id: PlatformId | None = None
    author_id: PlatformId = ""
    created_at: Any = None
    text: Words = ""
    note_tweet: _NoteTweet = _NoteTweet()
    attachments: _Attachments = _Attachments()
    referenced_tweets: Many = ()
    geo: _Geo = _Geo()
    lang: str | None = None

    def as_post(self, includes: Includes) -> "Post":
        references = (each for each in self.referenced_tweets if isinstance(each, dict))
        known = [read_value(_Reference, each) for each in references]
        return Post(
            id=self.id,
            author=includes.user(self.author_id),
            text=as_written(self.note_tweet.text or self.text),
            came_along=[each.kind for each in includes.attached(self.attachments)],
            pictures=_addresses(includes.attached(self.attachments)),
            written_at=read_platform_instant(self.created_at, UTC),
            repost=any(each.type == "retweeted" for each in known),
            under=next((each.id for each in known if each.type == "replied_to"), None),
            point=self.geo.coordinates.coordinates,
            language=_language(self.lang),
        )


class _Attachment(Lenient):
    type: str = ""
    media: _Medium = _Medium()

    @property
    def kind(self) -> CameAlong:
        return self.media.kind if self.type == "media" else _MEDIA.get(self.type, CameAlong.OTHER)


class _MessageData(Lenient):
    text: Words = ""
    attachment: _Attachment | None = None


class MessageCreate(Lenient):
    sender_id: PlatformId = ""
    message_data: _MessageData = _MessageData()


class OldDirectMessage(Lenient):
    type: str = "message_create"
    id: PlatformId | None = None
    created_timestamp: Any = None
    message_create: MessageCreate = MessageCreate()

    def as_message(self, users: Mapping[str, Any]) -> "DirectMessage":
        """The sender's id is taken from the message, because the list of users may lack it."""
        created, said = self.message_create, self.message_create.message_data
        known = users.get(created.sender_id)
        sender = read_value(User, known) if isinstance(known, dict) else User()
        return DirectMessage(
            id=self.id,
            sender=sender.model_copy(update={"id_str": created.sender_id}),
            text=as_written(said.text),
            came_along=[said.attachment.kind] if said.attachment else [],
            pictures=_addresses([said.attachment.media] if said.attachment else []),
            written_at=epoch_instant(self.created_timestamp, 1000),
        )


class DirectMessageV2(Lenient):
    id: PlatformId | None = None
    sender_id: PlatformId = ""
    text: Words = ""
    attachments: _Attachments = _Attachments()
    created_at: Any = None

    def as_message(self, includes: Includes) -> "DirectMessage":
        return DirectMessage(
            id=self.id,
            sender=includes.user(self.sender_id),
            text=as_written(self.text),
            came_along=[each.kind for each in includes.attached(self.attachments)],
            pictures=_addresses(includes.attached(self.attachments)),
            written_at=read_platform_instant(self.created_at, UTC),
        )


class Status(Lenient):
    id: PlatformId = ""
    user_id: PlatformId | None = None


class Deletion(Lenient):
    status: Status = Status()


class AccountActivity(Lenient):
    """The events are read one by one, so that a malformed one does not stop the others."""

    for_user_id: PlatformId | None = None
    tweet_create_events: Many = ()
    tweet_delete_events: Many = ()
    direct_message_events: Many = ()
    users: Mapping[str, Any] = Field(default_factory=dict)


class Activity(Lenient):
    """An event of the X Activity API."""

    event_type: str = ""
    payload: dict[str, Any] = Field(default_factory=dict)
    includes: Includes = Includes()


class OldDirectMessages(Lenient):
    direct_message_events: Many = ()
    users: Mapping[str, Any] = Field(default_factory=dict)


class Envelope(Lenient):
    """``{"data": {...}}`` as delivered, or the bare event as stored streams keep it."""

    data: dict[str, Any] | None = None
    event_type: str | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A post, whichever envelope it came in. point: longitude, latitude. under: id of the post it
    answers. pictures: where they are kept."""

    id: str | None
    author: User
    text: str
    came_along: list[CameAlong]
    pictures: list[str | None]
    written_at: datetime | None
    repost: bool
    under: str | None
    point: tuple[float, float] | None
    language: Language


@dataclass(frozen=True, slots=True)
class DirectMessage:
    """A direct message, whichever envelope it came in."""

    id: str | None
    sender: User
    text: str
    came_along: list[CameAlong]
    pictures: list[str | None]
    written_at: datetime | None


def _media(listed: tuple[Any, ...]) -> list[_Medium]:
    return [read_value(_Medium, each) for each in listed if isinstance(each, dict)]


def _addresses(media: list[_Medium]) -> list[str | None]:
    return [each.address for each in media]


def _is_film(variant: _Variant) -> bool:
    """And not a list of pieces that a player would put together."""
    return variant.content_type == "video/mp4"


def _written_at(text: str | None) -> datetime | None:
    """``Fri Sep 18 18:36:15 +0000 2020``; None when X wrote something else."""
    try:
        return datetime.strptime(text or "", "%a %b %d %H:%M:%S %z %Y")
    except ValueError:
        return None


def _language(code: str | None) -> Language:
    return "en" if code == "en" else "id"
