"""The answer to an officer's question on the page: taken, or kept in the form."""

from typing import Any

import httpx
import pytest

from services.tracking.web.languages import WORDS
from shared.errors import Conflict, Gone, Malformed, NotFound, Transient
from shared.web.languages import Language
from tests.builders import at
from tests.unit.tracking import page_app
from tests.unit.tracking.test_pages import CODE, REF, a_case

ANSWER = "Di gang <sebelah> pos."
ESCAPED = "Di gang &lt;sebelah&gt; pos."


async def send(
    error: Exception | None = None, *, lang: Language = "id", question_open: bool = True
) -> tuple[httpx.Response, page_app.Taken]:
    answers = page_app.Taken(error)
    case = a_case(question_open=question_open, question_ref=REF if question_open else None)
    app = page_app.build({CODE: case}, at(days=1), answers=answers)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://crm.test") as http:
        given: dict[str, Any] = {"code": CODE, "text": ANSWER}
        return await http.post(f"/jawab?lang={lang}", data=given), answers


@pytest.mark.parametrize("lang", ["id", "en"])
async def test_an_answer_is_taken_and_the_question_not_asked_again(lang: Language) -> None:
    answer, answers = await send(lang=lang)
    assert answers.given == [(CODE, ANSWER)]
    assert answer.status_code == 200
    assert WORDS[lang].texts["answer_taken"] in answer.text
    assert "<textarea" not in answer.text
    assert CODE not in str(answer.url)


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize(("error", "problem", "status"), [
    (Malformed("x", field="text"), "answer_text", 422),
    (Conflict("x", field="text"), "answer_other", 409),
    (Conflict("x", field="code"), "answer_closed", 409),
    (Gone("x", field="code"), "answer_gone", 410),
    (Transient("x"), "answer_away", 503),
])  # fmt: skip
async def test_an_answer_that_is_not_taken_stays_in_the_form_and_is_never_thanked_for(
    error: Exception, problem: str, status: int, lang: Language
) -> None:
    answer, _ = await send(error, lang=lang)
    texts = WORDS[lang].texts
    assert answer.status_code == status
    assert texts[problem] in answer.text
    assert f"{ESCAPED}</textarea>" in answer.text
    assert texts["answer_taken"] not in answer.text
    assert ("retry-after" in answer.headers) == (status == 503)


async def test_where_no_question_is_open_any_more_the_words_are_shown_to_be_copied() -> None:
    answer, _ = await send(Conflict("x", field="code"), question_open=False)
    assert answer.status_code == 409
    assert "<textarea" not in answer.text
    assert ESCAPED in answer.text


async def test_an_unknown_code_is_told_as_when_it_is_looked_up() -> None:
    answer, _ = await send(NotFound("x", field="code"))
    assert answer.status_code == 404
    assert WORDS["id"].texts["not_found"] in answer.text
