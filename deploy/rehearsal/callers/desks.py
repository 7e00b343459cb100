"""The five desks: an officer writes down what a citizen says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from deploy.rehearsal.callers.call import NAME, PHONE, Call, WireRequest, post_json
from deploy.rehearsal.callers.places import TEBET_TIMUR, Place, location_of


@dataclass(frozen=True, slots=True)
class Desk:
    name: str
    category: str
    place: Place
    about_unit: str | None = None

    def __call__(self, call: Call) -> WireRequest:
        if call.operator_token is None:
            raise ValueError(f"the desk {self.name} needs an officer's token")
        entry = {
            "entry_id": call.external_id,
            "text": call.text,
            "category": self.category,
            "location": location_of(self.place),
            "about_unit": self.about_unit,
            "reported_at": call.iso(),
            "reporter": {"name": NAME, "phone": PHONE},
        }
        headers = {"authorization": f"Bearer {call.operator_token}"}
        request = post_json(f"/v1/desks/{self.name}/complaints", entry, headers)
        return call.with_picture(request, "entry", "scan")


DESK_UNITS: Mapping[str, str] = MappingProxyType(
    {
        "kelurahan": TEBET_TIMUR.kelurahan_code,
        "kecamatan": "31.71.07",
        "walikota": "31.73",
        "pendopo": "biro-pemerintahan",
        "inspektorat": "inspektorat",
    }
)
"""A unit whose officers staff the desk, for the operator's token."""
