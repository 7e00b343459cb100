"""An answer that tracking hands over is a supplement of its complaint, once."""

import asyncio
import logging
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.integration.intake.conftest import House

PATH = "/internal/v1/answers"
WORDS = "Di gang kanarijawabq, sebelah pos."
QUESTION = UUID(int=71)
READ_NOTHING = ("sms", "facebook")
"""Callers that would pass an answer on: they get an empty one, with 200."""


async def reported(house: House, channel: str = "jaki") -> str:
    answer = await house.report(channel, "r-1", "Ada sampah menumpuk di depan pasar.")
    assert answer.status_code == (200 if channel in READ_NOTHING else 202), answer.text
    [received] = await house.events()
    return str(received["complaint_id"])


async def answered(
    house: House, complaint_id: str, text: Any = WORDS, question: UUID = QUESTION
) -> httpx.Response:
    body = {"complaint_id": complaint_id, "question_ref": str(question), "text": text}
    return await house.call("tracking", "intake", PATH, body)


async def supplements(house: House) -> list[dict[str, Any]]:
    return [each for each in await house.events() if each["type"] == "ComplaintSupplemented"]


@pytest.mark.parametrize("channel", ["jaki", "qlue", "sms", "lapor_1708", "facebook"])
async def test_an_answer_is_filed_with_its_complaint_and_can_be_claimed(
    house: House, channel: str
) -> None:
    complaint_id = await reported(house, channel)
    answer = await answered(house, complaint_id)
    assert (answer.status_code, answer.json()) == (200, {"complaint_id": complaint_id})
    [event] = await supplements(house)
    assert (event["complaint_id"], event["kind"]) == (complaint_id, "answer")
    claim = {"refs": [event["content_ref"]]}
    claimed = await house.call("routing", "intake", "/internal/v1/contents/claim", claim)
    [content] = claimed.json()["contents"]
    assert (content["text"], content["kind"]) == (WORDS, "answer")
    assert WORDS not in str(await house.events())
    assert await house.count("vault", "sealed_reporters") == 2


async def test_the_same_answer_again_is_answered_alike_and_filed_once(house: House) -> None:
    complaint_id = await reported(house)
    first = await answered(house, complaint_id)
    again = await answered(house, complaint_id, f"  {WORDS}\n")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert len(await supplements(house)) == 1


async def test_another_text_for_the_same_question_is_refused_and_for_the_next_one_taken(
    house: House,
) -> None:
    complaint_id = await reported(house)
    await answered(house, complaint_id)
    other = await answered(house, complaint_id, "Bukan, di gang kedua.")
    assert (other.status_code, other.json()["field"]) == (409, "text")
    assert "gang" not in other.text
    assert len(await supplements(house)) == 1
    following = await answered(house, complaint_id, "Di gang kedua.", UUID(int=72))
    assert following.status_code == 200
    assert len(await supplements(house)) == 2


async def test_of_two_answers_sent_at_once_one_is_taken_and_the_other_is_told(
    house: House,
) -> None:
    complaint_id = await reported(house)
    replies = await asyncio.gather(
        answered(house, complaint_id, "Kiri."), answered(house, complaint_id, "Kanan.")
    )
    assert sorted(reply.status_code for reply in replies) == [200, 409]
    assert len(await supplements(house)) == 1


async def test_an_unknown_complaint_has_no_answer(house: House) -> None:
    reply = await answered(house, str(UUID(int=9)))
    assert (reply.status_code, reply.json()["field"]) == (404, "complaint_id")


async def test_an_erased_complaint_takes_no_answer_and_keeps_nothing(house: House) -> None:
    complaint_id = await reported(house)
    assert (await house.erase(complaint_id)).status_code == 200
    reply = await answered(house, complaint_id)
    assert (reply.status_code, reply.json()["field"]) == (410, "complaint_id")
    assert await supplements(house) == []
    assert await house.count("intake", "contents") == 1


@pytest.mark.parametrize("text", ["", " \n\t", "a" * 10_001, "kanari\x00q", None])
async def test_words_that_cannot_be_filed_are_refused_by_name_and_not_echoed(
    house: House, text: str | None
) -> None:
    reply = await answered(house, await reported(house), text)
    assert (reply.status_code, reply.json()["field"]) == (422, "text")
    assert "kanari" not in reply.text
    assert await supplements(house) == []


@pytest.mark.parametrize("caller", ["routing", "notify", "sla"])
async def test_only_tracking_hands_answers_over(house: House, caller: str) -> None:
    body = {
        "complaint_id": await reported(house), "question_ref": str(QUESTION), "text": WORDS,
    }  # fmt: skip
    assert (await house.call(caller, "intake", PATH, body)).status_code == 403
    assert (await house.door.post(PATH, json=body)).status_code == 401
    assert await supplements(house) == []


async def test_nothing_of_an_answer_is_logged(
    house: House, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    complaint_id = await reported(house)
    with caplog.at_level(logging.DEBUG):
        for text in (WORDS, WORDS, "lain kanarijawabq", "kanarijawabq\x00"):
            await answered(house, complaint_id, text)
    assert "kanarijawabq" not in caplog.text + "".join(capfd.readouterr())
