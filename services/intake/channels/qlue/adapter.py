"""Qlue: an array of posts, pushed, in the shape its feed had in 2015-2016.

Times are Jakarta's without saying so; 0,0 means no location.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import RootModel

from services.intake.channels.adapter import RawRequest, require_media
from services.intake.channels.categories import category_slug, with_category_named
from services.intake.channels.partner import ApiKeySecrets, fields_named, require_api_key
from services.intake.channels.payload import Payload, PlatformId, read_value, read_webhook
from services.intake.channels.reporter import ReplyPath, Reporter
from services.intake.channels.submission import Ignored, Inbound, Submission
from shared.clock import JAKARTA
from shared.errors import Malformed
from shared.events.vocabulary import Channel

MAX_POSTS = 100
_FIELDS = {
    "text": "post_desc",
    "external_id": "post_id",
    "latitude": "loc_lat",
    "longitude": "loc_lng",
    "reporter.handle": "profile_name",
    "reply.address": "post_id",
}


class QluePost(Payload):
    post_id: PlatformId
    post_date: datetime | None = None
    post_title: str = ""
    post_desc: str = ""
    category: str | None = None
    loc_lat: float | None = None
    loc_lng: float | None = None
    profile_name: str | None = None

    @property
    def words(self) -> str:
        """Title and description; the app repeats the one in the other for short posts."""
        if self.post_title.strip() in self.post_desc:
            return self.post_desc
        return f"{self.post_title.strip()}\n{self.post_desc}"

    @property
    def written_at(self) -> datetime | None:
        if self.post_date is None or self.post_date.utcoffset() is not None:
            return self.post_date
        return self.post_date.replace(tzinfo=JAKARTA)


class QluePosts(RootModel[tuple[QluePost, ...]]):
    """The body: newest first."""


class _UnreadPosts(RootModel[tuple[Any, ...]]):
    """The body with its posts unread, so that each is read alone."""


@dataclass(frozen=True, slots=True)
class QlueAdapter:
    secrets: ApiKeySecrets
    channel: Channel = Channel.QLUE

    def authenticate(self, request: RawRequest) -> None:
        """X-API-Key."""
        require_api_key(request, self.secrets)

    def parse(self, request: RawRequest) -> tuple[Inbound, ...]:
        """All posts, in order. A malformed one does not stop the others.

        When none can be filed, raises Malformed with position and field of the first bad one.
        """
        require_media(request, "application/json")
        posts = read_webhook(_UnreadPosts, request.body).root
        if not 0 < len(posts) <= MAX_POSTS:
            raise Malformed(f"Send 1 to {MAX_POSTS} posts.", field="body")
        found: list[Inbound] = []
        refusals: list[Malformed] = []
        for position, post in enumerate(posts):
            try:
                found.append(self._at(position, post))
            except Malformed as refusal:
                refusals.append(refusal)
                found.append(Ignored(reason="malformed_item", field=refusal.field))
        if len(refusals) == len(posts):
            raise refusals[0]
        return tuple(found)

    def _at(self, position: int, value: object) -> Submission:
        post = read_value(QluePost, value, str(position))
        with fields_named({ours: f"{position}.{theirs}" for ours, theirs in _FIELDS.items()}):
            return self._submission(post, f"{position}.post_id")

    def _submission(self, post: QluePost, id_field: str) -> Submission:
        return Submission(
            channel=self.channel,
            external_id=post.post_id,
            text=with_category_named(post.words, post.category),
            category=category_slug(post.category),
            latitude=post.loc_lat,
            longitude=post.loc_lng,
            reported_at=post.written_at,
            reporter=Reporter(handle=post.profile_name or None),
            reply=(ReplyPath(kind="qlue_post", address=post.post_id),),
            id_field=id_field,
        )
