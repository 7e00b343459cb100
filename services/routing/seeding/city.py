"""The city that seeded cases are about: places, offices, and how often what is complained of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from services.routing.domain import ABOUT_SERVICE, Category
from services.routing.placing.atlas import Atlas
from services.routing.placing.categories import KELURAHAN
from services.routing.placing.centroids import load_centroids
from shared.events.vocabulary import Channel, UnitKind
from shared.units import Duty, Unit, Units

HEAVY = "31.74.01.1001"
OFTEN: Mapping[str, float] = {
    "jalan": 14, "sampah": 10, "parkir-liar": 9, "saluran-air": 8, "pohon": 8, "lalu-lintas": 7,
    "jaringan-listrik": 7, "trotoar": 5, "pkl-liar": 5, "ketertiban": 5, "tata-ruang-bangunan": 4,
    "jaringan-komunikasi": 3, "banjir": 3, "coretan": 2, "reklame": 2,
}  # fmt: skip
"""Reports in a hundred; what is not named here has half a report."""
CHANNELS: Mapping[Channel, float] = {
    Channel.JAKI: 77, Channel.QLUE: 3, Channel.TWITTER: 4, Channel.FACEBOOK: 1, Channel.EMAIL: 3,
    Channel.BALAI_WARGA: 2, Channel.LAPOR_1708: 3, Channel.SMS: 1, Channel.KELURAHAN: 2,
    Channel.KECAMATAN: 1, Channel.WALIKOTA: 1, Channel.PENDOPO: 1, Channel.INSPEKTORAT: 0.2,
    Channel.GUBERNUR: 0.8,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A kelurahan, and the middle of it in degrees."""

    unit: Unit
    name: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Choice:
    """One of ``values``, each as often as its weight says."""

    values: Sequence[str]
    bounds: Sequence[float]
    """Where the share of each ends, ascending up to 1. The last value needs no bound."""

    @classmethod
    def of(cls, weights: Mapping[str, float]) -> "Choice":
        *bounds, total = accumulate(weights.values())
        return cls(tuple(weights), tuple(each / total for each in bounds))


@dataclass(frozen=True, slots=True)
class City:
    """All that a seeded case is put together from."""

    places: Sequence[Place]
    heavy: Place
    """Its kelurahan has the fullest archive."""
    units: Units
    others: Sequence[str]
    """Ids of all units but the overseeing one, which has its own cases."""
    categories: Mapping[str, Category]
    often: Choice
    channels: Choice
    offices: Mapping[tuple[str, str], str]
    """The Suku Dinas by Dinas and region."""
    triage: str
    oversight: str

    @classmethod
    def of(cls, atlas: Atlas, categories: Mapping[str, Category]) -> "City":
        offices = {
            (unit.parent or "", code): unit.id
            for unit in atlas.units.of_kind(UnitKind.SUKU_DINAS)
            for code in unit.area
        }
        places = _places(atlas)
        oversight = atlas.units.of_duty(Duty.OVERSIGHT).id
        return cls(
            places=places,
            heavy=next(place for place in places if place.unit.id == HEAVY),
            units=atlas.units,
            others=tuple(unit.id for unit in atlas.units.all() if unit.id != oversight),
            categories=categories,
            often=Choice.of({slug: OFTEN.get(slug, 0.5) for slug in categories}),
            channels=Choice.of({channel.value: share for channel, share in CHANNELS.items()}),
            offices=offices,
            triage=atlas.units.of_duty(Duty.TRIAGE).id,
            oversight=oversight,
        )

    def office(self, category: Category, place: Place) -> str:
        """Who works on it there: the kelurahan, the Suku Dinas of the region, else the Dinas."""
        if category.slug == ABOUT_SERVICE:
            return self.oversight
        if category.unit in (None, KELURAHAN):
            return place.unit.id
        region = ".".join(place.unit.id.split(".")[:2])
        return self.offices.get((category.unit or "", region), category.unit or self.triage)

    def sender(self, unit_id: str, place: Place) -> str | None:
        """Who has passed a case on to a unit: the one above it, else the kelurahan of the place."""
        unit = self.units.find(unit_id)
        above = unit.parent if unit else None
        return above or (place.unit.id if place.unit.id != unit_id else None)


def _places(atlas: Atlas) -> tuple[Place, ...]:
    found = []
    for code, latitude, longitude in load_centroids():
        if unit := atlas.units.find(code):
            name = unit.name.removeprefix("Kelurahan ")
            found.append(Place(unit, name, latitude, longitude))
    return tuple(found)
