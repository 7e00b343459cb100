"""Asks for pictures: of the hosts of their source, on the public internet, and no longer than is
good for us. Names no address in what it raises: an address may show a reporter's picture."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files

from services.intake.channels.attachments import Source
from services.intake.media.fetching.asking import (
    Ask,
    Credentials,
    Found,
    Unfetchable,
    first_ask,
    meaning_of,
    second_ask,
)
from services.intake.media.fetching.hosts import HTTPS, Hosts, hosts_of
from services.intake.media.fetching.oauth import Stamp
from shared.errors import Transient
from shared.outbound import Place, StrangersClient, Stream, redirected

SECONDS = 30.0
"""From the first question to the last byte, with all that sends us on."""
REDIRECTS = 2


def hosts_known(instead: Mapping[Source, Sequence[str]]) -> dict[str, Hosts]:
    """The list in ``hosts.json``; ``instead``: names in place of those of a source."""
    table = (files(__package__) / "hosts.json").read_text(encoding="utf-8")
    return hosts_of(json.loads(table), instead)


class Fetcher:
    """``opened`` gives a picture's bytes as they come."""

    def __init__(
        self,
        client: StrangersClient,
        hosts: Mapping[str, Hosts],
        credentials: Credentials,
        stamps: Callable[[], Stamp],
        ports: Collection[int] = (HTTPS,),
        seconds: float = SECONDS,
    ) -> None:
        """``stamps``: a new one for each call that is signed. ``ports``: where a host is asked,
        but for those that the client takes for local."""
        self._client = client
        self._hosts = hosts
        self._credentials = credentials
        self._stamps = stamps
        self._ports = frozenset(ports)
        self._seconds = seconds

    @asynccontextmanager
    async def opened(self, source: str, address: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """The bytes at ``address``, in parts; whoever reads them is raised Unfetchable when there
        are too many or none. Raises Unfetchable, Transient. All of it within ``seconds``."""
        try:
            async with asyncio.timeout(self._seconds):
                ask = first_ask(source, address, self._credentials, self._stamps())
                if ask.for_address:
                    async with self._followed(source, ask) as parts:
                        told = b"".join([part async for part in parts])
                    ask = second_ask(told, self._credentials)
                async with self._followed(source, ask) as parts:
                    yield parts
        except TimeoutError:
            raise Transient("the source took too long") from None

    @asynccontextmanager
    async def _followed(self, source: str, ask: Ask) -> AsyncIterator[AsyncIterator[bytes]]:
        url, first = ask.url, self._place(source, ask.url, first=True)
        place = first
        for _ in range(REDIRECTS + 1):
            stream = await self._client.get(url, headers=_shown(ask, place == first))
            try:
                meaning = meaning_of(ask, stream.status, stream.headers)
                if isinstance(meaning, Found):
                    yield _counted(stream, meaning.most)
                    return
            finally:
                await stream.close()
            url = redirected(url, meaning.location) or ""
            place = self._place(source, url, first=False)
        raise Unfetchable("sent_on_too_often")

    def _place(self, source: str, url: str, *, first: bool) -> Place:
        """Raises Unfetchable unless one of the source's hosts is asked, by https and at its port.

        It is asked by the URL as the client reads it: who reads it otherwise asks another host.
        """
        place = self._client.place(url)
        hosts = self._hosts.get(source, Hosts(()))
        if place is None:
            raise Unfetchable("not_allowed")
        known = hosts.may_ask(place.host) if first else hosts.may_follow(place.host)
        if not place.is_local and not (known and place.port in self._ports):
            raise Unfetchable("not_allowed")
        return place


def _shown(ask: Ask, is_first: bool) -> dict[str, str]:
    """A host that we are sent on to is shown nothing of ours."""
    return {"authorization": ask.proof} if ask.proof and is_first else {}


async def _counted(stream: Stream, most: int) -> AsyncIterator[bytes]:
    count = 0
    async for part in stream.parts():
        count += len(part)
        if count > most:
            raise Unfetchable("too_large")
        yield part
    if not count:
        raise Unfetchable("empty")
