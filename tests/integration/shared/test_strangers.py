"""Addresses that a stranger names: only the public internet is called, and what was judged."""

import asyncio
import datetime
import ssl
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.errors import Transient
from shared.outbound import NotPublic, StrangersClient
from tests.integration.routing.receiver import a_receiver

NAME = "sistem.example.org"


class Names:
    """A name server: each question is answered with the next of what it has."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0)


def a_certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """``(of the server, of a client that trusts it)``, for ``NAME`` alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    chain = folder / "chain.pem"
    chain.write_bytes(
        pem
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain)
    return server, ssl.create_default_context(cadata=pem.decode())


async def post(client: StrangersClient, url: str) -> int:
    return (await client.post(url, headers={"x-test": "1"}, content=b"{}")).status


async def test_the_address_that_was_judged_is_called_under_the_name_that_was_given(
    tmp_path: Path,
) -> None:
    """The certificate is of the name: without SNI and its check the call would fail."""
    server, trust = a_certificate(tmp_path)
    shown: list[str | None] = []
    server.sni_callback = lambda _, name, __: shown.append(name)
    async with a_receiver(server) as receiver:
        names = Names(["127.0.0.1"])
        local = [f"{NAME}:{receiver.port}"]
        client = StrangersClient(2.0, local, names, trust)
        assert await post(client, f"https://{NAME}:{receiver.port}/crm?x=1") == 204
        [got] = receiver.received
        assert (got.path, got.headers["host"]) == ("/crm?x=1", f"{NAME}:{receiver.port}")
        assert (shown, names.asked) == ([NAME], [NAME])
        # Another name at the same address has no such certificate.
        other = StrangersClient(
            2.0, [f"other.example.org:{receiver.port}"], Names(["127.0.0.1"]), trust
        )
        with pytest.raises(Transient, match="ConnectError"):
            await post(other, f"https://other.example.org:{receiver.port}/")
        await client.close()
        await other.close()


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"], ["10.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["64:ff9b::7f00:1"],
        ["2002:7f00:1::1"], ["169.254.169.254"], ["8.8.8.8", "127.0.0.1"], ["fe80::1%lo"], [],
    ],
)  # fmt: skip
async def test_a_name_with_an_address_that_is_not_public_is_not_called(
    addresses: Sequence[str],
) -> None:
    async with a_receiver() as receiver:
        client = StrangersClient(2.0, resolve=Names(addresses))
        with pytest.raises(NotPublic):
            await post(client, f"https://{NAME}:{receiver.port}/")
        assert receiver.received == []
        await client.close()


async def test_a_name_that_changes_its_address_after_it_was_judged_gains_nothing() -> None:
    """It is asked once for a call: there is no second answer that could be another one."""
    names = Names(["192.0.2.1"], ["127.0.0.1"])
    client = StrangersClient(2.0, resolve=names)
    with pytest.raises(NotPublic):
        await post(client, f"https://{NAME}/")
    assert names.asked == [NAME]
    await client.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/", "https://127.0.0.1:{port}/", "https://localhost:{port}/",
        "https://2130706433:{port}/", "https://0x7f000001:{port}/", "https://127.1:{port}/",
        "https://[::1]:{port}/", "https://[::ffff:7f00:1]:{port}/", "https://0:{port}/",
        "https://localhost.:{port}/", "https://①②⑦.⓪.⓪.①:{port}/", "https:// 127.0.0.1:{port}/",
        "file:///etc/passwd", "https://user@127.0.0.1:{port}/",
    ],
)  # fmt: skip
async def test_no_way_of_writing_this_machine_is_called(url: str) -> None:
    async with a_receiver() as receiver:
        client = StrangersClient(2.0)
        with pytest.raises(Transient):
            await post(client, url.format(port=receiver.port))
        assert receiver.received == []
        await client.close()


async def test_a_receiver_that_drips_is_left_when_the_time_is_over() -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nx: ")
        for _number in range(40):
            writer.write(b"x")
            await asyncio.sleep(0.05)
        writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = StrangersClient(0.2, [f"127.0.0.1:{port}"])
    async with asyncio.timeout(1):
        with pytest.raises(Transient):
            await post(client, f"http://127.0.0.1:{port}/")
    await client.close()
    server.close()


async def test_the_body_of_an_answer_is_never_read() -> None:
    async with a_receiver() as receiver:
        receiver.answers.append("200 OK\r\ncontent-length: 99999999999")
        client = StrangersClient(2.0, [receiver.host])
        answer = await client.post(receiver.url, headers={}, content=b"{}")
        assert (answer.status, answer.body) == (200, b"")
        await client.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://sistem.example.org/", "ftp://sistem.example.org/", "https://127.0.0.1/",
        "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://10.0.0.8:8443/crm",
        "https://user:word@sistem.example.org/", "https://sistem.example.org/#x", "https://",
        "https:///x", "nonsense", "https://sistem.example.org:99999/", "https://[::1/",
        "https://169.254.169.254/latest/meta-data", "javascript:alert(1)", "",
        "https://sistem.example.org:0/", "http://127.0.0.1:8081/", "//sistem.example.org/",
    ],
)  # fmt: skip
async def test_an_address_that_is_never_called_is_told_by_reading_it(url: str) -> None:
    client = StrangersClient(1.0, ["127.0.0.1:8080"])
    assert client.refusal(url) is not None
    assert client.refusal("https://sistem.example.org:8443/crm?unit=1") is None
    assert client.refusal("http://127.0.0.1:8080/") is None
    any_port = StrangersClient(1.0, ["127.0.0.1:*"])
    assert any_port.refusal("http://127.0.0.1:9999/") is None
    assert any_port.refusal("http://127.0.0.2:9999/") is not None
    assert any_port.refusal("ftp://127.0.0.1:9999/") is not None
    await client.close()
    await any_port.close()
