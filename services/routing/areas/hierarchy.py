"""Which area lies in which: by the parent that the file says, else by the dots of a code. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from services.routing.areas.rings import Unusable
from services.routing.areas.source import Area
from shared.units import UnitTree


def arranged(areas: Sequence[Area], units: UnitTree) -> tuple[Area, ...]:
    """The areas with the parent and the level of each. A level that the file does not say is the
    kind of the unit of that code, or how many areas of the file lie around it. Raises Unusable."""
    codes = {area.code for area in areas}
    parents = {area.code: area.parent or _above(area.code, codes, units) for area in areas}
    around = {code: tuple(_around(code, parents)) for code in parents}
    return tuple(
        replace(
            area,
            parent=parents[area.code],
            level=area.level or _level(area.code, units, codes.intersection(around[area.code])),
        )
        for area in areas
    )


def _above(code: str, codes: Collection[str], units: UnitTree) -> str | None:
    """``31.71.01`` of ``31.71.01.1001``. Without dots nothing is guessed: in running numbers 1 is
    not the parent of 100."""
    while "." in code:
        code = code.rpartition(".")[0]
        if code in codes or units.find(code) is not None:
            return code
    return None


def _around(code: str, parents: Mapping[str, str | None]) -> Iterator[str]:
    """From the nearest outwards."""
    seen = {code}
    at = parents[code]
    while at is not None:
        if at in seen:
            raise Unusable(f"The area {code} lies within itself by its parents: put them right.")
        seen.add(at)
        yield at
        at = parents.get(at)


def _level(code: str, units: UnitTree, around: Collection[str]) -> str:
    unit = units.find(code)
    return unit.kind.value if unit is not None else str(len(around) + 1)


def innermost(areas: Sequence[Area]) -> tuple[Area, ...]:
    """Those that no other area of the file lies in: points are looked up among them."""
    parents = {area.parent for area in areas}
    return tuple(area for area in areas if area.code not in parents)


def without_parent(areas: Sequence[Area], units: UnitTree) -> tuple[str, ...]:
    """Codes of those whose parent nobody knows. What has none and holds others is the top."""
    codes = {area.code for area in areas}
    parents = {area.parent for area in areas}
    return tuple(
        area.code
        for area in areas
        if (area.parent is None and area.code not in parents)
        or (area.parent is not None and area.parent not in codes and not units.find(area.parent))
    )
