"""An Apache Kafka that lets nobody in who does not say who he is, over TLS alone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from deploy.local.broker.apache import CLUSTER_ID, ApacheKafka
from deploy.local.broker.java import checked
from deploy.local.ports import free_ports
from shared.settings import KafkaSettings
from tests.brokers import LIBRARIES

PASSWORD = "7K3M-of-crm"
STRANGERS_PASSWORD = "7K3M-of-a-stranger"
LISTENERS = ("CLIENT", "EXPIRING", "MISNAMED", "OAUTH", "PEER", "PLAIN")
_PEM = serialization.Encoding.PEM
_JAAS = "org.apache.kafka.common.security"


@dataclass(frozen=True, slots=True)
class Authority:
    """Signs certificates in a folder; its own is ``<name>.pem`` there."""

    folder: Path
    name: str
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def new(cls, folder: Path, name: str) -> Authority:
        made = cls(folder, name, ec.generate_private_key(ec.SECP256R1()))
        made.file.write_bytes(made._signed(name, made.key, x509.BasicConstraints(True, None), ()))
        return made

    @property
    def file(self) -> Path:
        return self.folder / f"{self.name}.pem"

    def sign(self, subject: str, *names: str) -> tuple[Path, Path]:
        """Certificate and key, in PEM; ``names``: hosts and addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate, own = self.folder / f"{subject}.pem", self.folder / f"{subject}.key"
        signed = self._signed(subject, key, x509.BasicConstraints(False, None), names)
        certificate.write_bytes(signed)
        own.write_bytes(
            key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        return certificate, own

    def _signed(
        self,
        subject: str,
        key: ec.EllipticCurvePrivateKey,
        constraints: x509.BasicConstraints,
        names: tuple[str, ...],
    ) -> bytes:
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(_named(subject))
            .issuer_name(_named(self.name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(constraints, critical=True)
        )
        if names:
            made = made.add_extension(x509.SubjectAlternativeName([_host(n) for n in names]), False)
        return made.sign(self.key, hashes.SHA256()).public_bytes(_PEM)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _host(name: str) -> x509.GeneralName:
    if name[0].isdigit():
        return x509.IPAddress(ip_address(name))
    return x509.DNSName(name)


class SecuredKafka(ApacheKafka):
    """One node; by listener the ways in which a city's own cluster may be reached."""

    def __init__(self, home: Path) -> None:
        super().__init__(home, libraries=LIBRARIES)
        self.authority = Authority.new(home, "authority")
        self._ports = dict(zip(LISTENERS, free_ports(len(LISTENERS)), strict=True))

    def at(self, listener: str) -> str:
        return f"localhost:{self._ports[listener]}"

    def settings(self, **others: Any) -> KafkaSettings:
        """By which it is reached as `crm`; ``others`` say otherwise."""
        right: dict[str, Any] = {
            "kafka_security_protocol": "SASL_SSL", "kafka_ca_file": self.authority.file,
            "kafka_username": "crm", "kafka_password": SecretStr(PASSWORD),
        }  # fmt: skip
        return KafkaSettings(**(right | others))

    async def _answers(self) -> bool:
        # Its listeners are open one after the other; the last is that of the clients.
        return await super()._answers() and await asyncio.to_thread(self._all_listen)

    def _all_listen(self) -> bool:
        from deploy.local.ports import is_listening

        return all(is_listening(port) for port in self._ports.values())

    def _properties(self, port: int, controller: int) -> str:
        certificate, key = self.authority.sign("node", "localhost", "127.0.0.1")
        node = self.home / "kafka" / "node.pem"
        node.write_bytes(key.read_bytes() + certificate.read_bytes())
        listeners = {"REPL": port, **self._ports}
        told = {name: f"localhost:{number}" for name, number in listeners.items()}
        told["MISNAMED"] = f"127.0.0.2:{self._ports['MISNAMED']}"
        values = {
            "listeners": ",".join(f"{name}://0.0.0.0:{n}" for name, n in listeners.items())
            + f",CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": ",".join(f"{name}://{at}" for name, at in told.items())
            + f",CONTROLLER://127.0.0.1:{controller}",
            "listener.security.protocol.map": ",".join(
                f"{name}:{ {'PEER': 'SSL', 'PLAIN': 'PLAINTEXT'}.get(name, 'SASL_SSL') }"
                for name in ("REPL", "CONTROLLER", *LISTENERS)
            ),
            "inter.broker.listener.name": "REPL",
            "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
            "sasl.mechanism.controller.protocol": "PLAIN",
            "ssl.keystore.type": "PEM", "ssl.keystore.location": str(node),
            "ssl.truststore.type": "PEM", "ssl.truststore.location": str(self.authority.file),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:broker;User:node;User:crm;User:CN=crm",
            **_ways_in(),
        }  # fmt: skip
        return super()._properties(port, controller) + "".join(
            f"{name}={value}\n" for name, value in values.items()
        )

    def _format(self, settings: Path) -> None:
        users = {"broker": "b", "crm": PASSWORD, "stranger": STRANGERS_PASSWORD}
        added = [
            f"--add-scram=SCRAM-SHA-{size}=[name={user},password={password}]"
            for user, password in users.items()
            for size in (256, 512)
        ]
        command = [*self._java("-Xmx128m"), "kafka.tools.StorageTool", "format", "--standalone"]
        command += ["-t", CLUSTER_ID, "-c", str(settings), *added]
        checked(command, cwd=self.home / "kafka", what="formatting Kafka's storage")


def _ways_in() -> Mapping[str, str]:
    scram = f"{_JAAS}.scram.ScramLoginModule required"
    plain = f"{_JAAS}.plain.PlainLoginModule required"
    oauth = f"{_JAAS}.oauthbearer.OAuthBearerLoginModule required"
    client = "listener.name.client"
    expiring = "listener.name.expiring"
    return {
        "listener.name.repl.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.repl.scram-sha-512.sasl.jaas.config": f'{scram} username="broker"'
        ' password="b";',
        "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.controller.plain.sasl.jaas.config": f'{plain} username="node"'
        ' password="n" user_node="n";',
        f"{client}.sasl.enabled.mechanisms": "SCRAM-SHA-512,SCRAM-SHA-256,PLAIN",
        f"{client}.scram-sha-512.sasl.jaas.config": f"{scram};",
        f"{client}.scram-sha-256.sasl.jaas.config": f"{scram};",
        f"{client}.plain.sasl.jaas.config": f'{plain} user_crm="{PASSWORD}";',
        f"{expiring}.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        f"{expiring}.scram-sha-512.sasl.jaas.config": f"{scram};",
        f"{expiring}.scram-sha-512.connections.max.reauth.ms": "500",
        "listener.name.misnamed.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.misnamed.scram-sha-512.sasl.jaas.config": f"{scram};",
        "listener.name.oauth.sasl.enabled.mechanisms": "OAUTHBEARER",
        "listener.name.oauth.oauthbearer.sasl.jaas.config": f'{oauth}'
        ' unsecuredLoginStringClaim_sub="broker";',
        "listener.name.peer.ssl.client.auth": "required",
    }  # fmt: skip
