"""How often officers have put right what the rules of a running stack decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import typer

from deploy.rules import Door, asked

_ADDRESS = "/v1/rule-corrections"
UNITS_SHOWN = 20


async def corrections(door: Door, days: int, version: int | None, all_units: bool) -> int:
    """Prints the counts; ``version``: None for all. Of the units the ``UNITS_SHOWN`` with the most
    cases, or all."""
    of_version = f"&version={version}" if version else ""
    told = await asked(door, f"{_ADDRESS}?days={days}{of_version}")
    typer.echo(
        f"complaints of the last {days} days: the rules sent {told['decided']} to a unit,"
        f" people corrected {told['corrected']} of them ({_stood(told)} stood)"
    )
    left, placed = told["left_to_people"], told["placed"]
    typer.echo(f"{left} were left to people, who have placed {placed} of them")
    typer.echo("\ndecided  corrected    stood")
    _print("by category", told["by_category"], "category", "category_name")
    units = told["by_unit"] if all_units else told["by_unit"][:UNITS_SHOWN]
    _print("by unit", units, "unit_id", "unit_name")
    if more := len(told["by_unit"]) - len(units):
        typer.echo(f"and {more} units more: --all-units")
    _print("by version of the rules", told["by_version"], "version", None)
    _print_pairs("categories most often confused (rules -> people)", told["confused_categories"])
    _print_pairs("units most often confused (rules -> people)", told["confused_units"])
    return 0


def _print(title: str, rows: Iterable[Mapping[str, Any]], name: str, label: str | None) -> None:
    typer.echo(title)
    for row in rows:
        called = "not known" if row[name] is None else str(row[name])
        more = f" ({row[label]})" if label and row[label] else ""
        if "left_to_people" in row:
            more = f" ({row['left_to_people']} more left to people)"
        typer.echo(f"{row['decided']:7}  {row['corrected']:9}  {_stood(row):>7}  {called}{more}")


def _print_pairs(title: str, pairs: Sequence[Mapping[str, Any]]) -> None:
    typer.echo(title if pairs else f"{title}: none")
    for pair in pairs:
        typer.echo(f"{pair['cases']:7}  {pair['said']} -> {pair['right']}")


def _stood(row: Mapping[str, Any]) -> str:
    return "-" if row["accuracy"] is None else f"{100 * row['accuracy']:.1f} %"
