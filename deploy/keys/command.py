"""`crm keys list|add|use|reseal|retire`."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from deploy.keys.kinds import Kind
    from deploy.keys.rotation import Line, Rotation

keys_app = typer.Typer(
    help="Keys that are changed while all runs: add, use, reseal, retire.", no_args_is_help=True
)

KindArgument = Annotated[str, typer.Argument(help="As crm keys list names it.")]
IdArgument = Annotated[str, typer.Argument(help="Of the key.")]
FolderOption = Annotated[
    Path | None,
    typer.Option(
        exists=True, file_okay=False, help="Made by crm secrets new; else the stack in CRM_HOME."
    ),
]
RolledOutOption = Annotated[
    bool,
    typer.Option(
        "--rolled-out", help="With --folder: every process runs with the files as they are now."
    ),
]


@keys_app.command("list")
def list_keys(folder: FolderOption = None) -> None:
    """Every key: kind, id, when it was made, state, last use, rows that need it."""
    from deploy.keys.kinds import KINDS

    async def show() -> int:
        async with _rotation(folder) as (rotation, runs):
            _print(await rotation.lines(tuple(KINDS.values()), count=runs or folder is not None))
        return 0

    _end(show())


@keys_app.command("add")
def add_key(kind: KindArgument, folder: FolderOption = None) -> None:
    """Makes a key that reads everywhere and does not write yet."""

    async def add() -> int:
        async with _rotation(folder) as (rotation, _):
            typer.echo(f"added {rotation.add(_kind(kind))}; when every process holds it: use")
        return 0

    _end(add())


@keys_app.command("use")
def use_key(
    kind: KindArgument,
    key_id: IdArgument,
    folder: FolderOption = None,
    rolled_out: RolledOutOption = False,
) -> None:
    """Lets a key write that every process holds; the one before still reads."""

    async def use() -> int:
        async with _rotation(folder, rolled_out=rolled_out) as (rotation, _):
            await rotation.use(_kind(kind), key_id)
            typer.echo(f"{key_id} writes")
        return 0

    _end(use())


@keys_app.command("reseal")
def reseal(kind: KindArgument, folder: FolderOption = None) -> None:
    """Waits until the owner of the keys has sealed anew what older ones have sealed. To break it
    off breaks nothing: the owner goes on."""

    async def wait() -> int:
        async with _rotation(folder) as (rotation, _):
            async for left in rotation.reseal(_kind(kind)):
                typer.echo(f"{left} rows left")
        return 0

    _end(wait())


@keys_app.command("retire")
def retire_key(
    kind: KindArgument,
    key_id: IdArgument,
    folder: FolderOption = None,
    rolled_out: RolledOutOption = False,
) -> None:
    """Takes a key away that nothing needs, and says the proof; refuses while anything does."""

    async def retire() -> int:
        async with _rotation(folder, rolled_out=rolled_out) as (rotation, _):
            typer.echo(f"retired {key_id}: {await rotation.retire(_kind(kind), key_id)}")
        return 0

    _end(retire())


@asynccontextmanager
async def _rotation(
    folder: Path | None, *, rolled_out: bool | None = None
) -> AsyncIterator[tuple[Rotation, bool]]:
    """And whether a stack runs whose processes are asked. rolled_out: None where it is no matter.
    Raises StopTheLine where nobody can be asked and nothing was said."""
    from deploy.failures import NotRunning
    from deploy.keys.places import FolderKeys, HomeKeys
    from deploy.keys.rotation import Rotation
    from deploy.local.settings import launcher_settings
    from deploy.running import RunningStack
    from shared.clock import system_clock
    from shared.errors import StopTheLine

    if folder is not None:
        if rolled_out is False:
            raise StopTheLine(
                "roll the files out to every process, and say --rolled-out when all run with them"
            )
        yield Rotation(FolderKeys(folder), None, system_clock), False
        return
    home = launcher_settings().home
    async with AsyncExitStack() as open_until:
        try:
            stack = await open_until.enter_async_context(RunningStack.of(home))
        except NotRunning as error:
            refusal = error

            def no_urls() -> dict[str, str]:
                raise refusal

            yield Rotation(HomeKeys(home, no_urls), None, system_clock), False
            return
        urls = dict(stack.description["postgres"]["urls"])
        yield Rotation(HomeKeys(home, lambda: urls), stack, system_clock), True


def _kind(name: str) -> Kind:
    from deploy.keys.kinds import KINDS
    from shared.errors import StopTheLine

    if name not in KINDS:
        raise StopTheLine(f"{name} is no kind of keys: {', '.join(KINDS)}")
    return KINDS[name]


def _print(lines: list[Line]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table("kind", "id", "made", "state", "last used", "rows", box=SIMPLE_HEAD)
    for line in lines:
        used = f"{datetime.fromtimestamp(line.used, UTC):%Y-%m-%d %H:%M:%S}Z" if line.used else ""
        rows = "" if line.rows is None else str(line.rows)
        table.add_row(line.kind, line.id, line.made, line.state, used, rows)
    Console().print(table)


def _end(work: Coroutine[Any, Any, int]) -> None:
    """Ends the command. An error of the machine is printed as a sentence, not a traceback."""
    import asyncio

    from deploy.failures import EXPECTED, in_words

    try:
        code = asyncio.run(work)
    except EXPECTED as error:
        typer.echo(in_words(error, Path(os.curdir)), err=True)
        code = 1
    raise typer.Exit(code)
