"""Qlue as a channel: its row and its door."""

from services.intake.channels.door import Door, body_of
from services.intake.channels.partner import CHANNEL_KEY, ApiKeySecrets
from services.intake.channels.platform import ChannelFacts, Platform
from services.intake.channels.qlue.adapter import QlueAdapter, QluePosts
from shared.events.vocabulary import Channel


def _doors(secrets: ApiKeySecrets) -> tuple[Door, ...]:
    adapter = QlueAdapter(secrets)
    body = body_of(QluePosts)
    return (
        Door(
            "/v1/channels/qlue",
            adapter,
            "receipts",
            CHANNEL_KEY,
            body,
            keyed=True,
            caller_corrects=False,
        ),
    )


PLATFORM = Platform(
    ChannelFacts(
        Channel.QLUE,
        "Qlue",
        "app",
        ("Qlue posts JSON",),
        "API key",
        geotagged=True,
        confidential_by_default=False,
        answered_by="status webhook",
    ),
    ApiKeySecrets,
    _doors,
)
