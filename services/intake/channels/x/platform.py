"""The city's account on X (Twitter) as a channel: its row, its secrets, its webhook."""

from services.intake.channels.door import Door, webhook
from services.intake.channels.platform import ChannelFacts, Platform, Secret, Secrets
from services.intake.channels.x.adapter import X_SIGNATURE, XAdapter
from shared.events.vocabulary import Channel


class XSecrets(Secrets):
    """account_id: the account's numeric id, which is no secret."""

    consumer_secret: Secret
    account_id: str


def x_webhook(path: str, channel: Channel, secrets: XSecrets, *, human_first: bool = False) -> Door:
    """The webhook of one account."""
    adapter = XAdapter(channel, secrets.consumer_secret, secrets.account_id, human_first)
    return webhook(path, adapter, X_SIGNATURE)


def _doors(secrets: XSecrets) -> tuple[Door, ...]:
    return (x_webhook("/v1/channels/twitter/webhook", Channel.TWITTER, secrets),)


PLATFORM = Platform(
    ChannelFacts(
        Channel.TWITTER,
        "Twitter @DKIJakarta",
        "social_media",
        ("X Account Activity", "X Activity API"),
        "x-twitter-webhooks-signature",
        geotagged=False,
        confidential_by_default=False,
        answered_by="reply or direct message",
    ),
    XSecrets,
    _doors,
)
