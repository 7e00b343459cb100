"""Complaints that walks begin with, the officers who act on them, and what officers may say."""

from dataclasses import dataclass
from typing import Any

from shared.events.intake import ComplaintReceived
from tests.builders import a_complaint
from tests.facts import ToldFacts
from tests.walks.model import (
    BIRO,
    DESK,
    DINAS,
    INSPEKTORAT,
    ISLAND,
    MANGGARAI,
    SUDIN,
    TEBET,
    Officer,
)

OFFICERS = (
    Officer("unit_officer", MANGGARAI, "m1"), Officer("unit_officer", MANGGARAI, "m2"),
    Officer("unit_officer", TEBET, "t1"), Officer("unit_officer", DINAS, "d1"),
    Officer("unit_officer", SUDIN, "s1"), Officer("unit_officer", SUDIN, "s2"),
    Officer("unit_officer", INSPEKTORAT, "i1"), Officer("unit_officer", INSPEKTORAT, "i2"),
    Officer("unit_officer", BIRO, "u1"), Officer("triage_officer", DESK, "x1"),
    Officer("biro", BIRO, "b1"), Officer("biro", BIRO, "b2"),
    # Two who were moved to the Biro: they must not judge what they have filed themselves.
    Officer("biro", BIRO, "m1"), Officer("biro", BIRO, "s1"),
    Officer("desk_officer", MANGGARAI, "l1"), Officer("admin", BIRO, "a1"),
    Officer("auditor", BIRO, "r1"), Officer("auditor", INSPEKTORAT, "auditor-1"),
)  # fmt: skip

BODIES: tuple[tuple[str, Any], ...] = (
    ("accept", {}), ("return", {"reason": "Bukan wilayah kami"}),
    *(("coordinate", {"to_unit": unit})
      for unit in (DINAS, TEBET, MANGGARAI, INSPEKTORAT, BIRO, DESK, "dinas-sihir")),
    *(("delegate", {"to_unit": unit, "note": "Segera"}) for unit in (SUDIN, TEBET, "dinas-sihir")),
    *(("plan", {"plan": "Dua regu", "complete_by": at})
      for at in ("later", "latest", "now", "too late")),
    ("plan/approve", {}), ("plan/return", {"reason": "Siapa?"}), ("start", {}),
    ("start", {"surprise": True}), ("question", {"question": "Di sisi mana?"}),
    *(("extension", {"reason": "Material", "complete_by": at})
      for at in ("later", "latest", "now", "too late")),
    ("extension/approve", {}), ("extension/refuse", {"reason": "Material ada"}),
    ("follow-up", {"text": "Sudah", "evidence": [
        {"sha256": "0" * 64, "media_type": "image/jpeg", "taken_at": None}]}),
    ("verification", {}), ("validation", {}), ("follow-up/refuse", {"reason": "Belum rapi"}),
    ("reject", {"reason": "off_topic", "note": "Bukan urusan kota"}),
    ("reject", {"reason": "incomplete", "note": "Diam"}),
    *(("reopen", {"reason": reason, "note": "Masih ada"})
      for reason in ("new_facts", "citizen_objection", "appeal", "suspected_fraud")),
    ("reopen", {"reason": "appeal", "to_unit": "dinas-sihir"}),
    *(("reopen", {"reason": "suspected_fraud", "to_unit": unit}) for unit in (TEBET, MANGGARAI)),
    ("merge", {"head": "the other"}), ("merge", {"head": "itself"}), ("merge", {"head": "none"}),
    ("split", {}),
    *(("assign", {"unit": unit, "category": category}) for unit, category in (
        (MANGGARAI, "sampah"), (SUDIN, "jalan"), (BIRO, "jaringan-listrik"), (TEBET, "sihir"),
        (INSPEKTORAT, "sampah"), ("dinas-sihir", "sampah"))),
)  # fmt: skip
"""Every command, rightly and wrongly said. Dates and heads are filled in when it is sent."""


@dataclass(frozen=True)
class Kind:
    """Of complaints. ``holder``: who must have the case at first."""

    name: str
    holder: str
    category: str = "sampah"
    about: str | None = None
    kelurahan: str | None = MANGGARAI

    def received(self, facts: ToldFacts, number: int) -> ComplaintReceived:
        if self.about:
            return facts.silent(
                number=number, about_unit=self.about, restricted=True, category=self.category
            )
        return a_complaint(
            number=number, geotagged=False, category=self.category, kelurahan_code=self.kelurahan
        )


RUBBISH = Kind("of rubbish", MANGGARAI)
ROAD = Kind("of a road", SUDIN, "jalan")
LAMP = Kind("of a lamp", SUDIN, "jaringan-listrik")
ISLAND_ROAD = Kind("of a road on an island", DINAS, "jalan", kelurahan=ISLAND)
NOWHERE = Kind("without a place", DESK, kelurahan=None)
ABOUT_KELURAHAN = Kind("about a kelurahan", INSPEKTORAT, "jalan", MANGGARAI)
ABOUT_INSPEKTORAT = Kind("about the Inspektorat", DESK, "jalan", INSPEKTORAT)
ABOUT_BIRO = Kind("about the Biro", INSPEKTORAT, "jaringan-listrik", BIRO)


@dataclass(frozen=True)
class Theme:
    """What a walk comes back to: commands, as soon as one is open, and what the citizen and time do
    meanwhile. ``pairs``: of cases with which it is met most often."""

    name: str
    verbs: frozenset[str]
    pairs: tuple[tuple[Kind, Kind], ...]
    citizen: tuple[str, ...] = (
        "rest", "rest", "answer", "edit", "machine", "silence", "writes", "withdraw", "erase",
    )  # fmt: skip


PAIRS = (
    (RUBBISH, RUBBISH), (ROAD, RUBBISH), (LAMP, LAMP), (ISLAND_ROAD, ROAD), (NOWHERE, NOWHERE),
    (ABOUT_KELURAHAN, ABOUT_KELURAHAN), (ABOUT_INSPEKTORAT, NOWHERE), (ABOUT_BIRO, ABOUT_KELURAHAN),
)  # fmt: skip
"""Whose two cases a walk is about."""
THEMES = (
    Theme(
        "later date", frozenset({"extension", "extension/approve", "extension/refuse"}),
        ((LAMP, LAMP), (LAMP, ROAD)),
    ),
    Theme(
        "question", frozenset({"question", "reject"}), ((RUBBISH, RUBBISH), (NOWHERE, ROAD)),
        ("answer", "edit", "machine", "silence", "silence", "silence", "old silence", "writes"),
    ),
    Theme(
        "handing over", frozenset({"coordinate", "delegate", "return", "accept"}),
        ((ISLAND_ROAD, ROAD), (ABOUT_KELURAHAN, ROAD), (RUBBISH, ROAD)),
    ),
    Theme(
        "plan", frozenset({"plan", "plan/approve", "plan/return", "coordinate"}),
        ((ROAD, ISLAND_ROAD), (ABOUT_BIRO, ROAD)),
    ),
    Theme(
        "merger", frozenset({"merge", "split", "reject"}),
        ((RUBBISH, RUBBISH), (NOWHERE, NOWHERE), (ABOUT_INSPEKTORAT, NOWHERE)),
        ("rest", "answer", "withdraw", "withdraw", "erase"),
    ),
    Theme(
        "judgement", frozenset({"verification", "follow-up/refuse"}),
        ((RUBBISH, LAMP), (ABOUT_BIRO, RUBBISH), (LAMP, RUBBISH)),
    ),
    Theme(
        "reopening", frozenset({"reopen", "reject", "validation"}),
        ((RUBBISH, LAMP), (ABOUT_KELURAHAN, RUBBISH)),
    ),
    Theme("nothing", frozenset(), PAIRS),
)  # fmt: skip
