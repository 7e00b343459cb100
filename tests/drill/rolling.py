"""One release after the other: every process is replaced, one at a time, while all serve."""

import asyncio
import re
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from deploy.local.stack import Stack
from deploy.services import NAMES, service_of
from tests.drill.progress import Tell
from tests.e2e.cli import ROOT, crm

SEEN_SECONDS = 2.0
"""A load balancer has heard from a new replica that it is ready."""


class WrongGuide(Exception):
    """The guide names other services than there are."""


def order_of_the_guide(guide: Path = ROOT / "docs" / "upgrade.md") -> list[str]:
    """In which services are replaced, as operators are told."""
    found = re.search(r"the consoles last: ([\w,\s]+)\.", guide.read_text())
    order = re.findall(r"\w+", found[1]) if found else []
    if sorted(order) != sorted(NAMES):
        raise WrongGuide(f"{guide} tells to replace {', '.join(order)}")
    return order


Older = MutableMapping[str, Mapping[str, str]]
"""By process what makes it one of an older release, as long as it is one."""


async def upgrade(stack: Stack, older: Older, at_once: int, tell: Tell) -> None:
    """Looks, migrates, and replaces every replica of every service, while the other one serves.
    ``at_once``: of so many services one replica each at the same time."""
    for command in (("upgrade", "--check"), ("migrate",)):
        done = await crm(stack.home, *command, seconds=300)
        tell(f"crm {' '.join(command)}: {done.code}, {last_line(done.out)}")
        if done.code:
            raise AssertionError(f"crm {' '.join(command)}\n{done.out}{done.err}")
    order = order_of_the_guide()
    for first in range(0, len(order), at_once):
        services = order[first : first + at_once]
        await asyncio.gather(*(_replace(stack, service, older) for service in services))
    tell(f"replaced, {at_once} at a time: {', '.join(order)}, one replica after the other")


async def _replace(stack: Stack, service: str, older: Older) -> None:
    for name in [each for each in stack.services if service_of(each).name == service]:
        older.pop(name, None)
        await stack.restart(name)
        await stack.wait_ready(name, 120)
        await asyncio.sleep(SEEN_SECONDS)


def last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2]
