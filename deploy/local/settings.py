"""What the launcher and the outside world read from the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    Json,
    SecretStr,
    ValidationError,
    create_model,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.services import WITH_DATABASE
from shared.settings import FoundSettings, KafkaSettings, ServiceSettings, secrets_folder
from shared.starting import wrong_settings_told

if TYPE_CHECKING:
    from shared.kafka_security import KafkaSecurity


class LauncherSettings(KafkaSettings):
    """Settings of `crm`: where local state lives, and servers that exist already."""

    home: Path = Path(".crm")
    """The folder of the local state."""
    database_url: str | None = None
    """An administrator's URL: the launcher makes roles and a database there."""
    kafka_bootstrap_servers: str | None = None
    """Read by containers, and by `crm bus rebuild` of databases that are given; on one machine
    `crm up --broker` says it."""
    kafka_libs: Path | None = None
    """Where Apache Kafka's jars are kept; by default in the home."""
    wal_archive: Path | None = None
    """A folder on another disk: our own PostgreSQL copies its log there each minute, so that a
    backup can be restored up to any moment."""


def launcher_settings() -> LauncherSettings:
    """Ends the command, with a line for each mistake, where they are wrong."""
    with wrong_settings_told():
        return LauncherSettings()


class PrepareSettings(ServiceSettings):
    """Settings of the job that prepares database and stream. Its own names begin with
    `CRM_PREPARE_`; `database_url` is an administrator's."""

    service: ClassVar[str] = "prepare"

    def service_urls(self) -> dict[str, str]:
        """By service the address of its role, which the job is told as `CRM_<NAME>_DATABASE_URL`.
        Raises pydantic.ValidationError naming those that are missing."""
        return _urls_in(_ServiceUrls())


def _url_of(service: str) -> str:
    return f"{service}_database_url"


def setting_of(service: str) -> str:
    """By what name the address of a service's role is given."""
    return f"CRM_{_url_of(service).upper()}"


if TYPE_CHECKING:

    class _ServiceUrls(FoundSettings):
        """One field for each service that has a database."""

else:
    _ServiceUrls = create_model(
        "ServiceUrls",
        __base__=FoundSettings,
        **{_url_of(name): (SecretStr, ...) for name in WITH_DATABASE},
    )


def _urls_in(found: _ServiceUrls) -> dict[str, str]:
    return {name: getattr(found, _url_of(name)).get_secret_value() for name in WITH_DATABASE}


def given_service_urls() -> dict[str, str] | None:
    """The same for `crm`; None where none of them is given. Ends the command where only some are,
    with a line for each that is missing."""
    with wrong_settings_told():
        try:
            return _urls_in(_ServiceUrls())
        except ValidationError as error:
            if len(error.errors()) == len(WITH_DATABASE):
                return None
            raise


def given_kafka(settings: KafkaSettings | None, kind: str) -> KafkaSettings:
    """kind: of the broker. What was set is for a Kafka that is not ours (`url`): our own brokers
    listen on this machine alone, and speak plain text."""
    return settings if settings and kind == "url" else KafkaSettings.model_construct()


def kafka_security(settings: KafkaSettings | None, kind: str) -> KafkaSecurity:
    """Raises StopTheLine where a file that is named is not what it must be."""
    from shared.clock import system_clock
    from shared.kafka_security import security_of

    return security_of(given_kafka(settings, kind), system_clock)


class IssuerSecrets(BaseModel):
    """What the local issuer of officers' tokens needs. key: base64 of the raw Ed25519 key. page:
    where browsers find it. clients: by id, where each wants its officers sent back."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    name: str
    audience: str
    key: str
    key_id: str
    page: str
    clients: dict[str, str]


class OutsideSecrets(BaseModel):
    """What the outside world must know: keys per gateway to check who calls, public JWKS, and the
    issuer's own."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    gateways: dict[str, str]
    jwks: dict[str, list[dict[str, str]]]
    issuer: IssuerSecrets | None = None


class OutsideSettings(BaseSettings):
    """Settings of `python -m deploy.rehearsal.outside`; port 0 takes a free one."""

    model_config = SettingsConfigDict(
        env_prefix="CRM_OUTSIDE_", frozen=True, extra="ignore", hide_input_in_errors=True
    )
    host: str = "127.0.0.1"
    http_port: int = Field(ge=0, le=65535)
    smtp_port: int = Field(ge=0, le=65535)
    secrets: Json[OutsideSecrets]
    home: Path


def inherited(*names: str) -> dict[str, str]:
    """Those variables of the launcher's own environment that are set, for a child process."""
    return {name: os.environ[name] for name in names if name in os.environ}


def inherited_settings() -> dict[str, str]:
    """Those variables of the own environment that are settings of a service."""
    return {name: value for name, value in os.environ.items() if name.startswith("CRM_")}


_BORDERS = "CRM_GEOJSON"
_OF_ALL = ("CRM_ENVIRONMENT", "CRM_LOG_LEVEL", "CRM_TRUSTED_PROXIES", _BORDERS)


def borders_in(home: Path) -> Path:
    """Where `crm areas import` writes and a stack looks."""
    return home / "areas.geojson"


def overrides(service: str, home: Path) -> dict[str, str]:
    """Settings a person gave to one service by its own prefix, and those that are for all, as
    variables or as files. Borders that were imported into the home go for all, unless the person
    names others."""
    own = f"CRM_{service.upper()}_"
    given = {**_files(own), **os.environ}
    imported = borders_in(home.resolve())
    borders = {_BORDERS: str(imported)} if imported.exists() else {}
    return borders | {
        name: value for name, value in given.items() if name.startswith(own) or name in _OF_ALL
    }


def _files(prefix: str) -> dict[str, str]:
    """Those of the folder of secrets. A service that a launcher starts is told all by variables:
    the folder holds what the launcher itself is told by the same names."""
    folder = secrets_folder()
    found = folder.iterdir() if folder.is_dir() else ()
    return {
        each.name: each.read_text("utf-8").strip()
        for each in found
        if each.is_file() and (each.name.startswith(prefix) or each.name in _OF_ALL)
    }
