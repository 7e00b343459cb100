"""Settings of tracking (``CRM_TRACKING_*``, then ``CRM_*``)."""

from typing import ClassVar

from pydantic import SecretStr, field_validator

from shared.settings import ServiceSettings

KEY_BYTES = 32


class TrackingSettings(ServiceSettings):
    service: ClassVar[str] = "tracking"

    lookup_key: SecretStr
    """Hex, 32 bytes: the key under which intake hashes tracking codes."""

    @field_validator("lookup_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr) -> SecretStr:
        try:
            length = len(bytes.fromhex(value.get_secret_value()))
        except ValueError:
            raise ValueError("must be hexadecimal") from None
        if length != KEY_BYTES:
            raise ValueError(f"must be {KEY_BYTES} bytes of hexadecimal")
        return value

    @property
    def lookup_key_bytes(self) -> bytes:
        return bytes.fromhex(self.lookup_key.get_secret_value())
