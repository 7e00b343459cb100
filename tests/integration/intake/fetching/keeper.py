"""A platform that keeps pictures: a real HTTPS server on this machine, for many names."""

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. ``headers`` by their names in lower case."""

    host: str
    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """An answer. ``pause``: seconds between its parts."""

    status: int = 200
    headers: tuple[str, ...] = ()
    parts: tuple[bytes, ...] = ()
    pause: float = 0.0
    whole: bool = True
    """Whether it says how long it is."""


@dataclass
class Keeper:
    """``told``: its answers by path; what is not there is 404."""

    port: int = 0
    told: dict[str, Told] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked = await _read(reader)
            self.asked.append(asked)
            await _tell(writer, self.told.get(asked.path, Told(404)))
        except (asyncio.IncompleteReadError, ConnectionError):
            return  # Whoever called has hung up.
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Asked:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Asked(headers["host"], first.split()[1], headers)


async def _tell(writer: asyncio.StreamWriter, told: Told) -> None:
    length = sum(len(part) for part in told.parts)
    fields = [*told.headers, "connection: close"]
    if told.whole:
        fields.append(f"content-length: {length}")
    writer.write("\r\n".join([f"HTTP/1.1 {told.status} X", *fields, "", ""]).encode())
    for part in told.parts:
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(told.pause)


@asynccontextmanager
async def a_keeper(tls: ssl.SSLContext | None) -> AsyncIterator[Keeper]:
    keeper = Keeper()
    server = await asyncio.start_server(keeper.serve, "127.0.0.1", 0, ssl=tls)
    keeper.port = server.sockets[0].getsockname()[1]
    # An IPv6 address that is let through must find somebody who notes it down.
    beside = await asyncio.start_server(keeper.serve, "::1", keeper.port, ssl=tls)
    try:
        yield keeper
    finally:
        server.close()
        beside.close()


def a_certificate(
    folder: Path, names: Sequence[str], addresses: Sequence[str] = ("127.0.0.1", "::1")
) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """``(of the server, of a client that trusts it)``. It is of this machine's addresses too: what
    is refused is refused by us, and not because a certificate is of somebody else."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "keeper")])
    now = datetime.datetime.now(datetime.UTC)
    known = [x509.DNSName(name) for name in names]
    numbers = [x509.IPAddress(ip_address(each)) for each in addresses]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([*known, *numbers]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    own = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    chain = folder / "chain.pem"
    chain.write_bytes(pem + own)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain)
    return server, ssl.create_default_context(cadata=pem.decode())
