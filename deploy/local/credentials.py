"""Every secret of a local stack, made once; and what each process is told of it.

The file is `CRM_HOME/credentials.json`, readable by its owner only. `environment` is the one
place that decides who learns what: a process gets its own role, its own key and what its
work needs, nothing else.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pydantic import BaseModel, ConfigDict, ValidationError

from deploy.local.ports import LOOPBACK
from deploy.local.process import ProcessFailed
from deploy.services import NAMES, WITH_DATABASE, service_of
from shared.clock import system_clock
from shared.key_ring import DEVELOPMENT, first_text
from shared.production import TRIAL_ISSUER
from shared.shared_keys import CODES, LOOKUP

TOPIC = "crm.complaints.v1"
OPERATOR_ISSUER = TRIAL_ISSUER
OPERATOR_AUDIENCE = "crm"
CONSOLE_CLIENT = "crm-console"
TWILIO_ACCOUNT = "AC00000000000000000000000000000001"
MAIL_ADDRESS = "dki@jakarta.go.id"

Secrets = dict[str, dict[str, str]]


_SHARED = {CODES: "tracking_code_key", LOOKUP: "tracking_lookup_key"}
"""By kind the field of the keys that both sides have."""


class KeyPair(BaseModel):
    """A raw private key and its raw public key, both base64."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    private: str
    public: str


class Credentials(BaseModel):
    """All secrets of one local stack.

    databases: login password per service; service_keys: Ed25519 per service; vault: X25519;
    tracking keys: 32 bytes hex; operator: Ed25519 of the local issuer of officers' tokens.
    The pairs of services, vault and media, and the tracking keys, are rings (`shared.key_ring`).
    derivation_keys: by service, what its lasting keys are derived from once its own was changed.
    digest_key: 32 bytes hex, by which intake hashes what must be known again; never changed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    postgres_admin_password: str
    databases: dict[str, str]
    service_keys: dict[str, KeyPair]
    vault: KeyPair
    media: KeyPair = KeyPair(private="", public="")
    """X25519; empty in a file that is older than media."""
    media_link_key: str = ""
    """32 bytes hex; empty in a file that is older than media."""
    tracking_code_key: str
    tracking_lookup_key: str
    operator: KeyPair
    channel_secrets: Secrets
    gateway_secrets: dict[str, str]
    console_session_key: str = ""
    """Base64 of 32 bytes; empty in a file that is older than the console."""
    derivation_keys: dict[str, str] = {}
    digest_key: str = ""
    """Empty in a file that is older than it: the look-up key of that time."""

    @classmethod
    def load(cls, home: Path) -> Credentials:
        """Reads the file of this home; makes it first when there is none."""
        path = home / "credentials.json"
        if not path.exists():
            home.mkdir(parents=True, exist_ok=True)
            write_private(path, _of_development().model_dump_json(indent=2), once=True)
        try:
            found = cls.model_validate_json(path.read_bytes())
        except ValidationError as error:
            raise ProcessFailed(
                f"{path} is damaged or of another version: bring the right file back, or move "
                f"{home} away to start anew"
            ) from error
        complete = found.completed()
        if complete != found:
            write_private(path, complete.model_dump_json(indent=2))
        return complete

    def completed(self) -> Credentials:
        """These secrets, and new ones for services and gateways that are younger than the file."""
        new = _of_development()
        return self.model_copy(
            update={
                "databases": new.databases | self.databases,
                "service_keys": new.service_keys | self.service_keys,
                "gateway_secrets": new.gateway_secrets | self.gateway_secrets,
                "media": self.media if self.media.private else new.media,
                "media_link_key": self.media_link_key or new.media_link_key,
                "console_session_key": self.console_session_key or new.console_session_key,
                "digest_key": self.digest_key or first_text(self.tracking_lookup_key),
            }
        )

    def named(self, prefix: str, day: datetime) -> Credentials:
        """The same, with ids for keys that have none. prefix: with what ids begin."""

        def new_id() -> str:
            return f"{prefix}{day:%Y%m%d}-{secrets.token_hex(3)}"

        def pair(own: KeyPair) -> KeyPair:
            if not own.private or ":" in own.private:
                return own
            key_id = new_id()
            return KeyPair(private=f"{key_id}:{own.private}", public=f"{key_id}:{own.public}")

        def single(own: str) -> str:
            return own if ":" in own else f"{new_id()}:{own}"

        services = {name: pair(own) for name, own in self.service_keys.items()}
        return self.model_copy(
            update={
                "service_keys": services,
                "vault": pair(self.vault),
                "media": pair(self.media),
                "tracking_code_key": single(self.tracking_code_key),
                "tracking_lookup_key": single(self.tracking_lookup_key),
            }
        )

    def private_of(self, service: str | None, kind: str) -> str:
        """The ring of private halves: of a service's own key, or of what is sealed (`kind`); that
        of keys which both sides have."""
        if kind in _SHARED:
            ring: str = getattr(self, _SHARED[kind])
            return ring
        pair: KeyPair = self.service_keys[service] if service else getattr(self, kind)
        return pair.private

    def with_ring(self, service: str | None, kind: str, private: str, public: str) -> Credentials:
        """The same with other keys of that kind."""
        if kind in _SHARED:
            return self.model_copy(update={_SHARED[kind]: private})
        pair = KeyPair(private=private, public=public)
        changed = (
            {"service_keys": {**self.service_keys, service: pair}} if service else {kind: pair}
        )
        return self.model_copy(update=changed)

    def derived_from(self, service: str) -> str:
        """What the lasting keys of a service are derived from."""
        own = self.derivation_keys.get(service)
        return own or first_text(self.service_keys[service].private)

    def pinned(self, service: str) -> Credentials:
        """The same, so that another key of the service changes nothing that lasts."""
        pins = {**self.derivation_keys, service: self.derived_from(service)}
        return self.model_copy(update={"derivation_keys": pins})

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The operator issuer's public key as a JSON Web Key Set (RFC 8037)."""
        raw = base64.b64decode(self.operator.public)
        encoded = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        key = {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "x": encoded}
        return {"keys": [{**key, "kid": self.operator_key_id()}]}

    def operator_key_id(self) -> str:
        """Names the issuer's key in the JWKS and in the tokens it signs."""
        return hashlib.sha256(base64.b64decode(self.operator.public)).hexdigest()[:16]


def write_private(path: Path, text: str, *, once: bool = False) -> None:
    """Writes a file only its owner can read, whole or not at all; `once`: the first one stays."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as sink:
            sink.write(text)
            sink.flush()
            os.fsync(sink.fileno())
        if once:
            # Two first starts may come at once. A link fails where a file is, a rename replaces it.
            with contextlib.suppress(FileExistsError):
                os.link(part, path)
        else:
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _of_development() -> Credentials:
    """What must never come into production is known by the ids of its keys."""
    return generate().named(DEVELOPMENT, system_clock())


def generate() -> Credentials:
    """Fresh secrets for a new local stack."""
    return Credentials(
        postgres_admin_password=secrets.token_urlsafe(24),
        databases={name: secrets.token_urlsafe(24) for name in WITH_DATABASE},
        service_keys={name: _ed25519() for name in NAMES},
        vault=_x25519(),
        media=_x25519(),
        media_link_key=secrets.token_hex(32),
        tracking_code_key=secrets.token_hex(32),
        tracking_lookup_key=secrets.token_hex(32),
        digest_key=secrets.token_hex(32),
        operator=_ed25519(),
        channel_secrets=_channel_secrets(),
        gateway_secrets=_gateway_secrets(),
        console_session_key=_encode(secrets.token_bytes(32)),
    )


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _ed25519() -> KeyPair:
    key = Ed25519PrivateKey.generate()
    return KeyPair(
        private=_encode(key.private_bytes_raw()),
        public=_encode(key.public_key().public_bytes_raw()),
    )


def _x25519() -> KeyPair:
    key = X25519PrivateKey.generate()
    return KeyPair(
        private=_encode(key.private_bytes_raw()),
        public=_encode(key.public_key().public_bytes_raw()),
    )


def _channel_secrets() -> Secrets:
    new = secrets.token_hex
    meta = {"app_secret": new(16), "verify_token": new(16)}
    governor_meta = {"app_secret": new(16), "verify_token": new(16)}
    return {
        "jaki": {"api_key": new(24)},
        "qlue": {"api_key": new(24)},
        "twitter": {"consumer_secret": new(25), "account_id": "1000000001"},
        "facebook": {**meta, "page_id": "1000000002"},
        "email": {"recipient": MAIL_ADDRESS},
        "balai_warga": {"api_key": new(24), "csrf_key": new(32)},
        "lapor_1708": {"api_key": new(24)},
        "sms": {
            "kannel_secret": new(16),
            "twilio_auth_token": new(16),
            "infobip_api_key": new(24),
            "whatsapp_app_secret": new(16),
            "whatsapp_verify_token": new(16),
        },
        "gubernur": {
            "consumer_secret": new(25),
            "account_id": "1000000003",
            **governor_meta,
            "page_id": "1000000004",
        },
    }


def _gateway_secrets() -> dict[str, str]:
    keys = ("qlue", "twitter", "facebook", "sms", "lapor_1708", "printer", "whatsapp_media",
            "twilio_media")  # fmt: skip
    made = {name: secrets.token_hex(24) for name in keys}
    made["gubernur_twitter"] = secrets.token_hex(24)
    made["gubernur_meta"] = secrets.token_hex(24)
    for receiver in ("jaki", "qlue_webhook", "lapor_1708_webhook"):
        # Standard Webhooks: the prefix and 24 to 64 random bytes in base64.
        made[receiver] = "whsec_" + _encode(secrets.token_bytes(32))
    return made


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where everything of one running stack listens.

    databases: URL by service, for those that have a schema. ports: by service, of the HTTP door
    that others call; a replica has a port of its own under its own name. hosts: by service, and of
    `outside`; a name that is missing is on this machine. listen: the address that services bind.
    opened: by service, and of `outside`, the port of this machine at which browsers find it, where
    that is another one. pictures: the folder in which media lays its objects. erasures:
    the folder in which intake lists whom it erases. kafka: the
    variables by which a process and a Kafka that is not ours know each other.
    """

    databases: Mapping[str, str]
    bootstrap: str
    idempotence: bool
    ports: Mapping[str, int]
    smtp_port: int
    outside_port: int
    outside_smtp_port: int
    topic: str = TOPIC
    hosts: Mapping[str, str] = field(default_factory=dict)
    listen: str = LOOPBACK
    opened: Mapping[str, int] = field(default_factory=dict)
    pictures: Path = Path("/var/lib/crm/pictures")
    erasures: Path = Path("/var/lib/crm/erasures")
    kafka: Mapping[str, str] = field(default_factory=dict)

    def page(self, name: str) -> str:
        """Where a browser finds one service's pages, or the outside world's. Browsers are on this
        machine, wherever the services are."""
        own = self.outside_port if name == "outside" else self.ports[name]
        return f"http://{LOOPBACK}:{self.opened.get(name, own)}"

    def host(self, name: str) -> str:
        """The host of one service, or of the outside world."""
        return self.hosts.get(name, LOOPBACK)

    def url(self, service: str) -> str:
        """Base address of one service's HTTP door."""
        return f"http://{self.host(service)}:{self.ports[service]}"

    @property
    def outside_url(self) -> str:
        """Base address of the outside world in a box."""
        return f"http://{self.host('outside')}:{self.outside_port}"


def gateways(credentials: Credentials, at: Addresses) -> dict[str, dict[str, str | int]]:
    """The notify service's gateways, all of them standing in the outside world's box."""
    key, base = credentials.gateway_secrets, at.outside_url
    return {
        "jaki": {"url": f"{base}/jaki/webhook", "secret": key["jaki"]},
        "qlue": {
            "url": f"{base}/qlue/webhook",
            "api_key": key["qlue"],
            "secret": key["qlue_webhook"],
        },
        "twitter": {"url": f"{base}/x", "token": key["twitter"]},
        "facebook": {"url": f"{base}/meta", "token": key["facebook"]},
        "smtp": {"host": at.host("outside"), "port": at.outside_smtp_port, "sender": MAIL_ADDRESS},
        "sms": {"url": f"{base}/sms/messages", "api_key": key["sms"]},
        "lapor_1708": {
            "url": f"{base}/lapor",
            "api_key": key["lapor_1708"],
            "secret": key["lapor_1708_webhook"],
        },
        "printer": {"url": f"{base}/printer/receipts", "api_key": key["printer"]},
        "gubernur": {
            "twitter_url": f"{base}/x",
            "twitter_token": key["gubernur_twitter"],
            "meta_url": f"{base}/meta",
            "meta_token": key["gubernur_meta"],
        },
    }


def outside_environment(credentials: Credentials, at: Addresses, home: Path) -> dict[str, str]:
    """What the outside world is told: the gateways' secrets, and the issuer's key."""
    known = {
        "gateways": credentials.gateway_secrets,
        "jwks": credentials.jwks(),
        "issuer": {
            "name": OPERATOR_ISSUER,
            "audience": OPERATOR_AUDIENCE,
            "key": credentials.operator.private,
            "key_id": credentials.operator_key_id(),
            "page": at.page("outside"),
            "clients": {CONSOLE_CLIENT: f"{at.page('console')}/masuk/kembali"},
        },
    }
    return {
        "CRM_OUTSIDE_HOST": at.listen,
        "CRM_OUTSIDE_HTTP_PORT": str(at.outside_port),
        "CRM_OUTSIDE_SMTP_PORT": str(at.outside_smtp_port),
        "CRM_OUTSIDE_SECRETS": json.dumps(known),
        "CRM_OUTSIDE_HOME": str(home),
    }


def environment(name: str, credentials: Credentials, at: Addresses) -> dict[str, str]:
    """The settings of one service process, by the names its settings class reads."""
    service = service_of(name)
    public = {caller: pair.public for caller, pair in credentials.service_keys.items()}
    everyone = {
        "CRM_HTTP_HOST": at.listen,
        "CRM_HTTP_PORT": str(at.ports[name]),
        "CRM_LOG_LEVEL": "INFO",
        "CRM_OPERATOR_JWKS_URL": f"{at.outside_url}/issuer/jwks.json",
        "CRM_OPERATOR_ISSUER": OPERATOR_ISSUER,
        "CRM_OPERATOR_AUDIENCE": OPERATOR_AUDIENCE,
        "CRM_SERVICE_KEY": credentials.service_keys[service.name].private,
        "CRM_SERVICE_PUBLIC_KEYS": json.dumps(public),
        **_pinned(service.name, credentials),
    }
    record = _database_and_stream(service.name, at) if service.database else {}
    called = {f"CRM_{other.upper()}_URL": at.url(other) for other in service.calls}
    return everyone | record | called | _own(service.name, credentials, at)


def _pinned(service: str, credentials: Credentials) -> dict[str, str]:
    found = credentials.derivation_keys.get(service)
    return {"CRM_DERIVATION_KEY": found} if found else {}


KEY_SETTINGS = frozenset(
    {
        "CRM_SERVICE_KEY",
        "CRM_SERVICE_PUBLIC_KEYS",
        "CRM_VAULT_PUBLIC_KEY",
        "CRM_VAULT_PRIVATE_KEY",
        "CRM_MEDIA_PUBLIC_KEY",
        "CRM_MEDIA_PRIVATE_KEY",
        "CRM_TRACKING_CODE_KEY",
        "CRM_TRACKING_LOOKUP_KEY",
        "CRM_DIGEST_KEY",
    }
)
"""What `crm keys` changes while a process runs."""


def lay_key_files(
    home: Path,
    service: str,
    credentials: Credentials,
    without: Collection[str] = (),
    *,
    only_there: bool = False,
) -> Path:
    """Writes the settings of a service that are keys as files. Returns their folder. without: what
    the service is told otherwise. only_there: those alone that it was told by files before."""
    folder = home / "keys" / service
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, value in _keys_of(service, credentials).items():
        path = folder / name
        if name in without:
            path.unlink(missing_ok=True)
        elif path.exists() or not only_there:
            write_private(path, value)
    return folder


def _keys_of(service: str, credentials: Credentials) -> dict[str, str]:
    nowhere = Addresses(
        dict.fromkeys(WITH_DATABASE, ""), "", idempotence=True, ports=dict.fromkeys(NAMES, 0),
        smtp_port=0, outside_port=0, outside_smtp_port=0,
    )  # fmt: skip
    told = environment(service, credentials, nowhere)
    return {name: value for name, value in told.items() if name in KEY_SETTINGS}


def _database_and_stream(name: str, at: Addresses) -> dict[str, str]:
    from deploy.local.broker.topics import topics

    [stream] = topics()
    return {
        "CRM_DATABASE_URL": at.databases[name],
        "CRM_KAFKA_BOOTSTRAP_SERVERS": at.bootstrap,
        "CRM_KAFKA_IDEMPOTENCE": "true" if at.idempotence else "false",
        "CRM_KAFKA_TOPIC": at.topic,
        "CRM_KAFKA_PARTITIONS": str(stream.partitions),
        "CRM_KAFKA_RETENTION_MS": str(stream.retention_ms),
        "CRM_KAFKA_REPLICATION_FACTOR": str(stream.replication_factor),
        "CRM_KAFKA_MIN_INSYNC_REPLICAS": str(stream.min_insync_replicas),
        **at.kafka,
    }


def _of_intake(credentials: Credentials, at: Addresses) -> dict[str, str]:
    return {
        # glibc gives blocks of this size back to the system when they are freed (decision 0072).
        "MALLOC_MMAP_THRESHOLD_": "65536",
        "CRM_SMTP_HOST": at.listen,
        "CRM_SMTP_PORT": str(at.smtp_port),
        "CRM_TRACKING_PAGE": at.page("tracking"),
        "CRM_VAULT_PUBLIC_KEY": credentials.vault.public,
        "CRM_MEDIA_PUBLIC_KEY": credentials.media.public,
        "CRM_TRACKING_CODE_KEY": credentials.tracking_code_key,
        "CRM_TRACKING_LOOKUP_KEY": credentials.tracking_lookup_key,
        "CRM_CHANNEL_SECRETS": json.dumps(credentials.channel_secrets),
        "CRM_ERASURE_LIST": at.erasures.as_uri(),
        "CRM_DIGEST_KEY": credentials.digest_key,
    }


def _of_vault(credentials: Credentials, at: Addresses) -> dict[str, str]:
    return {
        "CRM_VAULT_PRIVATE_KEY": credentials.vault.private,
        "CRM_TRACKING_CODE_KEY": credentials.tracking_code_key,
    }


def _of_media(credentials: Credentials, at: Addresses) -> dict[str, str]:
    return {
        "CRM_MEDIA_PRIVATE_KEY": credentials.media.private,
        "CRM_MEDIA_LINK_KEY": credentials.media_link_key,
        "CRM_MEDIA_PUBLIC_URL": at.page("media"),
        "CRM_STORE_URL": at.pictures.as_uri(),
        # The platforms are played on this machine, and nothing else of it is asked for pictures.
        "CRM_FETCH_LOCAL_HOSTS": json.dumps([f"{at.host('outside')}:{at.outside_port}"]),
        "CRM_WHATSAPP_URL": f"{at.outside_url}/whatsapp/v23.0",
        "CRM_WHATSAPP_TOKEN": credentials.gateway_secrets["whatsapp_media"],
        "CRM_TWILIO_ACCOUNT": TWILIO_ACCOUNT,
        "CRM_TWILIO_TOKEN": credentials.gateway_secrets["twilio_media"],
    }


def _of_notify(credentials: Credentials, at: Addresses) -> dict[str, str]:
    return {"CRM_GATEWAYS": json.dumps(gateways(credentials, at))}


def _of_tracking(credentials: Credentials, at: Addresses) -> dict[str, str]:
    return {
        "CRM_TRACKING_LOOKUP_KEY": credentials.tracking_lookup_key,
        "CRM_MEDIA_PUBLIC_URL": at.page("media"),
        "CRM_FORM_PAGE": f"{at.page('intake')}/v1/channels/balai_warga/form",
    }


def _of_console(credentials: Credentials, at: Addresses) -> dict[str, str]:
    return {
        "CRM_PUBLIC_URL": at.page("console"),
        "CRM_ISSUER_URL": f"{at.outside_url}/issuer",
        "CRM_CLIENT_ID": CONSOLE_CLIENT,
        "CRM_SESSION_KEYS": json.dumps([credentials.console_session_key]),
        "CRM_MEDIA_PUBLIC_URL": at.page("media"),
        "CRM_TRACKING_PAGE": at.page("tracking"),
    }


def _of_routing() -> dict[str, str]:
    return {
        # An agency's system that is tried out stands on this machine.
        "CRM_WEBHOOK_LOCAL_HOSTS": json.dumps([f"{LOOPBACK}:*", "localhost:*"]),
        # A demonstration ends the same way each time: none of its cases is drawn by lot.
        "CRM_SITE_CHECK_SHARE": "0",
    }


def _own(name: str, credentials: Credentials, at: Addresses) -> dict[str, str]:
    """What one service alone is told."""
    match name:
        case "routing":
            return _of_routing()
        case "intake":
            return _of_intake(credentials, at)
        case "vault":
            return _of_vault(credentials, at)
        case "media":
            return _of_media(credentials, at)
        case "notify":
            return _of_notify(credentials, at)
        case "tracking":
            return _of_tracking(credentials, at)
        case "console":
            return _of_console(credentials, at)
        case _:
            return {}
