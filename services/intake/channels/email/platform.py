"""The city's mailbox as a channel: its row and its door for raw mail (SMTP: ``doors/smtp.py``)."""

from services.intake.channels.door import MAIL, Body, Door, Parameter
from services.intake.channels.email.adapter import MailAdapter
from services.intake.channels.email.secrets import EmailSecrets
from services.intake.channels.partner import CHANNEL_KEY
from services.intake.channels.platform import ChannelFacts, Platform
from shared.events.vocabulary import Channel

A_MAIL = """From: Pelapor Contoh <pelapor.contoh@example.org>
To: dki@jakarta.go.id
Subject: Lampu jalan mati
Message-ID: <contoh-1@example.org>
Content-Type: text/plain; charset=utf-8

Lampu jalan di depan pasar mati sejak kemarin.
"""


def _doors(secrets: EmailSecrets) -> tuple[Door, ...]:
    return (
        Door(
            "/v1/channels/email/raw",
            MailAdapter(secrets),
            "empty_object",
            CHANNEL_KEY,
            Body(MAIL, {"type": "string", "format": "binary"}, A_MAIL),
            headers=(Parameter("X-Envelope-From"), Parameter("X-Envelope-To")),
            body_limit="mail",
            encloses=True,
        ),
    )


PLATFORM = Platform(
    ChannelFacts(
        Channel.EMAIL,
        "Email dki@jakarta.go.id",
        "email",
        ("RFC 5322",),
        "own mail server only",
        geotagged=False,
        confidential_by_default=True,
        answered_by="e-mail, threaded",
    ),
    EmailSecrets,
    _doors,
)
