"""The fourteen channels as data, and the doors they come in by.

The list changes by year (8, then 13, then 14 in July 2021), so it is rows, not code. A door is
one wire format at one path; a channel may have several.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from services.intake.channels.adapter import Adapter, ChallengedAdapter
from services.intake.channels.balai_warga.adapter import (
    BalaiWargaAdapter,
    BalaiWargaFormAdapter,
)
from services.intake.channels.channel_secrets import ChannelSecrets, GovernorSecrets
from services.intake.channels.desk.adapter import DESKS, DeskAdapter
from services.intake.channels.email.adapter import MailAdapter
from services.intake.channels.jaki.adapter import JakiAdapter
from services.intake.channels.lapor.adapter import LaporAdapter
from services.intake.channels.meta.adapter import MetaAdapter
from services.intake.channels.qlue.adapter import QlueAdapter
from services.intake.channels.sms.gateways import (
    InfobipAdapter,
    KannelAdapter,
    TwilioAdapter,
)
from services.intake.channels.sms.whatsapp import WhatsAppAdapter
from services.intake.channels.x.adapter import XAdapter
from shared.events.vocabulary import Channel

ChannelKind: TypeAlias = Literal["app", "social_media", "email", "web", "sms", "desk"]
Answer: TypeAlias = Literal["receipt", "empty", "page"]

OFFICIAL_LIST = date(2021, 7, 1)


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """One row. valid_to: last day of the channel, None while it is open."""

    channel: Channel
    name: str
    kind: ChannelKind
    wire_formats: tuple[str, ...]
    signed_by: str
    geotagged: bool
    confidential_by_default: bool
    answered_by: str
    human_first: bool = False
    valid_from: date = OFFICIAL_LIST
    valid_to: date | None = None


def _desk(channel: Channel, name: str, confidential: bool = False) -> ChannelFacts:
    return ChannelFacts(
        channel=channel,
        name=name,
        kind="desk",
        wire_formats=("desk entry JSON",),
        signed_by="operator token of the office",
        geotagged=False,
        confidential_by_default=confidential,
        answered_by="printed receipt, SMS where a number was left",
    )


CHANNELS: tuple[ChannelFacts, ...] = (
    ChannelFacts(
        Channel.JAKI,
        "JAKI (Jakarta Kini)",
        "app",
        ("JAKI report JSON",),
        "API key",
        geotagged=True,
        confidential_by_default=True,
        answered_by="signed webhook to JAKI",
    ),
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
    ChannelFacts(
        Channel.SMS,
        "SMS 0811-1272-206",
        "sms",
        ("Kannel GET", "Twilio form", "Infobip JSON", "WhatsApp Cloud"),
        "the gateway's own way",
        geotagged=False,
        confidential_by_default=False,
        answered_by="SMS",
    ),
    _desk(Channel.KELURAHAN, "Kantor Kelurahan"),
    _desk(Channel.KECAMATAN, "Kantor Kecamatan"),
    _desk(Channel.WALIKOTA, "Kantor Walikota"),
    _desk(Channel.PENDOPO, "Pendopo Balai Kota"),
    _desk(Channel.INSPEKTORAT, "Kantor Inspektorat", confidential=True),
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
)


def facts(channel: Channel) -> ChannelFacts:
    """The channel's row."""
    return next(row for row in CHANNELS if row.channel is channel)


@dataclass(frozen=True, slots=True)
class Door:
    """One wire format at one path.

    method: of the messages. challenged: the same adapter where the platform checks the path by
    GET, else None. answer: what the caller reads; "receipt" is JSON with the number and the
    code, "page" the same for people, "empty" because the caller would pass a body on.
    """

    path: str
    method: Literal["GET", "POST"]
    adapter: Adapter
    answer: Answer
    challenged: ChallengedAdapter | None = None


@dataclass(frozen=True, slots=True)
class DeskDoor:
    """One desk's path; the route checks the officer's token and passes the unit on."""

    path: str
    adapter: DeskAdapter


def desk_doors() -> tuple[DeskDoor, ...]:
    """The five desks."""
    return tuple(
        DeskDoor(f"/v1/desks/{channel.value}/complaints", DeskAdapter(channel)) for channel in DESKS
    )


def doors(secrets: ChannelSecrets) -> tuple[Door, ...]:
    """All doors that open by a secret; mail also comes in by SMTP (``mail_adapter``)."""
    return (
        Door("/v1/channels/jaki", "POST", JakiAdapter(secrets.jaki), "receipt"),
        Door("/v1/channels/qlue", "POST", QlueAdapter(secrets.qlue), "receipt"),
        Door("/v1/channels/lapor_1708", "POST", LaporAdapter(secrets.lapor_1708), "receipt"),
        Door("/v1/channels/balai_warga", "POST", BalaiWargaAdapter(secrets.balai_warga), "receipt"),
        Door(
            "/v1/channels/balai_warga/form",
            "POST",
            BalaiWargaFormAdapter(secrets.balai_warga.csrf_key),
            "page",
        ),
        Door("/v1/channels/email/raw", "POST", mail_adapter(secrets), "empty"),
        *_social_doors(secrets),
        *_governor_doors(secrets.gubernur),
        *_sms_doors(secrets),
    )


def mail_adapter(secrets: ChannelSecrets) -> MailAdapter:
    """For the SMTP listener as well as for the HTTP door."""
    return MailAdapter(secrets.email)


def _challenged(path: str, adapter: XAdapter | MetaAdapter | WhatsAppAdapter) -> Door:
    return Door(path, "POST", adapter, "empty", challenged=adapter)


def _social_doors(secrets: ChannelSecrets) -> tuple[Door, ...]:
    x, meta = secrets.twitter, secrets.facebook
    return (
        _challenged(
            "/v1/channels/twitter/webhook",
            XAdapter(Channel.TWITTER, x.consumer_secret, x.account_id),
        ),
        _challenged(
            "/v1/channels/facebook/webhook",
            MetaAdapter(Channel.FACEBOOK, meta.app_secret, meta.verify_token, meta.page_id),
        ),
    )


def _governor_doors(secrets: GovernorSecrets) -> tuple[Door, ...]:
    channel = Channel.GUBERNUR
    return (
        _challenged(
            "/v1/channels/gubernur/x/webhook",
            XAdapter(channel, secrets.consumer_secret, secrets.account_id, human_first=True),
        ),
        _challenged(
            "/v1/channels/gubernur/meta/webhook",
            MetaAdapter(
                channel,
                secrets.app_secret,
                secrets.verify_token,
                secrets.page_id,
                human_first=True,
            ),
        ),
    )


def _sms_doors(secrets: ChannelSecrets) -> tuple[Door, ...]:
    sms = secrets.sms
    return (
        Door("/v1/channels/sms/kannel", "GET", KannelAdapter(sms.kannel_secret), "empty"),
        Door("/v1/channels/sms/twilio", "POST", TwilioAdapter(sms.twilio_auth_token), "empty"),
        Door("/v1/channels/sms/infobip", "POST", InfobipAdapter(sms.infobip_api_key), "empty"),
        _challenged(
            "/v1/channels/sms/whatsapp",
            WhatsAppAdapter(sms.whatsapp_app_secret, sms.whatsapp_verify_token),
        ),
    )
