"""A desk's day: a report is entered, its receipt printed once, the next citizen comes."""

import re
from datetime import UTC, datetime

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
    assert told.headers["idempotency-key"] == form["kunci"]
    assert told.body == {
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
