"""Where the database is, as `CRM_DATABASE_URL` says it: read by the driver itself.

SQLAlchemy's reading of a URL knows neither ``sslmode`` nor several hosts. The driver reads what
PostgreSQL's own clients do, but only when it connects, and its words may repeat the URL.
"""

import ssl
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

from shared.errors import StopTheLine
from shared.starting import read_file, refuse_file

SETTING = "CRM_DATABASE_URL"
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
SESSIONS = ("any", "primary", "standby", "read-write", "read-only", "prefer-standby")
_FILES = ("sslrootcert", "sslcert", "sslkey")
_DRIVER = "postgresql+asyncpg://"


def check(url: str, setting: str = SETTING) -> None:
    """Raises StopTheLine where the URL cannot be meant; nothing of it is quoted but its files.
    ``setting``: the one that says it."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise StopTheLine(f"{setting} must be postgresql://role:password@host:port/database.")
    said = options(url)
    for name, known in (("sslmode", SSL_MODES), ("target_session_attrs", SESSIONS)):
        if said.get(name, known[0]) not in known:
            raise StopTheLine(f"{setting}: {name} must be one of {', '.join(known)}.")
    for name in _FILES:
        if name in said:
            read_file(f"{setting} ({name})", Path(said[name]))
    if "sslrootcert" in said:
        _check_authorities(setting, Path(said["sslrootcert"]))


def _check_authorities(setting: str, path: Path) -> None:
    try:
        ssl.create_default_context(cafile=path)
    except (ssl.SSLError, ValueError) as error:
        raise refuse_file(f"{setting} (sslrootcert)", path, "not certificates in PEM") from error


def options(url: str) -> dict[str, str]:
    """What stands behind the question mark; of what is said twice the last counts."""
    return {name: values[-1] for name, values in parse_qs(urlsplit(url).query).items()}


def hosts(url: str) -> list[str]:
    """With their ports, as they stand there; more than one where a failover is to be followed."""
    named = [urlsplit(url).netloc.rpartition("@")[2], options(url).get("host", "")]
    return [host for each in named if each for host in each.split(",")]


def engine_url(url: str) -> str:
    """For SQLAlchemy, which has no words for several hosts: then it is told the driver alone."""
    if len(hosts(url)) > 1:
        return _DRIVER
    plain = urlunsplit(urlsplit(url)._replace(query=""))
    return _DRIVER + plain.partition("://")[2]


def driver_arguments(url: str) -> dict[str, Any]:
    """For the driver. Of several hosts the one is taken that takes writes, unless the URL says
    otherwise: a standby would refuse everything that a service does."""
    if len(hosts(url)) > 1 and "target_session_attrs" not in options(url):
        return {"dsn": url, "target_session_attrs": "read-write"}
    return {"dsn": url}
