"""From a file of boundaries to the file that ``CRM_GEOJSON`` names: all of it, or nothing."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from shapely.geometry import mapping

from services.routing.areas.findings import Findings, findings_of
from services.routing.areas.hierarchy import arranged, innermost
from services.routing.areas.rings import Unusable
from services.routing.areas.source import Area, Chosen, Source, read_source
from services.routing.placing.borders import PolygonLocator
from shared.unit_table import load_units

__all__ = ["Chosen", "Imported", "Unusable", "import_areas"]


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file holds, and what was found in it."""

    source: Source
    findings: Findings


def import_areas(file: Path, target: Path | None, chosen: Chosen) -> Imported:
    """Writes those areas that no other lies in; nothing where ``target`` is None. Raises Unusable,
    and OSError where a file cannot be read or written; what lay at ``target`` lies there then."""
    units = load_units()
    source = read_source(_parsed(file), chosen)
    areas = arranged(source.areas, units)
    found = Imported(source, findings_of(areas, units))
    if target is not None:
        _write(innermost(areas), target)
    return found


def _parsed(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8-sig"), parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise Unusable(
            f"The file is no JSON from line {error.lineno}, column {error.colno} on: export it as "
            "GeoJSON."
        ) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise Unusable("The file is no JSON in UTF-8: export it as GeoJSON.") from error


def _refuse_constant(name: str) -> NoReturn:
    raise Unusable(f"The file holds {name}, which is no number of JSON: export it anew.")


def _write(areas: Sequence[Area], target: Path) -> None:
    """Beside it first: a process that starts meanwhile reads the old file or the new one."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8") as out:
            out.write(_collection(areas))
            out.flush()
            os.fsync(out.fileno())
        # What routing could not read would stop it at its next start, days later.
        PolygonLocator.read(part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _collection(areas: Sequence[Area]) -> str:
    """An area a line, so that two versions can be compared."""
    lines = ",\n".join(json.dumps(_feature(area), ensure_ascii=False) for area in areas)
    return f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'


def _feature(area: Area) -> dict[str, Any]:
    told = {"code": area.code, "name": area.name, "level": area.level, "parent": area.parent}
    return {"type": "Feature", "properties": told, "geometry": mapping(area.border)}
