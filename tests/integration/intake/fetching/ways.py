"""A fetcher between a name server and a platform, all three real and on this machine."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from services.intake.media.fetching.asking import Credentials
from services.intake.media.fetching.fetcher import Fetcher
from services.intake.media.fetching.hosts import HTTPS, Hosts
from services.intake.media.fetching.oauth import Stamp
from shared.outbound import StrangersClient
from tests.integration.intake.fetching.keeper import Keeper, a_certificate, a_keeper
from tests.integration.intake.fetching.names import NameServer, Resolver, a_name_server

KNOWN = "pictures.example.org"
OTHER = "other.example.org"
LED_TO = "led-to.example.org"
TOKEN = "token-of-the-city"
CREDENTIALS = Credentials(f"https://{KNOWN}/v23.0", TOKEN, ("AC1", "word"))


@dataclass(frozen=True)
class Ways:
    """``fetcher`` may ask ``KNOWN`` and be led to ``LED_TO``, at the port of ``keeper``."""

    fetcher: Fetcher
    keeper: Keeper
    names: NameServer

    def url(self, path: str = "/picture", host: str = KNOWN) -> str:
        return f"https://{host}:{self.keeper.port}{path}"

    async def fetch(self, address: str, source: str = "x") -> bytes:
        async with self.fetcher.opened(source, address) as parts:
            return b"".join([part async for part in parts])


@asynccontextmanager
async def ways(
    folder: Path,
    zone: Mapping[str, list[Sequence[str]]],
    *,
    local: Sequence[str] = (),
    asked: Sequence[str] = (KNOWN,),
    seconds: float = 5.0,
) -> AsyncIterator[Ways]:
    """``local``: hosts that may be called though they are this machine; ``asked``: names of the
    allow-list of every source."""
    server, trust = a_certificate(folder, [*zone, *asked])
    async with a_keeper(server) as keeper, a_name_server(zone) as names:
        client = StrangersClient(
            2.0, [f"{host}:{keeper.port}" for host in local], Resolver(names), trust
        )
        hosts = Hosts(tuple(asked), (LED_TO,))
        credentials = Credentials(f"https://{KNOWN}:{keeper.port}/v23.0", TOKEN, CREDENTIALS.twilio)
        fetcher = Fetcher(
            client,
            dict.fromkeys(("x", "meta", "whatsapp", "twilio", "qlue"), hosts),
            credentials,
            lambda: Stamp("once", 1_790_000_000),
            ports=(HTTPS, keeper.port),
            seconds=seconds,
        )
        try:
            yield Ways(fetcher, keeper, names)
        finally:
            await client.close()
