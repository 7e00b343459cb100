"""Rows that a release has written are read by today's code, and today's code writes the same.

A new field is a new golden file (``view.v2.json``); the files of earlier releases stay.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from services.tracking.domain import (
    Act,
    CaseRecord,
    Notice,
    SentFile,
    SettledFile,
    Stage,
    Supplement,
)
from services.tracking.store import columns_of, view_of
from shared.events.vocabulary import (
    CaseState,
    Channel,
    Clock,
    MediaKind,
    MediaRefusal,
    NotificationTemplate,
    RejectionReason,
)
from tests.builders import a_complaint_id, at

STORED = Path(__file__).resolve().parents[2] / "examples" / "stored" / "tracking"
NEWEST = STORED / "view.v5.json"
JSON_COLUMNS = (
    "stages",
    "notices",
    "missed",
    "supplements",
    "acts",
    "lapsed_questions",
    "watchers",
    "files",
    "settled_files",
    "evidence_refs",
)
ADDED_LATER: Mapping[str, Any] = {
    "content_ref": None, "supplements": [], "acts": [], "lapsed_questions": [],
    "due_extended": False, "watchers": [], "entered_by_unit": None, "files": [],
    "settled_files": [], "evidence_refs": [], "lookup_key_id": None,
    # A question paused, as far as an earlier release knew.
    "question_pauses": True,
}  # fmt: skip
"""What the migrations put into the rows of earlier releases, for want of better."""
KELURAHAN = ("31.74.01.1001", "Kelurahan Tebet Timur")


def a_stored_view(path: Path = NEWEST) -> CaseRecord:
    row = {**ADDED_LATER, **json.loads(path.read_text())}
    return view_of(row | {name: json.dumps(row[name]) for name in JSON_COLUMNS})


def test_a_view_of_the_first_release_is_read_with_all_it_says() -> None:
    assert a_stored_view(STORED / "view.v1.json") == CaseRecord(
        complaint_id=a_complaint_id(),
        report_number="JK2411030001",
        tracking_digest="0" * 63 + "1",
        channel=Channel.JAKI,
        citizen_category="sampah",
        declared_kelurahan="31.74.01.1002",
        about_unit="satpol-pp",
        confidential=True,
        restricted=True,
        received_at=at(),
        supplemented_at=at(2),
        withdrawal_asked_at=at(2),
        erased=True,
        state=CaseState.REJECTED,
        unit_id="31.74.01.1001",
        unit_name="Kelurahan Tebet Timur",
        decided_category="jalan",
        found_kelurahan="31.74.01.1001",
        area_name="Tebet Timur",
        accepted=True,
        planned_until=at(days=4),
        question_open=True,
        question_ref=UUID(int=9 << 100),
        note_ref=UUID(int=8 << 100),
        extension="approved",
        evidence_count=2,
        rejection=RejectionReason.NOT_CITY_COMPETENCE,
        reopened=1,
        merged_into=a_complaint_id(77),
        closed_at=at(4),
        due_at=at(days=12),
        original_due_at=at(days=7),
        warned_step=1,
        missed=(Clock.FOLLOW_UP,),
        evaluation="waived",
        notices=(
            Notice(NotificationTemplate.CONFIRMATION, Channel.JAKI, at(1), "sent"),
            Notice(NotificationTemplate.ROUTED, Channel.JAKI, at(1), "failed"),
            Notice(NotificationTemplate.IN_PROGRESS, Channel.JAKI, at(1), "suppressed"),
        ),
        stages=(
            Stage(CaseState.RECEIVED, "ComplaintReceived", at()),
            Stage(CaseState.RECEIVED, "CaseRouted", at(1), *KELURAHAN),
            Stage(CaseState.PLANNED, "PlanSubmitted", at(7), *KELURAHAN),
            Stage(CaseState.IN_PROGRESS, "PlanApproved", at(8), *KELURAHAN),
            Stage(CaseState.AWAITING_VALIDATION, "FollowUpSubmitted", at(20), *KELURAHAN),
            Stage(CaseState.REJECTED, "CaseRejected", at(4), *KELURAHAN),
        ),
        updated_at=at(days=31),
    )


def test_a_view_of_the_second_release_adds_what_the_reporter_wrote_was_asked_and_told() -> None:
    first = a_stored_view(STORED / "view.v1.json")
    assert a_stored_view(STORED / "view.v2.json") == first._replace(
        content_ref=UUID(int=(1 << 100) + 1),
        supplements=(Supplement(UUID(int=7 << 100), "answer", at(11)),),
        acts=(
            Act("CitizenQuestioned", at(10), ref=UUID(int=9 << 100)),
            Act("ExtensionRequested", at(12), until=at(days=12)),
            Act("CaseCompleted", at(40), ref=UUID(int=8 << 100), evidence_count=2),
            Act("CaseRejected", at(4), ref=UUID(int=8 << 100), reason="not_city_competence"),
        ),
        due_extended=True,
        lapsed_questions=(UUID(int=9 << 100),),
        watchers=("31.74.01.1007",),
    )


def test_a_view_of_the_third_release_adds_the_desk_and_whether_the_open_question_pauses() -> None:
    second = a_stored_view(STORED / "view.v2.json")
    assert a_stored_view(STORED / "view.v3.json") == second._replace(
        entered_by_unit="31.74.01", question_pauses=False
    )


def test_a_view_of_the_fourth_release_adds_files_what_became_of_them_and_the_evidence() -> None:
    third = a_stored_view(STORED / "view.v3.json")
    first, other = UUID(int=12 << 100), UUID(int=13 << 100)
    assert a_stored_view(STORED / "view.v4.json") == third._replace(
        files=(SentFile(first, at(), 1), SentFile(other, at(), 2)),
        settled_files=(
            SettledFile(first, "shown", MediaKind.PICTURE),
            SettledFile(other, "refused", None, MediaRefusal.DAMAGED),
        ),
        evidence_refs=(UUID(int=14 << 100),),
    )


def test_a_view_of_the_fifth_release_adds_the_key_of_its_digest() -> None:
    fourth = a_stored_view(STORED / "view.v4.json")
    assert a_stored_view(NEWEST) == fourth._replace(lookup_key_id="20241101-5f5f5f")


def test_what_is_written_today_has_the_shape_of_the_newest_golden_file() -> None:
    columns = columns_of([a_stored_view()])
    written: dict[str, Any] = {name: value for name, [value] in columns.items()}
    for name in JSON_COLUMNS:
        written[name] = json.loads(written[name])
    shown = json.loads(TypeAdapter(dict[str, Any]).dump_json(written))
    assert shown == json.loads(NEWEST.read_text())
