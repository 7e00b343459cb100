"""What X delivers, in its two envelopes, brought to one post and one direct message.

Sources: docs.x.com, account-activity and activity/event-payloads. The X Activity API carries
v2 posts, and direct messages in its own flat shape or in the older one inside its payload.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import Field

from services.intake.channels.payload import Payload, PlatformId
from services.intake.channels.reporter import Reporter
from services.intake.channels.submission import Language

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class User(Payload):
    id_str: PlatformId | None = None
    id: PlatformId | None = None
    name: str | None = None
    screen_name: str | None = None
    username: str | None = None

    @property
    def user_id(self) -> str:
        return self.id_str or self.id or ""

    def as_reporter(self) -> Reporter:
        return Reporter(
            name=self.name,
            handle=self.screen_name or self.username,
            platform_user_id=self.user_id or None,
        )


class _Point(Payload):
    coordinates: tuple[float, float] | None = None
    """GeoJSON order: longitude, latitude."""


class _ExtendedTweet(Payload):
    full_text: str | None = None


class Tweet(Payload):
    """A post as the Account Activity API writes it."""

    id_str: PlatformId
    user: User
    created_at: str | None = None
    text: str | None = None
    full_text: str | None = None
    extended_tweet: _ExtendedTweet | None = None
    retweeted_status: dict[str, Any] | None = None
    in_reply_to_user_id_str: PlatformId | None = None
    coordinates: _Point | None = None
    lang: str | None = None

    def as_post(self) -> "Post":
        whole = self.extended_tweet.full_text if self.extended_tweet else None
        return Post(
            id=self.id_str,
            author=self.user,
            text=whole or self.full_text or self.text or "",
            written_at=_written_at(self.created_at),
            repost=self.retweeted_status is not None,
            answers_user=self.in_reply_to_user_id_str,
            point=self.coordinates.coordinates if self.coordinates else None,
            language=_language(self.lang),
        )


class _Reference(Payload):
    type: str = ""


class _Geo(Payload):
    coordinates: _Point | None = None


class _NoteTweet(Payload):
    text: str | None = None


class PostV2(Payload):
    """A post as API v2, and so the X Activity API, writes it."""

    id: PlatformId
    author_id: PlatformId = ""
    created_at: datetime | None = None
    text: str = ""
    note_tweet: _NoteTweet | None = None
    in_reply_to_user_id: PlatformId | None = None
    referenced_tweets: tuple[_Reference, ...] = ()
    geo: _Geo | None = None
    lang: str | None = None

    def as_post(self, users: Mapping[str, User]) -> "Post":
        place = self.geo.coordinates if self.geo else None
        return Post(
            id=self.id,
            author=users.get(self.author_id, User(id=self.author_id)),
            text=(self.note_tweet.text if self.note_tweet else None) or self.text,
            written_at=self.created_at,
            repost=any(reference.type == "retweeted" for reference in self.referenced_tweets),
            answers_user=self.in_reply_to_user_id,
            point=place.coordinates if place else None,
            language=_language(self.lang),
        )


class _MessageData(Payload):
    text: str = ""


class MessageCreate(Payload):
    sender_id: PlatformId
    message_data: _MessageData = _MessageData()


class OldDirectMessage(Payload):
    type: str = "message_create"
    id: PlatformId
    created_timestamp: PlatformId | None = None
    message_create: MessageCreate | None = None


class DirectMessageV2(Payload):
    id: PlatformId
    sender_id: PlatformId
    text: str = ""
    created_at: datetime | None = None


class Status(Payload):
    id: PlatformId
    user_id: PlatformId | None = None


class Deletion(Payload):
    status: Status


class AccountActivity(Payload):
    """The events are read one by one, so that a malformed one does not stop the others."""

    for_user_id: PlatformId
    tweet_create_events: tuple[Any, ...] = ()
    tweet_delete_events: tuple[Any, ...] = ()
    direct_message_events: tuple[Any, ...] = ()
    users: Mapping[str, Any] = Field(default_factory=dict)


class Includes(Payload):
    users: tuple[User, ...] = ()


class Activity(Payload):
    event_type: str
    payload: dict[str, Any]
    includes: Includes | None = None


class Envelope(Payload):
    """``{"data": {...}}`` as delivered, or the bare event as stored streams keep it."""

    data: Activity | None = None
    event_type: str | None = None


class OldDirectMessages(Payload):
    direct_message_events: tuple[Any, ...] = ()
    users: Mapping[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Post:
    """A post, whichever envelope it came in. point: longitude, latitude."""

    id: str
    author: User
    text: str
    written_at: datetime | None
    repost: bool
    answers_user: str | None
    point: tuple[float, float] | None
    language: Language


@dataclass(frozen=True, slots=True)
class DirectMessage:
    """A direct message, whichever envelope it came in."""

    id: str
    sender: User
    text: str
    written_at: datetime | None


def old_message(event: OldDirectMessage, created: MessageCreate, sender: User) -> DirectMessage:
    """The sender's id is taken from the message, because the list of users may lack it."""
    return DirectMessage(
        event.id,
        sender.model_copy(update={"id_str": created.sender_id}),
        created.message_data.text,
        _from_milliseconds(event.created_timestamp),
    )


def _written_at(text: str | None) -> datetime | None:
    """``Fri Sep 18 18:36:15 +0000 2020``; None when X wrote something else."""
    try:
        return datetime.strptime(text or "", "%a %b %d %H:%M:%S %z %Y")
    except ValueError:
        return None


def _from_milliseconds(stamp: str | None) -> datetime | None:
    if stamp is None or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 14:
        return None
    return _EPOCH + timedelta(milliseconds=int(stamp))


def _language(code: str | None) -> Language:
    return "en" if code == "en" else "id"
