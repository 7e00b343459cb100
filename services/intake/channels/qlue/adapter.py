"""Qlue: an array of posts, pushed, in the shape its feed had in 2015-2016.

Times are Jakarta's without saying so; 0,0 means no location.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ConfigDict, RootModel

from services.intake.channels.adapter import RawRequest
from services.intake.channels.categories import category_note, category_slug
from services.intake.channels.lenient import (
    CameAlong,
    Lenient,
    Words,
    address,
    kept_at,
    message_id,
    part_of,
    point,
    told,
)
from services.intake.channels.partner import ApiKeySecrets, require_api_key
from services.intake.channels.payload import PlatformId, read_delivery, read_value
from services.intake.channels.reporter import ReplyPath, Reporter
from services.intake.channels.submission import Ignored, Inbound, Submission
from services.intake.words.cleaning import ornament
from shared.clock import JAKARTA
from shared.errors import Malformed
from shared.events.vocabulary import Channel
from shared.instant import read_platform_instant


class QluePost(Lenient):
    """A post. A member that is wrong counts as absent."""

    model_config = ConfigDict(json_schema_extra={"required": ["post_id"]})

    post_id: PlatformId | None = None
    post_date: str | None = None
    post_title: Words = ""
    post_desc: Words = ""
    post_images: Any = None
    category: Words | None = None
    loc_lat: float | None = None
    loc_lng: float | None = None
    profile_name: Words | None = None

    @property
    def words(self) -> str:
        """Title and description; the app repeats the one in the other for short posts."""
        title = ornament(self.post_title) or ""
        return self.post_desc if title in self.post_desc else f"{title}\n{self.post_desc}"

    @property
    def came_along(self) -> list[CameAlong]:
        return [CameAlong.PHOTO] if self.post_images else []

    @property
    def pictures(self) -> list[str]:
        """The feed escapes the slashes of an address once more than JSON does."""
        listed = self.post_images if isinstance(self.post_images, list) else [self.post_images]
        return [each.replace("\\/", "/") for each in listed if isinstance(each, str)]


class QluePosts(RootModel[tuple[QluePost, ...]]):
    """The body: newest first."""


@dataclass(frozen=True, slots=True)
class QlueAdapter:
    secrets: ApiKeySecrets
    channel: Channel = Channel.QLUE

    def authenticate(self, request: RawRequest) -> None:
        """X-API-Key."""
        require_api_key(request, self.secrets)

    def parse(self, request: RawRequest) -> tuple[Inbound, ...]:
        """All posts, in order. What is no post does not stop the others."""
        posts = read_delivery(request.body)
        if not isinstance(posts, list):
            raise Malformed("Send an array of posts.", field="body")
        return tuple(
            self._at(position, post, request.received_at) for position, post in enumerate(posts)
        )

    def _at(self, position: int, value: object, now: datetime) -> Inbound:
        if not isinstance(value, dict):
            return Ignored(reason="malformed_item", field=str(position))
        post = read_value(QluePost, value, str(position))
        submission = self._submission(post, message_id(post.post_id, value, now), position)
        return submission.model_copy(update={"part": part_of(value)})

    def _submission(self, post: QluePost, external_id: str, position: int) -> Submission:
        own_id = address(post.post_id)
        note = category_note(ornament(post.category))
        what = told(post.words, post.came_along, note=note)
        latitude, longitude = point(post.loc_lat, post.loc_lng)
        return Submission(
            channel=self.channel,
            external_id=external_id,
            text=what.text,
            needs_words=what.needs_words,
            category=category_slug(post.category),
            latitude=latitude,
            longitude=longitude,
            reported_at=read_platform_instant(post.post_date, JAKARTA),
            reporter=Reporter(handle=ornament(post.profile_name)),
            reply=(ReplyPath(kind="qlue_post", address=own_id),) if own_id else (),
            id_field=f"{position}.post_id",
            files=kept_at("qlue", post.pictures),
        )
