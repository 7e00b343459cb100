"""What the vault is told by its environment."""

from typing import ClassVar

from pydantic import SecretStr

from shared.settings import FetchBytes, FetchWait, ServiceSettings
from shared.shared_keys import SharedKeyRing


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
    tracking_code_key: SharedKeyRing
    """Hex, 32 bytes each: tracking codes are derived under the first, and told as they were derived
    under any. Intake has them too."""
