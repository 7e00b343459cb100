"""One node of Apache Kafka, its log on disk."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from deploy.local.broker.java import checked, java_environment, java_missing, java_program
from deploy.local.broker.libraries import fetch_libraries
from deploy.local.broker.own import Kind, OwnBroker
from deploy.local.ports import LOOPBACK, free_ports, is_listening
from deploy.local.process import Child, OnLine, ProcessFailed

CLUSTER_ID = "Y3JtLWxvY2FsLXN0YWNrMQ"


class ApacheKafka(OwnBroker):
    """One KRaft node of Apache Kafka with its log on disk under `home/kafka/data`."""

    kind: Kind = "apache"
    idempotence = True
    loses_log = False
    stop_seconds = 15.0

    def __init__(
        self, home: Path, on_line: OnLine | None = None, *, libraries: Path | None = None
    ) -> None:
        """`libraries` is where the jars are kept, so that several homes can share them."""
        super().__init__(home, on_line)
        self._libraries = (libraries or home / "kafka" / "libs").resolve()

    async def _prepare(self) -> Child:
        missing = await asyncio.to_thread(java_missing)
        if missing is not None:
            raise ProcessFailed(f"Apache Kafka cannot run: {missing}")
        (self.home / "kafka").mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(fetch_libraries, self._libraries)
        self._port, controller = self._choose_ports()
        settings = self.home / "kafka" / "server.properties"
        settings.write_text(self._properties(self._port, controller), encoding="utf-8")
        log_settings = self.home / "kafka" / "simplelogger.properties"
        log_settings.write_text(_LOG_SETTINGS, encoding="utf-8")
        await asyncio.to_thread(self._format, settings)
        return Child(
            "broker",
            [*self._java("-Xms256m", "-Xmx512m"), "kafka.Kafka", str(settings)],
            self.home / "logs" / "broker.log",
            env=java_environment(),
            on_line=self._on_line,
            cwd=self.home / "kafka",
        )

    def _choose_ports(self) -> tuple[int, int]:
        """The ports of the last time when free: clients and the quorum's voter know them."""
        note = self.home / "kafka" / "ports"
        if note.exists():
            first, second = (int(part) for part in note.read_text().split())
            if not is_listening(first) and not is_listening(second):
                return first, second
        first, second = free_ports(2)
        note.write_text(f"{first} {second}")
        return first, second

    def _properties(self, port: int, controller: int) -> str:
        values = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.bootstrap.servers": f"{LOOPBACK}:{controller}",
            "listeners": f"PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller}",
            "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{port},"
            f"CONTROLLER://{LOOPBACK}:{controller}",
            "controller.listener.names": "CONTROLLER",
            # Below the working folder: a comma in the home's path would be read as two folders.
            "log.dirs": "data",
            **_SETTINGS,
        }
        return "".join(f"{name}={value}\n" for name, value in values.items())

    def _java(self, *options: str) -> list[str]:
        # The working folder, where simplelogger.properties lies, comes first. Both are relative:
        # a colon in the home's path would be read as two folders.
        libraries = os.path.relpath(self._libraries, self.home / "kafka")
        path = f".{os.pathsep}{libraries}/*"
        return [java_program(), *options, "-XX:+UseSerialGC", "-cp", path]

    def _format(self, settings: Path) -> None:
        """Once per data folder; done again it would be refused, so a formatted one is kept."""
        if (self.home / "kafka" / "data" / "meta.properties").exists():
            return
        tool = ["kafka.tools.StorageTool", "format", "--standalone"]
        command = [*self._java("-Xmx128m"), *tool, "-t", CLUSTER_ID, "-c", str(settings)]
        checked(command, cwd=self.home / "kafka", what="formatting Kafka's storage")


# A killed node is let in again only when its session is over: 3 s instead of 9.
_SETTINGS = {
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "12",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "group.initial.rebalance.delay.ms": "0",
    # Crash tests let a dead consumer go sooner than Kafka's own 6 s.
    "group.min.session.timeout.ms": "1000",
    "auto.create.topics.enable": "false",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "log.segment.bytes": "134217728",
}

_LOG_SETTINGS = """\
org.slf4j.simpleLogger.defaultLogLevel=warn
org.slf4j.simpleLogger.showDateTime=true
org.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ
org.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info
"""
