"""What media is told by its environment."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field, SecretStr

from shared.settings import ServiceSettings


class MediaSettings(ServiceSettings):
    service: ClassVar[str] = "media"

    private_key: SecretStr
    """``CRM_MEDIA_PRIVATE_KEY``: base64 of the raw X25519 private key; no other process has it."""
    intake_url: str
    store_url: Annotated[str, Field(pattern=r"^(file:///|s3://|gs://|az://)")]
    """Where pictures lie, encrypted: a folder (``file:///...``) or a bucket (``s3://name/prefix``).
    Credentials of a bucket stand in ``store_options``."""
    store_options: Mapping[str, SecretStr] = {}
    """As obstore names them: ``endpoint``, ``access_key_id``, ``secret_access_key``, ``region``."""
    store_seconds: Annotated[float, Field(gt=0)] = 20.0
    """A store that is silent for so long counts as away."""
