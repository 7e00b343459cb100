"""Rows that the services of a running stack have set aside, through each one's own interface."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from deploy.listing import Listing, admin_token
from deploy.running import RunningStack
from deploy.screens import rows_table
from deploy.services import WITH_DATABASE

ROWS = Listing(WITH_DATABASE, "/internal/v1/set-aside", "rows", rows_table)


async def release(home: Path, service: str, number: int | None) -> int:
    """Let the service take the row again; None: all that it lists now, at most 100. Exit code 1
    when it refuses one."""
    console = Console()
    async with RunningStack.of(home) as stack:
        listed = await ROWS.of(stack, service) if number is None else [{"id": number}]
        for row in listed:
            path = f"{ROWS.path}/{row['id']}/release"
            answer = await stack.post(service, path, {}, admin_token(stack))
            if not answer.accepted:
                why = answer.body.get("detail", f"answered {answer.status}")
                console.print(f"{service}: {why}", markup=False)
                return 1
    console.print(f"{service}: {len(listed)} released")
    return 0
