"""Building blocks of the services' settings; the only file besides them that reads the environment.

Each field is looked for as ``CRM_<SERVICE>_<FIELD>`` first, then as ``CRM_<FIELD>``: what all
processes share is said once, what is one's own (database, port, key) is given to that one alone.
Either name may be a variable, or a file in the folder of secrets: variables are seen by whoever may
look at the process, and are handed on to its children.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, IPvAnyNetwork, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from shared.errors import StopTheLine
from shared.key_ring import first_text

SECRETS_DIR = "CRM_SECRETS_DIR"
"""The variable that names another folder than the containers' own."""
_SECRETS = "/run/secrets"

Port = Annotated[int, Field(ge=0, le=65535)]
PublicUrl = Annotated[str, Field(pattern=r"^https?://[^\s?#/]+[^\s?#]*$")]
"""An address that people's browsers and other systems reach us by."""

FetchBytes = Annotated[int, Field(ge=1)]
FetchWait = Annotated[int, Field(ge=1, le=2_000)]
"""Milliseconds; a consumer takes a broker that is silent for five seconds to be away."""

PoolMode = Literal["session", "transaction"]
SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
SaslMechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"]


def secrets_folder() -> Path:
    """Where files of settings lie, if there is such a folder."""
    return Path(os.environ.get(SECRETS_DIR, _SECRETS))


class FoundSettings(BaseSettings):
    """Settings that are variables, or files in the folder of secrets."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    @classmethod
    def prefixes(cls) -> tuple[str, ...]:
        """With what the names of variables and files begin, the first that is found holds."""
        return ("CRM_",)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        folder = secrets_folder()
        by_name = (
            each for prefix in cls.prefixes() for each in _sources(settings_cls, prefix, folder)
        )
        return init_settings, *by_name


class ProcessSettings(FoundSettings):
    """What every process needs, also one without a database and a stream; its own class adds its
    own and names itself."""

    service: ClassVar[str]

    environment: Literal["development", "production"] = "development"
    """In production a process refuses to start with what is for trying out alone: see the
    operators' guide."""
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
    """Base64 of this process's raw Ed25519 private key: it signs calls to other services. Several
    keys (operators' guide, keys): the first signs."""
    service_public_keys: dict[str, str] = {}
    """Base64 of the raw Ed25519 public key of each caller, by name; of several any verifies."""
    derivation_key: SecretStr = SecretStr("")
    """What must outlive ``service_key`` is derived from it: signatures of pages and of case files,
    agencies' webhooks, the draw of cases. Empty: from ``service_key``, as long as it is one."""
    otlp_endpoint: PublicUrl | Literal[""] = ""
    """Collector of traces by OTLP over HTTP (``http://collector:4318``); spans are sent to
    ``/v1/traces`` below it. Needs the extra ``otel``. Empty: none is made."""
    fault: str | None = None
    """Where in its work the process ends itself, for trials of crashes; never in operation."""
    log_level: str = "INFO"
    """``DEBUG``, ``INFO``, ``WARNING`` or ``ERROR``."""
    stop_seconds: float = 6.5
    """An ordered stop takes no longer than this, whatever is away; with what comes after it the
    process is gone within 10 s, also on a busy machine."""

    def told(self) -> dict[str, str]:
        """By name what is text in these settings, secrets among it."""
        found = ((name, getattr(self, name)) for name in type(self).model_fields)
        return {name: _text(value) for name, value in found}

    def unfit(self) -> Iterator[str]:
        """A sentence for each setting of this process alone that is not fit for production
        (shared/production.py has those of all)."""
        yield from ()

    @property
    def derived_from(self) -> str:
        """The secret that lasting keys are derived from; empty where there is none."""
        return self.derivation_key.get_secret_value() or first_text(
            self.service_key.get_secret_value()
        )

    @classmethod
    def prefixes(cls) -> tuple[str, ...]:
        return (f"CRM_{cls.service.upper()}_", "CRM_")


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


class KafkaSettings(FoundSettings):
    """What the topic is to be like, and how we and Kafka know each other; services and `crm`
    alike. A service that hears says when the topic is otherwise."""

    kafka_retention_ms: int = 2_592_000_000
    """The topic keeps events for so long, or longer."""
    kafka_replication_factor: Annotated[int, Field(ge=1)] = 1
    """On so many brokers it lies, or on more. In production 3."""
    kafka_min_insync_replicas: Annotated[int, Field(ge=1)] = 1
    """So many of them have an event before it counts as sent, or more. In production 2."""

    kafka_security_protocol: SecurityProtocol = "PLAINTEXT"
    """As Kafka's own clients have it: ``SSL`` is TLS, ``SASL`` says that we tell who we are."""
    kafka_ca_file: Path | None = None
    """Authorities that sign the brokers' certificates, in PEM; without it those of the system."""
    kafka_sasl_mechanism: SaslMechanism = "SCRAM-SHA-512"
    """How we tell who we are."""
    kafka_username: str = ""
    """The user; with ``OAUTHBEARER`` the client's id at the issuer of tokens."""
    kafka_password: SecretStr = SecretStr("")
    """The user's password; with ``OAUTHBEARER`` the client's secret."""
    kafka_token_endpoint: PublicUrl | Literal[""] = ""
    """Of ``OAUTHBEARER``: where tokens are given for client credentials (RFC 6749, 4.4)."""
    kafka_token_scope: str = ""
    """The scope that is asked for there, where the issuer wants one."""
    kafka_client_certificate_file: Path | None = None
    """Our own certificate and its chain, in PEM, where brokers want one."""
    kafka_client_key_file: Path | None = None
    """Its private key, in PEM and without a password."""

    @model_validator(mode="after")
    def _are_of_one_piece(self) -> Self:
        """A password that the protocol never uses would look like protection."""
        wrong = [*self._lacking(), *self._unused()]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _lacking(self) -> list[str]:
        if (self.kafka_client_certificate_file is None) != (self.kafka_client_key_file is None):
            pair = "CRM_KAFKA_CLIENT_CERTIFICATE_FILE and CRM_KAFKA_CLIENT_KEY_FILE"
            return [f"{pair} are given together or not at all"]
        if not self.kafka_security_protocol.startswith("SASL"):
            return []
        needed = {"USERNAME": self.kafka_username, "PASSWORD": self.kafka_password}
        if self.kafka_sasl_mechanism == "OAUTHBEARER":
            needed["TOKEN_ENDPOINT"] = self.kafka_token_endpoint
        return [
            f"CRM_KAFKA_{name} must be given, for CRM_KAFKA_SECURITY_PROTOCOL has SASL"
            for name, value in needed.items()
            if not value
        ]

    def _unused(self) -> list[str]:
        protocol = self.kafka_security_protocol
        of_sasl = {"USERNAME": self.kafka_username, "PASSWORD": self.kafka_password}
        of_tls = {"CA_FILE": self.kafka_ca_file, "CLIENT_KEY_FILE": self.kafka_client_key_file}
        given = {} if protocol.startswith("SASL") else of_sasl
        given |= {} if protocol.endswith("SSL") else of_tls
        return [
            f"CRM_KAFKA_{name} is given, and CRM_KAFKA_SECURITY_PROTOCOL makes no use of it"
            for name, value in given.items()
            if value
        ]

    def kafka_variables(self) -> dict[str, str]:
        """What was set of these, as variables for a process that is told all its settings."""
        return {
            f"CRM_{name.upper()}": _as_variable(getattr(self, name))
            for name, field in KafkaSettings.model_fields.items()
            if getattr(self, name) != field.default
        }


def _text(value: object) -> str:
    """What can be read of a value; of what is neither text nor made of it, nothing."""
    match value:
        case SecretStr():
            return value.get_secret_value()
        case str():
            return value
        case dict():
            return " ".join(map(_text, value.values()))
        case tuple():
            return " ".join(map(_text, value))
        case _:
            return ""


def _as_variable(value: object) -> str:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case Path():
            return str(value.absolute())
        case _:
            return str(value)


class ServiceSettings(ProcessSettings, KafkaSettings):
    """What a service needs besides, because it has a database and stands on the stream."""

    database_url: SecretStr
    """``postgresql://role:password@host:port/database``, with ``?sslmode=verify-full&sslrootcert=``
    and several hosts with commas between, as PostgreSQL's own clients read it."""
    database_pool: int = 8
    """Connections to the database that one process may open."""
    database_pool_mode: PoolMode = "session"
    """``transaction`` behind a pooler that lends its connections for a transaction alone, as
    PgBouncer's ``pool_mode`` says it."""
    kafka_bootstrap_servers: str
    """``host:port`` of brokers, with commas between."""
    kafka_idempotence: bool = True
    """Off only where the broker cannot (the embedded one)."""
    kafka_topic: str = "crm.complaints.v1"
    """The one stream of all events."""
    kafka_partitions: Annotated[int, Field(ge=1)] = 12
    """Partitions of the topic; another number is a rebuild of the stream."""
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
