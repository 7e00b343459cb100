"""Brokers for tests: Apache Kafka where Java and Maven can provide it, else the embedded one."""

from pathlib import Path

from deploy.local.broker import ApacheKafka, EmbeddedBroker, apache_available

LIBRARIES = Path(__file__).resolve().parent.parent / ".crm" / "kafka" / "libs"
"""Kafka's jars are fetched once and kept beside those of the local stack."""


def apache(home: Path) -> ApacheKafka:
    return ApacheKafka(home, libraries=LIBRARIES)


def best_broker(home: Path) -> ApacheKafka | EmbeddedBroker:
    """The broker that integration and end-to-end tests run on."""
    return EmbeddedBroker(home) if apache_available() else apache(home)


def notice() -> str:
    """What the summary of a test run says about the broker."""
    reason = apache_available()
    if reason is None:
        return "broker: Apache Kafka 4.3.1 (and the embedded one in the contract suite)"
    return f"broker: EMBEDDED ONLY, NOTHING WAS TESTED ON APACHE KAFKA: {reason}"
