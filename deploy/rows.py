"""Rows that the services of a running stack have set aside, through each one's own interface."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console

from deploy.running import NotRunning, RunningStack
from deploy.screens import rows_table
from deploy.services import NAMES
from shared.errors import Transient

PATH = "/internal/v1/set-aside"


async def _rows(stack: RunningStack, service: str) -> list[dict[str, Any]]:
    token = stack.token("admin", "biro-pemerintahan")
    answer = await stack.get(service, PATH, token)
    if not answer.accepted:
        raise NotRunning(f"{service} does not tell its rows: it answered {answer.status}")
    return list(answer.body.get("rows", []))


async def show_all(home: Path) -> int:
    """Every service's rows."""
    console = Console()
    async with RunningStack.of(home) as stack:
        silent = 0
        for service in NAMES:
            try:
                console.print(rows_table(service, await _rows(stack, service)))
            except (NotRunning, Transient) as error:
                console.print(f"{service}: {error}", markup=False)
                silent += 1
    return 1 if silent else 0


async def release(home: Path, service: str, number: int | None) -> int:
    """Let the service take the row again; None: all that it lists now, at most 100. Exit code 1
    when it refuses one."""
    console = Console()
    async with RunningStack.of(home) as stack:
        listed = [row["id"] for row in await _rows(stack, service)] if number is None else [number]
        for each in listed:
            token = stack.token("admin", "biro-pemerintahan")
            answer = await stack.post(service, f"{PATH}/{each}/release", {}, token)
            if not answer.accepted:
                why = answer.body.get("detail", f"answered {answer.status}")
                console.print(f"{service}: {why}", markup=False)
                return 1
    console.print(f"{service}: {len(listed)} released")
    return 0
