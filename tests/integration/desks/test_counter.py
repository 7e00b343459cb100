"""A desk's day: a report is entered, its receipt printed once, the next citizen comes."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import segno

from services.routing.console.desks.counter import desks_of
from services.routing.console.desks.receipt import in_fours, promised, qr_code
from shared.auth import Role
from shared.unit_table import load_units
from tests.integration.desks.conftest import Desk
from tests.integration.desks.parts import BIRO, CASE, KOMINFO, TEBET, Browser, Parts

CODE = "7K3M-Q9TX-2BZD-0W4R"
RECEIPT = {
    "complaint_id": CASE.format(9), "report_number": "JK2611260099", "tracking_code": CODE,
    "received_at": "2026-11-26T02:30:00Z",
}  # fmt: skip
TYPED = {
    "masalah": "Mobil menutup trotoar.", "alamat": "Depan Puskesmas Tebet",
    "kategori": "parkir-liar", "nama": "Pelapor Contoh", "telepon": "0811-000-0001",
    "nik": "", "anonim": "ya",
}  # fmt: skip


@pytest.fixture
def counter(parts: Parts, desk: Desk) -> Browser:
    parts.answer("intake", "POST", "/v1/desks/kelurahan/complaints", RECEIPT, 202)
    return desk(Role.DESK_OFFICER, TEBET)


async def test_a_report_is_entered_once_and_its_receipt_shown_once(
    counter: Browser, parts: Parts
) -> None:
    form = (await counter.open("/loket")).form("loket-form")
    done = await counter.send("/loket", {**form, **TYPED})
    assert (done.status, done.place) == (303, "./loket/tanda-terima")
    told = parts.calls[-1] if parts.calls[-1].part == "intake" else parts.calls[-2]
    assert told.body == {
        "entry_id": form["kunci"],
        "text": "Mobil menutup trotoar.", "category": "parkir-liar", "anonymous": True,
        "confidential": False, "language": "id", "location": {"address": "Depan Puskesmas Tebet"},
        "reporter": {"name": "Pelapor Contoh", "phone": "0811-000-0001"},
    }  # fmt: skip
    paper = await counter.open("/loket/tanda-terima")
    for shown in ("JK2611260099", "7K3M Q9TX 2BZD 0W4R", "Parkir Liar", "Depan Puskesmas Tebet",
                  "3 Desember 2026", "112", "https://crm.jakarta.go.id/lacak", "<svg"):  # fmt: skip
        assert shown in paper.text, shown
    assert "Pelapor Contoh" not in paper.text
    assert (await counter.open("/loket/tanda-terima")).status == 410
    assert CODE not in (await counter.open("/loket")).text


async def test_the_code_stands_in_no_address(counter: Browser) -> None:
    form = (await counter.open("/loket")).form("loket-form")
    done = await counter.send("/loket", {**form, **TYPED})
    paper = await counter.open("/loket/tanda-terima")
    plain = re.compile(r"7K3M[- ]?Q9TX", re.IGNORECASE)
    assert not plain.search(done.place)
    links = re.findall(r'(?:href|action|src)="([^"]*)"', paper.text)
    assert not any(plain.search(each) for each in links)
    # What waits in the browser is sealed.
    assert not any(plain.search(value) for value in counter.cookies.values())


async def test_another_officer_at_the_same_computer_sees_no_receipt(
    counter: Browser, desk: Desk
) -> None:
    form = (await counter.open("/loket")).form("loket-form")
    await counter.send("/loket", {**form, **TYPED})
    other = desk(Role.DESK_OFFICER, "31.74.01.1002")
    other.cookies.update(
        {name: value for name, value in counter.cookies.items() if name not in other.cookies}
    )
    assert (await other.open("/loket/tanda-terima")).status == 410


@pytest.mark.parametrize(
    ("status", "told", "shown"),
    [
        (422, {"detail": "Give a phone number.", "field": "reporter.phone"}, "Give a phone"),
        (503, {}, "Belum pasti terkirim."),
    ],
)
async def test_a_refusal_brings_all_words_back_under_the_same_key(
    counter: Browser, parts: Parts, status: int, told: dict[str, str], shown: str
) -> None:
    parts.answer("intake", "POST", "/v1/desks/kelurahan/complaints", told, status)
    form = (await counter.open("/loket")).form("loket-form")
    page = await counter.send("/loket", {**form, **TYPED})
    assert page.status == status
    assert shown in page.text
    for words in ("Mobil menutup trotoar.", "Depan Puskesmas Tebet", "0811-000-0001"):
        assert words in page.text
    assert page.form("loket-form")["kunci"] == form["kunci"]


UPLOADS = "/v1/desks/kelurahan/complaints/uploads"
SCAN = b"\xff\xd8\xff a scan"


@pytest.fixture
def with_scans(counter: Browser, parts: Parts) -> Browser:
    taken = {"upload_id": "made-for-a-scan", "size": 10, "expires_at": "2026-11-27T02:30:00Z"}
    parts.answer("intake", "POST", UPLOADS, taken, 201)
    return counter


def handed(parts: Parts, path: str = UPLOADS) -> list[Any]:
    return [call.body for call in parts.calls if (call.part, call.path) == ("intake", path)]


async def test_scans_go_with_the_report_and_the_receipt_says_how_many(
    with_scans: Browser, parts: Parts
) -> None:
    form = (await with_scans.open("/loket")).form("loket-form")
    done = await with_scans.send_files("/loket", {**form, **TYPED}, SCAN, b"")
    assert (done.status, done.place) == (303, "./loket/tanda-terima")
    assert handed(parts) == [SCAN]
    [entry] = handed(parts, "/v1/desks/kelurahan/complaints")
    assert entry["uploads"] == ["made-for-a-scan"]
    assert "SCAN_1" not in str(parts.calls), "no file name leaves the browser's form"
    paper = await with_scans.open("/loket/tanda-terima")
    assert '<dd id="berkas">1</dd>' in paper.text


async def test_a_form_that_comes_back_names_the_scans_that_came_and_asks_for_none_again(
    with_scans: Browser, parts: Parts
) -> None:
    form = (await with_scans.open("/loket")).form("loket-form")
    page = await with_scans.send_files("/loket", {**form, **TYPED, "tempat": "Antah"}, SCAN)
    again = page.form("loket-form")
    assert (page.status, again["foto"]) == (422, "made-for-a-scan")
    assert "1 berkas sudah diterima" in page.text
    done = await with_scans.send_files("/loket", {**again, **TYPED})
    assert done.status == 303
    assert handed(parts) == [SCAN]
    [entry] = handed(parts, "/v1/desks/kelurahan/complaints")
    assert entry["uploads"] == ["made-for-a-scan"]


async def test_a_look_for_similar_reports_costs_no_scan(with_scans: Browser, parts: Parts) -> None:
    parts.answer("routing", "POST", "/v1/neighbours", {"cases": []})
    form = (await with_scans.open("/loket")).form("loket-form")
    page = await with_scans.send_files("/loket", {**form, **TYPED, "langkah": "mirip"}, SCAN)
    assert (page.status, page.form("loket-form")["foto"]) == (200, "made-for-a-scan")


async def test_of_a_form_that_is_not_this_officers_no_byte_is_passed_on(
    with_scans: Browser, parts: Parts
) -> None:
    form = (await with_scans.open("/loket")).form("loket-form")
    page = await with_scans.send_files("/loket", {**form, **TYPED, "csrf": "x"}, SCAN)
    assert page.status == 403
    assert handed(parts) == []


async def test_a_form_that_is_sent_twice_is_one_entry_though_its_scans_go_twice(
    with_scans: Browser, parts: Parts
) -> None:
    form = (await with_scans.open("/loket")).form("loket-form")
    for _ in range(2):
        assert (await with_scans.send_files("/loket", {**form, **TYPED}, SCAN)).status == 303
    entered = [each for each in parts.calls if each.path == "/v1/desks/kelurahan/complaints"]
    assert [each.body["entry_id"] for each in entered] == [form["kunci"]] * 2
    # Intake compares the whole body where there is one, and the second names other uploads.
    assert not any("idempotency-key" in each.headers for each in entered)


async def test_without_its_scan_no_report_is_filed(with_scans: Browser, parts: Parts) -> None:
    parts.answer("intake", "POST", UPLOADS, {}, 503)
    form = (await with_scans.open("/loket")).form("loket-form")
    page = await with_scans.send_files("/loket", {**form, **TYPED}, SCAN)
    assert page.status == 503
    assert "Penyimpanan berkas sedang tidak menjawab" in page.text
    assert "Mobil menutup trotoar." in page.text
    assert handed(parts, "/v1/desks/kelurahan/complaints") == []


async def test_more_scans_than_five_are_not_taken(with_scans: Browser, parts: Parts) -> None:
    form = (await with_scans.open("/loket")).form("loket-form")
    page = await with_scans.send_files("/loket", {**form, **TYPED}, *[SCAN] * 6)
    assert page.status == 422
    assert "Berkas ke-6 tidak diterima: Paling banyak 5 berkas" in page.text
    assert len(handed(parts)) == 5


async def test_scans_that_came_count_among_the_five(with_scans: Browser, parts: Parts) -> None:
    form = (await with_scans.open("/loket")).form("loket-form")
    came = [f"scan-{n}" for n in range(4)]
    page = await with_scans.send_files("/loket", {**form, **TYPED, "foto": came}, SCAN, SCAN)
    assert page.status == 422
    kept = [*came, "made-for-a-scan"]
    assert re.findall('name="foto" value="([^"]+)"', page.text) == kept
    assert "Berkas ke-2 tidak diterima: Paling banyak 5 berkas" in page.text
    assert "Berkas ke-1" not in page.text
    assert handed(parts, "/v1/desks/kelurahan/complaints") == []


async def test_what_was_chosen_before_the_session_ended_is_asked_for_once_more(
    with_scans: Browser, parts: Parts
) -> None:
    form = (await with_scans.open("/loket")).form("loket-form")
    page = await with_scans.send("/loket", {**form, **TYPED, "berkas_hilang": "ya"})
    assert page.status == 422
    assert "Pilih lagi, lalu kirim." in page.text
    assert handed(parts, "/v1/desks/kelurahan/complaints") == []
    again = page.form("loket-form")
    assert (await with_scans.send_files("/loket", {**again, **TYPED}, SCAN)).status == 303


async def test_scans_that_intake_knows_no_more_are_asked_for_again(
    with_scans: Browser, parts: Parts
) -> None:
    told = {"detail": "Name ids of uploads of your own.", "field": "uploads"}
    parts.answer("intake", "POST", "/v1/desks/kelurahan/complaints", told, 422)
    form = (await with_scans.open("/loket")).form("loket-form")
    page = await with_scans.send_files("/loket", {**form, **TYPED}, SCAN)
    assert page.status == 422
    assert "Pilih lagi, lalu kirim." in page.text
    assert "foto" not in page.form("loket-form")


async def test_beside_the_scans_stands_what_keeps_a_reporter_safe(counter: Browser) -> None:
    page = await counter.open("/loket")
    assert 'enctype="multipart/form-data"' in page.text
    assert "CCTV" in page.text
    assert "Jangan pindai KTP" in page.text


async def test_similar_reports_are_shown_while_typing_and_as_a_step_without_a_script(
    counter: Browser, parts: Parts
) -> None:
    parts.answer("routing", "POST", "/v1/neighbours", {"cases": [
        {"report_number": "JK2611250003", "state": "in_progress", "label": "Proses",
         "category": "parkir-liar", "category_name": "Parkir Liar", "distance_m": 50},
    ]})  # fmt: skip
    form = (await counter.open("/loket")).form("loket-form")
    fragment = await counter.send("/loket/mirip", {**form, **TYPED})
    page = await counter.send("/loket", {**form, **TYPED, "langkah": "mirip"})
    for shown in (fragment, page):
        assert shown.status == 200
        assert "JK2611250003" in shown.text
        assert "50 m" in shown.text
    assert "Mobil menutup trotoar." in page.text
    told = [call for call in parts.calls if call.path == "/v1/neighbours"]
    assert told[0].body == {"text": TYPED["masalah"], "category": "parkir-liar", "kelurahan": TEBET}
    assert not any(call.part == "intake" for call in parts.calls)
    assert "<html" not in fragment.text


async def test_a_unit_without_a_desk_is_told_so(desk: Desk) -> None:
    page = await desk(Role.DESK_OFFICER, KOMINFO).open("/loket")
    assert "Unit Anda tidak mempunyai loket." in page.text


def test_officers_sit_at_the_desks_of_their_own_office() -> None:
    found = {
        unit: tuple(each.value for each in desks_of(load_units().find(unit)))
        for unit in (TEBET, "31.74.01", "31.74", BIRO, "inspektorat", KOMINFO, "dinas-sihir")
    }
    assert found == {
        TEBET: ("kelurahan",), "31.74.01": ("kecamatan",), "31.74": ("walikota", "pendopo"),
        BIRO: ("pendopo",), "inspektorat": ("inspektorat",), KOMINFO: (), "dinas-sihir": (),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "said"),
    [(CODE, "7K3M Q9TX 2BZD 0W4R"), ("7K3MQ9TX2BZD0W4R", "7K3M Q9TX 2BZD 0W4R"), ("", "")],
)
def test_a_code_is_written_in_fours(code: str, said: str) -> None:
    assert in_fours(code) == said


def test_the_promise_counts_from_the_receipt() -> None:
    at = datetime(2026, 11, 26, 2, 30, tzinfo=UTC)
    assert promised(at, 7) == datetime(2026, 12, 3, 2, 30, tzinfo=UTC)


def test_a_qr_code_has_its_quiet_zone_and_a_square_for_each_dark_module() -> None:
    """Drawn again from the strokes and compared with the library's own matrix."""
    address = "https://crm.jakarta.go.id/lacak"
    code = qr_code(address)
    matrix = [list(line) for line in segno.make(address, error="m", micro=False).matrix]
    assert code.side == len(matrix) + 8
    drawn = [[0] * len(matrix) for _ in matrix]
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", code.path):
        for at in range(int(length)):
            drawn[int(y) - 4][int(x) - 4 + at] = 1
    assert drawn == matrix
