"""What the vault is told by its environment."""

from typing import Annotated, ClassVar

from pydantic import Field, SecretStr

from shared.settings import ServiceSettings


class VaultSettings(ServiceSettings):
    service: ClassVar[str] = "vault"

    private_key: SecretStr
    """``CRM_VAULT_PRIVATE_KEY``: base64 of the raw X25519 private key; no other process has it."""
    intake_url: str
    """Tells whom a complaint is about, before an administrator may read its originals."""
    tracking_code_key: Annotated[SecretStr, Field(min_length=64, max_length=64)]
