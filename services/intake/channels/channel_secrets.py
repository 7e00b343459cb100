"""The secrets of the doors, as the setting CHANNEL_SECRETS (JSON) holds them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

Secret = Annotated[SecretStr, Field(min_length=8)]
"""Never empty: an HMAC with an empty key is one that anybody can make."""


class _Secrets(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ApiKeySecrets(_Secrets):
    """Two keys may be live at once, so that a partner can change over without a gap."""

    api_key: Secret
    previous_api_key: Secret | None = None

    def live(self) -> tuple[str, ...]:
        """The keys that open the door now."""
        keys = (self.api_key, self.previous_api_key)
        return tuple(key.get_secret_value() for key in keys if key is not None)


class XSecrets(_Secrets):
    consumer_secret: Secret
    account_id: str


class MetaSecrets(_Secrets):
    app_secret: Secret
    verify_token: Secret
    page_id: str


class EmailSecrets(_Secrets):
    """api_key: for a mail server on another machine that hands messages over by HTTP."""

    recipient: str
    api_key: Secret | None = None


class BalaiWargaSecrets(ApiKeySecrets):
    csrf_key: Secret


class SmsSecrets(_Secrets):
    kannel_secret: Secret
    twilio_auth_token: Secret
    infobip_api_key: Secret
    whatsapp_app_secret: Secret
    whatsapp_verify_token: Secret


class GovernorSecrets(_Secrets):
    consumer_secret: Secret
    account_id: str
    app_secret: Secret
    verify_token: Secret
    page_id: str


class ChannelSecrets(_Secrets):
    """One member per channel; the desks have none, their officers carry tokens."""

    jaki: ApiKeySecrets
    qlue: ApiKeySecrets
    twitter: XSecrets
    facebook: MetaSecrets
    email: EmailSecrets
    balai_warga: BalaiWargaSecrets
    lapor_1708: ApiKeySecrets
    sms: SmsSecrets
    gubernur: GovernorSecrets
