"""Of several places in a text, the one that its matter is at; of a text and a point, which holds.
Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.routing.gazetteer.mentions import Form, Mention, Role
from shared.events.vocabulary import UnitKind
from shared.units import UnitTree

SURE = 0.5
"""From here on a case may be routed by the place; below it, a person decides."""
CONTRADICTING = 0.8
"""Words that are less sure contradict no point."""
DOUBTFUL = 0.4
_CAP = {Role.WRITER: 0.65, Role.PASSED: 0.6, Role.OFFICE: 0.6}
"""What a place is worth that the text names for something else, if it names no other."""


@dataclass(frozen=True, slots=True)
class Mentioned:
    """Where a text says that its matter is. Codes: Kemendagri; ``area_code`` is the finest known.

    confidence: 0 to 1, below `SURE` a person decides. approximate: one of several areas was meant,
    and this one holds them all; or the name was misspelt. outside: name of the city or regency
    beyond the tree. across: code of what holds a street or a river of several regions, which no
    unit of the tree is; then no area is known. others: codes of what else was named. spans: where
    the places stand in address and text, one after the other with a line between; code points.
    """

    area_code: str | None = None
    kelurahan_code: str | None = None
    kecamatan_code: str | None = None
    region_code: str | None = None
    confidence: float = 0.0
    approximate: bool = False
    outside: str | None = None
    across: str | None = None
    others: tuple[str, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()


NOWHERE = Mentioned()


@dataclass(slots=True)
class Settled:
    """The areas that agree so far, and what did not agree with them."""

    codes: tuple[str, ...]
    confidence: float
    against: list[Mention]


def inside(code: str, area: str) -> bool:
    """Whether an area is another one or lies in it, by their Kemendagri codes."""
    return code == area or code.startswith(f"{area}.")


def narrowed(some: Iterable[str], others: Sequence[str]) -> tuple[str, ...]:
    """What lies in both: of two areas, one within the other, the smaller."""
    found: dict[str, None] = {}
    for one in some:
        for other in others:
            # As `inside` says it, without two calls for each pair.
            if one == other or (one.startswith(other) and one[len(other)] == "."):
                found[one] = None
            elif other.startswith(one) and other[len(one)] == ".":
                found[other] = None
    return tuple(found)


def around(codes: Sequence[str]) -> str | None:
    """The smallest area that holds them all; None if that is more than a region."""
    common = _common(codes)
    return ".".join(common) if len(common) > 1 else None


def _common(codes: Sequence[str]) -> list[str]:
    """The parts of the code that all begin with."""
    common: list[str] = []
    for level in zip(*(code.split(".") for code in codes), strict=False):
        if len(set(level)) > 1:
            break
        common.append(level[0])
    return common


def matter(mentions: Sequence[Mention]) -> list[Mention]:
    """Those that the matter may be at: a place that it is at goes before where the writer lives,
    and that before an office that is spoken of. A direction is no place."""
    at = any(each.role in (Role.AT, Role.NEAR, Role.PASSED) for each in mentions)
    likely: tuple[Role, ...] = (Role.AT, Role.PLAIN, Role.NEAR)
    if not at:
        likely += (Role.WRITER,)
    for roles in (likely, (Role.PASSED,), (Role.OFFICE,)):
        found = [each for each in mentions if each.role in roles and each.confidence > 0]
        if found:
            return found
    return []


def _by_weight(mention: Mention) -> tuple[bool, int, int, int]:
    return mention.role is Role.NEAR, -mention.form, -mention.role, mention.first


def agree(mentions: Sequence[Mention]) -> Settled:
    """From the surest on, each place narrows the areas or is against them."""
    order = sorted(mentions, key=_by_weight)
    best = order[0]
    settled = Settled(best.codes, best.confidence, [])
    alternates = best.alternates
    for each in order[1:]:
        both = narrowed(settled.codes, each.codes)
        if not both:
            both = narrowed(settled.codes, each.alternates) or narrowed(alternates, each.codes)
        if not both:
            settled.against.append(each)
            continue
        if both != settled.codes:
            alternates = ()
        settled.codes = both
        settled.confidence = min(0.97, max(settled.confidence, each.confidence) + 0.02)
    return settled


def _weighed(settled: Settled, pool: Sequence[Mention]) -> tuple[tuple[str, ...], float]:
    """What is left of the confidence when places of the text contradict each other."""
    best = min(pool, key=_by_weight)
    rival = min(settled.against, key=_by_weight, default=None)
    if rival is None:
        return settled.codes, settled.confidence
    if rival.role is Role.NEAR and best.role is not Role.NEAR:
        return settled.codes, min(settled.confidence, 0.75)
    if best.form is Form.EXPLICIT and rival.form < Form.EXPLICIT:
        return settled.codes, 0.7
    if best.role > rival.role or rival.form in (Form.NAMESAKE, Form.STREET):
        return settled.codes, 0.6
    if rival.form is Form.REGION:
        return settled.codes, DOUBTFUL + 0.05
    together = around((*settled.codes, *rival.codes))
    if together is None:
        return settled.codes, DOUBTFUL
    return (together,), 0.6 if together.count(".") > 1 else 0.55


def settle_mentions(
    mentions: Sequence[Mention], spans: tuple[tuple[int, int], ...], units: UnitTree
) -> Mentioned:
    """Where the matter is, by all places that a text names. spans: where they stand in it."""
    pool = matter(mentions)
    cap = max((_CAP.get(each.role, 1.0) for each in pool), default=0.0)
    beyond = [each for each in pool if each.outside]
    within = [each for each in pool if not each.outside]
    if within:
        beyond = [each for each in beyond if each.role is not Role.NEAR]
    if beyond and not _within_goes_first(within, beyond):
        sure = max(each.confidence for each in beyond)
        return Mentioned(
            confidence=min(cap, sure if not within else DOUBTFUL),
            outside=beyond[0].outside,
            others=tuple(code for each in within for code in each.codes),
            spans=spans,
        )
    if not within:
        return Mentioned(others=_others(mentions, None), spans=spans)
    settled = agree(within)
    codes, confidence = _weighed(settled, within)
    if beyond:
        confidence = min(confidence, 0.6 if _is_at(within) and not _is_at(beyond) else DOUBTFUL)
    area = around(codes)
    if area is None:
        return _across(codes, min(confidence, cap), _others(mentions, None), spans)
    approximate = len(codes) > 1 or any(each.typo for each in within)
    return _mentioned(
        area, min(confidence, cap), approximate, _others(mentions, area), spans, units
    )


def _across(
    codes: Sequence[str],
    confidence: float,
    others: tuple[str, ...],
    spans: tuple[tuple[int, int], ...],
) -> Mentioned:
    """One street or river in several regions."""
    return Mentioned(
        confidence=confidence,
        approximate=True,
        across=".".join(_common(codes)) or None,
        others=others,
        spans=spans,
    )


def _is_at(mentions: Sequence[Mention]) -> bool:
    return any(each.role is Role.AT for each in mentions)


def _within_goes_first(within: Sequence[Mention], beyond: Sequence[Mention]) -> bool:
    return bool(within) and (_is_at(within) or not _is_at(beyond))


def _others(mentions: Sequence[Mention], area: str | None) -> tuple[str, ...]:
    codes = (code for each in mentions for code in (*each.codes, *each.alternates))
    return tuple(dict.fromkeys(code for code in codes if code != area))


def _mentioned(
    area: str,
    confidence: float,
    approximate: bool,
    others: tuple[str, ...],
    spans: tuple[tuple[int, int], ...],
    units: UnitTree,
) -> Mentioned:
    kinds = {unit.kind: unit.id for each in units.lineage(area) if (unit := units.find(each))}
    return Mentioned(
        area,
        kinds.get(UnitKind.KELURAHAN),
        kinds.get(UnitKind.KECAMATAN),
        kinds.get(UnitKind.REGION),
        confidence,
        approximate,
        others=others,
        spans=spans,
    )


def contradicts(point: str, approximate: bool, mentioned: Mentioned) -> bool:
    """Whether text and point cannot both be right.

    point: code of the area of the point, a kelurahan where borders of kelurahan are known;
    approximate: by the nearest middle, which is wrong
    for every fourth point, mostly by one kelurahan. People often name the neighbouring kelurahan
    too: within a kecamatan only ``kelurahan X`` against a point within borders is a contradiction.
    """
    if mentioned.confidence < CONTRADICTING:
        return False
    if mentioned.outside is not None:
        return True
    area = mentioned.area_code
    if area is None or inside(point, area) or inside(area, point):
        return False
    near = point.rpartition(".")[0] == mentioned.kecamatan_code
    return not near or (not approximate and mentioned.confidence >= 0.95)
