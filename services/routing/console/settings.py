"""Settings of the console (``CRM_CONSOLE_*``, then ``CRM_*``)."""

import base64
import binascii
from datetime import timedelta
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, SecretStr, field_validator

from shared.settings import ProcessSettings, PublicUrl

KEY_BYTES = 32


class ConsoleSettings(ProcessSettings):
    service: ClassVar[str] = "console"

    public_url: PublicUrl
    """Where officers' browsers reach the console: an origin of its own, without a path. https; or
    http on the machine itself, which browsers trust with secure cookies as well."""
    issuer_url: PublicUrl
    """The city's OpenID provider: below it lies ``/.well-known/openid-configuration``."""
    client_id: str = "crm-console"
    """By which the provider knows the console."""
    client_secret: SecretStr = SecretStr("")
    """Empty for a public client: PKCE alone ties the code to this browser."""
    session_keys: Annotated[tuple[SecretStr, ...], Field(min_length=1)]
    """Base64 of 32 bytes each. The first seals, all open: a new key is put before the old one,
    which is taken away after `session_hours`. All replicas have the same."""
    routing_url: str
    """Base address of routing, whose interface the pages call."""
    sla_url: str
    """The same of sla."""
    notify_url: str
    """The same of notify."""
    tracking_url: str
    """The same of tracking."""
    intake_url: str
    """The same of intake."""
    vault_url: str
    """The same of the vault."""
    media_url: str
    """The same of media."""
    media_public_url: PublicUrl
    """Where officers' browsers fetch pictures: the pages let them fetch from there alone, and map
    tiles from theirs."""
    tracking_page: PublicUrl | Literal[""] = ""
    """Where a reporter looks a report up: receipts name it."""
    follow_up_days: Annotated[int, Field(ge=1, le=366)] = 7
    """The city's promise, as receipts print it; sla's policies hold the case to it."""
    tiles: str = ""
    """Address of map tiles with ``{z}``, ``{x}`` and ``{y}``; without it a map shows the point
    alone."""
    geojson: Path | None = None
    """Borders of the kelurahan, the file that routing has; without it a map shows the middle of the
    kelurahan."""
    answer_seconds: Annotated[float, Field(gt=0)] = 0.8
    """A service has this long to answer what a page shows; then the page goes without it."""
    act_seconds: Annotated[float, Field(gt=0)] = 10.0
    """And this long to take an act; then the officer is asked to send it again."""
    file_seconds: Annotated[float, Field(gt=0)] = 300.0
    """A file may come so long: a phone in the street sends 25 MB at a megabit a second in 210."""
    checking_seconds: Annotated[float, Field(ge=0)] = 5.0
    """A result waits so long for routing to hear that its pictures are harmless; then the officer
    is asked to send it again."""
    idle_minutes: Annotated[int, Field(ge=1)] = 30
    """A session ends so long after its last use."""
    session_hours: Annotated[int, Field(ge=1, le=24)] = 8
    """And so long after the sign-in at the latest."""

    @field_validator("session_keys")
    @classmethod
    def _are_keys(cls, values: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(_decoded(value)) != KEY_BYTES for value in values):
            raise ValueError(f"must be base64 of {KEY_BYTES} bytes each")
        return values

    @property
    def session_keys_bytes(self) -> tuple[bytes, ...]:
        return tuple(_decoded(value) for value in self.session_keys)

    @property
    def idle(self) -> timedelta:
        return timedelta(minutes=self.idle_minutes)

    @property
    def longest(self) -> timedelta:
        return timedelta(hours=self.session_hours)

    @property
    def urls(self) -> dict[str, str]:
        """Base address by the name of the part."""
        return {
            "routing": self.routing_url,
            "sla": self.sla_url,
            "notify": self.notify_url,
            "tracking": self.tracking_url,
            "intake": self.intake_url,
            "vault": self.vault_url,
            "media": self.media_url,
        }


def _decoded(value: SecretStr) -> bytes:
    try:
        return base64.b64decode(value.get_secret_value(), validate=True)
    except binascii.Error:
        return b""
