"""What the vault is told by its environment."""

from typing import Annotated, ClassVar

from pydantic import Field, SecretStr

from shared.settings import FetchBytes, FetchWait, ServiceSettings


class VaultSettings(ServiceSettings):
    service: ClassVar[str] = "vault"

    kafka_fetch_min_bytes: FetchBytes = 1_048_576
    """Each fetch costs the broker much the same, so that few of them leave it more for the
    others."""
    kafka_fetch_max_wait_ms: FetchWait = 1_000
    """Of the whole stream only erasures are heard, and these have a minute."""

    private_key: SecretStr
    """``CRM_VAULT_PRIVATE_KEY``: base64 of the raw X25519 private key; no other process has it."""
    intake_url: str
    """Tells whom a complaint is about, before an administrator may read its originals."""
    tracking_code_key: Annotated[SecretStr, Field(min_length=64, max_length=64)]
    """Hex, 32 bytes: tracking codes are derived under it. Intake has it too."""
