"""A case's signed file on paper, and as the JSON that belongs to the paper."""

import json
import re
from base64 import b64decode
from html import unescape
from typing import Any

import pytest
from fastapi.responses import Response

from tests.integration.desks.contract import strange
from tests.unit.console.case_files import (
    FIRST,
    LAST,
    SIGNATURE,
    WORDS,
    a_file,
    a_filed_step,
)
from tests.unit.console.city import CASE, OTHER, Browser, City, a_problem

PRINT = f"/laporan/{CASE}/cetak"
FILE, NOTES = f"GET /cases/{CASE}/file", f"GET /cases/{CASE}/notes"


@pytest.fixture
def filed(city: City) -> City:
    city.services.answers |= {FILE: a_file(), "GET /me": {"name": "Petugas 7"}}
    return city


def paper(browser: Browser) -> str:
    """What stands on the paper, as it is read."""
    [sheet] = re.findall(r"<article.*?</article>", browser.page, re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", sheet)).split())


def saved(browser: Browser) -> Any:
    """The file that the page gives along, as a browser would keep it."""
    [(kind, content)] = re.findall(r'href="data:([a-z/]+);base64,([^"]+)"', browser.page)
    assert kind == "application/json"
    return json.loads(b64decode(content, validate=True))


def test_the_file_that_is_printed_here_is_what_routing_describes() -> None:
    path = f"/v1/cases/{CASE}/file"
    assert [*strange("routing", "GET", path, "", None, 200, a_file())] == []


async def test_the_printed_case_file_tells_each_step_who_took_it_when_and_its_place_in_the_chain(
    filed: City, officer: Browser
) -> None:
    await officer.open(PRINT)
    said = paper(officer)
    assert "Jl. Tebet Timur IV" in said
    assert "Mobil <script>menutup</script> trotoar." in said
    assert "JK2411030002" in said, "the case that follows it"
    first, second = (said.index(f"{n} {short}") for n, short in ((1, FIRST[:12]), (2, LAST[:12])))
    one, two = said[first:second], said[second:]
    assert "Min 3 Nov 2024 08.00 WIB · otomatis" in one
    assert "Min 3 Nov 2024 09.30 WIB · Petugas 4, Kelurahan Tebet Timur" in two
    assert "→ Suku Dinas Bina Marga" in two
    assert WORDS in two
    assert not re.search("<b>|<script>", officer.page), "words are text and nothing else"
    assert "Min 10 Nov 2024 08.00 WIB" in said
    assert "Semula Jum 8 Nov 2024 08.00 WIB" in said


async def test_the_paper_bears_the_head_of_the_chain_the_signature_and_how_one_verifies_them(
    filed: City, officer: Browser
) -> None:
    await officer.open(PRINT)
    said = paper(officer)
    assert LAST in said.replace(" ", "")
    assert SIGNATURE in said
    assert "kunci-1" in said
    assert f"crm case verify laporan-{CASE}.json --head {LAST[:12]}" in said
    assert "/v1/case-file-keys" in said


async def test_the_paper_says_who_took_it_out_and_when(filed: City, officer: Browser) -> None:
    await officer.open(PRINT)
    assert "Dicetak oleh Petugas 7 (Petugas, Kelurahan Tebet Timur)" in paper(officer)
    assert "Kam 26 Nov 2026 10.04 WIB" in paper(officer)


async def test_the_json_that_was_printed_goes_with_the_paper_and_is_recorded_as_one_opening(
    filed: City, officer: Browser
) -> None:
    """Routing records who opens a file: so it is asked for the file, once, and nothing else."""
    await officer.open("/profil")
    filed.services.asked.clear()
    await officer.open(PRINT)
    assert saved(officer) == a_file()
    asked = [line[:2] for line in filed.services.asked if line[1] != "/categories"]
    assert asked == [("GET", f"/cases/{CASE}/file")]


async def test_notes_are_printed_only_when_asked_for_and_said_to_be_unsigned(
    filed: City, officer: Browser
) -> None:
    note = {
        "note_id": OTHER, "text": "Pemilik mobil sudah ditegur.", "at": "2024-11-03T03:00:00Z",
        "unit_id": "x", "unit_name": "Kelurahan Tebet Timur", "officer": None, "is_mine": False,
    }  # fmt: skip
    filed.services.answers[NOTES] = {"notes": [note]}
    await officer.open(PRINT)
    assert "ditegur" not in officer.page
    filed.services.asked.clear()
    await officer.open(f"{PRINT}?catatan=ya")
    assert "Pemilik mobil sudah ditegur." in paper(officer)
    assert "tidak termasuk dalam berkas yang ditandatangani" in paper(officer)
    asked = {line[1] for line in filed.services.asked if line[1] != "/categories"}
    assert asked == {f"/cases/{CASE}/file", f"/cases/{CASE}/notes"}
    filed.services.answers[NOTES] = Response(status_code=503)
    await officer.open(f"{PRINT}?catatan=ya")
    assert officer.status == 503, "a paper without its notes would look like one that has none"


async def test_erased_words_are_said_to_be_erased_and_what_proves_the_work_is_named(
    filed: City, officer: Browser
) -> None:
    proof = {"sha256": "c0ffee" + "0" * 58, "media_type": "image/jpeg", "taken_at": None}
    filed.services.answers[FILE] = a_file(
        a_filed_step(),
        a_filed_step(2, event="PlanSubmitted", words_digest="d" * 64, note_id=OTHER),
        a_filed_step(3, event="FollowUpSubmitted", words="Selesai.", evidence=[proof], hash=LAST),
    )
    await officer.open(PRINT)
    assert "Isi laporan sudah dihapus atas permintaan pelapor." in paper(officer)
    assert "image/jpeg c0ffee000000" in paper(officer)


@pytest.mark.parametrize(
    ("answer", "status"), [(a_problem(404, "No such case."), 404), (Response(status_code=503), 503)]
)
async def test_without_its_file_nothing_of_a_case_is_printed(
    filed: City, officer: Browser, answer: Response, status: int
) -> None:
    filed.services.answers[FILE] = answer
    await officer.open(PRINT)
    assert officer.status == status
    assert "<article" not in officer.page


async def test_a_long_life_still_fits_the_budget_of_a_page(filed: City, officer: Browser) -> None:
    steps = [
        a_filed_step(n, words="x" * 600, words_digest="d" * 64, words_salt="e" * 32)
        for n in range(1, 41)
    ]
    filed.services.answers[FILE] = a_file(*steps)
    await officer.open(PRINT)
    assert len(officer.page.encode()) < 140_000


async def test_the_sheet_is_a4_with_page_numbers_and_a_receipt_stays_a5(officer: Browser) -> None:
    await officer.open("/profil")
    sheets = [
        (await officer.http.get(f"/{each}")).text
        for each in re.findall(r'href="\./(static/[^"]+\.css[^"]*)"', officer.page)
    ]
    style = "".join(sheets)
    assert re.search(r"@page \{ size: A4;[^}]*counter\(page\)[^}]*counter\(pages\)", style)
    assert re.search(r"@page receipt \{ size: A5;", style)
    assert re.search(r"\.receipt \{[^}]*page: receipt", style)


async def test_the_case_file_is_kept_as_json_under_a_name_that_tells_no_number(
    filed: City, officer: Browser
) -> None:
    answer = await officer.open(f"/laporan/{CASE}/berkas")
    assert answer.json() == a_file()
    assert answer.headers["content-disposition"] == f'attachment; filename="laporan-{CASE}.json"'
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (a_problem(404, "No such case."), 404, "Laporan tidak ditemukan"),
        (Response(status_code=503), 503, "tidak dapat dibaca saat ini"),
    ],
)
async def test_a_case_file_that_cannot_be_had_is_a_page_that_says_so(
    filed: City, officer: Browser, answer: Response, status: int, said: str
) -> None:
    filed.services.answers[FILE] = answer
    await officer.open(f"/laporan/{CASE}/berkas")
    assert officer.status == status
    assert said in officer.page
