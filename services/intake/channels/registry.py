"""The channels, found in the folders below this package, and the doors they come in by.

The official list changes by year (8, then 13, then 14 in July 2021). A new channel is a folder
here and a member of ``Channel``; nothing in this module names one.
"""

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import create_model

from services.intake import channels
from services.intake.channels.door import DeskDoor, Door
from services.intake.channels.platform import ChannelFacts, Desks, Platform, Secrets
from shared.events.vocabulary import Channel

S = TypeVar("S", bound=Secrets)

_ORDER = {channel: place for place, channel in enumerate(Channel)}


def _found() -> tuple[Platform[Any] | Desks, ...]:
    """The value ``PLATFORM`` of each folder, in the order of the official list."""
    folders = (module.name for module in pkgutil.iter_modules(channels.__path__) if module.ispkg)
    found: list[Platform[Any] | Desks] = [
        import_module(f"{channels.__name__}.{folder}.platform").PLATFORM for folder in folders
    ]
    return tuple(sorted(found, key=lambda platform: _ORDER[platform.rows[0].channel]))


_PLATFORMS = _found()
_WITH_SECRETS: tuple[Platform[Any], ...] = tuple(
    each for each in _PLATFORMS if isinstance(each, Platform)
)

CHANNELS: tuple[ChannelFacts, ...] = tuple(
    sorted((row for each in _PLATFORMS for row in each.rows), key=lambda row: _ORDER[row.channel])
)

if TYPE_CHECKING:

    class ChannelSecrets(Secrets):
        """The setting CHANNEL_SECRETS (JSON): one member per channel that has secrets."""

else:
    ChannelSecrets = create_model(
        "ChannelSecrets",
        __base__=Secrets,
        **{each.facts.channel.value: (each.secrets, ...) for each in _WITH_SECRETS},
    )


def secrets_of(platform: Platform[S], secrets: ChannelSecrets) -> S:
    """The platform's own member of the setting."""
    found: S = getattr(secrets, platform.facts.channel.value)
    return found


def facts(channel: Channel) -> ChannelFacts:
    """The channel's row."""
    return next(row for row in CHANNELS if row.channel is channel)


def doors(secrets: ChannelSecrets) -> tuple[Door, ...]:
    """All doors that open by a secret; mail also comes in by SMTP (``doors/smtp.py``)."""
    return tuple(door for each in _WITH_SECRETS for door in each.doors(secrets_of(each, secrets)))


def desk_doors() -> tuple[DeskDoor, ...]:
    """All doors that open by an officer's token."""
    return tuple(door for each in _PLATFORMS if isinstance(each, Desks) for door in each.doors)
