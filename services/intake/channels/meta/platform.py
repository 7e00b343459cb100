"""The city's page at Meta as a channel: its row, its secrets, its webhook."""

from services.intake.channels.door import Door, webhook
from services.intake.channels.meta.adapter import META_SIGNATURE, MetaAdapter
from services.intake.channels.platform import ChannelFacts, Platform, Secret, Secrets
from shared.events.vocabulary import Channel


class MetaSecrets(Secrets):
    """page_id: the page's own id, which is no secret."""

    app_secret: Secret
    verify_token: Secret
    page_id: str


def meta_webhook(
    path: str, channel: Channel, secrets: MetaSecrets, *, human_first: bool = False
) -> Door:
    """The webhook of one page."""
    adapter = MetaAdapter(
        channel, secrets.app_secret, secrets.verify_token, secrets.page_id, human_first
    )
    return webhook(path, adapter, META_SIGNATURE)


def _doors(secrets: MetaSecrets) -> tuple[Door, ...]:
    return (meta_webhook("/v1/channels/facebook/webhook", Channel.FACEBOOK, secrets),)


PLATFORM = Platform(
    ChannelFacts(
        Channel.FACEBOOK,
        "Facebook Pemprov DKI Jakarta",
        "social_media",
        ("Graph page feed", "Messenger", "Instagram comments"),
        "X-Hub-Signature-256",
        geotagged=False,
        confidential_by_default=False,
        answered_by="comment reply or private reply",
    ),
    MetaSecrets,
    _doors,
)
