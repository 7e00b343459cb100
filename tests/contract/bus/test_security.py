"""Kafka over TLS and SASL, on a real node: what goes through, and what an operator is told."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from deploy.local.broker import apache_available
from shared.bus import Record, Subscription, Topic, group_of
from shared.clock import system_clock
from shared.cloudevents import BusMessage
from shared.errors import Transient
from shared.kafka import KafkaProducer, KafkaSubscription, ensure_topic, settings_of
from shared.kafka_security import PLAIN_TEXT, KafkaSecurity, Refusal, security_of
from shared.rebuild import empty_topic
from shared.topic_settings import deviations
from tests.contract.bus.secured import (
    PASSWORD,
    STRANGERS_PASSWORD,
    Authority,
    SecuredKafka,
)

pytestmark = pytest.mark.skipif(
    apache_available() is not None, reason=f"Apache Kafka: {apache_available()}"
)
TOPIC = Topic("crm.secured", 2, 1, 3_600_000)


@pytest.fixture(scope="module")
async def kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SecuredKafka]:
    made = SecuredKafka(tmp_path_factory.mktemp("secured"))
    await made.start()
    await ensure_topic(made.at("CLIENT"), TOPIC, security_of(made.settings(), system_clock))
    yield made
    await made.stop()


def security(kafka: SecuredKafka, **others: Any) -> KafkaSecurity:
    return security_of(kafka.settings(**others), system_clock)


def message(number: int) -> BusMessage:
    return BusMessage(b"k", [("ce_id", str(number).encode())], b"{}")


async def goes_through(at: str, known: KafkaSecurity) -> None:
    """What is sent arrives, and the place in the log is kept."""
    sent = uuid4().bytes
    producer = KafkaProducer(at, TOPIC.name, security=known)
    reader = KafkaSubscription(at, TOPIC.name, f"g.{uuid4().hex}", 1.5, security=known)
    try:
        await producer.send([BusMessage(b"k", (), sent)])
        async with asyncio.timeout(30):
            got: Sequence[Record] = ()
            while sent not in [each.value for each in got]:
                got = await reader.fetch(500, 0.5)
        assert await reader.commit({each.partition: each.next_offset for each in got})
    finally:
        await producer.stop()
        await reader.stop()


async def fetched(reader: Subscription) -> None:
    while not await reader.fetch(1, 0.5):
        pass


async def told(at: str, known: KafkaSecurity) -> str:
    """What an administrator is told."""
    with pytest.raises(Transient) as error:
        await settings_of(at, TOPIC.name, known)
    return str(error.value)


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"])
async def test_events_go_through_with_name_and_password(
    kafka: SecuredKafka, mechanism: str
) -> None:
    await goes_through(kafka.at("CLIENT"), security(kafka, kafka_sasl_mechanism=mechanism))


async def test_events_go_through_with_a_certificate_of_our_own(kafka: SecuredKafka) -> None:
    own, key = kafka.authority.sign("crm")
    known = security(
        kafka, kafka_security_protocol="SSL", kafka_username="", kafka_password="",
        kafka_client_certificate_file=own, kafka_client_key_file=key,
    )  # fmt: skip
    await goes_through(kafka.at("PEER"), known)


async def test_a_topic_is_made_looked_at_and_emptied(kafka: SecuredKafka) -> None:
    at, known = kafka.at("CLIENT"), security(kafka)
    topic = Topic("crm.to-be-emptied", 2, 1, 3_600_000)
    await ensure_topic(at, topic, known)
    assert deviations(topic, await settings_of(at, topic.name, known)) == []
    await empty_topic(at, topic, ["nobody"], security=known)


async def test_sessions_that_end_are_begun_again_and_no_event_is_lost_or_out_of_order(
    kafka: SecuredKafka,
) -> None:
    at, known, group = kafka.at("EXPIRING"), security(kafka), f"g.{uuid4().hex}"
    topic = Topic("crm.expiring", 1, 1, 3_600_000)
    await ensure_topic(at, topic, known)
    producer = KafkaProducer(at, topic.name, security=known)
    # Longer than a busy machine keeps a heartbeat waiting: who is put out of the group reads again.
    reader = KafkaSubscription(at, topic.name, group, 20.0, security=known)
    seen: list[int] = []
    try:
        async with asyncio.timeout(40):
            for number in range(12):
                await producer.send([message(number)])
                # Twelve sends and fetches last four sessions.
                await asyncio.sleep(0.2)
                seen += [int(dict(e.headers)["ce_id"]) for e in await reader.fetch(500, 0.2)]
            while len(seen) < 12:
                seen += [int(dict(e.headers)["ce_id"]) for e in await reader.fetch(500, 0.5)]
    finally:
        await producer.stop()
        await reader.stop()
    assert seen == list(range(12))


@pytest.mark.parametrize(
    ("listener", "others", "refusal"),
    [
        ("CLIENT", {"kafka_password": "7K3M-wrong"}, Refusal.NOT_BELIEVED),
        ("CLIENT", {"kafka_username": "nobody"}, Refusal.NOT_BELIEVED),
        (
            "CLIENT", {"kafka_password": "7K3M-wrong", "kafka_sasl_mechanism": "PLAIN"},
            Refusal.NOT_BELIEVED,
        ),
        ("EXPIRING", {"kafka_sasl_mechanism": "PLAIN"}, Refusal.OTHER_MECHANISM),
        ("CLIENT", {"kafka_ca_file": "other"}, Refusal.UNKNOWN_AUTHORITY),
        ("CLIENT", {"kafka_ca_file": None}, Refusal.UNKNOWN_AUTHORITY),
        ("PLAIN", {}, Refusal.SPEAKS_NO_TLS),
        ("CLIENT", {"kafka_security_protocol": "SSL", "kafka_username": "", "kafka_password": ""},
            Refusal.WANTS_SASL),
        ("PEER", {"kafka_security_protocol": "SSL", "kafka_username": "", "kafka_password": ""},
            Refusal.WANTS_SASL),
        ("PLAIN", {"kafka_security_protocol": "SASL_PLAINTEXT", "kafka_ca_file": None},
            Refusal.KNOWS_NO_SASL),
    ],
)  # fmt: skip
async def test_what_is_set_wrong_is_told_in_a_sentence_that_names_the_setting(
    kafka: SecuredKafka, tmp_path: Path, listener: str, others: dict[str, Any], refusal: Refusal
) -> None:
    if others.get("kafka_ca_file") == "other":
        others = others | {"kafka_ca_file": Authority.new(tmp_path, "other").file}
    said = await told(kafka.at(listener), security(kafka, **others))
    assert said == refusal.value
    assert "7K3M" not in said


async def test_plain_text_to_a_port_that_wants_tls_is_told(kafka: SecuredKafka) -> None:
    assert await told(kafka.at("CLIENT"), PLAIN_TEXT) == Refusal.SPEAKS_TLS.value


async def test_a_name_outside_the_certificate_is_told_also_when_only_the_cluster_gives_it(
    kafka: SecuredKafka,
) -> None:
    at, known = kafka.at("MISNAMED"), security(kafka)
    by_address = f"127.0.0.3:{at.rpartition(':')[2]}"
    assert await told(by_address, known) == Refusal.OTHER_NAME.value
    producer = KafkaProducer(at, TOPIC.name, security=known)
    with pytest.raises(Transient) as error:
        await producer.send([message(1)])
    assert str(error.value).startswith(f"{Refusal.OTHER_NAME.value} (127.0.0.2:")


@pytest.mark.parametrize("kind", ["producer", "consumer"])
async def test_producer_and_consumer_tell_the_same_sentence(kafka: SecuredKafka, kind: str) -> None:
    at, wrong = kafka.at("CLIENT"), security(kafka, kafka_password="7K3M-wrong")
    reader = KafkaSubscription(at, TOPIC.name, "g", security=wrong)
    tries: dict[str, Callable[[], Awaitable[None]]] = {
        "producer": lambda: KafkaProducer(at, TOPIC.name, security=wrong).send([message(1)]),
        "consumer": lambda: fetched(reader),
    }
    with pytest.raises(Transient) as error:
        await tries[kind]()
    await reader.stop()
    assert str(error.value) == Refusal.NOT_BELIEVED.value


async def test_who_has_no_rights_is_told_that_and_not_that_the_broker_is_away(
    kafka: SecuredKafka,
) -> None:
    at = kafka.at("CLIENT")
    known = security(kafka, kafka_username="stranger", kafka_password=STRANGERS_PASSWORD)
    # Kafka shows him no topic; that it were missing, and the stream to be rebuilt, would be a lie.
    assert Refusal.MAY_NOT.value in await told(at, known)
    with pytest.raises(Transient, match=f"TopicAuthorization.*{Refusal.MAY_NOT.value}"):
        await KafkaProducer(at, TOPIC.name, idempotence=False, security=known).send([message(1)])
    reader = KafkaSubscription(at, TOPIC.name, group_of("x"), security=known)
    with pytest.raises(Transient, match=f"Authorization.*{Refusal.MAY_NOT.value}"):
        await fetched(reader)


# --- tokens ------------------------------------------------------------------------------------


@dataclass
class Issuer:
    """Of tokens for client credentials; ``lasting``: seconds from now to the end of each."""

    url: str = ""
    lasting: int = 3600
    subject: str = "crm"
    asked: int = 0
    status: int = 200

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        form = (await reader.readexactly(length)).decode()
        self.asked += 1
        pair = base64.b64encode(f"crm:{PASSWORD}".encode()).decode().lower()
        known = f"authorization: basic {pair}" in head and "client_credentials" in form
        status = self.status if known else 401
        body = json.dumps({"access_token": self.token(), "token_type": "Bearer"}).encode()
        writer.write(b"HTTP/1.1 %d x\r\nconnection: close\r\n" % status)
        writer.write(b"content-length: %d\r\n\r\n%b" % (len(body), body))
        await writer.drain()
        writer.close()

    def token(self) -> str:
        now = int(datetime.now(UTC).timestamp())
        claims = {"sub": self.subject, "iat": now - 7200, "exp": now + self.lasting}
        parts = [json.dumps(each).encode() for each in ({"alg": "none"}, claims)]
        return ".".join(base64.urlsafe_b64encode(p).rstrip(b"=").decode() for p in parts) + "."


@asynccontextmanager
async def issuing(issuer: Issuer) -> AsyncIterator[Issuer]:
    server = await asyncio.start_server(issuer.answer, "127.0.0.1", 0)
    issuer.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/token"
    yield issuer
    server.close()


def by_token(kafka: SecuredKafka, issuer: Issuer, **others: Any) -> KafkaSecurity:
    return security(
        kafka, kafka_sasl_mechanism="OAUTHBEARER", kafka_token_endpoint=issuer.url, **others
    )


async def test_events_go_through_with_one_token_for_all_connections(kafka: SecuredKafka) -> None:
    async with issuing(Issuer()) as issuer:
        await goes_through(kafka.at("OAUTH"), by_token(kafka, issuer))
        assert issuer.asked == 1


@pytest.mark.parametrize(
    ("issuer", "others", "said"),
    [
        (Issuer(lasting=-60), {}, "CRM_KAFKA_TOKEN_ENDPOINT gives tokens that have ended"),
        (Issuer(), {"kafka_password": "7K3M"}, "CRM_KAFKA_TOKEN_ENDPOINT gives us no token"),
        (Issuer(status=503), {}, "CRM_KAFKA_TOKEN_ENDPOINT answers 503"),
        (Issuer(subject=""), {}, Refusal.OTHER_ISSUER.value),
    ],
)
async def test_a_token_that_is_not_given_has_ended_or_is_refused_is_told(
    kafka: SecuredKafka, issuer: Issuer, others: dict[str, Any], said: str
) -> None:
    async with issuing(issuer):
        assert said in await told(kafka.at("OAUTH"), by_token(kafka, issuer, **others))
