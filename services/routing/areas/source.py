"""From somebody's GeoJSON to areas: each source names its properties in its own way. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from services.routing.areas.rings import Border, Unusable, border_of, joined

USUAL: Mapping[str, tuple[str, ...]] = {
    "code": (
        *("code", "kode", "kdepum", "kode_kel", "kode_desa", "kode_wilayah", "iddesa", "id_desa"),
        *("gid_4", "gid_3", "ref", "id"),
    ),
    "name": (
        *("name", "nama", "namobj", "wadmkd", "nama_kel", "nama_desa", "nmdesa", "kelurahan"),
        *("name_4", "name_3"),
    ),
    "level": ("level", "tingkat", "admin_level"),
    "parent": ("parent", "parent_code", "induk", "kode_induk", "kdcpum", "kode_kec"),
}
"""Names of the properties in the files of BIG, BPS, GADM and OpenStreetMap, the likelier first; in
lower case."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which properties to read, by their names in the file; None: they are found by `USUAL`.
    latitude_first: the file has its positions in the order that GeoJSON has not."""

    code: str | None = None
    name: str | None = None
    level: str | None = None
    parent: str | None = None
    latitude_first: bool = False


@dataclass(frozen=True, slots=True)
class Area:
    """An area by its code. level, parent: as the file says, None where it says none."""

    code: str
    name: str
    level: str | None
    parent: str | None
    border: Border


@dataclass(frozen=True, slots=True)
class Source:
    """What a file says. chosen: the properties that were read. mended: codes of areas whose rings
    were not valid. joined: features that were laid to another one of the same code."""

    areas: tuple[Area, ...]
    chosen: Chosen
    mended: tuple[str, ...] = ()
    joined: int = 0


@dataclass(slots=True)
class _Read:
    """Areas in the order of the file, several of one code among them."""

    areas: list[tuple[str, Area]] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)


def read_source(document: Any, chosen: Chosen) -> Source:
    """``document``: the file as it was parsed. Raises Unusable."""
    features = _features(document)
    told = [_properties(each, at) for at, each in enumerate(features)]
    chosen = _found(told, chosen)
    read = _Read()
    for at, (feature, properties) in enumerate(zip(features, told, strict=True)):
        where = f"features[{at}]"
        geometry, first = feature.get("geometry"), chosen.latitude_first
        drawn = border_of(geometry, f"{where}.geometry", latitude_first=first)
        area = _area(properties, f"{where}.properties", chosen, drawn.border)
        read.areas.append((where, area))
        if drawn.mended:
            read.mended.append(area.code)
    areas = _each_once(read.areas)
    return Source(areas, chosen, tuple(read.mended), len(read.areas) - len(areas))


def _features(document: Any) -> Sequence[Mapping[str, Any]]:
    features = document.get("features") if isinstance(document, Mapping) else None
    if not isinstance(features, list) or not features:
        raise Unusable("The file must be a FeatureCollection with features: export it as GeoJSON.")
    _refuse_projection(document.get("crs"))
    return features


def _refuse_projection(crs: Any) -> None:
    """The member is of GeoJSON before RFC 7946, which has WGS 84 alone."""
    properties = crs.get("properties") if isinstance(crs, Mapping) else None
    name = properties.get("name") if isinstance(properties, Mapping) else None
    if name is not None and not str(name).upper().endswith(("CRS84", ":4326")):
        raise Unusable(
            "crs names another system than WGS 84: convert the file first (ogr2ogr -t_srs "
            "EPSG:4326)."
        )


def _properties(feature: Any, at: int) -> Mapping[str, Any]:
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    if not isinstance(properties, Mapping):
        raise Unusable(f"features[{at}].properties is missing: it must hold the area's code.")
    return properties


def _found(told: Sequence[Mapping[str, Any]], chosen: Chosen) -> Chosen:
    """Names those properties that nobody has chosen."""
    chosen = replace(
        chosen,
        code=chosen.code or _usual("code", told, of_all=True),
        name=chosen.name or _usual("name", told, of_all=True),
        level=chosen.level or _usual("level", told, of_all=True),
        # An area at the top has no parent.
        parent=chosen.parent or _usual("parent", told, of_all=False),
    )
    if chosen.code is None:
        names = ", ".join(sorted(told[0])) or "none"
        raise Unusable(
            "No property that all features have is known to be the code: name it with --code "
            f"(features[0].properties has {names})."
        )
    return chosen


def _usual(kind: str, told: Sequence[Mapping[str, Any]], *, of_all: bool) -> str | None:
    by_lower = {name.lower(): name for each in told for name in each}
    for usual in USUAL[kind]:
        name = by_lower.get(usual)
        have = [_text(each.get(name)) is not None for each in told] if name else [False]
        if all(have) if of_all else any(have):
            return name
    return None


def _area(properties: Mapping[str, Any], where: str, chosen: Chosen, border: Border) -> Area:
    code = _required(properties, where, "code", chosen.code)
    return Area(
        code,
        _required(properties, where, "name", chosen.name) if chosen.name else code,
        _required(properties, where, "level", chosen.level) if chosen.level else None,
        _text(properties.get(chosen.parent)) if chosen.parent else None,
        border,
    )


def _required(properties: Mapping[str, Any], where: str, kind: str, name: str | None) -> str:
    found = _text(properties.get(name)) if name else None
    if found is None:
        raise Unusable(
            f"{where}.{name} must be a text or a whole number that is the area's {kind}: put it "
            f"right, or name another property with --{kind}."
        )
    return found


def _text(value: Any) -> str | None:
    """None for what names nothing. Some programs write whole numbers as 3171.0."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None


def _each_once(areas: Sequence[tuple[str, Area]]) -> tuple[Area, ...]:
    """Islands of an area may be features of their own."""
    by_code: dict[str, list[tuple[str, Area]]] = defaultdict(list)
    for where, area in areas:
        by_code[area.code].append((where, area))
    return tuple(_one(parts) for _, parts in sorted(by_code.items()))


def _one(parts: Sequence[tuple[str, Area]]) -> Area:
    where, first = parts[0]
    for other, part in parts[1:]:
        if (part.name, part.level, part.parent) != (first.name, first.level, first.parent):
            raise Unusable(
                f"{where} and {other} have one code and differ in name, level or parent: give each "
                "area a code of its own, or name another property with --code."
            )
    if len(parts) == 1:
        return first
    return replace(first, border=joined([part.border for _, part in parts]))
