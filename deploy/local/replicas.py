"""A stack in which a service runs more than once, with a load balancer before its replicas."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import MappingProxyType
from typing import Any

from deploy.local.balancer import Balancer
from deploy.local.process import OnLine, ProcessFailed
from deploy.local.stack import READY_SECONDS, Stack
from deploy.services import NAMES

EACH_ONCE: Mapping[str, int] = MappingProxyType(dict.fromkeys(NAMES, 1))


def each(count: int) -> Mapping[str, int]:
    """So many of every service."""
    return dict.fromkeys(NAMES, count)


def replicas_of(name: str, count: int) -> tuple[str, ...]:
    """The names of a service's processes; one that runs once has its service's name."""
    return (name,) if count == 1 else tuple(f"{name}-{n}" for n in range(1, count + 1))


class ReplicatedStack(Stack):
    """Callers' addresses stand before the replicas from the moment these are started: a console
    asks by them what time it is, and is not ready before it knows. ``replicas``: how many of each
    service run; one that is not named does not."""

    def __init__(
        self,
        home: Path,
        broker: str = "embedded",
        on_line: OnLine | None = None,
        *,
        replicas: Mapping[str, int] = EACH_ONCE,
        **options: Any,
    ) -> None:
        self._replicas = {name: replicas_of(name, count) for name, count in replicas.items()}
        services = [replica for those in self._replicas.values() for replica in those]
        super().__init__(home, broker, on_line, services=services, **options)
        self._mail: dict[str, int] = {}
        """Ports of intake's second door, by replica."""
        self._fronts: dict[str, Balancer] = {}
        self._open = AsyncExitStack()

    def _ports(self, names: Iterable[str]) -> dict[str, int]:
        several = self._of_several().get("intake", ())
        ports = super()._ports((*names, *map(_mail_of, several)))
        self._mail = {name: ports.pop(_mail_of(name)) for name in several}
        return ports

    def _of_several(self) -> Mapping[str, tuple[str, ...]]:
        return {name: those for name, those in self._replicas.items() if len(those) > 1}

    async def start_services(self) -> None:
        for name, those in self._of_several().items():
            if name not in self._fronts:
                await self._put_before(name, those)
        await super().start_services()
        try:
            async with asyncio.timeout(READY_SECONDS):
                await asyncio.gather(*(front.all_ready() for front in self._fronts.values()))
        except TimeoutError:
            raise ProcessFailed("replicas were ready and are so no longer: try again") from None

    async def _put_before(self, name: str, those: Sequence[str]) -> None:
        http = {replica: self.at.ports[replica] for replica in those}
        front = await self._open.enter_async_context(Balancer(http))
        await front.open(self.at.ports[name], http)
        if name == "intake":
            await front.open(self.at.smtp_port, self._mail)
        self._fronts[name] = front

    async def _launch(self, name: str, extra: Mapping[str, str]) -> None:
        own = {"CRM_SMTP_PORT": str(self._mail[name])} if name in self._mail else {}
        await super()._launch(name, {**own, **extra})

    async def stop(self) -> None:
        await self._open.aclose()
        await super().stop()

    def description(self) -> dict[str, Any]:
        """Of the services callers' addresses; under ``replicas`` every process with its own."""
        told = super().description()
        replicas = told["services"]
        services = {
            name: {**replicas[those[0]], "url": self.at.url(name)}
            for name, those in self._replicas.items()
            if those[0] in replicas
        }
        return {**told, "services": services, "replicas": replicas}


def _mail_of(replica: str) -> str:
    """Under which the port of its door for mail is kept."""
    return f"mail of {replica}"
