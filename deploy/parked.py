"""Parked events of a running stack, through each service's own interface."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console

from deploy.running import NotRunning, RunningStack
from deploy.screens import parked_table
from deploy.services import HEARING
from shared.errors import Transient


async def _parked(stack: RunningStack, service: str) -> list[dict[str, Any]]:
    token = stack.token("admin", "biro-pemerintahan")
    answer = await stack.get(service, "/internal/v1/parked", token)
    if not answer.accepted:
        raise NotRunning(f"{service} does not tell its parked events: it answered {answer.status}")
    return list(answer.body.get("parked", []))


async def show_all(home: Path) -> int:
    """Every service's parked events."""
    console = Console()
    async with RunningStack.of(home) as stack:
        silent = 0
        for service in HEARING:
            try:
                console.print(parked_table(service, await _parked(stack, service)))
            except (NotRunning, Transient) as error:
                console.print(f"{service}: {error}", markup=False)
                silent += 1
    return 1 if silent else 0


async def show_one(home: Path, service: str, number: int) -> int:
    """One event, every field an operator may see."""
    console = Console()
    async with RunningStack.of(home) as stack:
        for event in await _parked(stack, service):
            if event["id"] == number:
                console.print_json(data=event)
                return 0
    console.print(f"{service} has no parked event {number}")
    return 1


async def replay(home: Path, service: str, number: int) -> int:
    """Apply it again; exit code 1 when it still fails."""
    console = Console()
    async with RunningStack.of(home) as stack:
        token = stack.token("admin", "biro-pemerintahan")
        answer = await stack.post(service, f"/internal/v1/parked/{number}/replay", {}, token)
    if answer.accepted:
        console.print(f"{service}: {answer.body['replayed']} applied")
        return 0
    why = answer.body.get("detail", f"answered {answer.status}")
    console.print(f"{service}: {why}", markup=False)
    return 1
