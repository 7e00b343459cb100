"""What an officer reads of a confidential report tells of no person, wherever he reads it."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from services.routing.texts.store import KEPT_AT_MOST
from shared.events.intake import ReporterErased
from tests.builders import T0, a_complaint_id, in_envelope
from tests.integration.routing.test_api import CASE, Office, an_office, received
from tests.integration.routing.world import World

ONE = a_complaint_id(1)
WORDS = "Saya Wulandari, hp 081234567890. Sampah di Jl. Melati depan no 12 menumpuk"
MASKED = "Saya [nama], hp [nomor telepon]. Sampah di Jl. Melati depan no 12 menumpuk"
BIRO: dict[str, Any] = {"role": "biro", "unit": "biro-pemerintahan"}


@pytest.fixture
async def office(world: World) -> AsyncIterator[Office]:
    async with an_office(world) as opened:
        yield opened


async def found_by(office: Office, words: str) -> list[str]:
    answer = await office.post("/v1/search", {"words": words})
    return [each["complaint_id"] for each in answer.json()["cases"]]


async def test_a_confidential_report_is_read_masked_in_the_case_and_in_lists(
    office: Office, world: World
) -> None:
    await received(world, confidential=True, words=WORDS)
    for who in ({}, BIRO):
        [content] = (await office.get(CASE, **who)).json()["contents"]
        assert (content["text"], content["masked"]) == (MASKED, True)
    [row] = (await office.get("/v1/inbox")).json()["cases"]
    assert row["excerpt"] == MASKED


async def test_a_public_report_is_read_as_it_was_written(office: Office, world: World) -> None:
    await received(world, words=WORDS)
    [content] = (await office.get(CASE)).json()["contents"]
    assert (content["text"], content["masked"]) == (WORDS, False)
    assert (await office.get("/v1/inbox")).json()["cases"][0]["excerpt"] == WORDS


async def test_no_search_confirms_who_wrote_a_confidential_report(
    office: Office, world: World
) -> None:
    await received(world, confidential=True, words=WORDS)
    for words in ("Wulandari", "Wulandary", "081234567890"):
        assert await found_by(office, words) == [], words
    assert await found_by(office, "sampah melati") == [str(ONE)]
    kept = await world.rows("SELECT words FROM texts")
    assert [row.words for row in kept] == [MASKED]
    assert not await world.rows("SELECT word FROM vocabulary WHERE word = 'wulandari'")


async def test_a_number_at_the_end_of_what_is_kept_is_not_left_half(
    office: Office, world: World
) -> None:
    # The copy would end within the number.
    words = "x" * (KEPT_AT_MOST - 8) + " 081234567890"
    await received(world, confidential=True, words=words)
    [row] = await world.rows("SELECT words FROM texts")
    assert "0812" not in row.words


# --- the whole is opened with a reason ----------------------------------------------------

TRIAGE: dict[str, Any] = {"role": "triage_officer", "unit": "triage"}
WHY = {"reason": "Alamat kejadian tidak jelas"}
OPEN = f"{CASE}/text/open"


async def test_the_reviewer_opens_the_whole_with_a_reason_and_it_stands_in_the_case(
    office: Office, world: World
) -> None:
    await received(world, confidential=True, words=WORDS)
    answer = await office.post(OPEN, WHY, **BIRO, subject="biro-9")
    assert [each["text"] for each in answer.json()["contents"]] == [WORDS]
    [row] = await world.rows("SELECT actor, what, reason FROM openings")
    assert tuple(row) == ("biro-9", "text", WHY["reason"])
    [shown] = (await office.get(CASE)).json()["text_opened"]
    assert (shown["unit_id"], shown["reason"]) == (BIRO["unit"], WHY["reason"])
    [content] = (await office.get(CASE, **BIRO)).json()["contents"]
    assert content["text"] == MASKED, "what was opened once is not open from then on"


async def test_the_triage_desk_opens_it_while_it_holds_the_case(
    office: Office, world: World
) -> None:
    await received(world, confidential=True, words=WORDS, kelurahan_code=None, category=None)
    answer = await office.post(OPEN, WHY, **TRIAGE)
    assert [each["text"] for each in answer.json()["contents"]] == [WORDS]


async def test_the_unit_that_holds_the_case_does_not_open_it_and_nothing_is_recorded(
    office: Office, world: World
) -> None:
    await received(world, confidential=True, words=WORDS)
    answer = await office.post(OPEN, WHY)
    assert answer.status_code == 403
    assert WORDS[:15] not in answer.text
    assert await world.rows("SELECT what FROM openings") == []


async def test_it_is_not_opened_without_a_reason(office: Office, world: World) -> None:
    await received(world, confidential=True, words=WORDS)
    for body in ({}, {"reason": "  "}):
        answer = await office.post(OPEN, body, **BIRO)
        assert (answer.status_code, answer.json()["field"]) == (422, "reason")
    assert await world.rows("SELECT what FROM openings") == []


async def test_of_a_public_report_there_is_nothing_to_open(office: Office, world: World) -> None:
    await received(world, words=WORDS)
    answer = await office.post(OPEN, WHY, **BIRO)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_masked")


async def test_after_an_erasure_nothing_is_opened(office: Office, world: World) -> None:
    await received(world, confidential=True, words=WORDS)
    erased = ReporterErased(complaint_id=ONE, at=T0, reporter_ref=UUID(int=31))
    await world.hear([in_envelope(erased, 60)])
    answer = await office.post(OPEN, WHY, **BIRO)
    assert (answer.status_code, answer.json()["code"]) == (410, "erased")
