"""What is locked in a case, as the officer's application opens it: the words of a confidential
report, and a private report's picture."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.responses import Response

from tests.unit.console.city import CASE, Browser, City, a_case, a_problem
from tests.unit.console.test_media import MEDIA, REF, a_file

REASON = "Memastikan tempatnya."
WHOLE = "Lampu mati, hp 081234567890"
MASKED = {"ref": REF, "status": "ok", "text": "Lampu mati, hp [nomor telepon]", "masked": True}


@dataclass(frozen=True)
class Locked:
    """``page``: below the case's; ``address``: below the case. ``case``: what has it; ``opened``:
    routing's answer, of which the page has ``shown``."""

    page: str
    address: str
    case: dict[str, Any]
    opened: dict[str, Any]
    shown: str

    @property
    def url(self) -> str:
        return f"/laporan/{CASE}/{self.page}"

    @property
    def opens(self) -> str:
        return f"POST /cases/{CASE}/{self.address}"


WORDS = Locked(
    "isi", "text/open", a_case(confidential=True, contents=[MASKED]),
    {"contents": [{**MASKED, "text": WHOLE, "masked": False}], "text_opened": []}, WHOLE,
)  # fmt: skip
PICTURE = Locked(
    f"foto/{REF}", f"media/{REF}/open",
    a_case(confidential=True, media=[a_file(lock="private_report", links=None)]),
    a_file(lock="private_report"), f'<img src="{MEDIA}/{REF}/large?viewer=a&amp;signature=b"',
)  # fmt: skip


@pytest.fixture(params=[WORDS, PICTURE], ids=["words", "picture"])
def locked(city: City, request: pytest.FixtureRequest) -> Locked:
    found: Locked = request.param
    city.services.answers[f"GET /cases/{CASE}"] = found.case
    return found


@pytest.fixture
async def judge(city: City) -> AsyncIterator[Browser]:
    """A judge of the Biro."""
    async with city.browser() as browser:
        await browser.sign_in("biro", "biro-pemerintahan")
        yield browser


async def test_what_is_locked_is_opened_with_a_reason_and_shown_once(
    city: City, judge: Browser, locked: Locked
) -> None:
    city.services.answers[locked.opens] = locked.opened
    await judge.open(f"/laporan/{CASE}")
    assert f'href="..{locked.url}"' in judge.page
    await judge.open(locked.url)
    await judge.post(locked.url, {"alasan": REASON})
    [(_, _, headers, body)] = city.services.told(locked.opens)
    assert body == {"reason": REASON}
    assert headers["idempotency-key"]
    assert locked.shown in judge.page
    await judge.open(locked.url)
    assert locked.shown not in judge.page, "who comes again is asked again"


async def test_without_a_reason_nothing_is_opened(
    city: City, judge: Browser, locked: Locked
) -> None:
    await judge.open(locked.url)
    await judge.post(locked.url, {"alasan": "  "})
    assert judge.status == 422
    assert "Alasan: Isian ini wajib diisi." in judge.page
    assert city.services.told(locked.opens) == []


@pytest.mark.parametrize(("status", "said"), [(403, "Bukan wewenang."), (410, "Sudah dihapus.")])
async def test_a_refused_opening_says_why_and_keeps_the_reason(
    city: City, judge: Browser, locked: Locked, status: int, said: str
) -> None:
    city.services.answers[locked.opens] = a_problem(status, "No.", detail_id=said)
    await judge.open(locked.url)
    await judge.post(locked.url, {"alasan": REASON})
    assert judge.status == status
    assert said in judge.page
    assert REASON in judge.page


async def test_while_a_part_is_silent_the_reason_is_kept_to_be_sent_again_as_the_same_form(
    city: City, judge: Browser, locked: Locked
) -> None:
    city.services.answers[locked.opens] = Response(status_code=503)
    await judge.open(locked.url)
    key = judge.hidden("kunci")
    await judge.post(locked.url, {"alasan": REASON})
    assert (judge.status, judge.hidden("kunci")) == (503, key)
    assert REASON in judge.page


async def test_whose_unit_handles_a_private_report_is_not_offered_what_is_locked(
    officer: Browser, locked: Locked
) -> None:
    await officer.open(f"/laporan/{CASE}")
    assert officer.status == 200
    assert locked.url not in officer.page
    await officer.open(locked.url)
    assert officer.status == 403


@pytest.mark.parametrize("locked", [WORDS], indirect=True)
async def test_who_handles_a_confidential_report_reads_that_its_words_are_masked(
    officer: Browser, locked: Locked
) -> None:
    await officer.open(f"/laporan/{CASE}")
    assert "Data pribadi disamarkan di sini" in officer.page


async def test_no_file_is_opened_that_the_case_does_not_have(
    city: City, judge: Browser, locked: Locked
) -> None:
    other = f"/laporan/{CASE}/foto/{REF.replace('b1', 'b2')}"
    await judge.open(other)
    assert judge.status == 404
    await judge.open(locked.url)
    await judge.post(other, {"alasan": REASON})
    assert judge.status == 404


async def test_who_has_read_the_whole_stands_beside_the_words(city: City, officer: Browser) -> None:
    opened = {"at": "2026-11-25T02:00:00Z", "unit_id": "biro-pemerintahan",
              "unit_name": "Biro Pemerintahan", "reason": REASON}  # fmt: skip
    city.services.answers[f"GET /cases/{CASE}"] = a_case(contents=[MASKED], text_opened=[opened])
    await officer.open(f"/laporan/{CASE}")
    assert "Dibuka Biro Pemerintahan" in officer.page
    assert REASON in officer.page
