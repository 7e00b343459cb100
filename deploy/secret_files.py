"""`crm secrets new`: fresh secrets for an installation, one folder for each process.

Each file is named as the setting that it holds. A folder becomes what its process alone may read:
`/run/secrets` of its container, a secret of Kubernetes. What others give to the city (platforms,
gateways, the issuer) cannot be made here and is added by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from deploy.local.credentials import Addresses, Credentials, environment, generate, write_private
from deploy.local.postgres.roles import service_url
from deploy.local.settings import setting_of
from deploy.services import NAMES, WITH_DATABASE
from shared.clock import system_clock

PREPARE = "prepare"
"""The folder of the job that makes roles, schemas and the topic."""
ARCHIVE, REBUILD = "archive", "rebuild"
"""Of the jobs that move old months of events into files, and that publish the stream anew. They
speak to the databases as each service's role, never as the administrator."""
JOBS = (PREPARE, ARCHIVE, REBUILD)
SECRET = frozenset(
    {
        "CRM_SERVICE_KEY",
        "CRM_SERVICE_PUBLIC_KEYS",
        "CRM_VAULT_PUBLIC_KEY",
        "CRM_VAULT_PRIVATE_KEY",
        "CRM_MEDIA_PUBLIC_KEY",
        "CRM_MEDIA_PRIVATE_KEY",
        "CRM_MEDIA_LINK_KEY",
        "CRM_TRACKING_CODE_KEY",
        "CRM_TRACKING_LOOKUP_KEY",
        "CRM_DIGEST_KEY",
        "CRM_SESSION_KEYS",
    }
)
"""Keys, and what belongs to them: a public key of another installation would be as wrong."""
_OF_THE_CITY: Mapping[str, tuple[str, ...]] = {
    "intake": ("CRM_CHANNEL_SECRETS",),
    "notify": ("CRM_GATEWAYS",),
}
"""By process what its platforms and gateways give (integrators.md, operators.md)."""
_OF_THE_BROKERS = ("CRM_KAFKA_USERNAME", "CRM_KAFKA_PASSWORD")


def to_add(process: str) -> tuple[str, ...]:
    """The files without which the process does not start and that only others can give."""
    on_stream = process in WITH_DATABASE or process in (PREPARE, REBUILD)
    return _OF_THE_CITY.get(process, ()) + (_OF_THE_BROKERS if on_stream else ())


def secret_files(credentials: Credentials, server: str) -> Mapping[str, Mapping[str, str]]:
    """By process the contents of its files by their names. ``server``: URL of the database server,
    by which an administrator's role comes in."""
    databases = {
        name: service_url(server, name, credentials.databases[name]) for name in WITH_DATABASE
    }
    at = Addresses(
        databases, "", idempotence=True, ports=dict.fromkeys(NAMES, 0), smtp_port=0,
        outside_port=0, outside_smtp_port=0,
    )  # fmt: skip
    told = {}
    for name in NAMES:
        settings = environment(name, credentials, at)
        told[name] = {key: value for key, value in settings.items() if key in SECRET}
        if name in databases:
            told[name]["CRM_DATABASE_URL"] = databases[name]
    addresses = {setting_of(name): url for name, url in databases.items()}
    told[PREPARE] = {"CRM_DATABASE_URL": server} | addresses
    return {**told, ARCHIVE: addresses, REBUILD: addresses}


def write_secret_files(folder: Path, files: Mapping[str, Mapping[str, str]]) -> None:
    """Makes the folder, which only its owner can open. Raises FileExistsError where there is one:
    a key that is replaced by mistake makes all that was sealed by it unreadable."""
    folder.mkdir(mode=0o700, parents=True)
    for process, own in files.items():
        (folder / process).mkdir(mode=0o700)
        for name, value in own.items():
            write_private(folder / process / name, value)


def new_secrets(folder: Path, server: str) -> list[Path]:
    """Writes fresh secrets into a new folder. Returns the files that are still to be added."""
    write_secret_files(folder, secret_files(generate().named("", system_clock()), server))
    return [folder / process / name for process in (*NAMES, *JOBS) for name in to_add(process)]
