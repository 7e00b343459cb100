"""Officers' words by code: claimed from routing while the page is made, and kept nowhere.

The reporter's own are intake's: see ``test_own_words.py``.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from shared.outbound import OutboundClient, ServiceClient
from tests.builders import a_complaint, a_routing
from tests.integration.notify.bench import tokens
from tests.integration.tracking.conftest import Issuer, Tracking, code_of, doors
from tests.integration.tracking.test_track import hear
from tests.unit.tracking.events import (
    ANSWER,
    ANSWERED,
    COMPLETED,
    DUE,
    FILED,
    QUESTIONED,
    REF,
    STARTED,
)

QUESTION = "Di gang yang mana, kanaritanyaq?\nSebelah kiri <pos>?"


async def asked(tracking: Tracking, *more: Any, **fields: Any) -> None:
    tracking.routing.words[REF] = QUESTION
    tracking.intake.contents |= {
        a_complaint().content_ref: {"text": "Ada sampah."}, ANSWER: {"text": "Di gang Mawar."},
    }  # fmt: skip
    await hear(tracking, tracking.received(**fields), a_routing(), DUE, STARTED, QUESTIONED, *more)


async def page(tracking: Tracking, lang: str = "id") -> str:
    answer = await tracking.http.post(f"/lacak?lang={lang}", data={"code": code_of()})
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("confidential", [True, False])
async def test_an_open_question_is_read_by_the_holder_of_the_code(
    tracking: Tracking, confidential: bool
) -> None:
    await asked(tracking, confidential=confidential)
    body = (await tracking.track(code_of())).json()
    assert (body["question_open"], body["question"]) == (True, QUESTION)
    assert (body["note"], body["words_unavailable"]) == (None, False)
    for lang in ("id", "en"):
        shown = await page(tracking, lang)
        assert "kanaritanyaq?\nSebelah kiri &lt;pos&gt;?" in shown


async def test_of_a_complaint_about_officials_the_open_question_is_all_that_is_added(
    tracking: Tracking,
) -> None:
    await asked(tracking, restricted=True)
    body = (await tracking.track(code_of())).json()
    told = {name for name, value in body.items() if value not in (None, False, [], 0)}
    assert told == {
        "state", "label", "confidential", "restricted", "received_at", "due_at", "stages",
        "question_open", "question", "questions", "next",
    }  # fmt: skip
    assert {stage["unit"] for stage in body["stages"]} == {None}
    assert body["questions"][0]["text"] == body["question"] == QUESTION
    assert tracking.intake.claims == []


async def test_an_answered_question_is_kept_and_no_longer_open(tracking: Tracking) -> None:
    await asked(tracking, ANSWERED)
    body = (await tracking.track(code_of())).json()
    assert (body["question_open"], body["question"], body["next"]) == (False, None, [])
    [kept] = body["questions"]
    assert (kept["state"], kept["text"]) == ("answered", QUESTION)
    assert "kanaritanyaq" in await page(tracking)


async def test_what_was_done_is_read_when_the_case_is_completed(tracking: Tracking) -> None:
    await asked(tracking, ANSWERED, COMPLETED)
    tracking.routing.words[REF] = "Sudah diangkut."
    assert (await tracking.track(code_of())).json()["note"] == "Sudah diangkut."
    assert "Sudah diangkut." in await page(tracking)


@pytest.mark.parametrize("hidden", [{"confidential": True}, {"restricted": True}])
async def test_the_answer_to_a_hidden_case_is_read_by_the_holder_of_its_code(
    tracking: Tracking, hidden: dict[str, Any]
) -> None:
    await asked(tracking, ANSWERED, FILED, COMPLETED, **hidden)
    tracking.routing.words[REF] = "Sudah diperiksa."
    body = (await tracking.track(code_of())).json()
    assert (body["note"], body["evidence_count"]) == ("Sudah diperiksa.", 2)
    [outcome] = body["outcomes"]
    assert (outcome["kind"], outcome["note"]["text"]) == ("completed", "Sudah diperiksa.")
    assert "Sudah diperiksa." in await page(tracking)


async def test_words_that_routing_withholds_are_not_shown_and_not_missed(
    tracking: Tracking,
) -> None:
    await asked(tracking)
    tracking.routing.words.clear()
    body = (await tracking.track(code_of())).json()
    assert (body["question_open"], body["question"], body["words_unavailable"]) == (
        True, None, False,
    )  # fmt: skip


@pytest.mark.parametrize("status", [503, 500, 401, 403, 422])
async def test_while_routing_is_away_all_else_is_shown(tracking: Tracking, status: int) -> None:
    await asked(tracking)
    tracking.routing.status = status
    body = (await tracking.track(code_of())).json()
    assert (body["question"], body["words_unavailable"]) == (None, True)
    assert body["report_number"] == "JK2411030001"
    shown = await page(tracking)
    assert "Tulisan ini belum dapat ditampilkan" in shown
    assert "JK2411030001" in shown


async def test_an_answer_of_routings_that_makes_no_sense_is_routing_away(
    tracking: Tracking,
) -> None:
    await asked(tracking)
    tracking.routing.answer = {"notes": [{"status": "fine"}]}
    assert (await tracking.track(code_of())).json()["words_unavailable"] is True


async def test_a_routing_that_hangs_is_not_waited_for(tracking: Tracking) -> None:
    await asked(tracking)
    async with deaf() as (client, seconds):
        around = replace(tracking.around, routing_client=client)
        impatient = doors(tracking.works, Issuer(), around, seconds)
        async with asyncio.timeout(10):
            answer = await replace(tracking, http=impatient).track(code_of())
    assert answer.json()["words_unavailable"] is True
    assert answer.json()["state"] == "in_progress"


@asynccontextmanager
async def deaf() -> AsyncIterator[tuple[ServiceClient, float]]:
    """A client with ten seconds, for a server that accepts and never answers."""

    async def nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(nothing, "127.0.0.1", 0)
    outbound = OutboundClient()
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield ServiceClient(outbound, tokens()[0], "routing", url), 0.3
    await outbound.close()
    server.close()


async def test_for_an_unknown_code_nobody_is_asked(tracking: Tracking) -> None:
    await asked(tracking)
    assert (await tracking.track(code_of(2))).status_code == 404
    assert tracking.routing.claims == []


async def test_no_words_are_kept_and_none_are_logged(
    tracking: Tracking, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    await asked(tracking)
    with caplog.at_level(logging.DEBUG):
        assert "kanaritanyaq" in await page(tracking)
    assert "kanari" not in repr(await tracking.rows())
    assert "kanari" not in caplog.text + "".join(capfd.readouterr())
