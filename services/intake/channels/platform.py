"""What a channel says of itself: a row of facts, its secrets, its doors.

Each folder below this package holds one platform: its wire format, its adapter, and a module
``platform`` with one value ``PLATFORM``. The registry finds them there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Generic, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from services.intake.channels.door import DeskDoor, Door
from shared.events.vocabulary import Channel

ChannelKind: TypeAlias = Literal["app", "social_media", "email", "web", "sms", "desk"]

OFFICIAL_LIST = date(2021, 7, 1)

Secret = Annotated[SecretStr, Field(min_length=8)]
"""Never empty: anybody can make an HMAC with an empty key."""


class Secrets(BaseModel):
    """Base of the secrets of one platform. An unknown member is a mistake and is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


S = TypeVar("S", bound=Secrets)


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """One row of the official list. valid_to: last day of the channel, None while it is open."""

    channel: Channel
    name: str
    kind: ChannelKind
    wire_formats: tuple[str, ...]
    signed_by: str
    geotagged: bool
    confidential_by_default: bool
    answered_by: str
    human_first: bool = False
    valid_from: date = OFFICIAL_LIST
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Platform(Generic[S]):
    """A channel whose callers prove themselves by a secret.

    secrets: the model of its member of CHANNEL_SECRETS, which is named as the channel. doors:
    its doors, once the secrets are known.
    """

    facts: ChannelFacts
    secrets: type[S]
    doors: Callable[[S], tuple[Door, ...]]

    @property
    def rows(self) -> tuple[ChannelFacts, ...]:
        return (self.facts,)


@dataclass(frozen=True, slots=True)
class Desks:
    """Channels that need no secret, because an officer's token opens their doors."""

    rows: tuple[ChannelFacts, ...]
    doors: tuple[DeskDoor, ...]
