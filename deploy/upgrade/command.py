"""`crm release`: for developers, before a release is handed out."""

from __future__ import annotations

from typing import Annotated

import typer

release_app = typer.Typer(
    help="The release that upgrades are checked against.", no_args_is_help=True
)


@release_app.command("mark")
def mark_release(
    name: Annotated[str, typer.Argument(help="Its version, as in pyproject.toml.")],
) -> None:
    """Writes what this tree's code is as the last release, in the checkout."""
    from deploy.upgrade.marking import mark

    typer.echo(f"wrote {mark(name)}: commit it with the release")
