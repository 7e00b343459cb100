"""What the launcher and the outside world read from the environment."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, Json
from pydantic_settings import BaseSettings, SettingsConfigDict


class LauncherSettings(BaseSettings):
    """Settings of `crm`: where local state lives, and a database server that exists already."""

    model_config = SettingsConfigDict(
        env_prefix="CRM_", frozen=True, extra="ignore", hide_input_in_errors=True
    )
    home: Path = Path(".crm")
    """The folder of the local state."""
    database_url: str | None = None
    """An administrator's URL: the launcher makes roles and a database there."""
    kafka_bootstrap_servers: str | None = None
    """Read by containers only; on one machine `crm up --broker` says it."""
    kafka_libs: Path | None = None
    """Where Apache Kafka's jars are kept; by default in the home."""


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


_BORDERS = "CRM_GEOJSON"
_OF_ALL = ("CRM_LOG_LEVEL", "CRM_TRUSTED_PROXIES", _BORDERS)


def borders_in(home: Path) -> Path:
    """Where `crm areas import` writes and a stack looks."""
    return home / "areas.geojson"


def overrides(service: str, home: Path) -> dict[str, str]:
    """Settings a person gave to one service by its own prefix, and those that are for all. Borders
    that were imported into the home go for all, unless the person names others."""
    own = f"CRM_{service.upper()}_"
    imported = borders_in(home.resolve())
    borders = {_BORDERS: str(imported)} if imported.exists() else {}
    return borders | {
        name: value for name, value in os.environ.items() if name.startswith(own) or name in _OF_ALL
    }
