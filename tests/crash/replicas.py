"""Two of each service, and a load balancer before each pair."""

import random
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from deploy.local.ports import ports_for
from deploy.local.stack import Stack
from deploy.services import NAMES
from tests.crash.balancer import Balancer

PAIRS: Mapping[str, tuple[str, str]] = {name: (f"{name}-1", f"{name}-2") for name in NAMES}
REPLICAS = tuple(name for pair in PAIRS.values() for name in pair)
SECOND_REPLICAS = tuple(second for _, second in PAIRS.values())


class Doors:
    """The ports of intake's doors for mail; those for HTTP are the stack's.

    They lie below those that a stack takes, which chooses its own later.
    """

    def __init__(self) -> None:
        below = random.sample(range(14_000, 15_000), 2)
        self.smtp = ports_for(PAIRS["intake"], dict(zip(PAIRS["intake"], below, strict=True)))

    def settings(self, name: str) -> dict[str, str]:
        return {"CRM_SMTP_PORT": str(self.smtp[name])} if name in self.smtp else {}


class ReplicatedStack(Stack):
    """Callers' addresses stand before the replicas from the moment these are started: a console
    asks by them what time it is, and is not ready before it knows."""

    def __init__(self, home: Path, broker: str, doors: Doors, **options: Any) -> None:
        super().__init__(home, broker, services=REPLICAS, **options)
        self._doors = doors
        self._fronts: AsyncExitStack | None = None

    async def start_services(self) -> None:
        if self._fronts is None:
            self._fronts = AsyncExitStack()
            for name, pair in PAIRS.items():
                http = {replica: self.at.ports[replica] for replica in pair}
                front = await self._fronts.enter_async_context(Balancer(http))
                await front.open(self.at.ports[name], http)
                if name == "intake":
                    await front.open(self.at.smtp_port, self._doors.smtp)
        await super().start_services()

    async def stop(self) -> None:
        if self._fronts is not None:
            await self._fronts.aclose()
        await super().stop()

    def seen(self) -> dict[str, Any]:
        """Its description with callers' addresses in place of the replicas'."""
        services = {name: {"url": self.at.url(name)} for name in NAMES}
        return {**self.description(), "services": services}
