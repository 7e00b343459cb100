"""What makes a picture of evidence worth a second look. Pure.

Nothing is decided here: each finding is a reason to look, and each has honest causes. What is not
known makes no finding.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import asin, cos, isfinite, radians, sin, sqrt
from uuid import UUID

from services.intake.media.clearing.outcome import Facts
from shared.events.vocabulary import MediaFlag, MediaOrigin

EARTH_METRES = 6_371_008.8
"""Mean radius (IUGG)."""


class Near(StrEnum):
    """Whether a picture was taken where the complaint is."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Point:
    """WGS84 degrees; for the length of one decision."""

    latitude: float = field(repr=False)
    longitude: float = field(repr=False)


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits and names, from the data beside this module.

    near_metres: so far from the complaint counts as there. error_metres_at_most: a camera that
    says it errs by more is believed so far. clock: a camera's clock may be wrong by so much;
    zoneless: one that names no zone. editors: words in the name of a program that changes
    pictures, lower case. source_types: IPTC's names of what a machine has drawn. screens: sizes in
    pixels, the shorter side first. screenshot_formats: in which screens are kept.
    """

    near_metres: float
    error_metres_at_most: float
    clock: timedelta
    zoneless: timedelta
    same: float
    editors: tuple[str, ...]
    source_types: frozenset[str]
    screens: frozenset[tuple[int, int]]
    screenshot_formats: frozenset[str]


@dataclass(frozen=True, slots=True)
class Alike:
    """An earlier picture that shows the same."""

    complaint_id: UUID
    origin: MediaOrigin


@dataclass(frozen=True, slots=True)
class Finding:
    """other: the case that the other picture belongs to, where it is another one."""

    flag: MediaFlag
    other: UUID | None = None


def findings(
    complaint_id: UUID,
    facts: Facts,
    alike: Sequence[Alike],
    held_since: datetime | None,
    place: Point | None,
    policy: Policy,
) -> tuple[Finding, ...]:
    """All that was found, in the order of `MediaFlag`. held_since: when the unit first held the
    case. place: of the complaint."""
    of_file = {
        MediaFlag.TOO_EARLY: _too_early(facts, held_since, policy),
        MediaFlag.FAR: taken_near(facts, place, policy) is Near.NO,
        MediaFlag.NO_CAMERA: not facts.camera and facts.taken_at is None,
        MediaFlag.EDITED: _edited(facts, policy),
        MediaFlag.GENERATED: _generated(facts, policy),
        MediaFlag.SCREENSHOT: _screenshot(facts, policy),
        MediaFlag.THUMBNAIL: facts.thumbnail_differs is True,
    }
    plain = (Finding(flag) for flag, found in of_file.items() if found)
    return (*_seen_before(complaint_id, alike), *plain)


def flags_of(found: Sequence[Finding]) -> tuple[MediaFlag, ...]:
    """Each flag once."""
    return tuple(dict.fromkeys(each.flag for each in found))


def taken_near(facts: Facts, place: Point | None, policy: Policy) -> Near:
    """By the camera's own position, whose error is added to what counts as near."""
    taken = _taken_at(facts)
    if taken is None or place is None:
        return Near.UNKNOWN
    error = facts.error_metres or 0.0
    error = error if isfinite(error) and error > 0 else 0.0
    reach = policy.near_metres + min(error, policy.error_metres_at_most)
    return Near.YES if metres(taken, place) <= reach else Near.NO


def metres(one: Point, other: Point) -> float:
    """Along a great circle (haversine)."""
    north, its_north = radians(one.latitude), radians(other.latitude)
    up, across = its_north - north, radians(other.longitude - one.longitude)
    part = sin(up / 2) ** 2 + cos(north) * cos(its_north) * sin(across / 2) ** 2
    return 2 * EARTH_METRES * asin(min(1.0, sqrt(part)))


def _taken_at(facts: Facts) -> Point | None:
    """Cameras that have found no satellite write 0, 0."""
    if facts.latitude is None or facts.longitude is None:
        return None
    if facts.latitude == 0 and facts.longitude == 0:
        return None
    return Point(facts.latitude, facts.longitude)


def _seen_before(complaint_id: UUID, alike: Sequence[Alike]) -> tuple[Finding, ...]:
    """Evidence of the same case is none: an officer may hand over twice what shows one work."""
    own = (a for a in alike if a.origin is MediaOrigin.REPORTER and a.complaint_id == complaint_id)
    others = {
        a.complaint_id
        for a in alike
        if a.origin is MediaOrigin.EVIDENCE and a.complaint_id != complaint_id
    }
    reused = tuple(Finding(MediaFlag.REUSED, other) for other in sorted(others))
    return reused + tuple(Finding(MediaFlag.REPORTERS_PICTURE) for _ in tuple(own)[:1])


def _too_early(facts: Facts, held_since: datetime | None, policy: Policy) -> bool:
    if facts.taken_at is None or held_since is None:
        return False
    slack = policy.clock if facts.has_offset else policy.zoneless
    return facts.taken_at < held_since - slack


def _edited(facts: Facts, policy: Policy) -> bool:
    """Phones write the number of their own program into the same field: names are a list."""
    named = (facts.software or "").casefold()
    return any(editor in named for editor in policy.editors)


def _generated(facts: Facts, policy: Policy) -> bool:
    return facts.generator is not None or facts.source_type in policy.source_types


def _screenshot(facts: Facts, policy: Policy) -> bool:
    size = (min(facts.width, facts.height), max(facts.width, facts.height))
    kept_so = facts.format.casefold() in policy.screenshot_formats
    return kept_so and not facts.camera and size in policy.screens
