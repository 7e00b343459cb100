"""A case's signed file, as routing answers it."""

from base64 import urlsafe_b64encode
from typing import Any

from tests.unit.console.city import CASE, OTHER

FIRST, LAST = "1a2b3c4d5e6f" + "0" * 52, "9f8e7d6c5b4a" + "1" * 52
WORDS = "Mohon ke Sudin: saluran <b>provinsi</b>."
HEADER = urlsafe_b64encode(b'{"alg":"EdDSA","kid":"kunci-1","typ":"crm-case-file"}').decode()
SIGNATURE = f"{HEADER.rstrip('=')}..c2lnbmF0dXJl"


def a_filed_step(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A ``FiledStep``."""
    return {
        "version": number, "event": "CaseRouted", "label": "Diteruskan ke unit",
        "at": "2024-11-03T01:00:00.000000Z", "state": "received", "state_label": "Menunggu",
        "unit_id": "31.74.01.1001", "unit_name": "Kelurahan Tebet Timur", "actor": None,
        "actor_unit": None, "actor_unit_name": None, "officer": None, "note_id": None,
        "words": None, "evidence": None, "words_salt": None, "words_digest": None, "facts": {},
        "withheld": None, "hash": FIRST, **changes,
    }  # fmt: skip


COORDINATED = a_filed_step(
    2, event="CaseCoordinated", state="coordinated", unit_name="Suku Dinas Bina Marga",
    actor="ab" * 32, actor_unit="31.74.01.1001", actor_unit_name="Kelurahan Tebet Timur",
    officer="Petugas 4", words=WORDS, facts={"from_unit_id": "31.74.01.1001"}, hash=LAST,
    at="2024-11-03T02:30:00.000000Z",
)  # fmt: skip


def a_file(*steps: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A ``SignedCaseFile``."""
    case = {
        "complaint_id": CASE, "report_number": "JK2411030001", "version": 2,
        "state": "coordinated", "label": "Koordinasi", "unit_id": "sudin-bina-marga-31.74",
        "unit_name": "Suku Dinas Bina Marga", "category": "parkir-liar", "citizen_category": None,
        "kelurahan_code": "31.74.01.1001", "area_name": "Tebet Timur", "about_unit": None,
        "channel": "jaki", "received_at": "2024-11-03T01:00:00Z",
        "due_at": "2024-11-10T01:00:00Z", "original_due_at": "2024-11-08T01:00:00Z",
        "confidential": False, "restricted": False, "head_id": None, **changes,
    }  # fmt: skip
    content = {
        "ref": OTHER, "status": "ok", "text": "Mobil <script>menutup</script> trotoar.",
        "latitude": -6.2263, "longitude": 106.8584, "address": "Jl. Tebet Timur IV",
    }  # fmt: skip
    file = {
        "format": "crm-case-file/1", "made_at": "2026-11-26T03:04:00Z",
        "made_for_role": "unit_officer", "made_for_unit": "31.74.01.1001", "case": case,
        "contents": [content], "merged": [{"complaint_id": OTHER, "report_number": "JK2411030002"}],
        "steps": list(steps or (a_filed_step(), COORDINATED)),
    }  # fmt: skip
    return {"file": file, "signature": SIGNATURE}
