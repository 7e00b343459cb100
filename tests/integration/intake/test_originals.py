"""The original of a message is read by one administrator, with a reason, after another agreed."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.intake.vault.handler import ErasureHandler
from services.intake.vault.originals import OriginalDesk, create_router
from services.intake.vault.sealing import Opener
from shared.errors import Transient
from shared.facts_claim import FactsClaim
from shared.foundation import Foundation
from tests.integration.intake.conftest import House, client_of, vault_settings

CAMAT = "31.74.01"
LURAH = "31.74.01.1001"


@dataclass
class Intake:
    """The vault's way to the real intake."""

    house: House
    away: bool = False

    async def post(self, path: str, body: Any) -> Any:
        if self.away:
            raise Transient("intake is away")
        answer = await self.house.call("vault", "intake", path, body)
        assert answer.status_code == 200
        return answer.json()


@dataclass
class Archive:
    """The vault's door for administrators."""

    house: House
    intake: Intake
    door: httpx.AsyncClient

    async def post(
        self, path: str, body: Any, subject: str = "admin-1", unit: str = "dinas-kominfotik",
        role: Any = "admin",
    ) -> httpx.Response:  # fmt: skip
        token = self.house.officer(role, unit, subject)
        return await self.door.post(
            f"/internal/v1/originals{path}",
            json=body,
            headers={"authorization": f"Bearer {token}"},
        )

    async def ask(self, complaint_id: str, **who: Any) -> httpx.Response:
        body = {"complaint_id": complaint_id, "note": "Sebagian surat tidak terbaca."}
        return await self.post("", body, **who)

    async def confirm(self, asked: httpx.Response, **who: Any) -> httpx.Response:
        path = f"/{asked.json()['reveal_id']}/confirm"
        return await self.post(path, {"note": "Setuju."}, **{"subject": "admin-2", **who})

    async def read(self, asked: httpx.Response, **who: Any) -> httpx.Response:
        return await self.post(f"/{asked.json()['reveal_id']}/read", None, **who)


@pytest.fixture
async def archive(house: House) -> AsyncIterator[Archive]:
    settings = vault_settings(house.credentials, house.urls, house.jwks_url)
    foundation, intake = Foundation.of(settings), Intake(house)
    opener = Opener(house.credentials.vault.private)
    desk = OriginalDesk(foundation.works, opener, FactsClaim(intake))
    service = foundation.service(
        ErasureHandler(), [create_router(desk, foundation.operators)],
        title="vault", description="", knows_cases=False,
    )  # fmt: skip
    house.extra.append(service)
    async with client_of(service) as door:
        yield Archive(house, intake, door)


async def reported(house: House) -> str:
    answer = await house.report("jaki", "a-1", "Lampu jalan mati di depan pos.")
    complaint_id: str = answer.json()["complaint_id"]
    return complaint_id


async def is_about(house: House, complaint_id: str, unit: str) -> None:
    await house.rows(
        "intake",
        "INSERT INTO withheld (complaint_id, about_unit, restricted, geotagged)"
        " VALUES (CAST($1 AS uuid), $2, true, false)",
        complaint_id,
        unit,
    )


async def test_the_original_is_shown_as_it_came_once_a_second_administrator_has_agreed(
    house: House, archive: Archive
) -> None:
    request = house.request("jaki", "a-1", "Lampu jalan mati di depan pos.")
    complaint_id = (await house.send(request)).json()["complaint_id"]
    asked = await archive.ask(complaint_id)
    assert (asked.status_code, asked.json()["confirmed"]) == (202, False)
    assert (await archive.read(asked)).status_code == 409
    assert (await archive.confirm(asked, subject="admin-1")).status_code == 403
    assert (await archive.confirm(asked)).json()["confirmed"] is True
    assert (await archive.read(asked, subject="admin-2")).status_code == 403
    answer = await archive.read(asked)
    [original] = answer.json()["originals"]
    assert base64.b64decode(original["original"]) == request.body
    assert answer.headers["cache-control"] == "no-store"


async def test_who_asked_who_agreed_why_and_each_reading_are_recorded(
    house: House, archive: Archive
) -> None:
    asked = await archive.ask(await reported(house))
    await archive.confirm(asked)
    for _ in range(2):
        await archive.read(asked)
    [row] = await house.rows("vault", "SELECT * FROM reveals")
    assert (row["asked_by"], row["note"]) == ("admin-1", "Sebagian surat tidak terbaca.")
    assert (row["confirmed_by"], row["confirmed_note"]) == ("admin-2", "Setuju.")
    log = await house.rows("vault", "SELECT caller, purpose, outcome FROM access_log")
    assert [tuple(each) for each in log] == [("admin-1", "original", "ok")] * 2


@pytest.mark.parametrize("unit", [CAMAT, LURAH])
async def test_to_an_administrator_of_the_unit_complained_of_there_is_no_such_complaint(
    house: House, archive: Archive, unit: str
) -> None:
    complaint_id = await reported(house)
    await is_about(house, complaint_id, CAMAT)
    never = await archive.ask(str(uuid4()), unit=unit)
    hidden = await archive.ask(complaint_id, unit=unit)
    assert (hidden.status_code, hidden.content) == (404, never.content)
    asked = await archive.ask(complaint_id)
    assert (await archive.confirm(asked, unit=unit)).status_code == 404
    assert (await archive.confirm(asked)).status_code == 200
    assert (await archive.read(asked, unit=unit)).status_code == 404


@pytest.mark.parametrize("role", ["unit_officer", "biro", "auditor"])
async def test_no_other_role_may_ask(house: House, archive: Archive, role: str) -> None:
    unit = {"unit_officer": LURAH, "biro": "biro-pemerintahan", "auditor": "inspektorat"}[role]
    refused = await archive.ask(await reported(house), role=role, unit=unit)
    assert refused.status_code == 403


async def test_after_a_day_nothing_is_confirmed_or_read_any_more(
    house: House, archive: Archive
) -> None:
    first = await archive.ask(await reported(house))
    await archive.confirm(first)
    second = await archive.ask(first.json()["complaint_id"])
    [row] = await house.rows("vault", "SELECT DISTINCT expires_at - asked_at AS span FROM reveals")
    assert row["span"] == timedelta(hours=24)
    # The service's clock is the system's: the request is made older, not the day longer.
    await house.rows("vault", "UPDATE reveals SET expires_at = now()")
    assert (await archive.read(first)).status_code == 409
    assert (await archive.confirm(second)).status_code == 409


async def test_of_an_erased_reporter_nothing_is_shown(house: House, archive: Archive) -> None:
    complaint_id = await reported(house)
    asked = await archive.ask(complaint_id)
    await archive.confirm(asked)
    await house.rows(
        "vault",
        "INSERT INTO erasures (complaint_id, erased_at) VALUES (CAST($1 AS uuid), now())",
        complaint_id,
    )
    assert (await archive.read(asked)).status_code == 410
    assert (await archive.ask(complaint_id)).status_code == 410


async def test_while_intake_cannot_say_whom_it_is_about_nothing_is_shown(
    house: House, archive: Archive
) -> None:
    archive.intake.away = True
    assert (await archive.ask(await reported(house))).status_code == 503
    assert await house.count("vault", "reveals") == 0
