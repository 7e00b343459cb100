"""The city's account on X (Twitter) as a channel: its row, its secrets, its webhook."""

from services.intake.channels.door import Door, webhook
from services.intake.channels.platform import ChannelFacts, Platform, Secret, Secrets
from services.intake.channels.x.adapter import X_CHALLENGE, X_SIGNATURE, XAdapter
from shared.events.vocabulary import Channel


class XSecrets(Secrets):
    """account_id: the account's numeric id, which is no secret. previous_consumer_secret: good too
    while X changes over."""

    consumer_secret: Secret
    previous_consumer_secret: Secret | None = None
    account_id: str


def x_webhook(path: str, channel: Channel, secrets: XSecrets, *, human_first: bool = False) -> Door:
    """The webhook of one account."""
    adapter = XAdapter(
        channel, secrets.consumer_secret, secrets.account_id, human_first,
        secrets.previous_consumer_secret,
    )  # fmt: skip
    return webhook(path, adapter, X_SIGNATURE, X_CHALLENGE, A_MENTION)


_POST = {
    "created_at": "Wed Nov 25 02:00:00 +0000 2026",
    "id_str": "1413119481923551234",
    "text": "@DKIJakarta parkir liar menutup trotoar depan pasar sejak pagi.",
    "user": {"id_str": "2000000001", "name": "Pelapor Contoh", "screen_name": "pelapor_contoh"},
}
A_MENTION = {"for_user_id": "1000000001", "tweet_create_events": [_POST]}


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
