"""An administrator at night, an auditor by day: what is broken, its way out, and who has looked."""

from typing import Any

import pytest

from shared.auth import Role
from tests.integration.desks.conftest import Desk
from tests.integration.desks.parts import CASE, KOMINFO, PARTS, TEBET, Browser, Parts

EVENT: dict[str, Any] = {
    "id": 17, "event_id": CASE.format(7), "event_type": "id.go.jakarta.crm.CaseAccepted.v1",
    "complaint_id": CASE.format(1), "topic": "crm.complaints.v1", "partition": 3, "offset": 12,
    "cause": "bad_body", "detail": "The body does not fit.", "parked_at": "2026-11-25T20:11:00Z",
    "behind": 2, "edited_at": None, "discard": None,
}  # fmt: skip
ASKED = {
    "discard_id": CASE.format(3), "note": "Peristiwa uji.", "asked_at": "2026-11-25T21:00:00Z",
    "expires_at": "2026-11-26T21:00:00Z",
}  # fmt: skip
PLAIN = {"text": '{"state": "received"}', "base64": None}
IN_FULL: dict[str, Any] = {
    "replayed_at": None, "discarded_at": None, "edits": [], "discards": [],
    "message": {"key": PLAIN, "headers": [{"name": "ce_type", **PLAIN}], "value": PLAIN},
}  # fmt: skip
ROW = {
    "id": 4, "table": "cases", "row_id": CASE.format(1), "complaint_id": CASE.format(1),
    "cause": "ValidationError at store.py:60", "times": 3, "since": "2026-11-25T20:11:00Z",
    "last_at": "2026-11-25T20:15:00Z",
}  # fmt: skip
DONE: dict[str, Any] = {
    "terapkan": {"replayed": 3}, "perbaiki": EVENT,
    "buang": {name: ASKED[name] for name in ("discard_id", "expires_at")},
    "setujui": {"replayed": 2, "waiting": 0, "stopped_by": None},
    "batalkan": {name: ASKED[name] for name in ("discard_id", "expires_at")},
}  # fmt: skip
LIST = "/kelola/tertunda?bagian=routing"
PAGE = "/kelola/tertunda/routing/17"
PARKED = "/internal/v1/parked"


@pytest.fixture
def admin(parts: Parts, desk: Desk) -> Browser:
    for part in PARTS:
        events, rows = ([EVENT], [ROW]) if part == "routing" else ([], [])
        parts.answer(part, "GET", PARKED, {"parked": events})
        parts.answer(part, "GET", "/internal/v1/set-aside", {"rows": rows})
    shows(parts)
    return desk(Role.ADMIN, KOMINFO)


def shows(parts: Parts, **changes: Any) -> None:
    event = {**EVENT, **IN_FULL, **changes}
    parts.answer("routing", "GET", f"{PARKED}/17/record", event)


async def test_what_is_set_aside_says_what_since_when_and_whom_it_stops(
    admin: Browser, parts: Parts
) -> None:
    with parts.counted() as calls:
        page = await admin.open(LIST)
    assert len(calls) == 2
    for shown in ("Isi tidak sesuai bentuknya", "Sejak Kam 26 Nov 2026 03.11 WIB",
                  "2 peristiwa laporan yang sama", "cases #4", "3 kali"):  # fmt: skip
        assert shown in page.text, shown
    count = await admin.open("/kelola/tertunda/jumlah?bagian=routing")
    assert count.text.strip() == "2"
    parts.away.add("vault")
    assert (await admin.open("/kelola/tertunda/jumlah?bagian=vault")).text.strip() == "?"
    away = await admin.open("/kelola/tertunda?bagian=vault")
    assert away.status == 200
    assert "tidak dapat dibaca saat ini" in away.text


@pytest.mark.parametrize(
    ("discard", "act", "typed", "path", "body"),
    [
        (None, "terapkan", {}, f"{PARKED}/17/replay", None),
        (None, "perbaiki", {"catatan": "Salah tulis.", "isi": '{"state": "planned"}'},
         f"{PARKED}/17/edit", {"note": "Salah tulis.", "body": {"state": "planned"}}),
        (None, "buang", {"catatan": "Uji."}, f"{PARKED}/17/discard", {"note": "Uji."}),
        ({**ASKED, "own": False}, "setujui", {"catatan": "Benar."},
         f"/internal/v1/discards/{CASE.format(3)}/confirm", {"note": "Benar."}),
        ({**ASKED, "own": True}, "batalkan", {"catatan": "Keliru."},
         f"/internal/v1/discards/{CASE.format(3)}/withdraw", {"note": "Keliru."}),
    ],
)  # fmt: skip
async def test_each_way_out_is_one_form(
    admin: Browser,
    parts: Parts,
    discard: Any,
    act: str,
    typed: dict[str, str],
    path: str,
    body: Any,
) -> None:
    shows(parts, discard=discard)
    parts.answer("routing", "POST", path, DONE[act], 202 if act == "buang" else 200)
    form = (await admin.open(PAGE)).form(f"f-{act}")
    done = await admin.send(f"{PAGE}/{act}", {**form, **typed})
    assert (done.status, done.place) == (
        303, f"../../../../kelola/tertunda/routing/17?tercatat={act}"
    )  # fmt: skip
    assert (parts.calls[-1].path, parts.calls[-1].body) == (path, body)


async def test_whoever_has_asked_to_discard_is_not_offered_to_confirm_it(
    admin: Browser, parts: Parts
) -> None:
    shows(parts, discard={**ASKED, "own": True})
    page = await admin.open(PAGE)
    assert 'id="f-setujui"' not in page.text
    assert 'id="f-buang"' not in page.text
    assert page.form("f-batalkan")


async def test_a_body_that_is_no_json_comes_back_as_it_was_typed(
    admin: Browser, parts: Parts
) -> None:
    form = (await admin.open(PAGE)).form("f-perbaiki")
    typed = {"catatan": "Salah tulis.", "isi": '{"state": "planned"'}
    page = await admin.send(f"{PAGE}/perbaiki", {**form, **typed})
    assert page.status == 422
    assert "{&#34;state&#34;: &#34;planned&#34;</textarea>" in page.text
    assert not [call for call in parts.calls if call.method == "POST"]


async def test_a_hidden_field_reaches_no_further_than_its_place(
    admin: Browser, parts: Parts
) -> None:
    shows(parts, discard={**ASKED, "own": False})
    form = (await admin.open(PAGE)).form("f-setujui")
    for forged in ("../parked/1/discard", "", "x"):
        page = await admin.send(f"{PAGE}/setujui", {**form, "permintaan": forged, "catatan": "a"})
        assert page.status == 404
    assert not [call for call in parts.calls if call.method == "POST"]


async def test_a_row_is_released_and_a_gateway_resumed(admin: Browser, parts: Parts) -> None:
    parts.answer("routing", "POST", "/internal/v1/set-aside/4/release", {"released": 1})
    form = (await admin.open(LIST)).form("f-baris-4")
    done = await admin.send("/kelola/tertunda/routing/baris/4/lepaskan", form)
    assert done.status == 303
    gateway = {"name": "sms", "reason": "http_403", "ours": True, "waiting": 12,
               "since": "2026-11-25T20:11:00Z", "retry_at": None}  # fmt: skip
    parts.answer("notify", "GET", "/v1/gateways", {"gateways": [gateway]})
    parts.answer("notify", "GET", "/v1/deliveries/failed", {"deliveries": [], "next_cursor": None})
    parts.answer("notify", "POST", "/v1/gateways/sms/resume", None, 204)
    page = await admin.open("/kelola/pesan")
    assert "12 pesan menunggu" in page.text
    done = await admin.send("/kelola/pesan/sms/lanjutkan", page.form("f-lanjutkan-sms"))
    assert (done.status, done.place) == (303, "../../../kelola/pesan?tercatat=lanjutkan")
    assert (await admin.send("/kelola/pesan/a%2Fb/lanjutkan", form)).status in (404, 422)


async def test_an_auditor_reads_all_and_does_nothing(
    admin: Browser, parts: Parts, desk: Desk
) -> None:
    auditor = desk(Role.AUDITOR, "inspektorat")
    opened = {"at": "2026-11-26T02:20:00Z", "officer_unit": "inspektorat",
              "officer_unit_name": "Inspektorat", "officer": "officer-7", "role": "unit_officer",
              "complaint_id": CASE.format(1), "what": "case", "media_ref": None,
              "report_number": "JK2611200011", "reason": "Pemeriksaan"}  # fmt: skip
    parts.answer("routing", "GET", "/v1/openings", {"openings": [opened], "next_cursor": None})
    trail = await auditor.open("/jejak")
    for shown in ("JK2611200011", "Laporan terbatas dibuka", "Pemeriksaan", "officer-7"):
        assert shown in trail.text, shown
    page = await auditor.open(PAGE)
    assert "f-terapkan" not in page.text
    form = (await admin.open(PAGE)).form("f-terapkan")
    assert (await auditor.send(f"{PAGE}/terapkan", form)).status == 403
    assert (await desk(Role.UNIT_OFFICER, TEBET).open(LIST)).status == 403
    assert (await admin.open("/jejak")).status == 403


async def test_a_unit_is_found_by_a_part_of_its_name(admin: Browser) -> None:
    page = await admin.open("/kelola/unit?cari=tebet+timur")
    assert "Kelurahan Tebet Timur" in page.text
    assert "Tidak ada unit" in (await admin.open("/kelola/unit?cari=sihir")).text
