"""What each service of a running stack tells an administrator, service after service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType

from deploy.failures import NotRunning
from deploy.running import RunningStack
from shared.errors import Transient

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that several services have. ``key``: of the list in the answer. ``table``: a service's
    list as it is shown."""

    services: Sequence[str]
    path: str
    key: str
    table: Callable[[str, list[Item]], RenderableType]

    async def of(self, stack: RunningStack, service: str) -> list[Item]:
        """Raises NotRunning when the service does not tell it."""
        answer = await stack.get(service, self.path, admin_token(stack))
        if not answer.accepted:
            raise NotRunning(f"{service} does not tell its list: it answered {answer.status}")
        return list(answer.body.get(self.key, []))

    async def show_all(self, home: Path) -> int:
        """Every service's list; exit code 1 when one does not tell it."""
        console = Console()
        silent = 0
        async with RunningStack.of(home) as stack:
            for service in self.services:
                try:
                    console.print(self.table(service, await self.of(stack, service)))
                except (NotRunning, Transient) as error:
                    console.print(f"{service}: {error}", markup=False)
                    silent += 1
        return 1 if silent else 0


def admin_token(stack: RunningStack, officer: str | None = None) -> str:
    """``officer``: an opaque id; the local stack's one administrator unless it is given."""
    return stack.token("admin", "biro-pemerintahan", officer)
