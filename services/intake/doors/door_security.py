"""How the doors of the channels know their callers, as OpenAPI says it.

The adapters do the checking; what is here is for those who generate clients.
"""

from typing import Any

from fastapi import Depends
from fastapi.security import APIKeyHeader, APIKeyQuery

from services.intake.channels.adapter import Adapter
from services.intake.channels.balai_warga.adapter import BalaiWargaAdapter
from services.intake.channels.email.adapter import MailAdapter
from services.intake.channels.jaki.adapter import JakiAdapter
from services.intake.channels.lapor.adapter import LaporAdapter
from services.intake.channels.meta.adapter import SIGNATURE_HEADER as META_SIGNATURE
from services.intake.channels.meta.adapter import MetaAdapter
from services.intake.channels.partner import API_KEY_HEADER
from services.intake.channels.qlue.adapter import QlueAdapter
from services.intake.channels.sms.gateways import (
    TWILIO_SIGNATURE,
    InfobipAdapter,
    KannelAdapter,
    TwilioAdapter,
)
from services.intake.channels.sms.whatsapp import WhatsAppAdapter
from services.intake.channels.x.adapter import SIGNATURE_HEADER as X_SIGNATURE
from services.intake.channels.x.adapter import XAdapter


def _header(name: str, scheme: str, description: str) -> APIKeyHeader:
    return APIKeyHeader(name=name, scheme_name=scheme, description=description, auto_error=False)


CHANNEL_KEY = _header(API_KEY_HEADER, "channel_key", "The key that the channel's team was given.")
META = _header(
    META_SIGNATURE, "meta_signature",
    "`sha256=` and the hex HMAC-SHA256 of the raw body under the app's secret.",
)  # fmt: skip
X = _header(
    X_SIGNATURE, "x_signature",
    "`sha256=` and the base64 HMAC-SHA256 of the raw body under the consumer's secret.",
)  # fmt: skip
TWILIO = _header(
    TWILIO_SIGNATURE, "twilio_signature",
    "Base64 HMAC-SHA1 over the full URL and the parameters sorted by name.",
)  # fmt: skip
INFOBIP = _header("authorization", "infobip_key", "`App` and the key of the account.")
KANNEL = APIKeyQuery(
    name="secret", scheme_name="kannel_secret", description="The gateway's shared secret.",
    auto_error=False,
)  # fmt: skip

_SCHEMES: dict[type[Any], APIKeyHeader | APIKeyQuery] = {
    JakiAdapter: CHANNEL_KEY,
    QlueAdapter: CHANNEL_KEY,
    LaporAdapter: CHANNEL_KEY,
    BalaiWargaAdapter: CHANNEL_KEY,
    MailAdapter: CHANNEL_KEY,
    MetaAdapter: META,
    WhatsAppAdapter: META,
    XAdapter: X,
    TwilioAdapter: TWILIO,
    InfobipAdapter: INFOBIP,
    KannelAdapter: KANNEL,
}


def security(adapter: Adapter) -> list[Any]:
    """A route's dependencies that declare the scheme; none where a form brings its own token."""
    scheme = _SCHEMES.get(type(adapter))
    return [Depends(scheme)] if scheme else []
