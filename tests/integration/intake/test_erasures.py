"""An erasure takes two administrators, and neither of the unit that is complained of."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.intake.app import build
from tests.integration.intake.conftest import House, client_of

ABOUT = "31.74.01.1001"
UNKNOWN = str(UUID(int=9))


async def reported(house: House) -> str:
    await house.report("jaki", "a-1", "Jalan berlubang.")
    complaint_id: str = (await house.events())[-1]["complaint_id"]
    return complaint_id


async def is_about(house: House, complaint_id: str, unit: str) -> None:
    """As if the complaint had been filed about that unit."""
    await house.rows(
        "intake",
        "INSERT INTO withheld (complaint_id, about_unit, restricted, geotagged)"
        " VALUES ($1, $2, true, false)",
        UUID(complaint_id),
        unit,
    )


async def waiting(house: House, **who: str) -> list[dict[str, Any]]:
    subject, unit = who.get("subject", "admin-2"), who.get("unit", "dinas-kominfotik")
    answer = await house.door.get(
        "/internal/v1/erasures",
        headers={"authorization": f"Bearer {house.officer('admin', unit, subject)}"},
    )
    found: list[dict[str, Any]] = answer.json()["erasures"]
    return found


async def erased(house: House) -> bool:
    return "ReporterErased" in {event["type"] for event in await house.events()}


async def test_nothing_is_erased_until_another_administrator_confirms_it(house: House) -> None:
    complaint_id = await reported(house)
    asked = await house.ask_to_erase(complaint_id)
    assert asked.status_code == 202
    own = await house.confirm(asked, subject="admin-1")
    assert (own.status_code, "two persons" in own.json()["detail"]) == (403, True)
    assert not await erased(house)
    [listed] = await waiting(house)
    assert (listed["note"], listed["own"]) == ("Permintaan pelapor.", False)
    assert [each["own"] for each in await waiting(house, subject="admin-1")] == [True]
    assert (await house.confirm(asked)).json() == {"complaint_id": complaint_id}
    assert await erased(house)
    assert await waiting(house) == []


async def test_nobody_is_erased_whom_the_list_outside_the_database_would_not_name(
    house: House, tmp_path: Path
) -> None:
    complaint_id = await reported(house)
    asked = await house.ask_to_erase(complaint_id)
    away = tmp_path / "away"
    away.write_text("a file, where a folder should be")
    path = f"/internal/v1/erasures/{asked.json()['erasure_id']}/confirm"
    headers = {"authorization": f"Bearer {house.officer('admin', 'dinas-kominfotik', 'admin-2')}"}

    async def confirmed() -> int:
        service = build(house.settings(erasure_list=away.as_uri()))
        house.extra.append(service)
        answer = await client_of(service).post(path, json={"note": "Ya."}, headers=headers)
        return answer.status_code

    assert await confirmed() == 503
    assert not await erased(house)
    away.unlink()
    assert await confirmed() == 200
    assert await erased(house)
    listed = (away / f"{complaint_id}.json").read_text()
    assert set(json.loads(listed)) == {"complaint_id", "erased_at"}


async def test_both_persons_and_both_reasons_are_recorded(house: House) -> None:
    await house.erase(await reported(house))
    [row] = await house.rows("intake", "SELECT * FROM erasure_requests")
    assert (row["asked_by"], row["note"]) == ("admin-1", "Permintaan pelapor.")
    assert (row["settled_by"], row["settled_note"]) == ("admin-2", "Diperiksa.")
    assert row["outcome"] == "confirmed"


async def test_whoever_asks_again_gets_the_same_request_and_another_is_told_to_confirm_it(
    house: House,
) -> None:
    complaint_id = await reported(house)
    first = await house.ask_to_erase(complaint_id)
    assert (await house.ask_to_erase(complaint_id)).json() == first.json()
    other = await house.ask_to_erase(complaint_id, subject="admin-2")
    assert (other.status_code, "Confirm" in other.json()["detail"]) == (409, True)
    assert await house.count("intake", "erasure_requests") == 1


async def test_a_confirmation_whose_answer_was_lost_is_answered_as_gone(house: House) -> None:
    asked = await house.ask_to_erase(await reported(house))
    answers = await asyncio.gather(*(house.confirm(asked) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 410, 410]
    assert [event["type"] for event in await house.events()].count("ReporterErased") == 1


@pytest.mark.parametrize("subject", ["admin-1", "admin-2"])
async def test_a_request_that_was_withdrawn_erases_nothing_and_makes_room_for_another(
    house: House, subject: str
) -> None:
    complaint_id = await reported(house)
    asked = await house.ask_to_erase(complaint_id)
    path = f"/{asked.json()['erasure_id']}/withdraw"
    for _ in range(2):
        answer = await house.by_admin(path, {"note": "Keliru."}, subject=subject)
        assert answer.status_code == 200
    assert (await house.confirm(asked)).status_code == 409
    assert not await erased(house)
    anew = await house.ask_to_erase(complaint_id, subject="admin-3")
    assert anew.json()["erasure_id"] != asked.json()["erasure_id"]


async def test_a_request_that_nobody_confirms_within_a_day_is_over(house: House) -> None:
    complaint_id = await reported(house)
    asked = await house.ask_to_erase(complaint_id)
    [row] = await house.rows("intake", "SELECT * FROM erasure_requests")
    assert row["expires_at"] - row["asked_at"] == timedelta(hours=24)
    # The service's clock is the system's: the request is made older, not the day longer.
    await house.rows("intake", "UPDATE erasure_requests SET expires_at = now()")
    assert await waiting(house) == []
    assert (await house.confirm(asked)).status_code == 409
    assert (await house.erase(complaint_id)).status_code == 200
    outcomes = await house.rows("intake", "SELECT outcome FROM erasure_requests ORDER BY asked_at")
    assert [row["outcome"] for row in outcomes] == ["expired", "confirmed"]


def without_its_id(answer: httpx.Response) -> tuple[int, bytes]:
    return answer.status_code, answer.content


@pytest.mark.parametrize(
    ("about", "unit"),
    [(ABOUT, ABOUT), ("31.74.01", ABOUT), ("inspektorat", "inspektorat"), ("triage", "triage"),
     ("biro-pemerintahan", "biro-pemerintahan"), ("dinas-bina-marga", "sudin-bina-marga-31.74")],
)  # fmt: skip
async def test_to_an_administrator_of_the_unit_complained_of_there_is_no_such_complaint(
    house: House, about: str, unit: str
) -> None:
    complaint_id = await reported(house)
    await is_about(house, complaint_id, about)
    who = {"subject": "admin-9", "unit": unit}
    hidden = await house.ask_to_erase(complaint_id, **who)
    never = await house.ask_to_erase(UNKNOWN, **who)
    assert without_its_id(hidden) == without_its_id(never)
    assert hidden.status_code == 404
    asked = await house.ask_to_erase(complaint_id)
    for verb in ("confirm", "withdraw"):
        body = {"note": "Diperiksa."}
        hidden = await house.by_admin(f"/{asked.json()['erasure_id']}/{verb}", body, **who)
        never = await house.by_admin(f"/{UNKNOWN}/{verb}", body, **who)
        assert without_its_id(hidden) == without_its_id(never)
        assert hidden.status_code == 404
    assert await waiting(house, **who) == []
    assert not await erased(house)
    assert (await house.confirm(asked)).status_code == 200


@pytest.mark.parametrize("body", [{}, {"note": ""}, {"note": "  "}, {"note": "a" * 1001}])
async def test_who_confirms_says_on_what_ground_too(house: House, body: dict[str, str]) -> None:
    asked = await house.ask_to_erase(await reported(house))
    path = f"/{asked.json()['erasure_id']}/confirm"
    answer = await house.by_admin(path, body, subject="admin-2")
    assert (answer.status_code, answer.json()["field"]) == (422, "note")
    assert not await erased(house)
