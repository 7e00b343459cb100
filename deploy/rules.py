"""Versions of the rules of a running stack: as files, compared, tried, activated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import typer

from deploy.failures import NotRunning
from deploy.local.tokens import Role
from deploy.running import Answered, RunningStack

AT_ONCE = 200
"""Complaints of one page of a trial."""
_ADDRESS = "/v1/rule-versions"


class Door(Protocol):
    """Routing's interface, as `RunningStack` opens it."""

    def token(self, role: Role, unit: str, subject: str | None = None) -> str: ...
    async def get(self, service: str, path: str, token: str | None = None) -> Answered: ...
    async def post(
        self, service: str, path: str, body: Mapping[str, Any], token: str | None = None
    ) -> Answered: ...


Command: TypeAlias = Callable[[Door], Awaitable[int]]


class Refused(Exception):
    """Routing has said no; says why."""


async def on_stack(home: Path, command: Command) -> int:
    """Runs a command on the stack in ``home``; 1 where routing refuses."""
    async with RunningStack.of(home) as stack:
        return await told(stack, command)


async def told(door: Door, command: Command) -> int:
    """Runs a command; what routing refuses is printed."""
    try:
        return await command(door)
    except Refused as error:
        typer.echo(str(error), err=True)
        return 1


# --- history and files ----------------------------------------------------------------------


async def history(door: Door) -> int:
    """Prints all versions, the newest first."""
    cursor: str | None = ""
    while cursor is not None:
        page = await _get(door, f"?cursor={cursor}" if cursor else "")
        if not cursor:
            typer.echo(f"version {page['in_force']} decides; 1 is the shipped one")
        for each in page["versions"]:
            by = f"proposed by {each['proposed_by']} at {each['proposed_at']}: {each['note']}"
            now = "  <- decides" if each["in_force"] else ""
            typer.echo(f"{each['number']}  {by}{now}")
            for act in each["activations"]:
                typer.echo(f"   activated by {act['activated_by']} from {act['valid_from']} on")
        cursor = page["next_cursor"]
    return 0


async def export(door: Door, folder: Path, number: int | None) -> int:
    """Writes a version's files; ``number``: None is the one that decides."""
    wanted = number or await _in_force(door)
    _files().write_folder(folder, (await _get(door, f"/{wanted}"))["document"])
    typer.echo(f"version {wanted} is in {folder}")
    return 0


async def propose(door: Door, folder: Path, reason: str, officer: str | None) -> int:
    """Checks the files of a folder and proposes them. What is broken is printed by file and
    line, and nothing is sent."""
    files = _files()
    before = (await _get(door, f"/{await _in_force(door)}"))["document"]
    try:
        document = files.check_folder(folder, before)
    except files.Broken as error:
        for line in error.lines:
            typer.echo(line, err=True)
        return 1
    proposed = await _post(door, "", {"note": reason, "document": document}, officer)
    number = proposed["number"]
    typer.echo(f"version {number} is proposed; now: crm rules test {number}")
    return 0


# --- comparing, trying, activating ----------------------------------------------------------


async def diff(door: Door, number: int, against: int | None) -> int:
    """Prints what a version says otherwise than another; ``against``: None is the one that
    decides."""
    other = against or await _in_force(door)
    told = await _get(door, f"/{number}/changes?against={other}")
    for each in told["changes"]:
        path = " / ".join(each["path"])
        if each["change"] == "changed":
            typer.echo(f"~ {path}: {_said(each['before'])} -> {_said(each['after'])}")
        else:
            sign, value = ("+", "after") if each["change"] == "added" else ("-", "before")
            rest = "" if each[value] is True else f": {_said(each[value])}"
            typer.echo(f"{sign} {path}{rest}")
    if told["more"]:
        typer.echo(f"and {told['more']} more")
    typer.echo(f"{len(told['changes']) + told['more']} changes from {other} to {number}")
    return 0


async def try_out(door: Door, number: int, cases: int) -> int:
    """Prints what a version would decide otherwise about the last ``cases`` complaints."""
    totals: Counter[str] = Counter()
    moved: dict[str, Counter[tuple[str, str]]] = {"by_category": Counter(), "by_unit": Counter()}
    cursor: str | None = ""
    while cursor is not None and totals["cases"] < cases:
        limit = min(AT_ONCE, cases - totals["cases"])
        behind = f"&cursor={cursor}" if cursor else ""
        page = await _get(door, f"/{number}/trial?limit={limit}{behind}")
        totals.update({name: page[name] for name in ("cases", "unread", "changed", "failed")})
        for name, counts in moved.items():
            for each in page[name]:
                counts[_said(each["before"]), _said(each["after"])] += each["cases"]
        against, cursor = page["against"], page["next_cursor"]
    typer.echo(
        f"version {number} against {against}: {totals['changed']} of {totals['cases']} complaints"
        f" would be decided otherwise ({totals['unread']} have no words any more)"
    )
    for name, counts in moved.items():
        typer.echo(f"{name.replace('_', ' ')}{'' if counts else ': nothing changes'}")
        for (old, new), count in counts.most_common():
            typer.echo(f"{count:7}  {old} -> {new}")
    if totals["failed"]:
        typer.echo(f"a rule fails at {totals['failed']} of them", err=True)
    return 1 if totals["failed"] else 0


async def activate(
    door: Door, number: int, reason: str, officer: str | None, valid_from: str | None
) -> int:
    """As the second officer. ``valid_from``: an instant with its offset; None is now."""
    wish: dict[str, Any] = {"note": reason, "instead_of": await _in_force(door)}
    if valid_from is not None:
        wish["valid_from"] = valid_from
    activated = await _post(door, f"/{number}/activate", wish, officer)
    begins = activated["activations"][-1]["valid_from"]
    typer.echo(f"version {number} decides from {begins} on")
    return 0


# --- routing's door -------------------------------------------------------------------------


def _files() -> Any:
    return import_module("services.routing.rule_versions.files")


def _said(value: Any) -> str:
    return "(none)" if value is None else str(value)


async def _in_force(door: Door) -> int:
    return int((await _get(door, "?limit=1"))["in_force"])


async def asked(door: Door, path: str) -> Any:
    """What routing answers an administrator. Raises Refused, NotRunning."""
    token = door.token("admin", "biro-pemerintahan")
    return body_of(await door.get("routing", path, token))


async def _get(door: Door, path: str) -> Any:
    return await asked(door, f"{_ADDRESS}{path}")


async def _post(door: Door, path: str, body: Mapping[str, Any], officer: str | None) -> Any:
    token = door.token("admin", "biro-pemerintahan", officer)
    return body_of(await door.post("routing", f"{_ADDRESS}{path}", body, token))


def body_of(answer: Answered) -> Mapping[str, Any]:
    """Raises Refused, or NotRunning where routing does not work."""
    if answer.accepted:
        return answer.body
    if answer.status >= 500:
        raise NotRunning(f"routing answered {answer.status}: try again in a moment")
    where = answer.body.get("field")
    why = answer.body.get("detail", f"routing answered {answer.status}")
    raise Refused(f"{why} ({where})" if where else why)
