"""Two of each service, and a load balancer before each pair."""

import random
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
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


@asynccontextmanager
async def balanced(stack: Stack, doors: Doors) -> AsyncIterator[dict[str, Any]]:
    """Callers' addresses stand before the replicas; gives the stack's description with these."""
    async with AsyncExitStack() as fronts:
        for name, pair in PAIRS.items():
            http = {replica: stack.at.ports[replica] for replica in pair}
            front = await fronts.enter_async_context(Balancer(http))
            await front.open(stack.at.ports[name], http)
            if name == "intake":
                await front.open(stack.at.smtp_port, doors.smtp)
        services = {name: {"url": stack.at.url(name)} for name in NAMES}
        yield {**stack.description(), "services": services}
