"""Places inside Jakarta that complaints are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """A point inside a kelurahan of Jakarta."""

    latitude: float
    longitude: float
    address: str
    kelurahan_code: str


TEBET_TIMUR = Place(-6.2338, 106.8555, "Dekat Taman Tebet", "31.74.01.1001")
KEBON_KACANG = Place(-6.1903, 106.8172, "Depan pasar Kebon Kacang", "31.71.07.1006")
SUNTER_AGUNG = Place(-6.1381, 106.8621, "Tepi Danau Sunter", "31.72.02.1006")
CENGKARENG_BARAT = Place(-6.1386, 106.7238, "Seberang rumah susun", "31.73.01.1001")
CIRACAS = Place(-6.3261, 106.8753, "Samping kantor kelurahan", "31.75.09.1001")


def location_of(place: Place) -> dict[str, Any]:
    return {
        "latitude": place.latitude,
        "longitude": place.longitude,
        "address": place.address,
    }
