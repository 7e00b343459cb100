"""`crm backup` and `crm restore`, as `deploy/cli.py` offers them. Imports inside the commands keep
`crm --help` fast."""

from __future__ import annotations

import contextlib
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

KeysOption = Annotated[
    Path | None, typer.Option(help="The file of the sealed keys, apart from the backup.")
]
PassphraseOption = Annotated[
    str | None,
    typer.Option(help="File whose first line is the passphrase of the keys; - is standard input."),
]


async def backup(
    to: Path | None,
    check: Path | None,
    keys: Path | None,
    passphrase: str | None,
    *,
    by_other_means: bool,
) -> int:
    """Takes a backup, checks one or notes one; the exit code."""
    from deploy.backup import taking
    from deploy.local.settings import launcher_settings

    if by_other_means:
        typer.echo(f"noted: {await taking.note(launcher_settings()):%Y-%m-%d %H:%M:%S} UTC")
        return 0
    if to is not None:
        if keys is None or passphrase is None:
            raise typer.BadParameter("needs --keys and --passphrase", param_hint="--to")
        words = read_passphrase(passphrase)
        made = await taking.take(launcher_settings(), to, keys, words, typer.echo)
        typer.echo(taking.summary(made, to))
        return 0
    if check is None:
        raise typer.BadParameter("is needed, or --check", param_hint="--to")
    if (keys is None) != (passphrase is None):
        raise typer.BadParameter("needs --passphrase", param_hint="--keys")
    opening = read_passphrase(passphrase) if passphrase else None
    found = await taking.check(check, keys, opening, typer.echo)
    typer.echo(f"whole: {taking.summary(found, check)}")
    return 0


def read_passphrase(source: str) -> str:
    """Raises ProcessFailed for one that is too short, OSError for a file that cannot be read."""
    from deploy.backup.sealed_keys import passphrase_of

    return passphrase_of(sys.stdin.read() if source == "-" else Path(source).read_text("utf-8"))


async def restore(
    source: Path | None,
    keys: Path | None,
    passphrase: str | None,
    wal: Path | None,
    until: str | None,
    *,
    erasures: bool,
) -> int:
    """Restores a home, or goes on where that was cut off; the exit code."""
    from deploy.backup import restoring
    from deploy.local.settings import launcher_settings

    if erasures:
        await restoring.finish(launcher_settings(), typer.echo)
        return 0
    if source is None or keys is None or passphrase is None:
        raise typer.BadParameter("needs --keys and --passphrase", param_hint="--from")
    moment = _moment(until) if until else None
    asked = restoring.Source(source, keys, read_passphrase(passphrase), wal, moment)
    await restoring.restore(launcher_settings(), asked, typer.echo)
    return 0


def _moment(text: str) -> datetime:
    with contextlib.suppress(ValueError):
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found
    raise typer.BadParameter(
        "must be a moment with its zone, 2026-12-01T08:30:00+07:00", param_hint="--until"
    )
