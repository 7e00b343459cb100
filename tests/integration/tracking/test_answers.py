"""The answer to an open question, by tracking code: handed to intake, kept nowhere."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text

from shared.codes import normalise_code
from shared.visibility import SYSTEM
from tests.builders import a_complaint_id
from tests.integration.tracking.conftest import Issuer, Tracking, code_of, doors
from tests.integration.tracking.test_officer_words import asked
from tests.unit.tracking.events import ANSWERED, REF

WORDS = "Di gang kanarijawabq, sebelah pos."


async def give(tracking: Tracking, text: Any = WORDS, code: str | None = None) -> httpx.Response:
    body = {"code": code or code_of(), "text": text}
    return await tracking.http.post("/v1/track/answer", json=body)


@pytest.mark.parametrize("confidential", [True, False])
async def test_the_holder_of_the_code_answers(tracking: Tracking, confidential: bool) -> None:
    await asked(tracking, confidential=confidential)
    answer = await give(tracking)
    assert (answer.status_code, answer.json()) == (200, {"taken": True})
    assert tracking.intake.taken == [
        {"complaint_id": str(a_complaint_id()), "question_ref": str(REF), "text": WORDS}
    ]
    assert "kanarijawabq" not in str(await tracking.rows())


async def test_a_question_that_an_earlier_release_kept_without_its_reference_is_answered(
    tracking: Tracking,
) -> None:
    await asked(tracking)
    async with tracking.works.open(SYSTEM) as work:
        await work.connection.execute(text("UPDATE cases SET question_ref = NULL, acts = '[]'"))
    shown = await tracking.http.post("/lacak", data={"code": code_of()})
    assert 'action="jawab' in shown.text
    assert (await give(tracking)).status_code == 200
    assert [taken["question_ref"] for taken in tracking.intake.taken] == [str(a_complaint_id())]


async def test_the_page_hands_the_answer_over(tracking: Tracking) -> None:
    await asked(tracking)
    shown = await tracking.http.post("/lacak", data={"code": code_of()})
    assert 'action="jawab' in shown.text
    answer = await tracking.http.post("/jawab", data={"code": code_of(), "text": WORDS})
    assert answer.status_code == 200
    assert [taken["text"] for taken in tracking.intake.taken] == [WORDS]


async def test_unknown_codes_get_the_answer_of_the_look_up(tracking: Tracking) -> None:
    await asked(tracking)
    mistyped = code_of()[:-1] + ("2" if code_of()[-1] != "2" else "3")
    assert normalise_code(mistyped) is None
    for code in (code_of(2), mistyped, "*"):
        answer, looked_up = await give(tracking, code=code), await tracking.track(code)
        assert (answer.status_code, answer.content) == (404, looked_up.content)
    assert tracking.intake.taken == []


async def test_without_an_open_question_nothing_is_handed_over(tracking: Tracking) -> None:
    await asked(tracking, ANSWERED)
    answer = await give(tracking)
    assert (answer.status_code, answer.json()["field"]) == (409, "code")
    assert tracking.intake.taken == []


@pytest.mark.parametrize(("status", "told", "field"), [
    (409, 409, "text"), (410, 410, "code"), (422, 422, "text"), (413, 422, "text"),
    (401, 503, None), (404, 503, None), (500, 503, None),
])  # fmt: skip
async def test_what_intake_refuses_is_said_and_what_it_cannot_do_is_no_thanks(
    tracking: Tracking, status: int, told: int, field: str | None
) -> None:
    await asked(tracking)
    tracking.intake.status = status
    answer = await give(tracking)
    assert (answer.status_code, answer.json().get("field")) == (told, field)
    assert ("retry-after" in answer.headers) == (told == 503)
    assert "kanarijawabq" not in answer.text


async def test_an_intake_that_hangs_is_not_waited_for(tracking: Tracking) -> None:
    await asked(tracking)
    tracking.intake.delay = 3.0
    async with doors(tracking.works, Issuer(), tracking.around, seconds=0.2) as impatient:
        body = {"code": code_of(), "text": WORDS}
        assert (await impatient.post("/v1/track/answer", json=body)).status_code == 503
        page = await impatient.post("/jawab", data=body)
    assert page.status_code == 503
    assert WORDS in page.text


@pytest.mark.parametrize("text", ["", "\u0000", "a" * 10_001, 5])
async def test_words_that_cannot_be_filed_are_refused_here(tracking: Tracking, text: Any) -> None:
    await asked(tracking)
    answer = await give(tracking, text)
    assert (answer.status_code, answer.json()["field"]) == (422, "text")
    assert tracking.intake.taken == []
