"""Settings of notify: where vault and routing are, and the gateways by which messages leave."""

import re
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from shared.settings import Port, ServiceSettings


class _Gateway(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


def _webhook_secret(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"whsec_[A-Za-z0-9+/]{8,}={0,2}", secret.get_secret_value()):
        raise ValueError("give whsec_ and the secret in base64")
    return secret


class KeyedGateway(_Gateway):
    """A provider that knows us by ``X-API-Key``."""

    url: str
    api_key: SecretStr


WebhookSecret = Annotated[SecretStr, AfterValidator(_webhook_secret)]


class SignedGateway(_Gateway):
    """A receiver of webhooks signed as Standard Webhooks says (``whsec_...``).

    previous_secret: given while the receiver changes over; then each call has two signatures.
    """

    url: str
    secret: WebhookSecret
    previous_secret: WebhookSecret | None = None

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        """By which calls are signed, the present one first."""
        return (self.secret, *filter(None, (self.previous_secret,)))


class PartnerGateway(SignedGateway):
    """One that knows us by ``X-API-Key`` as well."""

    api_key: SecretStr


class TokenGateway(_Gateway):
    """A platform that knows us by a bearer token; ``url`` is its API's base."""

    url: str
    token: SecretStr


class SmtpGateway(_Gateway):
    """Our own mail relay.

    tls: ``none`` never; ``opportunistic`` STARTTLS where it is offered, with any certificate;
    ``required`` STARTTLS, ``implicit`` TLS from the first byte (port 465), both with a certificate
    for ``host`` that ``ca_file`` (PEM) vouches for, or a CA of the system where no file is named.

    A member that is not known is refused: a misspelt ``tls`` would be no protection.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    host: str
    port: Port
    sender: str
    tls: Literal["none", "opportunistic", "required", "implicit"] = "opportunistic"
    ca_file: Path | None = None
    username: str | None = None
    password: SecretStr | None = None

    @model_validator(mode="after")
    def _keep_the_password(self) -> "SmtpGateway":
        if (self.username is None) != (self.password is None):
            raise ValueError("give username and password, or neither")
        if self.username and self.tls not in ("required", "implicit"):
            raise ValueError("a password is told to a checked relay alone: set tls to required")
        return self


class GovernorGateway(_Gateway):
    """The Governor's own accounts on X and Meta."""

    twitter_url: str
    twitter_token: SecretStr
    meta_url: str
    meta_token: SecretStr


class Gateways(_Gateway):
    """All ways out. ``url`` of jaki, qlue, sms and printer is the address that is posted to."""

    jaki: SignedGateway
    qlue: PartnerGateway
    twitter: TokenGateway
    facebook: TokenGateway
    smtp: SmtpGateway
    sms: KeyedGateway
    lapor_1708: PartnerGateway
    printer: KeyedGateway
    gubernur: GovernorGateway


class NotifySettings(ServiceSettings):
    """Environment prefix ``CRM_NOTIFY_``, then ``CRM_``."""

    service: ClassVar[str] = "notify"

    vault_url: str
    """Base address of the vault, which tells whom a message goes to."""
    routing_url: str
    """Base address of routing, whose internal API gives officers' words by reference."""
    intake_url: str
    """Base address of intake, whose internal API tells what the stream may not tell."""
    gateways: Gateways
    """By name, the providers that messages leave by (operators' guide)."""
    tracking_site: Annotated[str, Field(min_length=4, max_length=32)] = "crm.jakarta.go.id"
    """Where a citizen types the tracking code; shown as text, so that no link holds a code."""
    lease_batch: Annotated[int, Field(ge=1, le=500)] = 100
    """Deliveries that a sender takes at once, at most."""
    lease_seconds: Annotated[float, Field(gt=0)] = 30.0
    """After this another sender may take a delivery; longer than the calls of a step take."""
    hold_seconds: Annotated[float, Field(gt=0)] = 8.0
    """The same where the sender has vanished: one that is at work renews every third of it."""
    poll_seconds: Annotated[float, Field(gt=0)] = 0.2
    """A sender rests so long when nothing is due."""
    call_seconds: Annotated[float, Field(gt=0)] = 5.0
    """A provider has this long to answer; less than the time that a service has to stop."""
    calls_per_gateway: Annotated[int, Field(ge=1)] = 8
    """Calls to one provider at the same time, at most."""
    backoff_seconds: Annotated[float, Field(gt=0)] = 1.0
    """After the first attempt that failed; after each further one twice as long."""
    backoff_cap_seconds: Annotated[float, Field(gt=0)] = 3600.0
    """And no longer than this."""
    max_attempts: Annotated[int, Field(ge=1)] = 30
    """Then a message has failed; with the back-off above after about nineteen hours."""
    patience_days: Annotated[float, Field(gt=0)] = 7.0
    """So old a message gets while its gateway refuses us or takes nothing; then it has failed."""
