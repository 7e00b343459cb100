"""The versions that take turns, what is reported, and what each version makes of it, by hand.

A version differs from each other one in terms, in categories and in the names of units, and each
report needs all of them: a decision that took its terms from one version and its units from
another would be none that stands here.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, TypeAlias

from services.routing.rule_versions.document import Document

BOAT = "Perahu gethek kami tersangkut lagi sejak pagi"
FLOOD = "Banjir setinggi lutut di Kelurahan Ciracas RT 05, air belum surut sejak pagi."
WALL = "Warga melaporkan coretan di dinding taman bermain anak."
LAMP = "Min, lampu PJU di gang kami padam sudah seminggu, gelap sekali kalau malam."
MATTERS = (BOAT, FLOOD, WALL, LAMP)

SENT = (
    ("sms", BOAT),
    ("kelurahan", WALL),
    ("facebook", BOAT),
    ("sms", FLOOD),
    ("twitter", BOAT),
    ("facebook", LAMP),
    ("email", BOAT),
    ("gubernur", BOAT),
)
"""Channel and matter, in turn. A desk brings category and point, a post on X a point, the others
words alone."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``category``: its slug. ``unit_name``: as the event says it."""

    category: str | None
    unit_id: str
    unit_name: str


ByVersion: TypeAlias = Mapping[int, Outcome]

_TRIAGE = "triage", "Meja Triase CRM"
_BUS_2, _WATER_3 = ("transjakarta", "Transjakarta (kedua)"), ("pam-jaya", "PAM Jaya (ketiga)")
_BOAT: ByVersion = {
    1: Outcome(None, *_TRIAGE),
    2: Outcome("wilayah", *_BUS_2),
    3: Outcome("taman", *_WATER_3),
}
EXPECTED: Mapping[tuple[str, str], ByVersion] = {
    ("sms", BOAT): _BOAT,
    ("facebook", BOAT): _BOAT,
    ("twitter", BOAT): _BOAT,
    ("email", BOAT): _BOAT,
    # People look first at what is told to the Governor; the category is suggested to them.
    ("gubernur", BOAT): {
        1: Outcome(None, *_TRIAGE),
        2: Outcome("wilayah", *_TRIAGE),
        3: Outcome("taman", *_TRIAGE),
    },
    ("sms", FLOOD): {
        1: Outcome(
            "banjir", "sudin-sumber-daya-air-31.75", "Suku Dinas Sumber Daya Air Jakarta Timur"
        ),
        2: Outcome(
            "banjir",
            "sudin-gulkarmat-31.75",
            "Suku Dinas Penanggulangan Kebakaran dan Penyelamatan Jakarta Timur",
        ),
        3: Outcome("banjir", "31.75.09.1001", "Kelurahan Ciracas"),
    },
    ("kelurahan", WALL): {
        1: Outcome("coretan", "31.74.01.1001", "Kelurahan Tebet Timur"),
        2: Outcome("coretan", *_BUS_2),
        3: Outcome("coretan", *_WATER_3),
    },
    ("facebook", LAMP): {number: Outcome("jaringan-listrik", *_TRIAGE) for number in (1, 2, 3)},
}


def second(shipped: Document) -> dict[str, Any]:
    """Version 2, of the shipped one."""
    document = deepcopy(dict(shipped))
    document["terms"]["terms"]["wilayah"].setdefault("12", []).append("perahu gethek")
    _row(document["categories"], "slug", "wilayah")["unit"] = "transjakarta"
    _row(document["categories"], "slug", "banjir")["unit"] = "dinas-gulkarmat"
    _row(document["categories"], "slug", "coretan").update(
        unit="transjakarta", handled_by_kelurahan=False
    )
    _row(document["units"], "id", "transjakarta")["name"] = "Transjakarta (kedua)"
    return document


def third(shipped: Document) -> dict[str, Any]:
    """Version 3, of the shipped one too: nothing of version 2 is left."""
    document = deepcopy(dict(shipped))
    document["terms"]["terms"]["taman"].setdefault("12", []).append("perahu gethek")
    _row(document["categories"], "slug", "taman")["unit"] = "pam-jaya"
    _row(document["categories"], "slug", "banjir")["unit"] = "kelurahan"
    _row(document["categories"], "slug", "coretan").update(
        unit="pam-jaya", handled_by_kelurahan=False
    )
    _row(document["units"], "id", "pam-jaya")["name"] = "PAM Jaya (ketiga)"
    return document


MADE: Mapping[int, Callable[[Document], dict[str, Any]]] = {2: second, 3: third}


def _row(rows: Any, name: str, value: str) -> Any:
    return next(row for row in rows if row[name] == value)
