"""What the services answer while all pages are looked at: each list has rows, each case has all
that a case may have, names and words are as long as they come."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from services.routing.console.acts import ACTS
from services.routing.work.steps import STEP_LABELS
from tests.integration.desks.parts import CASE, MEDIA, PARTS, TEBET, Parts, a_list, an_explanation
from tests.integration.desks.parts import a_case as a_plain_case
from tests.integration.desks.parts import a_step as a_plain_step
from tests.unit.console.case_files import a_file, a_filed_step

ONE, TWO, THREE, FOUR = (CASE.format(number) for number in (1, 2, 3, 4))
SOMEBODY, COLLEAGUE = CASE.format(5), CASE.format(6)
LONG_UNIT: Final = (
    "Suku Dinas Perindustrian, Perdagangan, Koperasi, Usaha Kecil dan Menengah Jakarta Selatan"
)
LONG_WORD: Final = "https://contoh.example/" + "laporan-warga-tebet/" * 9
WORDS: Final = (
    "Mobil menutup trotoar setiap pagi, pejalan kaki turun ke jalan.\nSudah tiga kali dilaporkan. "
    f"Lihat {LONG_WORD}"
)
PARKED: Final = "/internal/v1/parked"
CATEGORIES: Final = [
    {
        "slug": slug, "name": name, "unit": None, "handled_by_kelurahan": False,
        "plan_required": True, "allows_extension": True,
    }
    for slug, name in (
        ("parkir", "Parkir Liar"), ("sampah", "Sampah"), ("jalan", "Jalan Rusak dan Berlubang"),
    )
]  # fmt: skip

A_VIEW: Final = {
    "view_id": ONE, "name": "Parkir yang baru masuk hari ini",
    "query": {"tab": "new", "category": "parkir"}, "changed_at": "2026-11-24T07:10:00Z",
}  # fmt: skip


@cache
def _began() -> datetime:
    """When a test first asked."""
    return datetime.now(UTC)


def from_now(**late: float) -> str:
    return (_began() + timedelta(**late)).isoformat()


def a_step(event: str, **changes: Any) -> dict[str, Any]:
    return a_plain_step(event, label=STEP_LABELS[event], **changes)


def a_neighbour(number: int, **changes: Any) -> dict[str, Any]:
    """A case that may be the same one, with the work that was done on it."""
    step = a_step("FollowUpSubmitted", words=WORDS, officer="Petugas dua")
    kept = (
        "complaint_id",
        "report_number",
        "state",
        "label",
        "unit_id",
        "unit_name",
        "category",
        "area_name",
        "received_at",
        "excerpt",
        "address",
        "restricted",
    )
    case = {"restricted": False, **a_case(number)}
    return {name: case[name] for name in kept} | {
        "restricted": False, "text": WORDS, "last_step": step, "follow_up": step,
        "merge_refused": None, "distance_m": 40, "score": 0.8,
        "reasons": ["place", "time", "words", "category"], **changes,
    }  # fmt: skip


def a_case(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A case with everything; each act is open."""
    filed = a_step(
        "FollowUpSubmitted", words=WORDS, officer="Petugas dua",
        evidence=[{"ref": CASE.format(7), "media_type": "image/jpeg", "bytes": 2_400_000,
                   "taken_at": from_now(hours=-3)},
                  {"media_ref": a_file_of(1)["ref"], "media_type": "image/jpeg"}],
    )  # fmt: skip
    return a_plain_case(number) | {
        "allowed": [act.verb for act in ACTS if not act.always],
        "unit_name": LONG_UNIT, "confidential": True, "restricted": True, "extension_until": None,
        "emergency": True,
        "approximate_area": True, "about_unit": "31.74.01.1002", "question_open": True,
        "received_at": from_now(days=-6), "due_at": from_now(hours=5),
        "original_due_at": from_now(days=-1), "next_due_at": from_now(hours=5),
        "objection_until": from_now(days=3), "head_id": THREE, "excerpt": WORDS,
        "assignee": {"officer_id": SOMEBODY, "name": "Petugas dua", "is_me": False},
        "contents": [{"ref": CASE.format(8), "status": "ok", "latitude": -6.2263,
                      "longitude": 106.8584, "text": WORDS, "address": "Jl. Tebet Barat IV",
                      "masked": True},
                     {"ref": CASE.format(9), "status": "gone", "latitude": None, "longitude": None,
                      "text": None, "address": None}],
        "under_judgement": filed,
        "merged": [{"complaint_id": TWO, "report_number": "JK2611260002",
                    "received_at": from_now(days=-5), "unread": []}],
        "watchers": [{"unit_id": "dinas-perhubungan", "unit_name": "Dinas Perhubungan"},
                     {"unit_id": TEBET, "unit_name": "Kelurahan Tebet Timur"}],
        "notes": [{"note_id": CASE.format(7), "text": "Ketua RT sudah ditelepon. " + LONG_WORD,
                   "at": from_now(hours=-2), "unit_id": TEBET, "is_mine": False,
                   "unit_name": "Kelurahan Tebet Timur", "officer": "Petugas dua"}],
        "media": files(), "history": history(filed), "explanation": told_at_length(), **changes,
    }  # fmt: skip


def told_at_length() -> dict[str, Any]:
    """An explanation with all that one may have."""
    return an_explanation(
        unit_id="dinas-perhubungan", unit_name=LONG_UNIT, emergency=True, about_official=True,
        no_complaint="question",
        outside={"name": "PLN", "address": "Contact Center PLN 123, aplikasi PLN Mobile"},
        place={"code": TEBET, "name": "Kelurahan Tebet Timur", "source": "point",
               "confidence": 0.3, "approximate": True, "contradicted": True},
        terms=["mobil … trotoar", "parkir liar", "pejalan kaki", "turun ke jalan", "setiap pagi"],
    )  # fmt: skip


def files() -> list[dict[str, Any]]:
    """One of each kind and state: pictures of both origins, locked, refused and on its way."""
    flags = [
        {"flag": flag, "other_report_number": number}
        for flag, number in (("reused", "JK2611200011"), ("too_early", None), ("no_camera", None))
    ]
    opened = [
        {
            "at": from_now(hours=-1),
            "unit_id": "biro-pemerintahan",
            "unit_name": "Biro Pemerintahan",
            "reason": "Memastikan tempatnya.",
        }
    ]
    return [
        a_file_of(1), a_file_of(2, taken_near="yes"),
        a_file_of(3, lock="private_report", links=None, opened=opened),
        a_file_of(4, kind="document", state="locked", lock="document", links=None),
        a_file_of(5, kind=None, state="refused", reason="infected", links=None),
        a_file_of(6, kind=None, state="received", links=None),
        a_file_of(1, origin="evidence", flags=flags, taken_near="no"),
        a_file_of(2, origin="evidence", taken_near="yes"),
    ]  # fmt: skip


def a_file_of(number: int, **changes: Any) -> dict[str, Any]:
    """A ``MediaView``; a picture of the reporter that is shown."""
    ref = f"019300ab-0000-7000-8000-{number:012d}"
    sizes = {size: f"{MEDIA}/v1/media/{ref}/{size}" for size in ("small", "medium", "large")}
    return {
        "ref": ref, "kind": "picture", "origin": "reporter", "content_ref": CASE.format(8),
        "number": number, "state": "cleared", "reason": None, "lock": None,
        "links": sizes | {"original": None, "expires_at": from_now(minutes=5)},
        "taken_near": "unknown", "flags": [], "opened": [], **changes,
    }  # fmt: skip


def history(filed: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        a_step("CaseRouted", version=1, state="received", actor_unit=None, actor_unit_name=None),
        a_step("CaseCoordinated", version=2, state="coordinated", unit_name=LONG_UNIT,
               from_unit_id=TEBET, from_unit_name="Kelurahan Tebet Timur",
               words="Ini kewenangan suku dinas."),
        a_step("PlanSubmitted", version=3, state="planned", words=WORDS,
               complete_by=from_now(days=2), officer="Petugas dua"),
        a_step("CaseReopened", version=4, state="in_progress", reason="suspected_fraud"),
        filed,
    ]  # fmt: skip


def closed(verb: str, said: str, said_id: str) -> dict[str, Any]:
    return {
        "command": verb, "status": 409, "code": "wrong_state", "detail": said, "detail_id": said_id,
    }  # fmt: skip


def rows() -> list[dict[str, Any]]:
    """One of each colour, one overdue."""
    states = (
        "received", "coordinated", "planned", "in_progress", "follow_up_refused", "completed",
        "rejected",
    )  # fmt: skip
    late = a_case(1, next_due_at=from_now(hours=-2), due_at=from_now(hours=-2))
    return [late, *(a_case(n, state=state) for n, state in enumerate(states, 2))]


def furnish(parts: Parts) -> None:
    """All parts answer all that pages ask."""
    _cases(parts)
    _messages(parts)
    _tables(parts)
    _set_aside(parts)
    parts.answer("intake", "POST", "/v1/desks/kelurahan/complaints", {
        "complaint_id": CASE.format(9), "report_number": "JK2611260099",
        "tracking_code": "7K3M-Q9TX-2BZD-0W4R", "received_at": from_now(),
    }, 202)  # fmt: skip
    parts.answer("intake", "GET", "/v1/channels/health", {"as_of": from_now(), "channels": [
        {"id": id, "name": name, "accepted_24h": day, "accepted_7d": week,
         "last_accepted_at": from_now(hours=-1) if week else None}
        for id, name, day, week in (("jaki", "JAKI", 412, 2900), ("sms", "SMS 1708", 0, 12),
                                    ("qlue", "Qlue", 0, 0))
    ]})  # fmt: skip


def _cases(parts: Parts) -> None:
    listed = a_list(*rows(), total=41) | {
        "next_cursor": "halaman-dua",
        "counts": {"new": 12, "in_hand": 9, "waiting": 4, "judgement": 0, "overdue": 120},
    }
    found = {"cases": rows(), "next_cursor": "halaman-dua"}
    parts.answer("routing", "GET", "/v1/inbox", listed)
    parts.answer("routing", "GET", "/v1/triage", listed)
    parts.answer("routing", "GET", "/v1/unread", found)
    parts.answer("routing", "POST", "/v1/search", found | {"total_at_least": 41})
    parts.answer("routing", "GET", "/v1/cases/" + ONE, a_case())
    parts.answer("routing", "GET", f"/v1/cases/{ONE}/neighbours", {
        "cases": [a_neighbour(2), a_neighbour(3, merge_refused=closed(
            "merge", "The head is closed.", "Kasus induk sudah ditutup."
        ))],
        "joined": [a_neighbour(4)],
    })  # fmt: skip
    parts.answer("routing", "GET", f"/v1/cases/{ONE}/file", a_file(
        a_filed_step(words=WORDS, officer="Petugas dua"), complaint_id=ONE
    ))  # fmt: skip
    parts.answer("routing", "GET", f"/v1/cases/{ONE}/notes", {"notes": a_case()["notes"]})
    parts.answer("routing", "GET", f"/v1/cases/{ONE}/steps", {"version": 9, "steps": [
        a_step("CaseAccepted", state="received", officer="Petugas dua"),
        a_step("WorkStarted", state="in_progress", words=WORDS),
    ]})  # fmt: skip
    parts.answer("routing", "GET", f"/v1/cases/{ONE}/suggestions", {
        "triage_reason": "low_confidence", "says": "Several categories fit.",
        "says_id": "Beberapa kategori cocok.",
        "suggestions": [
            {"unit_id": "sudin-ppkukm-31.74", "unit_name": LONG_UNIT, "category": "parkir",
             "category_name": "Parkir Liar", "rule_id": "category-area", "says": "By the place.",
             "says_id": "Menurut tempat.", "grounds": ["words", "place"], "confidence": confidence,
             "terms": ["parkir liar", "mobil … trotoar"] if confidence else []}
            for confidence in (0.82, 0.11, None)
        ],
    })  # fmt: skip
    parts.answer("routing", "POST", "/v1/neighbours", {"cases": [
        {"report_number": "JK2611250003", "state": "in_progress", "label": "Proses",
         "category": "parkir", "category_name": "Parkir Liar", "distance_m": 50},
    ]})  # fmt: skip
    parts.answer("routing", "POST", "/v1/bulk", {"results": [
        {"complaint_id": a_case(1)["complaint_id"], "status": 409, "case": None,
         "problem": {"type": "about:blank", "title": "Not now", "status": 409,
                     "detail": "Work has begun.", "detail_id": "Sudah dikerjakan."}},
        *({"complaint_id": a_case(n)["complaint_id"], "status": 200, "problem": None,
           "case": None} for n in range(2, 9)),
    ]})  # fmt: skip


def _messages(parts: Parts) -> None:
    sent = {
        "id": CASE.format(7), "complaint_id": ONE, "channel": "jaki", "gateway": "jaki",
        "template": "confirmation", "status": "sent", "attempt": 1, "reason": None,
        "created_at": from_now(days=-2), "concluded_at": from_now(days=-2), "next_attempt_at": None,
    }  # fmt: skip
    failed = sent | {
        "status": "failed", "attempt": 9, "reason": "rejected_by_gateway_forever",
        "template": "question", "channel": "sms", "gateway": "sms",
    }  # fmt: skip
    parts.answer("notify", "GET", "/v1/deliveries", {"deliveries": [sent, failed]})
    parts.answer("notify", "GET", "/v1/gateways", {"gateways": [
        {"name": name, "reason": reason, "ours": ours, "waiting": 12, "since": from_now(hours=-4),
         "retry_at": None if ours else from_now(minutes=5)}
        for name, reason, ours in (("sms", "http_403", True), ("jaki", "timeout", False))
    ]})  # fmt: skip
    parts.answer("notify", "GET", "/v1/deliveries/failed", {
        "deliveries": [failed | {"report_number": "JK2611260002"}], "next_cursor": "halaman-dua",
    })  # fmt: skip


def _tables(parts: Parts) -> None:
    parts.answer("routing", "GET", "/v1/categories", CATEGORIES)
    parts.answer("routing", "GET", "/v1/officers", [
        {"officer_id": SOMEBODY, "name": "Petugas dua", "role": "unit_officer", "is_me": False},
        {"officer_id": COLLEAGUE, "name": None, "role": "unit_officer", "is_me": True},
    ])  # fmt: skip
    parts.answer("routing", "GET", "/v1/reply-templates", {"templates": [
        {"template_id": CASE.format(7), "command": "question", "title": "Tanya patokan",
         "text": "Mohon sebutkan patokan terdekat.", "officer": None, "changed_at": from_now()},
    ]})  # fmt: skip
    parts.answer("routing", "GET", "/v1/views", {"views": [A_VIEW]})
    said = {"says": "The place decides.", "says_id": "Tempat menentukan."}
    parts.answer("routing", "GET", "/v1/rules", {
        "version": 3, "threshold": 0.7,
        "rules": [{"rule_id": "category-area", **said}],
        "to_triage": [{"reason": "no_place", **said}],
        "categories": [
            {**each, "unit": "kelurahan" if valid else None, "unit_name": None,
             "handled_by_kelurahan": valid, "valid_now": valid, "valid_from": "2021-01-01",
             "valid_to": None if valid else "2024-12-31", "photo_required": False,
             "photo_from": None}
            for each, valid in zip(CATEGORIES, (True, True, False), strict=True)
        ],
    })  # fmt: skip
    parts.answer("routing", "GET", "/v1/openings", {"next_cursor": "halaman-dua", "openings": [
        {"at": from_now(), "officer_unit": "inspektorat", "officer_unit_name": LONG_UNIT,
         "officer": "officer-of-the-inspectorate-of-the-province-7", "role": "unit_officer",
         "complaint_id": ONE, "what": "case", "report_number": "JK2611200011", "reason": WORDS,
         "media_ref": None},
    ]})  # fmt: skip


def _set_aside(parts: Parts) -> None:
    for part in PARTS:
        events, aside = ([an_event()], [a_row()]) if part == "routing" else ([], [])
        parts.answer(part, "GET", PARKED, {"parked": events})
        parts.answer(part, "GET", "/internal/v1/set-aside", {"rows": aside})
    show_parked(parts)


def an_event() -> dict[str, Any]:
    return {
        "id": 17, "event_id": CASE.format(7), "event_type": "id.go.jakarta.crm.CaseAccepted.v1",
        "complaint_id": ONE, "topic": "crm.complaints.v1", "partition": 3, "offset": 12,
        "cause": "bad_body", "detail": "The body does not fit.", "parked_at": from_now(hours=-9),
        "behind": 2, "edited_at": from_now(hours=-1), "discard": a_discard(own=False),
    }  # fmt: skip


def a_discard(*, own: bool) -> dict[str, Any]:
    return {
        "discard_id": CASE.format(3), "note": "Peristiwa uji.", "asked_at": from_now(hours=-1),
        "expires_at": from_now(hours=23), "own": own,
    }  # fmt: skip


def show_parked(parts: Parts, **changes: Any) -> None:
    text = {"text": '{"state": "received", "note": "' + LONG_WORD + '"}', "base64": None}
    message = {"key": text, "headers": [{"name": "ce_type", **text}], "value": text}
    edit = {
        "edited_at": from_now(hours=-1),
        "edited_by": "officer-7",
        "note": "Salah tulis.",
        "before": message,
    }
    asked = {name: value for name, value in a_discard(own=True).items() if name != "own"}
    parts.answer("routing", "GET", f"{PARKED}/17/record", {
        **an_event(), "replayed_at": None, "discarded_at": None, "edits": [edit],
        "discards": [asked | {"asked_by": "officer-7", "outcome": "withdrawn",
                              "settled_at": from_now(), "settled_by": "officer-8",
                              "settled_note": None}],
        "message": message,
        **changes,
    })  # fmt: skip


def a_row() -> dict[str, Any]:
    return {
        "id": 4, "table": "cases", "row_id": ONE, "complaint_id": ONE,
        "cause": "ValidationError at store.py:60", "times": 3, "since": from_now(hours=-9),
        "last_at": from_now(hours=-8),
    }  # fmt: skip
