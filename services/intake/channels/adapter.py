"""What the HTTP door hands to an adapter, and what an adapter is.

Adapters are pure: no clock, no network, no state. They get the raw body, because a signature is
computed over the bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from services.intake.channels.attachments import Handed
from services.intake.channels.submission import Inbound
from shared import media
from shared.events.vocabulary import Channel


@dataclass(frozen=True, slots=True)
class RawRequest:
    """One HTTP request as it came.

    url: as the caller addressed it, query included (Twilio signs it); begins with the public
    address where one is set. headers: names in lower case. received_at: aware. body: without the
    files that came with it, which are ``files``.
    """

    method: str
    url: str = field(repr=False)
    path: str
    headers: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    client_host: str = field(repr=False)
    content_type: str
    received_at: datetime
    files: Handed = field(default=Handed(), repr=False)

    @property
    def raw_query(self) -> bytes:
        """The query as it came, still escaped: its bytes need not be UTF-8."""
        return self.url.partition("?")[2].encode("latin-1", "replace")

    @property
    def original(self) -> bytes:
        """What is kept sealed: the body, or the query where the message stands in it.

        A gateway's secret is no part of the message.
        """
        parts = self.raw_query.split(b"&")
        return self.body or b"&".join(part for part in parts if not part.startswith(b"secret="))

    def header(self, name: str) -> str:
        """The header's value, empty when it is missing; ``name`` in lower case."""
        return self.headers.get(name, "")


@dataclass(frozen=True, slots=True)
class ChallengeAnswer:
    """What a platform wants to read back before it trusts the webhook; answered with 200."""

    body: bytes
    content_type: str


class Adapter(Protocol):
    """One wire format of one channel."""

    @property
    def channel(self) -> Channel:
        """The channel its complaints come by."""
        ...

    def authenticate(self, request: RawRequest) -> None:
        """Raises Unauthenticated; compares in constant time, over the raw body."""
        ...

    def parse(self, request: RawRequest) -> tuple[Inbound, ...]:
        """The messages of an authenticated request; raises Malformed, naming the field."""
        ...


class OfficerAdapter(Protocol):
    """The wire format of a desk, whose officer the route has authenticated already."""

    @property
    def channel(self) -> Channel:
        """The channel its complaints come by."""
        ...

    def admit(self, operator_unit: str) -> None:
        """Raises Forbidden for a unit that does not staff this desk."""

    def parse(self, request: RawRequest, operator_unit: str) -> tuple[Inbound, ...]:
        """As ``Adapter.parse``; operator_unit: unit of the officer's verified token."""
        ...


class ChallengedAdapter(Adapter, Protocol):
    """An adapter whose platform checks the address of the webhook by a GET."""

    def challenge(self, request: RawRequest) -> ChallengeAnswer:
        """Raises Unauthenticated when the verify token is wrong, Malformed without a challenge."""
        ...


def require_media(request: RawRequest, *accepted: str) -> None:
    """Raises UnsupportedMedia unless the body is of an accepted type (parameters ignored)."""
    media.require_media(request.content_type, *accepted)
