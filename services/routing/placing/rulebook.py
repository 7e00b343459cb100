"""What the rules say, in words: for people who ask why a case came to them. Pure.

`rules` decides; here each of its outcomes has its sentence, in the order in which they are tried.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.routing.placing.rules import HUMAN_FIRST, THRESHOLD, RuleId
from shared.events.vocabulary import TriageReason


@dataclass(frozen=True, slots=True)
class Saying:
    """One outcome of the rules as an English and an Indonesian sentence."""

    en: str
    id: str


RULES: Mapping[RuleId, Saying] = {
    RuleId.OVERSIGHT: Saying(
        "A complaint about officials goes to the overseeing unit, never to the unit itself.",
        "Laporan tentang petugas atau unit diteruskan ke Inspektorat, tidak pernah ke unit itu.",
    ),
    RuleId.KELURAHAN_OF_THE_POINT: Saying(
        "What a kelurahan handles, or looks at first, goes to the kelurahan in which the point on"
        " the map lies.",
        "Urusan yang ditangani atau diperiksa dahulu oleh kelurahan diteruskan ke kelurahan tempat"
        " titik peta berada.",
    ),
    RuleId.KELURAHAN_NAMED: Saying(
        "What a kelurahan handles goes to the kelurahan that the report or its desk names.",
        "Urusan yang ditangani kelurahan diteruskan ke kelurahan yang disebut dalam laporan atau"
        " oleh loketnya.",
    ),
    RuleId.CATEGORY: Saying(
        "A category of a unit without offices by area goes to that unit.",
        "Kategori milik unit tanpa kantor wilayah diteruskan ke unit itu.",
    ),
    RuleId.CATEGORY_AREA: Saying(
        "A category of a unit with offices by area goes to its office that serves the place.",
        "Kategori milik unit dengan kantor wilayah diteruskan ke kantor yang melayani tempatnya.",
    ),
    RuleId.CATEGORY_DINAS: Saying(
        "Where none of a unit's offices serves the place, or the matter lies at none, the category"
        " goes to the unit itself.",
        "Bila tidak ada kantor wilayah yang melayani tempatnya, atau urusannya tidak terikat"
        " tempat, laporan diteruskan ke unit induknya.",
    ),
}
"""Those that find a unit."""

TO_TRIAGE: Mapping[TriageReason, Saying] = {
    TriageReason.HUMAN_FIRST: Saying(
        f"What comes by {', '.join(sorted(HUMAN_FIRST))} is read by a person first.",
        "Pesan di media sosial Gubernur dibaca petugas dahulu.",
    ),
    TriageReason.NO_CATEGORY: Saying(
        "Neither the reporter nor the words name a category, or the text is no complaint.",
        "Pelapor maupun tulisannya tidak menyebut kategori, atau tulisannya bukan laporan.",
    ),
    TriageReason.LOW_CONFIDENCE: Saying(
        f"Several categories come into question, or the choice is less than {THRESHOLD:.0%} sure.",
        f"Beberapa kategori mungkin benar, atau keyakinannya di bawah {THRESHOLD:.0%}.",
    ),
    TriageReason.NO_PLACE: Saying(
        "The place decides which unit acts, and it is not known.",
        "Tempat menentukan unit yang bertindak, dan tempatnya tidak diketahui.",
    ),
    TriageReason.NO_RULE: Saying(
        "No rule names a unit for the category, or the matter is not the city's.",
        "Tidak ada aturan yang menyebut unit untuk kategori ini, atau bukan wewenang kota.",
    ),
}
"""Why a report goes to people at the triage desk."""

FAILED = Saying(
    "A rule of this version could not be applied to the report. Nothing was read of its words.",
    "Salah satu aturan versi ini gagal pada laporan ini. Isi laporan belum dibaca oleh aturan.",
)
"""In place of what the rules would say."""
