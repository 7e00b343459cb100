"""The whole of a confidential report's words, as the officer's application opens it."""

from collections.abc import AsyncIterator

import pytest
from fastapi.responses import Response

from tests.unit.console.city import CASE, Browser, City, a_case, a_problem

OPEN = f"/cases/{CASE}/text/open"
PAGE = f"/laporan/{CASE}/isi"
REASON = "Memastikan tempatnya."
REF = "00000000-0000-7000-8000-0000000000b1"
WHOLE = "Lampu mati, hp 081234567890"
MASKED = {"ref": REF, "status": "ok", "text": "Lampu mati, hp [nomor telepon]", "masked": True}


@pytest.fixture
async def judge(city: City) -> AsyncIterator[Browser]:
    """A judge of the Biro, before a confidential report with masked words."""
    city.services.answers[f"GET /cases/{CASE}"] = a_case(confidential=True, contents=[MASKED])
    async with city.browser() as browser:
        await browser.sign_in("biro", "biro-pemerintahan")
        yield browser


async def test_masked_words_are_opened_with_a_reason_and_shown_once(
    city: City, judge: Browser
) -> None:
    whole = [{**MASKED, "text": WHOLE, "masked": False}]
    city.services.answers[f"POST {OPEN}"] = {"contents": whole, "text_opened": []}
    await judge.open(f"/laporan/{CASE}")
    assert f'href="../laporan/{CASE}/isi"' in judge.page
    await judge.open(PAGE)
    await judge.post(PAGE, {"alasan": REASON})
    [(_, _, headers, body)] = city.services.told(f"POST {OPEN}")
    assert body == {"reason": REASON}
    assert headers["idempotency-key"]
    assert WHOLE in judge.page
    await judge.open(PAGE)
    assert WHOLE not in judge.page, "who comes again is asked again"


async def test_without_a_reason_nothing_is_opened(city: City, judge: Browser) -> None:
    await judge.open(PAGE)
    await judge.post(PAGE, {"alasan": "  "})
    assert judge.status == 422
    assert "Alasan: Isian ini wajib diisi." in judge.page
    assert city.services.told(f"POST {OPEN}") == []


@pytest.mark.parametrize(("status", "said"), [(403, "Bukan wewenang."), (410, "Sudah dihapus.")])
async def test_a_refused_opening_says_why_and_keeps_the_reason(
    city: City, judge: Browser, status: int, said: str
) -> None:
    city.services.answers[f"POST {OPEN}"] = a_problem(status, "No.", detail_id=said)
    await judge.open(PAGE)
    await judge.post(PAGE, {"alasan": REASON})
    assert judge.status == status
    assert said in judge.page
    assert REASON in judge.page


async def test_while_routing_is_silent_the_reason_is_kept_to_be_sent_again_as_the_same_form(
    city: City, judge: Browser
) -> None:
    city.services.answers[f"POST {OPEN}"] = Response(status_code=503)
    await judge.open(PAGE)
    key = judge.hidden("kunci")
    await judge.post(PAGE, {"alasan": REASON})
    assert (judge.status, judge.hidden("kunci")) == (503, key)
    assert REASON in judge.page


async def test_whose_unit_handles_a_confidential_report_is_not_offered_the_whole(
    city: City, judge: Browser, officer: Browser
) -> None:
    await officer.open(f"/laporan/{CASE}")
    assert "Data pribadi disamarkan di sini" in officer.page
    assert "/isi" not in officer.page
    await officer.open(PAGE)
    assert officer.status == 403


async def test_who_has_read_the_whole_stands_beside_the_words(
    city: City, judge: Browser, officer: Browser
) -> None:
    opened = {"at": "2026-11-25T02:00:00Z", "unit_id": "biro-pemerintahan",
              "unit_name": "Biro Pemerintahan", "reason": REASON}  # fmt: skip
    city.services.answers[f"GET /cases/{CASE}"] = a_case(contents=[MASKED], text_opened=[opened])
    await officer.open(f"/laporan/{CASE}")
    assert "Dibuka Biro Pemerintahan" in officer.page
    assert REASON in officer.page
