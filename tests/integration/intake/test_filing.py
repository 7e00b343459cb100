"""What is written down of a message, and what is not."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

from services.intake.vault.sealing import ORIGINAL, Opener
from tests.integration.intake.conftest import House
from tests.integration.intake.test_later_messages import added, comment, edited

WAITING = (
    "SELECT count(*) AS n FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


async def originals(house: House) -> list[bytes]:
    """The sealed originals, opened by the vault's key, in the order in which they came."""
    opener = Opener(house.credentials.vault.private)
    rows = await house.rows(
        "vault", "SELECT ref, complaint_id, original FROM sealed_reporters ORDER BY ref"
    )
    return [
        opener.open(
            ORIGINAL, UUID(str(row["ref"])), UUID(str(row["complaint_id"])), row["original"]
        )
        for row in rows
    ]


async def test_each_sealed_original_of_a_batch_holds_its_own_post_alone(house: House) -> None:
    """The erasure of one reporter must leave nothing of them with another."""
    await comment(house, added("1_1", "Jalan berlubang."))
    await comment(
        house,
        added("1_2", "Lampu padam."),
        added("1_3", "Sampah menumpuk."),
        edited("1_1", "Selokan mampet."),
    )
    _, *batch = await originals(house)
    words = ("Lampu padam.", "Sampah menumpuk.", "Selokan mampet.")
    held = [[each for each in words if each.encode() in original] for original in batch]
    assert sorted(held) == [["Lampu padam."], ["Sampah menumpuk."], ["Selokan mampet."]]
    assert [original for original in batch if b"Jalan berlubang." in original] == []


async def test_a_message_that_came_alone_is_sealed_as_it_came(house: House) -> None:
    request = house.request("jaki", "a-1", "Jalan berlubang.")
    await house.send(request)
    assert await originals(house) == [request.body]


@asynccontextmanager
async def a_complaint_that_is_held(house: House) -> AsyncIterator[None]:
    """Somebody has the complaint's row locked: whoever wants to change it waits in line."""
    # Whatever the machine is busy with: the server would end it after five seconds.
    patient = {"idle_in_transaction_session_timeout": "0"}
    connection = await asyncpg.connect(house.urls["intake"], server_settings=patient)
    try:
        async with connection.transaction():
            await connection.execute("SELECT * FROM intake.complaints FOR UPDATE")
            yield
    finally:
        await connection.close()


async def waiting(house: House, count: int) -> None:
    """Until so many transactions wait for a lock."""
    async with asyncio.timeout(20):
        while (await house.rows("intake", WAITING))[0]["n"] < count:
            await asyncio.sleep(0.02)


async def test_words_that_race_an_erasure_are_not_kept(house: House) -> None:
    """The words were read while the complaint stood, and the erasure was committed first."""
    await comment(house, added("1_2", "Lampu padam."))
    [received] = await house.events()
    asked = await house.ask_to_erase(received["complaint_id"])
    async with a_complaint_that_is_held(house):
        erasure = asyncio.create_task(house.confirm(asked))
        await waiting(house, 1)
        words = asyncio.create_task(comment(house, edited("1_2", "Lampu padam di depan rumah.")))
        await waiting(house, 2)
    assert (await erasure).status_code == 200
    assert (await words).status_code == 200
    kept = await house.rows("intake", "SELECT text FROM contents")
    assert [row["text"] for row in kept] == [None]
    assert await house.count("vault", "sealed_reporters") == 1
    assert [event["type"] for event in await house.events()] == [
        "ComplaintReceived",
        "ReporterErased",
    ]


async def received(house: House, **changes: Any) -> dict[str, Any]:
    """The ComplaintReceived of a report by JAKI with these members."""
    request = house.request("jaki", "a-1", "Jalan berlubang.")
    body = json.dumps({**json.loads(request.body), **changes})
    answer = await house.door.post(request.path, headers=request.headers, content=body)
    assert answer.status_code == 202, answer.text
    [event] = await house.events()
    return event


async def test_a_point_in_another_country_is_kept_and_finds_no_kelurahan(house: House) -> None:
    event = await received(house, location={"latitude": 52.37, "longitude": 4.9})
    assert event.get("geotagged", False) is False
    [row] = await house.rows("intake", "SELECT latitude, longitude FROM contents")
    assert (row["latitude"], row["longitude"]) == (52.37, 4.9)


async def test_a_point_in_the_city_is_a_ground_for_finding_one(house: House) -> None:
    event = await received(house, location={"latitude": -6.2, "longitude": 106.8})
    assert event["geotagged"] is True


async def test_a_report_that_is_quoted_is_named(house: House) -> None:
    event = await received(house, description="Seperti JK2411020007, belum diperbaiki.")
    assert event["quoted_reports"] == ["JK2411020007"]


async def test_who_may_not_be_answered_by_a_machine_is_not_reachable(house: House) -> None:
    mail = b"From: noreply@example.org\r\nSubject: Laporan\r\n\r\nLampu padam."
    headers = {"content-type": "message/rfc822", "x-envelope-from": "noreply@example.org"}
    answer = await house.door.post("/v1/channels/email/raw", content=mail, headers=headers)
    assert answer.status_code == 200, answer.text
    [event] = await house.events()
    assert event["reachable"] is False
