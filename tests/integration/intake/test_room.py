"""While the database keeps everybody waiting: so many wait, and no more."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg
import httpx
from aiosmtplib import SMTP, SMTPResponseException

from deploy.rehearsal.callers import Mail
from services.intake.app import build
from services.intake.doors.smtp import MailServer
from tests.integration.intake.conftest import House, client_of

T = TypeVar("T")
LONG = "Selokan tersumbat. " * 200
VERY_LONG = LONG * 30
ONE_LARGE_MAIL = {"mail_room_bytes": 150_000, "mail_wait_seconds": 0.1}


@asynccontextmanager
async def a_database_that_stands_still(house: House) -> AsyncIterator[None]:
    # Whatever the machine is busy with: the server would end it after five seconds.
    patient = {"idle_in_transaction_session_timeout": "0"}
    connection = await asyncpg.connect(house.urls["intake"], server_settings=patient)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE intake.contents IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


def narrow_door(house: House, **changes: float) -> httpx.AsyncClient:
    service = build(house.settings(**changes))
    house.extra.append(service)
    return client_of(service)


def at_once(house: House, door: httpx.AsyncClient, count: int, text: str) -> list[Any]:
    requests = [house.request("lapor_1708", f"t-{number}", text) for number in range(count)]
    return [asyncio.create_task(house.send(request, door)) for request in requests]


async def answered(tasks: Sequence["asyncio.Task[T]"], count: int) -> list[T]:
    """The first ``count`` answers; the others are still waited for."""
    async with asyncio.timeout(20):
        while sum(task.done() for task in tasks) < count:
            waiting = [task for task in tasks if not task.done()]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    return [task.result() for task in tasks if task.done()]


async def test_who_finds_too_many_waiting_is_told_at_once_to_come_again(house: House) -> None:
    door = narrow_door(house, queue_limit=3)
    async with a_database_that_stands_still(house):
        tasks = at_once(house, door, 10, "Lampu padam.")
        for refused in await answered(tasks, 7):
            assert refused.status_code == 503
            assert refused.headers["content-type"] == "application/problem+json"
            assert int(refused.headers["retry-after"]) > 0
    statuses = sorted(answer.status_code for answer in await asyncio.gather(*tasks))
    assert statuses == [202] * 3 + [503] * 7
    assert await house.count("intake", "complaints") == 3


async def test_bodies_that_wait_are_counted_by_their_bytes(house: House) -> None:
    door = narrow_door(house, queue_max_bytes=3 * len(LONG))
    async with a_database_that_stands_still(house):
        tasks = at_once(house, door, 6, LONG)
        await answered(tasks, 4)
    statuses = sorted(answer.status_code for answer in await asyncio.gather(*tasks))
    assert statuses == [202] * 2 + [503] * 4


async def test_room_is_given_back(house: House) -> None:
    door = narrow_door(house, queue_limit=3, queue_max_bytes=3 * len(LONG))
    async with a_database_that_stands_still(house):
        tasks = at_once(house, door, 6, LONG)
        await answered(tasks, 4)
    await asyncio.gather(*tasks)
    for number in range(6):
        request = house.request("lapor_1708", f"lain-{number}", LONG)
        assert (await house.send(request, door)).status_code == 202


async def test_one_that_is_larger_than_all_the_room_is_taken_when_nobody_waits(
    house: House,
) -> None:
    """It would be told for ever to come again."""
    door = narrow_door(house, queue_max_bytes=1024, queue_limit=1)
    request = house.request("lapor_1708", "t-1", LONG)
    assert (await house.send(request, door)).status_code == 202


async def test_a_key_whose_request_found_no_room_is_free(house: House) -> None:
    door = narrow_door(house, queue_limit=1)
    requests = [house.request("lapor_1708", f"t-{number}", "Lampu padam.") for number in range(2)]
    async with a_database_that_stands_still(house):
        tasks = [
            asyncio.create_task(house.send(request, door, key=f"k-{place}"))
            for place, request in enumerate(requests)
        ]
        await answered(tasks, 1)
    statuses = [answer.status_code for answer in await asyncio.gather(*tasks)]
    refused = statuses.index(503)
    again = await house.send(requests[refused], door, key=f"k-{refused}")
    assert again.status_code == 202


@asynccontextmanager
async def a_mail_server(house: House, **settings: Any) -> AsyncIterator[MailServer]:
    """Of an intake with these settings; the door is open while the block runs."""
    service = build(house.settings(**settings))
    house.extra.append(service)
    [server] = service.servers
    assert isinstance(server, MailServer)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def test_a_mail_that_finds_no_room_stays_with_its_server(house: House) -> None:
    async with a_mail_server(house, queue_limit=1) as server:
        async with a_database_that_stands_still(house):
            mails = [house.mail(f"m-{number}", "Lampu padam.") for number in range(3)]
            tasks = [asyncio.create_task(hand_over(server, mail)) for mail in mails]
            assert await answered(tasks, 2) == [451, 451]
        assert sorted(await asyncio.gather(*tasks)) == [250, 451, 451]


async def test_large_mails_are_in_memory_so_many_at_once_and_the_others_stay_with_their_server(
    house: House,
) -> None:
    async with a_mail_server(house, **ONE_LARGE_MAIL) as server:
        async with a_database_that_stands_still(house):
            mails = [house.mail(f"m-{number}", VERY_LONG) for number in range(3)]
            tasks = [asyncio.create_task(hand_over(server, mail)) for mail in mails]
            assert await answered(tasks, 2) == [451, 451]
            short = asyncio.create_task(hand_over(server, house.mail("m-short", "Lampu padam.")))
        assert sorted(await asyncio.gather(*tasks)) == [250, 451, 451]
        assert await short == 250
        assert [await hand_over(server, mail) for mail in mails] == [250] * 3
    assert await house.count("intake", "complaints") == 4


async def test_a_mail_that_is_as_large_as_its_server_announced_asks_for_room_once(
    house: House,
) -> None:
    """Dots that are doubled on the way are not in what a mail server announces (RFC 1870)."""
    mail = house.mail("m-1", "Lampu padam.")
    raw = mail.raw + b".titik.\r\n" * 9_000
    async with (
        a_mail_server(house, **ONE_LARGE_MAIL) as server,
        SMTP(hostname="127.0.0.1", port=server.port, timeout=30) as client,
    ):
        size = f"SIZE={len(raw)}"
        await client.sendmail(mail.sender, mail.recipient, raw, mail_options=[size])
    assert await house.count("intake", "complaints") == 1


async def test_a_large_mail_by_http_finds_room_or_is_told_to_come_again(house: House) -> None:
    door = narrow_door(house, **ONE_LARGE_MAIL)

    async def post(number: int) -> httpx.Response:
        raw = house.mail(f"m-{number}", VERY_LONG).raw
        headers = {"content-type": "message/rfc822"}
        return await door.post("/v1/channels/email/raw", content=raw, headers=headers)

    async with a_database_that_stands_still(house):
        tasks = [asyncio.create_task(post(number)) for number in range(2)]
        [refused] = await answered(tasks, 1)
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) > 0
    assert sorted(each.status_code for each in await asyncio.gather(*tasks)) == [200, 503]
    assert [(await post(number)).status_code for number in range(2)] == [200, 200]


async def hand_over(server: MailServer, mail: Mail) -> int:
    async with SMTP(hostname="127.0.0.1", port=server.port, timeout=30) as client:
        try:
            await client.sendmail(mail.sender, mail.recipient, mail.raw)
        except SMTPResponseException as refused:
            return refused.code
        return 250
