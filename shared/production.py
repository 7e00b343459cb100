"""What is good for trying out and must not be in production.

All of it is found at once: whoever deploys corrects it in one go. A sentence names the setting and
what to do, and never what was set.
"""

from collections.abc import Iterator

from shared.database_url import hosts, options
from shared.errors import StopTheLine
from shared.key_ring import has_development_key
from shared.settings import ProcessSettings, ServiceSettings

REPLICATION_FACTOR = 3
MIN_INSYNC_REPLICAS = 2
"""Of three: an event outlives any broker, and any one of them may rest."""

TRIAL_ISSUER = "crm-local"
"""The issuer of a local stack makes an officer of whoever asks."""

VERIFIED = "verify-full"


def refuse_unfit(settings: ProcessSettings) -> None:
    """Raises StopTheLine, a line for each finding, where production is said and not meant."""
    if settings.environment == "production" and (found := list(findings(settings))):
        raise StopTheLine("\n".join(found))


def findings(settings: ProcessSettings) -> Iterator[str]:
    """A sentence for each setting that is not fit for production."""
    if settings.fault is not None:
        yield "CRM_FAULT ends the process in the middle of its work: take it away."
    if settings.operator_issuer == TRIAL_ISSUER:
        yield (
            "CRM_OPERATOR_ISSUER is the issuer of a stack for trying out, where anybody is an"
            " officer: name the city's."
        )
    yield from _of_keys(settings)
    yield from settings.unfit()
    if isinstance(settings, ServiceSettings):
        yield from _of_database(settings.database_url.get_secret_value())
        yield from _of_kafka(settings)
        yield from _of_topic(settings)


def _of_keys(settings: ProcessSettings) -> Iterator[str]:
    for name, text in settings.told().items():
        if has_development_key(text):
            yield (
                f"CRM_{name.upper()} has a key for trying out, whose id begins with dev-: make the"
                " installation's own by crm secrets new, or crm keys add, use and retire."
            )


def _of_database(url: str) -> Iterator[str]:
    # A socket of the file system leads to this machine alone.
    sockets = all(host.startswith(("/", "%2F")) for host in hosts(url))
    if options(url).get("sslmode") != VERIFIED and not sockets:
        yield (
            "CRM_DATABASE_URL must say sslmode=verify-full and sslrootcert=FILE, the authorities:"
            " else who stands between is taken for the database."
        )


def _of_kafka(settings: ServiceSettings) -> Iterator[str]:
    protocol = settings.kafka_security_protocol
    if not protocol.endswith("SSL"):
        yield (
            "CRM_KAFKA_SECURITY_PROTOCOL must be SASL_SSL, or SSL with a certificate of our own:"
            " plain text can be read and changed on its way."
        )
    if protocol == "SSL" and settings.kafka_client_certificate_file is None:
        yield (
            "CRM_KAFKA_CLIENT_CERTIFICATE_FILE must be given with the protocol SSL, or the protocol"
            " be SASL_SSL: a Kafka that does not ask who we are asks nobody."
        )
    if not settings.kafka_idempotence:
        yield (
            "CRM_KAFKA_IDEMPOTENCE must be true: without it a broken connection doubles events and"
            " changes their order."
        )


def _of_topic(settings: ServiceSettings) -> Iterator[str]:
    if settings.kafka_replication_factor < REPLICATION_FACTOR:
        yield (
            f"CRM_KAFKA_REPLICATION_FACTOR must be {REPLICATION_FACTOR} or more, and the topic be"
            " on as many brokers: a disk that fails would take events with it."
        )
    if settings.kafka_min_insync_replicas < MIN_INSYNC_REPLICAS:
        yield (
            f"CRM_KAFKA_MIN_INSYNC_REPLICAS must be {MIN_INSYNC_REPLICAS} or more: an event that"
            " one broker alone has would count as sent."
        )
    elif settings.kafka_min_insync_replicas >= settings.kafka_replication_factor:
        yield (
            "CRM_KAFKA_MIN_INSYNC_REPLICAS must be less than CRM_KAFKA_REPLICATION_FACTOR: no"
            " broker could be restarted without a stop of the stream."
        )
