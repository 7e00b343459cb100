"""A topic of its own on a running broker, and what only somebody who is not ours writes into it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.produce import ProduceRequest

from deploy.local.broker.own import OwnBroker
from shared.bus import Producer, Subscription, Topic
from shared.kafka import KafkaAdmin, KafkaProducer, KafkaSubscription

NAME = "crm.complaints.v1"
NOT_YET = (3, 6)
"""Kafka's error codes of a partition that was made a moment ago: unknown, and without a leader."""


async def only_broker(client: AIOKafkaClient) -> int:
    """Its id. A broker that was frozen for longer than its lease names no broker at first."""
    while (node := client.get_random_node()) is None:
        await asyncio.sleep(0.1)
        await client.force_metadata_update()
    return int(node)


async def write_raw(bootstrap: str, topic: str, partition: int, batch: bytes) -> None:
    """Put a batch into the log as it is; on a broker that is alone."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    try:
        request = ProduceRequest(None, -1, 10_000, [(topic, [(partition, batch)])])
        code = NOT_YET[0]
        while code in NOT_YET:
            response = await client.send(await only_broker(client), request)
            [(_, [(_, code, *_)])] = response.topics
        assert code == 0, f"the broker refused the batch: error {code}"
    finally:
        await client.close()


@dataclass
class KafkaTopic:
    """Twelve partitions that nobody else uses."""

    broker: OwnBroker
    name: str = field(default_factory=lambda: f"{NAME}.{uuid4().hex[:8]}")
    opened: list[Producer | Subscription] = field(default_factory=list)

    def producer(self) -> Producer:
        made = KafkaProducer(self.broker.bootstrap, self.name, self.broker.idempotence)
        self.opened.append(made)
        return made

    def subscription(self, group: str) -> Subscription:
        # A short session: the embedded broker lets nobody in before the last one's is over, and the
        # first member of a group only after most of one.
        made = KafkaSubscription(
            self.broker.bootstrap, self.name, f"{group}.{self.name}",
            session_seconds=1.5, silent_seconds=0.5,
        )  # fmt: skip
        self.opened.append(made)
        return made

    async def write(self, partition: int, batch: bytes) -> None:
        await write_raw(self.broker.bootstrap, self.name, partition, batch)

    async def set(self, settings: dict[str, str]) -> None:
        """As an operator of Kafka would, by hand; all other settings go back to their defaults."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.broker.bootstrap)
        await admin.start()
        try:
            await admin.alter_configs([ConfigResource("topic", self.name, settings)])
        finally:
            await admin.close()

    def damage(self, partition: int, at: int, byte: int) -> None:
        """Change a byte of the log on the disk of Apache Kafka."""
        [log] = (self.broker.home / "kafka" / "data").glob(f"{self.name}-{partition}/*.log")
        written = bytearray(Path(log).read_bytes())
        written[at] = byte
        with Path(log).open("r+b") as file:
            file.write(written)


@asynccontextmanager
async def kafka_topic(broker: OwnBroker) -> AsyncIterator[KafkaTopic]:
    topic = KafkaTopic(broker)
    async with KafkaAdmin(broker.bootstrap) as admin:
        await admin.create_topic(Topic(topic.name, 12, 1, 3_600_000))
    yield topic
    for client in topic.opened:
        await client.stop()
