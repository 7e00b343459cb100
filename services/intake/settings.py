"""What the intake service is told by its environment."""

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from services.intake.channels.registry import ChannelSecrets
from shared.settings import Port, PublicUrl, ServiceSettings
from shared.shared_keys import SharedKey, SharedKeyRing, raw_key, read_shared_keys


class IntakeSettings(ServiceSettings):
    service: ClassVar[str] = "intake"

    public_url: PublicUrl | Literal[""] = ""
    """Under which callers reach the doors, where a proxy stands in front: its address and the
    prefix that it takes away. Empty: the address is taken from each request."""
    public_urls: Mapping[str, PublicUrl] = {}
    """The whole public address of one door, by the door's path here, where it is another one."""
    tracking_page: PublicUrl | Literal[""] = ""
    """Where reporters open their reports with the code: the form's receipt leads there."""
    follow_up_days: Annotated[int, Field(ge=1, le=366)] = 7
    """The city's promise, as the form's receipt prints it; sla's policies hold the case to it."""
    smtp_host: str = "127.0.0.1"
    """Address that the door for mail binds."""
    smtp_port: Port = 0
    """Port that it binds; 0 takes a free one."""
    smtp_protocol: Literal["smtp", "lmtp"] = "smtp"
    """LMTP where the city's mail server hands over on the same machine or network."""
    mail_max_bytes: Annotated[int, Field(ge=1024)] = 10 * 1024 * 1024
    """Larger mails are refused."""
    mail_room_bytes: Annotated[int, Field(ge=1024)] = 16 * 1024 * 1024
    """Bytes of large mails that may be in memory at once. To read them takes several times as much;
    who comes then waits, and nothing is read of it."""
    mail_wait_seconds: Annotated[float, Field(gt=0)] = 60.0
    """After which a large mail is told to come again. A mail server is patient for three minutes
    (RFC 5321, 4.5.3.2.5)."""
    vault_public_key: str
    """Base64 of the vault's raw X25519 public key: this process can seal and not open."""
    media_public_key: str
    """Base64 of media's raw X25519 public key, for files."""
    tracking_code_key: SharedKeyRing
    """Hex, 32 bytes each: tracking codes are derived under the first. The vault has them too."""
    tracking_lookup_key: SharedKeyRing
    """Hex, 32 bytes each: tracking codes are hashed under the first. Tracking has them too."""
    digest_key: SecretStr = SecretStr("")
    """Hex, 32 bytes: ids of messages, words and senders are hashed under it, and it is never
    changed. Empty: the look-up key, while that has not been changed."""
    channel_secrets: ChannelSecrets
    """By channel, what proves that its platform calls (integrators' guide)."""
    erasure_hours: Annotated[float, Field(gt=0)] = 24.0
    """How long a request for an erasure waits for the second administrator."""
    erasure_list: Annotated[str, Field(pattern=r"^(|(file:///|s3://|gs://|az://).*)$")] = ""
    """Where ids of erased complaints are listed: a folder (``file:///...``) or a bucket, on another
    disk than the database. Restored from a backup, it erases them again. Empty: no such list."""
    erasure_list_options: Mapping[str, SecretStr] = {}
    """Of a bucket, as obstore names them: ``endpoint``, ``access_key_id``, ``secret_access_key``,
    ``region``."""
    erasure_list_seconds: Annotated[float, Field(gt=0, le=4)] = 3.0
    """A list that is silent for so long counts as away, and nothing is erased: a complaint is
    locked meanwhile."""
    batch_limit: Annotated[int, Field(ge=1, le=1000)] = 200
    """Messages that are committed together, at most."""
    queue_limit: Annotated[int, Field(ge=1)] = 5000
    """Messages that may wait for the database; who comes then is told to come again."""
    queue_max_bytes: Annotated[int, Field(ge=1024)] = 32 * 1024 * 1024
    """Bytes of the bodies that may wait. What is read of them takes about as much again."""

    @field_validator("digest_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr) -> SecretStr:
        if given := value.get_secret_value():
            raw_key(given)
        return value

    @property
    def digest_key_bytes(self) -> bytes:
        """Of 32 bytes."""
        given = self.digest_key.get_secret_value()
        return raw_key(given) if given else self._lookup_keys[0].raw

    @property
    def _lookup_keys(self) -> tuple[SharedKey, ...]:
        return read_shared_keys(self.tracking_lookup_key.get_secret_value())

    @model_validator(mode="after")
    def _knows_messages_again(self) -> Self:
        if not self.digest_key.get_secret_value() and len(self._lookup_keys) > 1:
            raise ValueError(
                "digest_key must be given, as crm keys add has made it: under another key than"
                " before no message would be known again"
            )
        return self

    def unfit(self) -> Iterator[str]:
        if not self.erasure_list:
            yield (
                "CRM_INTAKE_ERASURE_LIST must name a bucket, or a folder on another disk than the"
                " database: a backup would bring back those who were erased after it."
            )
