"""How like two reports are: by place, category, time and words. Pure.

Each ground gives a closeness from 0 to 1. The score is their weighted mean over the grounds that
are known of both reports: at a desk nothing is known of the words yet, and a report by SMS has no
point. Who is near only in time, or is only of the same category, is no neighbour: half of the
city would be.

Nothing here knows who reported. Two reports of one person are as like as those of two.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto
from functools import cache
from math import floor, hypot
from typing import NamedTuple

from services.routing.domain import Category
from services.routing.placing.categories import plain_words
from services.routing.placing.places import LATITUDE_KM, LONGITUDE_KM

REACH_M = 500
"""Further apart than that, two reports are not near by place."""
SPAN = timedelta(days=60)
"""Further apart than that, they are not near in time."""
SHOWN_FROM = 0.4
AT_MOST = 20
WORDS_READ = 600
"""Characters of a text that are compared: who tells the same twice says what it is at once."""
SAME_KELURAHAN = 0.3
"""Closeness where one of two has no point: a kelurahan is two kilometres wide."""

_SQUARE = 0.001
"""Degrees, some 110 m: see `blurred`."""
_STEP_M = 50
_FILLING = frozenset(
    {
        "ada", "agar", "atas", "dan", "dari", "dengan", "di", "hari", "ini", "itu",
        "karena", "kepada", "ke", "kami", "lagi", "mohon", "oleh", "pada", "pak", "bapak",
        "ibu", "bu", "saya", "sangat", "sampai", "segera", "selamat", "siang", "pagi",
        "sore", "malam", "sudah", "tidak", "tolong", "untuk", "yang", "yg", "yth", "terima",
        "kasih", "ditindaklanjuti", "assalamualaikum",
    }
)  # fmt: skip
"""Words that half of all reports have: two of them are not alike for these."""


class Reason(StrEnum):
    """Why two reports are taken for neighbours."""

    PLACE = auto()
    CATEGORY = auto()
    TIME = auto()
    WORDS = auto()


class Point(NamedTuple):
    """Degrees, WGS 84."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Sketch:
    """What of a report is compared. ``kelurahan``: its Kemendagri code."""

    received_at: datetime
    point: Point | None = None
    kelurahan: str | None = None
    category: str | None = None
    words: frozenset[str] | None = None
    """Of `trigrams`; None where nothing is known of the words."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """``score`` from 0 to 1. ``distance_m``: None where one of the two has no point."""

    score: float
    reasons: tuple[Reason, ...]
    distance_m: int | None


@dataclass(frozen=True, slots=True)
class _Ground:
    """``closeness``: 0 to 1, None where it is not known of both. From ``says_so`` on it is a
    reason."""

    reason: Reason
    weight: float
    says_so: float
    closeness: Callable[[Sketch, Sketch, Mapping[str, Category]], float | None]


def likeness(one: Sketch, other: Sketch, categories: Mapping[str, Category]) -> Likeness:
    """How like two reports are; the same whichever comes first."""
    weight = score = 0.0
    reasons: list[Reason] = []
    for ground in _GROUNDS:
        close = ground.closeness(one, other, categories)
        if close is None:
            continue
        weight += ground.weight
        score += ground.weight * close
        if close >= ground.says_so:
            reasons.append(ground.reason)
    metres = distance_m(one.point, other.point)
    return Likeness(round(score / weight, 3), tuple(reasons), metres)


def is_shown(found: Likeness) -> bool:
    """Whether an officer is shown it: it is near by place or by words, and like enough."""
    near = {Reason.PLACE, Reason.WORDS} & set(found.reasons)
    return bool(near) and found.score >= SHOWN_FROM


def is_asked_about(one: Sketch, other: Sketch, found: Likeness) -> bool:
    """Whether somebody at a counter, who tells ``one``, is asked whether it is the other. No words
    are compared there, and where no point is known, nothing would ever be near: so a recent report
    of its kind in the same kelurahan is asked about too."""
    if one.point is not None or one.kelurahan is None:
        return is_shown(found)
    kin = {Reason.CATEGORY, Reason.TIME} <= set(found.reasons)
    return kin and one.kelurahan == other.kelurahan


def distance_m(one: Point | None, other: Point | None) -> int | None:
    """Metres, on the plane of Jakarta."""
    if one is None or other is None:
        return None
    north = (one.latitude - other.latitude) * LATITUDE_KM
    east = (one.longitude - other.longitude) * LONGITUDE_KM
    return round(hypot(north, east) * 1000)


def blurred(point: Point | None) -> Point | None:
    """The middle of the point's square, for eyes that must not learn where exactly it is.

    A rounded distance alone would tell: whoever asks from many points finds where it changes.
    """
    return Point(*(_middle(degrees) for degrees in point)) if point else None


def _middle(degrees: float) -> float:
    return round((floor(degrees / _SQUARE) + 0.5) * _SQUARE, 6)


def rounded_m(metres: int | None) -> int | None:
    """To 50 metres; what is nearer is said to be 50 metres away."""
    return None if metres is None else max(_STEP_M, round(metres / _STEP_M) * _STEP_M)


def trigrams(text: str) -> frozenset[str]:
    """Three letters in a row of each word, as pg_trgm takes them: ``lobang`` is like ``lubang``."""
    return reader_of_trigrams()(text)


def reader_of_trigrams() -> Callable[[str], frozenset[str]]:
    """`trigrams` for texts of one neighbourhood: they name the same streets and things, and each
    word is taken apart once for all of them. No word is kept longer than the reader."""
    in_threes = cache(_in_threes)

    def read(text: str) -> frozenset[str]:
        words = set(plain_words(text[:WORDS_READ]).split()) - _FILLING
        return frozenset[str]().union(*map(in_threes, words))

    return read


def _in_threes(word: str) -> Sequence[str]:
    padded = f"  {word} "
    return [padded[at : at + 3] for at in range(len(padded) - 2)]


def _by_place(one: Sketch, other: Sketch, _: Mapping[str, Category]) -> float | None:
    metres = distance_m(one.point, other.point)
    if metres is not None:
        return max(0.0, 1 - metres / REACH_M)
    if one.kelurahan is None or other.kelurahan is None:
        return None
    return SAME_KELURAHAN if one.kelurahan == other.kelurahan else 0.0


def _by_category(one: Sketch, other: Sketch, known: Mapping[str, Category]) -> float | None:
    if one.category is None or other.category is None:
        return None
    if one.category == other.category:
        return 1.0
    return 0.5 if _family(one.category, known) & _family(other.category, known) else 0.0


def _family(slug: str, known: Mapping[str, Category]) -> frozenset[str]:
    """Categories of one family go to one first unit: a hole in a road and one in a pavement."""
    category = known.get(slug)
    return frozenset({category.unit} if category and category.unit else ())


def _by_time(one: Sketch, other: Sketch, _: Mapping[str, Category]) -> float:
    return max(0.0, 1 - abs(one.received_at - other.received_at) / SPAN)


def _by_words(one: Sketch, other: Sketch, _: Mapping[str, Category]) -> float | None:
    if not one.words or not other.words:
        return None
    return 2 * len(one.words & other.words) / (len(one.words) + len(other.words))


_GROUNDS = (
    _Ground(Reason.PLACE, 0.40, 0.5, _by_place),
    _Ground(Reason.CATEGORY, 0.20, 0.5, _by_category),
    _Ground(Reason.TIME, 0.15, 0.75, _by_time),
    _Ground(Reason.WORDS, 0.25, 0.4, _by_words),
)
