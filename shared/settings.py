"""Building blocks of the services' settings; the only file besides them that reads the environment.

Each field is looked for as ``CRM_<SERVICE>_<FIELD>`` first, then as ``CRM_<FIELD>``: what all
processes share is said once, what is one's own (database, port, key) is given to that one alone.
Either name may be a variable, or a file in the folder of secrets: variables are seen by whoever may
look at the process, and are handed on to its children.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field, IPvAnyNetwork, SecretStr
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from shared.errors import StopTheLine

SECRETS_DIR = "CRM_SECRETS_DIR"
"""The variable that names another folder than the containers' own."""
_SECRETS = "/run/secrets"

Port = Annotated[int, Field(ge=0, le=65535)]
PublicUrl = Annotated[str, Field(pattern=r"^https?://[^\s?#/]+[^\s?#]*$")]
"""An address that people's browsers and other systems reach us by."""

FetchBytes = Annotated[int, Field(ge=1)]
FetchWait = Annotated[int, Field(ge=1, le=2_000)]
"""Milliseconds; a consumer takes a broker that is silent for five seconds to be away."""


class ProcessSettings(BaseSettings):
    """What every process needs, also one without a database and a stream; its own class adds its
    own and names itself."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    service: ClassVar[str]

    http_host: str = "127.0.0.1"
    """Address that the process binds."""
    http_port: Port = 0
    """Port that it binds; 0 takes a free one."""
    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()
    """Networks of the proxies in front. Only they are believed when they say in
    ``X-Forwarded-For`` who called and in ``X-Forwarded-Proto`` how."""
    operator_jwks_url: str = ""
    """Public keys of the issuer of officers' tokens, a JSON Web Key Set. Empty: no officer is let
    in."""
    operator_issuer: str = ""
    """Issuer of officers' tokens (``iss``)."""
    operator_audience: str = "crm"
    """Whom officers' tokens are for (``aud``)."""
    service_key: SecretStr = SecretStr("")
    """Base64 of this process's raw Ed25519 private key: it signs calls to other services."""
    service_public_keys: dict[str, str] = {}
    """Base64 of the raw Ed25519 public key of each caller, by name."""
    fault: str | None = None
    """Where in its work the process ends itself, for trials of crashes; never in operation."""
    log_level: str = "INFO"
    """``DEBUG``, ``INFO``, ``WARNING`` or ``ERROR``."""
    stop_seconds: float = 6.5
    """An ordered stop takes no longer than this, whatever is away; with what comes after it the
    process is gone within 10 s, also on a busy machine."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        folder = Path(os.environ.get(SECRETS_DIR, _SECRETS))
        prefixes = (f"CRM_{cls.service.upper()}_", "CRM_")
        by_name = (each for prefix in prefixes for each in _sources(settings_cls, prefix, folder))
        return init_settings, *by_name


def _sources(
    settings_cls: type[BaseSettings], prefix: str, folder: Path
) -> Iterator[PydanticBaseSettingsSource]:
    """The variables with a prefix, and the files where there is such a folder."""
    yield EnvSettingsSource(settings_cls, env_prefix=prefix)
    if folder.is_dir():
        _check_files(settings_cls, prefix, folder)
        yield SecretsSettingsSource(settings_cls, secrets_dir=folder, env_prefix=prefix)


def _check_files(settings_cls: type[BaseSettings], prefix: str, folder: Path) -> None:
    """Raises StopTheLine for a setting that is a variable too: whoever puts a new key into one of
    the two would find the old one still in force. And for a file that cannot be read: the reason
    would be lost on the way up."""
    files = {each.name.upper(): each for each in folder.iterdir()}
    for field in settings_cls.model_fields:
        name = f"{prefix}{field.upper()}"
        if name in files:
            if name in os.environ:
                raise StopTheLine(
                    f"{name} is given as a variable and as a file in {folder}: take one away."
                )
            _check_file(files[name])


def _check_file(path: Path) -> None:
    try:
        path.read_text("utf-8")
    except OSError as error:
        raise StopTheLine(f"{path} is a setting and cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise StopTheLine(f"{path} is a setting and must be text in UTF-8.") from None


class ServiceSettings(ProcessSettings):
    """What a service needs besides, because it has a database and stands on the stream."""

    database_url: SecretStr
    """``postgresql://role:password@host:port/database``"""
    database_pool: int = 8
    """Connections to the database that one process may open."""
    kafka_bootstrap_servers: str
    """``host:port`` of brokers, with commas between."""
    kafka_idempotence: bool = True
    """Off only where the broker cannot (the embedded one)."""
    kafka_topic: str = "crm.complaints.v1"
    """The one stream of all events."""
    kafka_partitions: Annotated[int, Field(ge=1)] = 12
    """Partitions of the topic; another number is a rebuild of the stream."""
    kafka_retention_ms: int = 2_592_000_000
    """As the topic is to have them; a service that hears says when it has not."""
    kafka_session_seconds: Annotated[float, Field(ge=1)] = 6.0
    """A consumer that died holds its partitions for so long. Kafka by itself takes 6 s or more."""
    kafka_fetch_min_bytes: FetchBytes = 65_536
    """The broker lets records gather until there are so many bytes of them."""
    kafka_fetch_max_wait_ms: FetchWait = 150
    """Or so many milliseconds have passed."""
    relay_lease_seconds: Annotated[float, Field(ge=1)] = 6.0
    """A relay that died holds its shards for so long, and a third of it longer at most."""
    batch_size: Annotated[int, Field(ge=1)] = 500
    """Events per transaction of the consume loop, at most."""
