"""JAKI as a channel: its row and its door."""

from services.intake.channels.door import Door, FileParts, body_of
from services.intake.channels.jaki.adapter import JakiAdapter, JakiReport
from services.intake.channels.partner import CHANNEL_KEY, ApiKeySecrets
from services.intake.channels.platform import ChannelFacts, Platform
from shared.events.vocabulary import Channel


def _doors(secrets: ApiKeySecrets) -> tuple[Door, ...]:
    adapter = JakiAdapter(secrets)
    body = body_of(JakiReport)
    return (
        Door(
            "/v1/channels/jaki",
            adapter,
            "receipt",
            CHANNEL_KEY,
            body,
            keyed=True,
            files=FileParts("photo", message="report"),
            uploads=True,
        ),
    )


PLATFORM = Platform(
    ChannelFacts(
        Channel.JAKI,
        "JAKI (Jakarta Kini)",
        "app",
        ("JAKI report JSON", "multipart with photos"),
        "API key",
        geotagged=True,
        confidential_by_default=True,
        answered_by="signed webhook to JAKI",
    ),
    ApiKeySecrets,
    _doors,
)
