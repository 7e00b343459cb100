"""Nobody reads on the stream that he is complained of.

Two complaints that differ in nothing but whom they are about, and in all that this follows from,
are told by the same records: the stream cannot tell what does not change it.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.placing.places import Located
from tests.unit.routing.cases import UNITS
from tests.unit.stream.lives import LIGHT_LIFE, MOVES, WHOLE_LIFE, Life, assign

LURAH, CAMAT, WALIKOTA = "31.74.01.1001", "31.74.01", "31.74"
SOMEBODY: dict[str, Any] = {"restricted": True}
"""About officials, of which nobody says whom."""
ABOUT: tuple[dict[str, Any], ...] = (
    {"about_unit": LURAH, "kelurahan_code": LURAH, "category": "sampah", "entered_by_unit": LURAH},
    {"about_unit": CAMAT, "kelurahan_code": LURAH, "category": "jalan", "geotagged": True},
    {"about_unit": WALIKOTA, "entered_by_unit": WALIKOTA, "quoted_reports": ("JK2411020007",)},
    {"about_unit": "satpol-pp", "category": "pelanggaran-perda", "restricted": True},
    {"about_unit": "biro-pemerintahan", "entered_by_unit": "biro-pemerintahan"},
    {"about_unit": "dinas-sosial", "confidential": True, "entered_by_unit": "31.73"},
)


NEARBY = Located(LURAH, approximate=True)


def lived(
    filed: dict[str, Any],
    moves: tuple[str, ...],
    text: str = "Mohon dibantu",
    place: Located | None = None,
) -> Life:
    life = Life(filed, text, place)
    for move in moves:
        MOVES[move](life)
    return life


@pytest.mark.parametrize("moves", [WHOLE_LIFE, LIGHT_LIFE], ids=["whole", "light"])
@pytest.mark.parametrize("about", ABOUT, ids=lambda about: str(about["about_unit"]))
def test_a_life_reads_the_same_whomever_it_is_about(
    about: dict[str, Any], moves: tuple[str, ...]
) -> None:
    assert lived(about, moves, place=NEARBY).wire == lived(SOMEBODY, moves).wire


def test_the_whole_life_is_a_long_one() -> None:
    kinds = {type(event).__name__ for event in lived(SOMEBODY, WHOLE_LIFE).heard}
    assert kinds >= {
        "ComplaintReceived", "CaseRouted", "CaseCoordinated", "CaseReturned", "PlanSubmitted",
        "PlanReturned", "PlanApproved", "CitizenQuestioned", "FollowUpSubmitted",
        "VerificationOrdered", "FollowUpRefused", "CaseCompleted", "CaseReopened", "DeadlinesSet",
        "DeadlineWarned", "DeadlineMissed", "DeadlineExtended", "EvaluationOpened",
        "NotificationSuppressed",
    }  # fmt: skip


@given(
    about=st.sampled_from(ABOUT),
    moves=st.lists(st.sampled_from(sorted(MOVES)), max_size=12).map(tuple),
    text=st.sampled_from(["Mohon dibantu", "Sampah di Kel. Manggarai", "Banjir dan jalan rusak"]),
)
def test_no_life_tells_whom_it_is_about(
    about: dict[str, Any], moves: tuple[str, ...], text: str
) -> None:
    life = lived(about, moves, text)
    assert life.wire == lived(SOMEBODY, moves).wire
    unit = UNITS.find(about["about_unit"])
    assert unit is not None
    telling = {unit.id, unit.name, about.get("category"), about.get("entered_by_unit"), "31.74"}
    written = "".join(life.wire)
    assert [word for word in telling if word and f'"{word}' in written] == []


def test_a_complaint_about_the_overseeing_unit_reads_like_any_confidential_one() -> None:
    """It lies at the triage desk and is placed from there, as one without a category does."""
    elsewhere = "31.73.01.1001"
    ordinary: dict[str, Any] = {
        "confidential": True, "entered_by_unit": elsewhere, "kelurahan_code": elsewhere,
    }  # fmt: skip
    about = {"about_unit": "inspektorat", "kelurahan_code": LURAH, "category": "sampah",
             "entered_by_unit": LURAH}  # fmt: skip
    told = []
    for filed, text, category in (
        (ordinary, "Mohon dibantu", "keluhan-pelayanan"),
        (about, "Sampah di Kel. Manggarai", "sampah"),
    ):
        life = Life(filed, text)
        assert life.triaged(assign("dinas-sosial", category))
        for move in WHOLE_LIFE:
            MOVES[move](life)
        told.append(life.wire)
    assert told[0] == told[1]
    assert "inspektorat" not in "".join(told[1])


def test_who_is_suspected_of_fraud_does_not_read_it() -> None:
    life = Life({"category": "sampah", "kelurahan_code": LURAH})
    for move in ("accept", "start", "file", "validate", "fraud"):
        assert MOVES[move](life), move
    assert "suspected_fraud" not in "".join(life.wire)
    assert life.holder == "dinas-kesehatan"
