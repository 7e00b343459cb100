"""`crm areas …`: borders of areas, of any city. No database is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.local.settings import borders_in, launcher_settings

areas_app = typer.Typer(help="Borders of areas.", no_args_is_help=True)
_NAMED = 5
"""Of each finding so many are named."""


def _property(what: str) -> Any:
    return typer.Option(help=f"The property that is the area's {what}; else it is found.")


@areas_app.callback()
def areas() -> None:
    """Borders of areas."""


@areas_app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="GeoJSON.")],
    to: Annotated[
        Path | None,
        typer.Option(help="Where to write; by default in CRM_HOME, where `crm up` finds it."),
    ] = None,
    code: Annotated[str | None, _property("code, as the units have it")] = None,
    name: Annotated[str | None, _property("name")] = None,
    level: Annotated[str | None, _property("level")] = None,
    parent: Annotated[str | None, _property("parent's code")] = None,
    latitude_first: Annotated[
        bool, typer.Option("--latitude-first", help="Positions are latitude, longitude.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only say what is found; write nothing.")
    ] = False,
) -> None:
    """Takes in the boundaries of a city (Polygon and MultiPolygon, WGS 84) for CRM_GEOJSON."""
    importing = import_module("services.routing.areas.file")
    target = None if check else to or borders_in(launcher_settings().home)
    chosen = importing.Chosen(code, name, level, parent, latitude_first)
    try:
        if target is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
        found = importing.import_areas(file, target, chosen)
    except (importing.Unusable, OSError) as error:
        typer.echo(f"{file}: {error}" if isinstance(error, importing.Unusable) else error, err=True)
        raise typer.Exit(1) from None
    for line in lines_of(found):
        typer.echo(line)
    typer.echo(
        "nothing was written"
        if target is None
        else f"written: {target}; services read it as CRM_GEOJSON at their next start"
    )


def lines_of(found: Any) -> Iterator[str]:
    """What was found, for people. found: an ``Imported``."""
    source, findings = found.source, found.findings
    chosen = source.chosen
    read = {
        "code": chosen.code,
        "name": chosen.name,
        "level": chosen.level,
        "parent": chosen.parent,
    }
    yield "properties: " + ", ".join(f"{kind} from {name or 'none'}" for kind, name in read.items())
    levels = ", ".join(f"{level}={count}" for level, count in sorted(findings.levels.items()))
    yield f"areas by level: {levels}; points are looked up in {findings.looked_up}"
    south, west, north, east = findings.bounds
    yield f"latitude {south:.4f} to {north:.4f}, longitude {west:.4f} to {east:.4f}"
    yield f"features joined to another one of their code: {source.joined}"
    yield _counted("mended rings, to be looked at", source.mended)
    yield _counted(
        "overlaps",
        (f"{each.codes[0]} and {each.codes[1]} {each.square_metres:,.0f} m2"
         for each in findings.overlaps),
    )  # fmt: skip
    yield _counted(
        "gaps",
        (f"at {each.latitude:.5f} {each.longitude:.5f} {each.square_metres:,.0f} m2"
         for each in findings.gaps),
    )  # fmt: skip
    yield _counted(
        "not filled by the areas beneath", (f"{code} {share:.0%}" for code, share in findings.bare)
    )
    yield _counted("without a parent", findings.orphans)
    yield _counted("of no unit", findings.strangers)
    yield _counted("kelurahan without an area", findings.missing)


def _counted(what: str, found: Iterable[str]) -> str:
    every = list(found)
    more = ", ..." if len(every) > _NAMED else ""
    named = f" ({', '.join(every[:_NAMED])}{more})" if every else ""
    return f"{what}: {len(every)}{named}"
