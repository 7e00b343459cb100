"""A name server on this machine, and a resolver that asks it over UDP (RFC 1035)."""

import asyncio
import struct
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import cast

from shared.connections import resolve as as_this_machine_resolves

_A, _AAAA, _INTERNET = 1, 28, 1
_POINTER_TO_THE_QUESTION = b"\xc0\x0c"
_HEAD = struct.Struct("!6H")


@dataclass
class NameServer(asyncio.DatagramProtocol):
    """``zone``: of each name its answers; the last one is given for ever. Each has no time to live,
    so that whoever asks twice may be told two things."""

    zone: Mapping[str, list[Sequence[str]]]
    port: int = 0
    asked: list[str] = field(default_factory=list)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        number = _HEAD.unpack_from(data)[0]
        name, end = _name_at(data, _HEAD.size)
        kind, _ = struct.unpack_from("!2H", data, end)
        found = [ip_address(each) for each in self._answer(name, kind)]
        wanted = [each.packed for each in found if each.version == (4 if kind == _A else 6)]
        records = b"".join(
            _POINTER_TO_THE_QUESTION
            + struct.pack("!2HIH", kind, _INTERNET, 0, len(address))
            + address
            for address in wanted
        )
        head = _HEAD.pack(number, 0x8180, 1, len(wanted), 0, 0)
        self._transport.sendto(head + data[_HEAD.size : end + 4] + records, addr)

    def _answer(self, name: str, kind: int) -> Sequence[str]:
        """Both questions of one resolution, of which the second asks for IPv6, are told one
        thing."""
        answers = self.zone.get(name, [[]])
        if kind == _A:
            self.asked.append(name)
            return answers[0]
        return answers.pop(0) if len(answers) > 1 else answers[0]


@dataclass(frozen=True)
class Resolver:
    """Names of the zone are asked of the name server; what is no such name is resolved as this
    machine does, which reads ``0x7f.1`` and ``2130706433`` as addresses."""

    server: NameServer

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        if host not in self.server.zone:
            return await as_this_machine_resolves(host, port)
        return [*await self._ask(host, _A), *await self._ask(host, _AAAA)]

    async def _ask(self, host: str, kind: int) -> list[str]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bytes] = loop.create_future()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Question(answer), remote_addr=("127.0.0.1", self.server.port)
        )
        labels = b"".join(bytes([len(each)]) + each.encode() for each in host.split("."))
        question = labels + b"\0" + struct.pack("!2H", kind, _INTERNET)
        transport.sendto(_HEAD.pack(7, 0x0100, 1, 0, 0, 0) + question)
        try:
            return _addresses(await asyncio.wait_for(answer, 5), _HEAD.size + len(question))
        finally:
            transport.close()


@dataclass
class _Question(asyncio.DatagramProtocol):
    answer: "asyncio.Future[bytes]"

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.answer.set_result(data)


def _name_at(data: bytes, at: int) -> tuple[str, int]:
    labels = []
    while length := data[at]:
        labels.append(data[at + 1 : at + 1 + length].decode())
        at += 1 + length
    return ".".join(labels), at + 1


def _addresses(data: bytes, at: int) -> list[str]:
    found = []
    for _ in range(_HEAD.unpack_from(data)[3]):
        (length,) = struct.unpack_from("!H", data, at + 10)
        found.append(str(ip_address(data[at + 12 : at + 12 + length])))
        at += 12 + length
    return found


@asynccontextmanager
async def a_name_server(zone: Mapping[str, list[Sequence[str]]]) -> AsyncIterator[NameServer]:
    loop = asyncio.get_running_loop()
    server = NameServer({name: list(answers) for name, answers in zone.items()})
    transport, _ = await loop.create_datagram_endpoint(lambda: server, local_addr=("127.0.0.1", 0))
    server.port = transport.get_extra_info("sockname")[1]
    try:
        yield server
    finally:
        transport.close()
