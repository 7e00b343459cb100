"""Seeded cases, one after the other in the order of their receipt.

The same seed and day give the same cases, however many processes make them: each block of cases
has a generator of its own.
"""

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from random import Random
from typing import Final
from uuid import UUID

from services.routing.domain import Case, Category
from services.routing.seeding.city import Choice, City, Place
from services.routing.texts.store import Written
from shared.clock import JAKARTA
from shared.events.vocabulary import CLOSED_STATES, CaseState, Channel, Clock

BLOCK: Final = 2_000
DAYS: Final = 730
_HEAVY_SHARE, _TRIAGE_SHARE, _OPEN_AT_TRIAGE = 0.11, 0.111, 0.005
"""So many cases are the heavy unit's and the triage desk's, nearly all of them closed, besides what
else comes to the unit: to see that a full archive makes no list slow. Of 1,000,000 each has more
than 100,000 that were completed, and a file of them has as many rows."""
_ANY_UNIT = 0.02
"""So many go to any unit of the tree, so that none has nothing."""
_LATELY, _OPEN_LATELY, _OPEN_BEFORE = 30, 0.6, 0.0135
"""Of the cases of the last days so many are open, and so many of those before: 3 % of all."""
_LOCATED, _SPREAD = 0.9, 0.0045
"""So many reports have a point; degrees around the middle of their kelurahan."""
_OFFICER: Final = "petugas"

_STATES_OPEN = Choice.of({
    "received": 30, "coordinated": 10, "delegated": 12, "planned": 5, "in_progress": 25,
    "awaiting_validation": 12, "verifying": 2, "follow_up_refused": 4,
})  # fmt: skip
_STATES_CLOSED = Choice.of({"completed": 92, "rejected": 7, "withdrawn": 1})
_UNTAKEN = (CaseState.RECEIVED, CaseState.COORDINATED, CaseState.DELEGATED)
_PASSED_ON = (CaseState.COORDINATED, CaseState.DELEGATED)
_BY_NIGHT = 0.06
"""Of a day's reports come in the first five hours."""
_SIDES = ("depan", "samping", "seberang", "belakang", "dekat")
_MARKS = (
    "masjid",
    "pasar",
    "SDN 03",
    "halte",
    "puskesmas",
    "kantor pos",
    "taman",
    "gereja",
    "SPBU",
)
_STREETS = ("Raya", "Barat", "Timur", "Utara", "Selatan", "Dalam", "Indah", "Baru", "Tengah")
_SINCE = ("sejak kemarin", "sudah seminggu", "sudah sebulan", "sejak hujan semalam", "tiap malam",
          "setiap pagi", "sejak tahun lalu")  # fmt: skip
_HARM = ("Membahayakan pengendara motor", "Warga mengeluh", "Anak sekolah sulit lewat",
         "Bau sekali", "Sering macet karenanya", "Sudah dua orang jatuh", "Gelap di malam hari",
         "Air meluap ke rumah warga")  # fmt: skip
_WISH = ("Mohon segera ditindaklanjuti.", "Tolong dibantu, terima kasih.", "Mohon diperbaiki.",
         "Kapan ditangani?", "Sudah pernah lapor, belum ada hasil.")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Life:
    """A case, and what its reporter wrote."""

    case: Case
    written: Written


@dataclass(frozen=True, slots=True)
class Period:
    """``count`` cases in the two years before ``until``, which is a midnight of Jakarta."""

    count: int
    until: datetime

    @property
    def since(self) -> datetime:
        return self.until.astimezone(UTC) - timedelta(days=DAYS)

    def received(self, number: int, jitter: float) -> datetime:
        """When the case of this number came; later numbers never come before earlier ones.
        ``jitter``: 0 to 1, where between its neighbours."""
        day, rest = divmod(number * DAYS, self.count)
        share = min((rest + jitter * DAYS) / self.count, 0.9999)
        night = share < _BY_NIGHT
        hours = share / _BY_NIGHT * 5 if night else 5 + (share - _BY_NIGHT) / (1 - _BY_NIGHT) * 19
        return self.since + timedelta(days=day, hours=hours)

    def report_number(self, number: int) -> str:
        """Its day, and its place among those of the day."""
        day = number * DAYS // self.count
        first = ceil(day * self.count / DAYS)
        date = (self.since + timedelta(days=day)).astimezone(JAKARTA)
        return f"JK{date:%y%m%d}{number - first + 1:04d}"


def block(city: City, period: Period, seed: int, number: int) -> Iterator[Life]:
    """The cases of one block; the last one may be shorter."""
    random = Random(f"{seed}/{number}")  # noqa: S311 (no secret: it shall be the same again)
    for each in range(number * BLOCK, min((number + 1) * BLOCK, period.count)):
        yield _life(random, city, period, each)


def _life(random: Random, city: City, period: Period, number: int) -> Life:
    at = period.received(number, random.random())
    fate = _fate(random, city, (period.until - at).days)
    case = _case(random, city, fate, at, period, number)
    address = _address(random, fate.place)
    words = _words(random, fate, address)
    return Life(case, Written(case.content_refs, words, address, *_point(random, fate)))


@dataclass(frozen=True, slots=True)
class _Fate:
    """What is drawn of a case before it is put together."""

    place: Place
    category: Category
    unit: str
    state: CaseState
    at_triage: bool


def _fate(random: Random, city: City, age_days: int) -> _Fate:
    category = city.categories[_one(random, city.often)]
    share = random.random()
    if share < _HEAVY_SHARE:
        return _Fate(city.heavy, category, city.heavy.unit.id, _closed(random), at_triage=False)
    place = random.choice(city.places)
    if share < _HEAVY_SHARE + _TRIAGE_SHARE:
        is_open = random.random() < _OPEN_AT_TRIAGE
        state = CaseState.RECEIVED if is_open else _closed(random)
        return _Fate(place, category, city.triage, state, at_triage=True)
    unit = city.office(category, place)
    if random.random() < _ANY_UNIT:
        unit = random.choice(city.others)
    share = _OPEN_LATELY if age_days < _LATELY else _OPEN_BEFORE
    is_open = random.random() < share
    state = CaseState(_one(random, _STATES_OPEN)) if is_open else _closed(random)
    return _Fate(place, category, unit, state, at_triage=False)


def _closed(random: Random) -> CaseState:
    return CaseState(_one(random, _STATES_CLOSED))


def _case(
    random: Random, city: City, fate: _Fate, at: datetime, period: Period, number: int
) -> Case:
    state, channel = fate.state, Channel(_one(random, city.channels))
    untaken = state in _UNTAKEN
    sender = city.sender(fate.unit, fate.place) if state in _PASSED_ON else None
    filed = state in (CaseState.AWAITING_VALIDATION, CaseState.VERIFYING)
    planned = state is CaseState.PLANNED
    limits = {Clock.FOLLOW_UP: at + timedelta(days=5)}
    if untaken:
        limits[Clock.FIRST_ACTION] = at + timedelta(days=1)
    taken = timedelta(hours=random.uniform(4, 200))
    category = None if fate.at_triage and random.random() < 0.7 else fate.category.slug
    return Case(
        _id(random, at),
        1 if state is CaseState.RECEIVED else 2 if untaken else 5,
        state,
        fate.unit,
        period.report_number(number),
        channel,
        at,
        (_id(random, at),),
        citizen_category=fate.category.slug,
        category=category,
        kelurahan_code=None if fate.at_triage else fate.place.unit.id,
        area_name=None if fate.at_triage else fate.place.name,
        confidential=channel in (Channel.JAKI, Channel.EMAIL),
        restricted=fate.unit == city.oversight,
        accepted=not untaken,
        sender=sender,
        watchers=(sender,) if sender else (),
        plan_ref=_id(random, at) if planned else None,
        plan_author=_OFFICER if planned else None,
        plan_from=CaseState.RECEIVED if planned else None,
        follow_up_ref=_id(random, at) if filed else None,
        follow_up_author=_OFFICER if filed else None,
        closed_at=min(at + taken, period.until) if state in CLOSED_STATES else None,
        untouched=untaken,
        limits=limits,
        original_due_at=limits[Clock.FOLLOW_UP],
    )


def _words(random: Random, fate: _Fate, address: str) -> str:
    problem = random.choice((fate.category.name, *fate.category.aliases))
    told = f"{problem} di {address}, {random.choice(_SINCE)}. {random.choice(_HARM)}."
    return f"{told} {random.choice(_WISH)}"


def _address(random: Random, place: Place) -> str:
    street = f"Jl. {place.name} {random.choice(_STREETS)} No. {random.randint(1, 180)}"
    return f"{street}, {random.choice(_SIDES)} {random.choice(_MARKS)}"


def _point(random: Random, fate: _Fate) -> tuple[float | None, float | None]:
    if fate.at_triage or random.random() > _LOCATED:
        return None, None
    middle = fate.place.latitude, fate.place.longitude
    latitude, longitude = (round(random.gauss(degrees, _SPREAD), 6) for degrees in middle)
    return latitude, longitude


def _id(random: Random, at: datetime) -> UUID:
    """A UUIDv7 of that moment (RFC 9562, 5.7)."""
    moment = int(at.timestamp() * 1000) << 80
    return UUID(
        int=moment | 7 << 76 | random.getrandbits(12) << 64 | 2 << 62 | random.getrandbits(62)
    )


def _one(random: Random, choice: Choice) -> str:
    return choice.values[bisect(choice.bounds, random.random())]
