"""The inbox as a file: real routes, real PostgreSQL."""

import asyncio
import csv
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import httpx
import pytest
from fastapi import FastAPI

from deploy.local.credentials import OPERATOR_AUDIENCE, OPERATOR_ISSUER, generate
from deploy.local.tokens import mint_operator_token
from services.routing.domain import Case
from services.routing.export.api import AT_ONCE, create_router
from services.routing.store import CaseStore
from shared.auth import OperatorTokens
from shared.clock import system_clock
from shared.events.vocabulary import CaseState, Channel, Clock
from shared.health import Health
from shared.http.app import create_app
from shared.telemetry import Metrics
from shared.testing import FixedClock
from shared.visibility import SYSTEM
from shared.work import Works
from tests.builders import T0, a_complaint_id
from tests.databases import Databases
from tests.integration.routing.test_api import Issuer, Office
from tests.integration.routing.world import ATLAS

HERE, ELSEWHERE = "31.74.01.1001", "satpol-pp"
MANY = 1_200


def a_case(number: int, **fields: Any) -> Case:
    told = {
        "state": CaseState.RECEIVED, "unit_id": HERE, "category": "jalan",
        "limits": {Clock.FOLLOW_UP: T0 + timedelta(days=5, minutes=-number)}, **fields,
    }  # fmt: skip
    return Case(
        complaint_id=a_complaint_id(number), version=1, report_number=f"JK241103{number:04d}",
        channel=Channel.JAKI, received_at=T0 + timedelta(days=-1, minutes=number),
        content_refs=(UUID(int=number),), **told,
    )  # fmt: skip


@dataclass(frozen=True)
class Desk:
    """An office, the application that it asks, and the transactions behind it."""

    office: Office
    app: FastAPI
    works: Works
    token: str

    async def file(self, query: str = "") -> httpx.Response:
        answer = await self.office.get(f"/v1/export?{query}", unit=HERE)
        assert answer.status_code == 200, answer.text
        return answer

    async def numbers(self, query: str = "") -> list[str]:
        [_, *lines] = csv.reader((await self.file(query)).text.splitlines())
        return [line[0] for line in lines]


@pytest.fixture(scope="module")
async def desk(postgres: Databases) -> AsyncIterator[Desk]:
    works, store = await postgres.service("routing"), CaseStore(ATLAS.units)
    cases = [
        a_case(1, area_name="=HYPERLINK(1)"),
        a_case(2, category="sampah"),
        a_case(3, unit_id=ELSEWHERE),
        a_case(4, unit_id=ELSEWHERE, watchers=(HERE,)),
        *(a_case(number, state=CaseState.COMPLETED) for number in range(100, 100 + MANY)),
    ]
    async with works.open(SYSTEM) as work:
        await store.save_many(work.connection, cases)
    credentials = generate()
    operators = OperatorTokens(
        Issuer(credentials), "", OPERATOR_ISSUER, OPERATOR_AUDIENCE, clock=system_clock
    )
    router = create_router(works, ATLAS, operators, FixedClock(T0))
    app = create_app("routing", "CRM routing", [router], Health(), Metrics())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://routing.test"
    ) as client:
        token = f"Bearer {mint_operator_token(credentials, 'unit_officer', HERE)}"
        yield Desk(Office(client, credentials), app, works, token)
    await works.engine.dispose()


async def test_a_file_has_what_the_inbox_has_under_the_same_filters(desk: Desk) -> None:
    # The later one is due sooner.
    assert await desk.numbers() == ["JK2411030002", "JK2411030001"]
    assert await desk.numbers("category=sampah") == ["JK2411030002"]
    assert await desk.numbers("watched=true") == ["JK2411030004"]
    assert await desk.numbers("tab=overdue") == []


async def test_a_long_list_is_whole_and_in_its_order(desk: Desk) -> None:
    found = await desk.numbers("state=completed")
    assert found == [f"JK241103{number:04d}" for number in reversed(range(100, 100 + MANY))]


async def test_a_file_has_a_name_a_length_and_its_kind(desk: Desk) -> None:
    answer = await desk.file()
    assert answer.headers["content-disposition"] == (
        'attachment; filename="laporan-2024-11-03.csv"'
    )
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["cache-control"] == "no-store"
    assert "'=HYPERLINK(1)" in answer.text


async def test_a_spreadsheet_has_a_line_for_each_case(desk: Desk) -> None:
    answer = await desk.file("format=xlsx&state=completed")
    sheet = ZipFile(BytesIO(answer.content)).read("xl/worksheets/sheet1.xml")
    assert sheet.count(b"<row ") == 1 + MANY
    assert sheet.count(b"<f>") == 0


async def test_what_is_no_filter_of_the_inbox_is_refused(desk: Desk) -> None:
    for query in ("cursor=x", "limit=5", "format=pdf", "tab=all", "reporter=x"):
        answer = await desk.office.get(f"/v1/export?{query}", unit=HERE)
        assert (answer.status_code, answer.json()["field"]) == (422, query.partition("=")[0])


async def test_so_many_files_are_made_at_once_and_who_comes_too_much_is_told_when(
    desk: Desk,
) -> None:
    asked = [desk.office.get("/v1/export?state=completed", unit=HERE) for _ in range(AT_ONCE + 2)]
    answers = await asyncio.gather(*asked)
    refused = [answer for answer in answers if answer.status_code == 503]
    assert len(refused) == 2
    assert {answer.headers["retry-after"] for answer in refused} == {"2"}
    assert len(await desk.numbers("state=completed")) == MANY


async def test_who_takes_a_file_slowly_or_hangs_up_holds_no_connection(desk: Desk) -> None:
    """The application sends, and its caller takes nothing: then the caller is gone."""
    started, gone = asyncio.Event(), asyncio.Event()

    async def receive() -> Any:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        started.set()
        await asyncio.Event().wait()

    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1",
        "method": "GET", "path": "/v1/export", "raw_path": b"/v1/export", "scheme": "http",
        "query_string": b"state=completed", "server": ("routing.test", 80),
        "headers": [(b"authorization", desk.token.encode())], "client": ("127.0.0.1", 1),
        "root_path": "", "state": {},
    }  # fmt: skip
    serving = asyncio.create_task(desk.app(scope, receive, send))
    async with asyncio.timeout(10):
        await started.wait()
        assert desk.works.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
        gone.set()
        await serving
