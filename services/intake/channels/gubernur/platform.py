"""The Governor's accounts as a channel: an account on X and a page at Meta.

A person of the triage desk reads each message before any unit gets it: not all that is written to a
governor is a complaint.
"""

from services.intake.channels.door import Door
from services.intake.channels.meta.platform import MetaSecrets, meta_webhook
from services.intake.channels.platform import ChannelFacts, Platform
from services.intake.channels.x.platform import XSecrets, x_webhook
from shared.events.vocabulary import Channel


class GovernorSecrets(XSecrets, MetaSecrets):
    """The secrets of both accounts, side by side."""


def _doors(secrets: GovernorSecrets) -> tuple[Door, ...]:
    path, channel = "/v1/channels/gubernur", Channel.GUBERNUR
    return (
        x_webhook(f"{path}/x/webhook", channel, secrets, human_first=True),
        meta_webhook(f"{path}/meta/webhook", channel, secrets, human_first=True),
    )


PLATFORM = Platform(
    ChannelFacts(
        Channel.GUBERNUR,
        "Media sosial Gubernur",
        "social_media",
        ("X Account Activity", "X Activity API", "Graph page feed", "Instagram comments"),
        "as Twitter and Facebook",
        geotagged=False,
        confidential_by_default=False,
        answered_by="as Twitter and Facebook",
        human_first=True,
    ),
    GovernorSecrets,
    _doors,
)
