"""Balai Warga as a channel: its row, its secrets, its two doors."""

from services.intake.channels.balai_warga.adapter import (
    FILES,
    BalaiWargaAdapter,
    BalaiWargaEntry,
    BalaiWargaForm,
    BalaiWargaFormAdapter,
)
from services.intake.channels.door import FORM, Door, FileParts, body_of
from services.intake.channels.partner import CHANNEL_KEY, ApiKeySecrets
from services.intake.channels.platform import ChannelFacts, Platform, Secret
from shared.events.vocabulary import Channel

PATH = "/v1/channels/balai_warga"


class BalaiWargaSecrets(ApiKeySecrets):
    """csrf_key: signs the tokens of the HTML form."""

    csrf_key: Secret


def form_door(secrets: BalaiWargaSecrets) -> Door:
    """The door of the HTML form. Its token stands in the form, so it names no scheme."""
    body = body_of(BalaiWargaForm, FORM)
    adapter = BalaiWargaFormAdapter(secrets.csrf_key)
    return Door(f"{PATH}/form", adapter, "page", None, body, files=FileParts(FILES))


def _doors(secrets: BalaiWargaSecrets) -> tuple[Door, ...]:
    body = body_of(BalaiWargaEntry)
    portal = Door(
        PATH,
        BalaiWargaAdapter(secrets),
        "receipt",
        CHANNEL_KEY,
        body,
        keyed=True,
        files=FileParts("photo", message="report"),
        uploads=True,
    )
    return (portal, form_door(secrets))


PLATFORM = Platform(
    ChannelFacts(
        Channel.BALAI_WARGA,
        "Balai Warga jakarta.go.id",
        "web",
        ("HTML form", "Balai Warga JSON"),
        "CSRF token or API key",
        geotagged=False,
        confidential_by_default=False,
        answered_by="e-mail or SMS if left, else the page itself",
    ),
    BalaiWargaSecrets,
    _doors,
)
