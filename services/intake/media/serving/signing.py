"""Links to files: whoever has one sees one size of one file for five minutes. Pure."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from shared.auth import same_secret

LINK_LIFE: Final = timedelta(minutes=5)
PATH: Final = "/v1/media"
VIEWER: Final = r"^[A-Za-z0-9._-]{1,64}$"
"""Without the character that parts what is signed, so that no two links sign the same bytes."""
SIGNATURE: Final = r"^[A-Za-z0-9_-]{43}$"
LAST_SECOND: Final = 253402300799
"""Of the year 9999: beyond it a second is no instant any more."""
_PURPOSE = "crm media link v1"


class LinkSize(StrEnum):
    """What a link shows: a picture in one of its sizes, or a document or video as it came."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    ORIGINAL = "original"


@dataclass(frozen=True, slots=True)
class Link:
    """One size of one file, for one viewer. until: seconds since 1970. viewer: an opaque word of
    the service that asked, by which it knows to whom it gave the link."""

    ref: UUID
    size: LinkSize
    until: int
    viewer: str


class LinkSigner:
    """Signs links and knows its own again."""

    def __init__(self, key: bytes, public_url: str) -> None:
        """``key``: 32 bytes, for HMAC-SHA256. ``public_url``: where browsers reach media."""
        self._key = key
        self._base = public_url.rstrip("/")

    def address(self, link: Link) -> str:
        """The absolute URL of a link."""
        query = urlencode(
            {"until": link.until, "viewer": link.viewer, "signature": self.signature(link)}
        )
        return f"{self._base}{PATH}/{link.ref}/{link.size}?{query}"

    def addresses(
        self, ref: UUID, sizes: list[LinkSize], viewer: str, expires_at: datetime
    ) -> Mapping[LinkSize, str]:
        """The URL of each size."""
        until = int(expires_at.timestamp())
        return {size: self.address(Link(ref, size, until, viewer)) for size in sizes}

    def signature(self, link: Link) -> str:
        """43 characters of base64url: HMAC-SHA256 over all that the link says."""
        said = "\n".join((_PURPOSE, str(link.ref), link.size, str(link.until), link.viewer))
        digest = hmac.digest(self._key, said.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def holds(self, link: Link, signature: str, now: datetime) -> bool:
        """Whether the link is ours, unchanged, and has not ended."""
        # Compared also when it has ended: the time that the answer takes says nothing.
        is_ours = same_secret(signature, self.signature(link))
        return is_ours and now.timestamp() < link.until


def expiry(now: datetime) -> datetime:
    """When a link that is made now ends, to the second."""
    return (now + LINK_LIFE).replace(microsecond=0)
