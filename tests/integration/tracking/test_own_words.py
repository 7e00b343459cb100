"""The reporter's own words by code: claimed from intake for the moment, and kept nowhere."""

import asyncio
import logging
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from shared.events.intake import ComplaintSupplemented, ReporterErased
from tests.builders import a_complaint, a_routing, at
from tests.integration.tracking.conftest import Issuer, Tracking, code_of, digest_of, doors
from tests.integration.tracking.test_officer_words import deaf, page
from tests.integration.tracking.test_track import hear
from tests.unit.tracking.events import ANSWERED, DUE, MERGED, QUESTIONED, REF, STARTED, of_intake

COMPLAINT = a_complaint().content_ref
NOTE, REPLY = UUID(int=31), UUID(int=32)
TEXTS = {COMPLAINT: "Lubang kanarilubangq <dalam>.", NOTE: "Makin besar.", REPLY: "Gang Mawar."}
PLACE = {"latitude": -6.2261812, "longitude": 106.8554, "address": "Depan pos RW 03"}


async def written(tracking: Tracking, *more: Any, **fields: Any) -> None:
    """A complaint with its place, a note, and an answer to a question."""
    tracking.intake.contents |= {ref: {"text": text} for ref, text in TEXTS.items()}
    tracking.intake.contents[COMPLAINT] = {"text": TEXTS[COMPLAINT], **PLACE}
    tracking.routing.words[REF] = "Di gang mana?"
    received = tracking.received(**fields)
    note = of_intake(ComplaintSupplemented, content_ref=NOTE, kind="note", at=at(2))
    reply = of_intake(ComplaintSupplemented, content_ref=REPLY, kind="answer", at=at(11))
    answered = ANSWERED.model_copy(update={"content_ref": REPLY})
    heard = (received, a_routing(), DUE, STARTED, note, QUESTIONED, reply, answered, *more)
    await hear(tracking, *heard)


async def tracked(tracking: Tracking) -> dict[str, Any]:
    answer = await tracking.track(code_of())
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.parametrize("confidential", [True, False])
async def test_all_that_the_reporter_wrote_is_read_by_the_holder_of_the_code(
    tracking: Tracking, confidential: bool
) -> None:
    await written(tracking, confidential=confidential)
    body = await tracked(tracking)
    assert [(w["kind"], w["at"], w["text"], w["status"]) for w in body["own_words"]] == [
        ("complaint", "2024-11-03T02:00:00Z", TEXTS[COMPLAINT], "ok"),
        ("note", "2024-11-03T04:00:00Z", TEXTS[NOTE], "ok"),
        ("answer", "2024-11-03T13:00:00Z", TEXTS[REPLY], "ok"),
    ]
    assert body["place"] == body["own_words"][0]["place"] == PLACE
    assert body["own_words"][1]["place"] is None
    [question] = body["questions"]
    assert (question["text"], question["answer"]) == (
        "Di gang mana?", {"status": "ok", "text": "Gang Mawar."},
    )  # fmt: skip
    shown = await page(tracking)
    for words in ("kanarilubangq &lt;dalam&gt;", "Makin besar.", "Gang Mawar.", "Depan pos RW 03"):
        assert shown.count(words) == 1


async def test_of_a_complaint_about_officials_intake_is_asked_for_nothing(
    tracking: Tracking,
) -> None:
    await written(tracking, restricted=True)
    body = await tracked(tracking)
    assert (body["own_words"], body["place"], body["questions"][0]["answer"]) == ([], None, None)
    await page(tracking)
    assert tracking.intake.claims == []
    assert tracking.routing.claims == []


@pytest.mark.parametrize("heard", [True, False])
async def test_what_was_erased_is_said_to_be_whether_or_not_tracking_has_heard_of_it(
    tracking: Tracking, heard: bool
) -> None:
    await written(tracking, *([of_intake(ReporterErased, reporter_ref=REF)] if heard else []))
    tracking.intake.contents = dict.fromkeys(TEXTS)
    body = await tracked(tracking)
    assert {w["status"] for w in body["own_words"]} == {"erased"}
    assert {w["text"] for w in body["own_words"]} == {None}
    assert (body["place"], body["erased"], body["words_unavailable"]) == (None, heard, False)
    assert "dihapus atas permintaan pelapor" in await page(tracking)
    assert bool(tracking.intake.claims) != heard


@pytest.mark.parametrize("status", [503, 500, 401, 403, 422])
async def test_while_intake_is_away_all_else_is_shown(tracking: Tracking, status: int) -> None:
    await written(tracking)
    tracking.intake.status = status
    body = await tracked(tracking)
    assert {w["status"] for w in body["own_words"]} == {"unavailable"}
    assert (body["words_unavailable"], body["report_number"]) == (True, "JK2411030001")
    assert body["questions"][0]["text"] == "Di gang mana?"
    shown = await page(tracking)
    assert "Tulisan ini belum dapat ditampilkan" in shown
    assert "Di gang mana?" in shown


async def test_one_message_that_cannot_be_read_costs_itself_alone(tracking: Tracking) -> None:
    await written(tracking)
    contents = [
        {"ref": str(COMPLAINT), "status": "sealed"}, {"ref": str(NOTE), "status": "ok", "text": 7},
        {"ref": str(REPLY), "status": "ok", "text": "Gang Mawar.", "colour": "blue"},
    ]  # fmt: skip
    tracking.intake.answer = {"contents": contents}
    body = await tracked(tracking)
    assert [w["status"] for w in body["own_words"]] == ["unavailable", "unavailable", "ok"]
    assert body["words_unavailable"] is True


async def test_an_intake_that_hangs_is_not_waited_for(tracking: Tracking) -> None:
    await written(tracking)
    async with deaf() as (client, seconds):
        around = replace(tracking.around, intake_client=client)
        impatient = doors(tracking.works, Issuer(), around, seconds)
        async with asyncio.timeout(10):
            body = await tracked(replace(tracking, http=impatient))
    assert {w["status"] for w in body["own_words"]} == {"unavailable"}
    assert body["questions"][0]["text"] == "Di gang mana?"


async def test_a_merged_case_asks_for_its_own_words_and_for_none_of_its_heads(
    tracking: Tracking,
) -> None:
    theirs = a_complaint(number=77, tracking_digest=digest_of(77))
    question = QUESTIONED.model_copy(update={"question_ref": UUID(int=41)})
    await hear(tracking, theirs, a_routing(), STARTED, question, number=77)
    tracking.intake.contents[theirs.content_ref] = {"text": "Kata orang lain."}
    tracking.routing.words[UUID(int=41)] = "Tanya kepada orang lain."
    await written(tracking, MERGED.model_copy(update={"at": at(12)}))
    body = await tracked(tracking)
    assert (body["merged"], [w["text"] for w in body["own_words"]]) == (True, list(TEXTS.values()))
    assert "orang lain" not in repr(body) + await page(tracking)
    asked_for = {ref for refs in tracking.intake.claims + tracking.routing.claims for ref in refs}
    assert asked_for == {*TEXTS, REF}


async def test_no_words_are_kept_and_none_are_logged(
    tracking: Tracking, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    await written(tracking)
    with caplog.at_level(logging.DEBUG):
        assert "kanarilubangq" in await page(tracking) + repr(await tracked(tracking))
        tracking.intake.answer = {"contents": [{"ref": str(COMPLAINT), "text": "kanarilubangq"}]}
        await page(tracking)
    assert "kanari" not in repr(await tracking.rows())
    assert "kanari" not in caplog.text + "".join(capfd.readouterr())


async def test_officers_who_search_are_shown_no_words(tracking: Tracking) -> None:
    await written(tracking, confidential=True)
    found = await tracking.asked("/v1/cases")
    assert [case["report_number"] for case in found.json()["cases"]] == ["JK2411030001"]
    assert "kanari" not in found.text
    assert tracking.intake.claims == []
