"""An id that stands for another complaint already: no receipt of somebody else's, nothing lost."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest

from deploy.rehearsal.callers import DESK_UNITS, WireRequest
from tests.integration.intake.conftest import House

TEXT = "Saluran air mampet di depan sekolah."
OTHER = "Pungutan liar di loket empat."

ID_FIELDS = {
    "jaki": "report_id",
    "lapor_1708": "ticket_number",
    "balai_warga": "draft_id",
    **dict.fromkeys(DESK_UNITS, "entry_id"),
}
PLATFORMS = ("twitter", "facebook", "gubernur", "sms")


def unkeyed(house: House, channel: str, external_id: str, text: str) -> WireRequest:
    """A complaint on ``channel`` without an Idempotency-Key."""
    unit = DESK_UNITS.get(channel)
    token = house.officer("desk_officer", unit) if unit else None
    request = house.request(channel, external_id, text, token)
    kept = {k: v for k, v in request.headers.items() if k.lower() != "idempotency-key"}
    return replace(request, headers=kept)


def refused(answer: httpx.Response, field: str, receipt: dict[str, Any]) -> bool:
    """Whether the answer names the id's field and nothing of the complaint that has the id."""
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert "id of its own" in body["detail"]
    told = [value for value in receipt.values() if value in answer.text]
    return (answer.status_code, body["field"], told) == (409, field, [])


@pytest.mark.parametrize("channel", sorted(ID_FIELDS))
async def test_an_id_with_other_words_is_refused_and_tells_no_code(
    house: House, channel: str
) -> None:
    """Two entries numbered alike: the second citizen was given the first one's code."""
    receipt = (await house.send(unkeyed(house, channel, "a-1", TEXT))).json()
    answer = await house.send(unkeyed(house, channel, "a-1", OTHER))
    assert refused(answer, ID_FIELDS[channel], receipt)
    assert await house.count("intake", "complaints") == 1
    again = await house.send(unkeyed(house, channel, "a-1", TEXT))
    assert (again.status_code, again.json()) == (202, receipt)


async def test_a_new_idempotency_key_does_not_open_what_the_id_does_not(house: House) -> None:
    receipt = (await house.send(house.request("lapor_1708", "t-1", TEXT), key="k-1")).json()
    for _ in range(2):
        answer = await house.send(house.request("lapor_1708", "t-1", OTHER), key="k-2")
        assert refused(answer, "ticket_number", receipt)


async def test_the_same_words_of_another_person_are_other_content(house: House) -> None:
    first = unkeyed(house, "kelurahan", "17", TEXT)
    receipt = (await house.send(first)).json()
    entry = json.loads(first.body)
    entry["reporter"] = {"name": "Pelapor Lain"}
    answer = await house.send(replace(first, body=json.dumps(entry).encode()))
    assert refused(answer, "entry_id", receipt)


async def test_an_id_that_came_in_the_header_is_named_there(house: House) -> None:
    """Idempotency-Keys are forgotten after a while, the id that one stood for never."""
    first = unkeyed(house, "kelurahan", "17", TEXT)
    entry = {name: v for name, v in json.loads(first.body).items() if name != "entry_id"}
    receipt = (await house.send(_with(first, entry), key="17")).json()
    await house.rows("intake", "DELETE FROM idempotency_keys")
    answer = await house.send(_with(first, {**entry, "text": OTHER}), key="17")
    assert refused(answer, "idempotency-key", receipt)


def _with(request: WireRequest, entry: dict[str, Any]) -> WireRequest:
    return replace(request, body=json.dumps(entry).encode())


async def test_a_repetition_with_another_time_is_the_same_complaint(house: House) -> None:
    """An app that stamps each try anew must get its receipt all the same."""
    first = unkeyed(house, "jaki", "a-1", TEXT)
    later = {**json.loads(first.body), "reported_at": "2024-11-03T08:57:00+07:00"}
    receipt = await house.send(first)
    again = await house.send(_with(first, later))
    assert (again.status_code, again.json()) == (202, receipt.json())


async def test_in_a_push_of_qlue_only_the_post_with_a_taken_id_is_refused(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    request = house.request("qlue", "500", TEXT)
    [post] = json.loads(request.body)
    receipt = (await house.send(request)).json()["complaints"][0]
    other = {**post, "post_desc": OTHER}
    posts = [{**post, "post_id": "501"}, other, post, {**other, "post_id": "501"}]
    answer = await house.door.post(request.path, headers=request.headers, content=json.dumps(posts))
    new, taken, again, twice = answer.json()["complaints"]
    assert answer.status_code == 202
    assert (taken, twice, again) == (None, None, receipt)
    assert new["complaint_id"] != receipt["complaint_id"]
    logged = "".join(capsys.readouterr())
    assert logged.count("id_taken") == 2
    assert OTHER not in logged
    assert await house.count("intake", "complaints") == 2


async def test_a_push_of_qlue_with_no_other_post_is_refused(house: House) -> None:
    receipt = (await house.report("qlue", "500", TEXT)).json()["complaints"][0]
    assert refused(await house.report("qlue", "500", OTHER), "0.post_id", receipt)


@pytest.mark.parametrize("channel", PLATFORMS)
async def test_a_platform_that_delivers_again_is_not_refused(house: House, channel: str) -> None:
    """It is told no code, and would send what is refused again and again."""
    for text in (TEXT, OTHER):
        assert (await house.report(channel, "1001", text)).status_code == 200
    assert await house.count("intake", "complaints") == 1


async def answers_at_once(
    doors: Sequence[httpx.AsyncClient], house: House, texts: Sequence[str]
) -> list[httpx.Response]:
    requests = [unkeyed(house, "kelurahan", "17", text) for text in texts]
    return await asyncio.gather(
        *(house.send(each, doors[place % len(doors)]) for place, each in enumerate(requests))
    )


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize(
    "texts", [[TEXT, OTHER], [TEXT, OTHER] * 8, [TEXT, TEXT, OTHER] * 5, [TEXT, OTHER, OTHER, "X"]]
)
async def test_at_once_one_content_has_the_id_and_each_other_is_refused(
    house: House, processes: int, texts: list[str]
) -> None:
    """In one group commit or in two: the same answers, and one complaint."""
    doors = [house.door, house.second_replica()][:processes]
    answers = await answers_at_once(doors, house, texts)
    told = [answer.json() if answer.status_code == 202 else None for answer in answers]
    [receipt] = {each["tracking_code"]: each for each in told if each}.values()
    [winner] = {text for text, each in zip(texts, told, strict=True) if each}
    for text, answer in zip(texts, answers, strict=True):
        assert text == winner or refused(answer, "entry_id", receipt)
        assert text != winner or answer.json() == receipt
    assert await house.count("intake", "complaints") == 1


async def test_what_is_kept_for_the_comparison_shows_nothing(house: House) -> None:
    await house.report("jaki", "a-1", TEXT)
    await house.report("sms", "s-1", TEXT)
    kept = await house.rows("intake", "SELECT content_digest FROM contents ORDER BY created_at")
    assert [len(row["content_digest"] or b"") for row in kept] == [32, 0]
