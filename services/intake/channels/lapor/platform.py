"""SMS LAPOR 1708 as a channel: its row and its door."""

from services.intake.channels.door import Door, body_of
from services.intake.channels.lapor.adapter import LaporAdapter, LaporTicket
from services.intake.channels.partner import CHANNEL_KEY, ApiKeySecrets
from services.intake.channels.platform import ChannelFacts, Platform
from shared.events.vocabulary import Channel


def _doors(secrets: ApiKeySecrets) -> tuple[Door, ...]:
    adapter = LaporAdapter(secrets)
    body = body_of(LaporTicket)
    return (
        Door(
            "/v1/channels/lapor_1708",
            adapter,
            "receipt",
            CHANNEL_KEY,
            body,
            keyed=True,
            caller_corrects=False,
        ),
    )


PLATFORM = Platform(
    ChannelFacts(
        Channel.LAPOR_1708,
        "SMS LAPOR 1708",
        "sms",
        ("LAPOR! ticket JSON",),
        "API key",
        geotagged=False,
        confidential_by_default=False,
        answered_by="answer to LAPOR! by ticket number",
    ),
    ApiKeySecrets,
    _doors,
)
