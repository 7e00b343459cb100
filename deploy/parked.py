"""Parked events of a running stack, through each service's own interface."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from deploy.failures import NotRunning
from deploy.listing import Listing, admin_token
from deploy.running import Answered, RunningStack
from deploy.screens import parked_table
from deploy.services import HEARING

PARKED = Listing(HEARING, "/internal/v1/parked", "parked", parked_table)


async def show_one(home: Path, service: str, number: int) -> int:
    """One event: its bytes, and what was done to it; also one that is not parked any more."""
    console = Console()
    async with RunningStack.of(home) as stack:
        answer = await stack.get(service, f"{PARKED.path}/{number}/record", admin_token(stack))
    if answer.accepted:
        console.print_json(data=dict(answer.body))
        return 0
    return _refused(console, service, answer)


async def replay(home: Path, service: str, number: int) -> int:
    """Apply it again; exit code 1 when it still fails."""
    answer = await _post(home, service, f"{PARKED.path}/{number}/replay", {})
    return _tell(service, answer, lambda told: f"{told['replayed']} applied")


async def edit(
    home: Path,
    service: str,
    number: int,
    reason: str,
    officer: str | None,
    headers: Sequence[str],
    without: Sequence[str],
    body: Path | None,
) -> int:
    """Put it right; ``headers`` are written ``name=value``."""
    wish: dict[str, Any] = {"note": reason, **dict(_named(each) for each in headers)}
    if without:
        wish["without"] = list(without)
    if body is not None:
        wish["body"] = _json(body)
    answer = await _post(home, service, f"{PARKED.path}/{number}/edit", wish, officer)
    return _tell(service, answer, lambda _: f"edited; now: crm parked replay {service} {number}")


async def discard(home: Path, service: str, number: int, reason: str, officer: str | None) -> int:
    """Ask for it; another officer must confirm."""
    answer = await _post(
        home, service, f"{PARKED.path}/{number}/discard", {"note": reason}, officer
    )
    return _tell(
        service, answer,
        lambda told: f"asked; until {told['expires_at']} another officer may say: "
        f"crm parked confirm {service} {number} --reason ... --officer ...",
    )  # fmt: skip


async def confirm(home: Path, service: str, number: int, reason: str, officer: str | None) -> int:
    """Discard what another officer has asked to discard."""
    return await _settle(home, service, number, reason, officer, "confirm", _gone_on)


async def withdraw(home: Path, service: str, number: int, reason: str, officer: str | None) -> int:
    """Say no to it."""
    return await _settle(
        home, service, number, reason, officer, "withdraw", lambda _: "not discarded; it waits on"
    )


def _gone_on(told: Mapping[str, Any]) -> str:
    said = f"discarded; behind it {told['replayed']} applied, {told['waiting']} wait"
    return f"{said} ({told['stopped_by']})" if told["stopped_by"] else said


async def _settle(
    home: Path,
    service: str,
    number: int,
    reason: str,
    officer: str | None,
    act: str,
    said: Callable[[Mapping[str, Any]], str],
) -> int:
    async with RunningStack.of(home) as stack:
        events = await PARKED.of(stack, service)
    asked = next((e["discard"] for e in events if e["id"] == number), None)
    if asked is None:
        Console().print(f"{service}: nobody has asked to discard {number}")
        return 1
    path = f"/internal/v1/discards/{asked['discard_id']}/{act}"
    return _tell(service, await _post(home, service, path, {"note": reason}, officer), said)


async def _post(
    home: Path, service: str, path: str, body: Mapping[str, Any], officer: str | None = None
) -> Answered:
    async with RunningStack.of(home) as stack:
        return await stack.post(service, path, body, admin_token(stack, officer))


def _tell(service: str, answer: Answered, said: Callable[[Mapping[str, Any]], str]) -> int:
    console = Console()
    if not answer.accepted:
        return _refused(console, service, answer)
    console.print(f"{service}: {said(answer.body)}", markup=False, soft_wrap=True)
    return 0


def _refused(console: Console, service: str, answer: Answered) -> int:
    why = answer.body.get("detail", f"answered {answer.status}")
    field = answer.body.get("field")
    where = f" ({field})" if field else ""
    console.print(f"{service}: {why}{where}", markup=False, soft_wrap=True)
    return 1


def _named(header: str) -> tuple[str, str]:
    name, sign, value = header.partition("=")
    if not sign or not name.startswith("ce_"):
        raise NotRunning(f"--header is written name=value, such as ce_type=...; not '{header}'")
    return name, value


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotRunning(f"{file} holds no JSON that can be read: {error}") from None
