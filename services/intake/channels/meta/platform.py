"""The city's page at Meta as a channel: its row, its secrets, its webhook."""

from services.intake.channels.door import Door, webhook
from services.intake.channels.meta.adapter import META_CHALLENGE, META_SIGNATURE, MetaAdapter
from services.intake.channels.platform import ChannelFacts, Platform, Secret, Secrets
from shared.events.vocabulary import Channel


class MetaSecrets(Secrets):
    """page_id: the page's own id, which is no secret. previous_app_secret: still good while Meta
    changes over."""

    app_secret: Secret
    previous_app_secret: Secret | None = None
    verify_token: Secret
    page_id: str


def meta_webhook(
    path: str, channel: Channel, secrets: MetaSecrets, *, human_first: bool = False
) -> Door:
    """The webhook of one page."""
    adapter = MetaAdapter(
        channel, secrets.app_secret, secrets.verify_token, secrets.page_id, human_first,
        secrets.previous_app_secret,
    )  # fmt: skip
    return webhook(path, adapter, META_SIGNATURE, META_CHALLENGE, A_COMMENT)


_WRITTEN = {
    "from": {"id": "3000000001", "name": "Pelapor Contoh"},
    "item": "comment",
    "verb": "add",
    "post_id": "1000000002_101",
    "comment_id": "101_2001",
    "created_time": 1764036000,
    "message": "Lampu jalan di gang kami padam sudah seminggu.",
}
A_COMMENT = {
    "object": "page",
    "entry": [{"id": "1000000002", "changes": [{"field": "feed", "value": _WRITTEN}]}],
}


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
