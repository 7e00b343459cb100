"""SMS 0811-1272-206 as a channel: its row, its secrets, a door for each gateway."""

from services.intake.channels.door import FORM, Door, Parameter, platforms_own, webhook
from services.intake.channels.meta.adapter import META_CHALLENGE, META_SIGNATURE
from services.intake.channels.platform import ChannelFacts, Platform, Secret, Secrets
from services.intake.channels.sms.infobip import INFOBIP_KEY, InfobipAdapter
from services.intake.channels.sms.kannel import KANNEL_QUERY, KANNEL_SECRET, KannelAdapter
from services.intake.channels.sms.twilio import TWILIO_SIGNATURE, TwilioAdapter
from services.intake.channels.sms.whatsapp import WhatsAppAdapter
from shared.events.vocabulary import Channel

PATH = "/v1/channels/sms"
WORDS = "Lampu jalan mati di RW 02"
A_TWILIO_MESSAGE = {
    "MessageSid": "SM00000000000000000000000000000001",
    "From": "+628110000001",
    "To": "+628111272206",
    "Body": WORDS,
}
AN_INFOBIP_PUSH = {
    "results": [
        {
            "messageId": "817790313235066447",
            "from": "628110000001",
            "to": "628111272206",
            "text": WORDS,
            "receivedAt": "2026-11-25T02:00:00.220+0000",
        }
    ]
}
_A_MESSAGE = {
    "from": "628110000001",
    "id": "wamid.CONTOH1",
    "timestamp": "1764036000",
    "type": "text",
    "text": {"body": WORDS},
}
A_WHATSAPP_MESSAGE = {
    "object": "whatsapp_business_account",
    "entry": [
        {
            "id": "100000000000001",
            "changes": [{"field": "messages", "value": {"messages": [_A_MESSAGE]}}],
        }
    ],
}


class SmsSecrets(Secrets):
    """By gateway. What begins with ``previous`` is still good while the gateway changes over."""

    kannel_secret: Secret
    twilio_auth_token: Secret
    infobip_api_key: Secret
    whatsapp_app_secret: Secret
    whatsapp_verify_token: Secret
    previous_kannel_secret: Secret | None = None
    previous_twilio_auth_token: Secret | None = None
    previous_infobip_api_key: Secret | None = None
    previous_whatsapp_app_secret: Secret | None = None


def _doors(secrets: SmsSecrets) -> tuple[Door, ...]:
    whatsapp = WhatsAppAdapter(
        secrets.whatsapp_app_secret, secrets.whatsapp_verify_token,
        previous_secret=secrets.previous_whatsapp_app_secret,
    )  # fmt: skip
    return (
        _kannel(secrets),
        _twilio(secrets),
        _infobip(secrets),
        webhook(f"{PATH}/whatsapp", whatsapp, META_SIGNATURE, META_CHALLENGE, A_WHATSAPP_MESSAGE),
    )


def _kannel(secrets: SmsSecrets) -> Door:
    return Door(
        f"{PATH}/kannel",
        KannelAdapter(secrets.kannel_secret, previous_secret=secrets.previous_kannel_secret),
        "empty_text",
        KANNEL_SECRET,
        body=None,
        method="GET",
        caller_corrects=False,
        query=tuple(Parameter(name, required) for name, required in KANNEL_QUERY),
    )


def _twilio(secrets: SmsSecrets) -> Door:
    adapter = TwilioAdapter(
        secrets.twilio_auth_token, previous_token=secrets.previous_twilio_auth_token
    )
    return Door(
        f"{PATH}/twilio",
        adapter,
        "empty_text",
        TWILIO_SIGNATURE,
        platforms_own(A_TWILIO_MESSAGE, FORM),
        caller_corrects=False,
    )


def _infobip(secrets: SmsSecrets) -> Door:
    adapter = InfobipAdapter(secrets.infobip_api_key, previous_key=secrets.previous_infobip_api_key)
    return Door(
        f"{PATH}/infobip",
        adapter,
        "empty_object",
        INFOBIP_KEY,
        platforms_own(AN_INFOBIP_PUSH),
        caller_corrects=False,
    )


PLATFORM = Platform(
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
    SmsSecrets,
    _doors,
)
