"""Whom a complaint is about is told to our own services when they ask, and to nobody by the
stream."""

import asyncio
import json
from importlib.resources import files
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from deploy.rehearsal.callers import DESK_UNITS
from shared.database import create_engine
from shared.ids import new_id
from shared.migrations import run_migrations
from shared.outbox import message_of
from tests.integration.intake.conftest import House

PATH = "/internal/v1/facts/claim"
TEXT = "Petugas meminta uang."
CAMAT, LURAH = "31.72.02", "31.72.02.1006"
ENTRY: dict[str, Any] = {
    "category": "keluhan-pelayanan",
    "location": {"kelurahan_code": LURAH},
    "reported_at": "2024-11-02T09:00:00+07:00",
    "text": f"{TEXT} Sudah saya laporkan: JK2411020007.",
}


async def entered(house: House, desk: str = "kelurahan", **entry: Any) -> str:
    """The id of a complaint that a desk has entered."""
    unit = DESK_UNITS[desk]
    request = house.request(desk, "kertas-1", TEXT, house.officer("desk_officer", unit))
    body = json.dumps({**json.loads(request.body), **ENTRY, **entry})
    answer = await house.door.post(request.path, headers=request.headers, content=body)
    assert answer.status_code == 202, answer.text
    complaint_id: str = answer.json()["complaint_id"]
    return complaint_id


async def claim(house: House, *complaints: str, caller: str = "sla") -> list[dict[str, Any]]:
    answer = await house.call(caller, "intake", PATH, {"complaint_ids": list(complaints)})
    assert answer.status_code == 200, answer.text
    facts: list[dict[str, Any]] = answer.json()["facts"]
    return facts


def known(complaint_id: str, about_unit: str | None, **facts: Any) -> dict[str, Any]:
    return {
        "complaint_id": complaint_id, "status": "ok", "about_unit": about_unit,
        "restricted": False, "category": "keluhan-pelayanan", "geotagged": False,
        "kelurahan_code": LURAH, "entered_by_unit": DESK_UNITS["kelurahan"], **facts,
    }  # fmt: skip


async def on_the_wire(house: House) -> str:
    """All that the stream carries of what was filed: keys, headers, bodies."""
    engine = create_engine(house.urls["intake"], "intake")
    async with engine.connect() as connection:
        rows = (await connection.execute(text("SELECT * FROM outbox ORDER BY seq"))).all()
    await engine.dispose()
    return "".join(str(message_of(row, "intake")) + repr(row.body) for row in rows)


@pytest.mark.parametrize(
    ("desk", "entry"),
    [
        ("kelurahan", {"about_unit": CAMAT}),
        ("kelurahan", {"about_unit": CAMAT, "confidential": True}),
        ("kelurahan", {"confidential": True}),
        ("inspektorat", {"about_unit": CAMAT}),
        ("inspektorat", {}),
    ],
)
async def test_the_stream_names_neither_the_unit_nor_what_it_follows_from(
    house: House, desk: str, entry: dict[str, Any]
) -> None:
    await entered(house, desk, **entry)
    wire = await on_the_wire(house)
    told = ("31.72", "keluhan-pelayanan", "JK2411020007", "2024-11-02", "about", "restricted")
    assert [word for word in told if word in wire] == []
    if desk != "inspektorat":  # its channel has the same name
        assert DESK_UNITS[desk] not in wire
    [event] = await house.events()
    assert event["confidential"] is True


@pytest.mark.parametrize("caller", ["routing", "sla", "notify", "tracking"])
async def test_who_hears_of_a_complaint_may_ask_for_its_facts(house: House, caller: str) -> None:
    complaint = await entered(house, about_unit=CAMAT)
    assert await claim(house, complaint, caller=caller) == [known(complaint, CAMAT)]


async def test_nobody_else_may(house: House) -> None:
    body = {"complaint_ids": [await entered(house, about_unit=CAMAT)]}
    admin = {"authorization": f"Bearer {house.officer('admin', CAMAT)}"}
    refused = await house.call("intake", "intake", PATH, body)
    strange = await house.door.post(PATH, json=body)
    officer = await house.door.post(PATH, json=body, headers=admin)
    assert (refused.status_code, strange.status_code, officer.status_code) == (403, 401, 401)
    assert CAMAT not in refused.text + strange.text + officer.text


async def test_facts_come_in_the_order_asked_and_say_what_is_unknown(house: House) -> None:
    desk = await entered(house, about_unit=CAMAT)
    app = (await house.report("jaki", "a-1", "Lampu mati.")).json()["complaint_id"]
    never = str(new_id())
    first, second, third = await claim(house, app, never, desk)
    nothing = {"category": None, "kelurahan_code": None, "entered_by_unit": None}
    assert first == known(app, None, **nothing)
    assert (second["complaint_id"], second["status"]) == (never, "unknown")
    assert third == known(desk, CAMAT)


async def test_after_an_erasure_it_is_still_known_who_must_not_get_the_case(house: House) -> None:
    complaint = await entered(house, about_unit=CAMAT)
    assert (await house.erase(complaint)).status_code == 200
    assert await claim(house, complaint) == [known(complaint, CAMAT)]


async def test_what_an_earlier_release_told_the_stream_is_taken_back(house: House) -> None:
    """A rebuild publishes the outbox: what stands there must not name the unit again."""
    about = await entered(house, about_unit=CAMAT)
    config = Config()
    config.set_main_option("script_location", str(files("services.intake") / "migrations"))
    config.attributes["url"] = house.urls["intake"]
    await asyncio.to_thread(command.downgrade, config, "0002")
    await _as_it_was_told(house, about)
    await asyncio.to_thread(run_migrations, "services.intake", house.urls["intake"])
    [event] = await house.events()
    assert (event["confidential"], event["kelurahan_code"], event["category"]) == (True, None, None)
    assert "31.72" not in await on_the_wire(house)
    assert "restricted" not in event
    await house.intake.closers[0]()  # a connection keeps plans for the tables that it has seen
    assert await claim(house, about) == [known(about, CAMAT, restricted=True)]


async def _as_it_was_told(house: House, complaint_id: str) -> None:
    """The event of the complaint, as the first release recorded it."""
    told = {
        "about_unit": CAMAT, "restricted": True, "confidential": False, "geotagged": False,
        "category": "keluhan-pelayanan", "kelurahan_code": LURAH,
        "entered_by_unit": DESK_UNITS["kelurahan"], "reported_at": "2024-11-02T02:00:00Z",
        "quoted_reports": ["JK2411020007"],
    }  # fmt: skip
    await house.rows(
        "intake",
        "UPDATE outbox SET body = convert_to(CAST("
        " CAST(convert_from(body, 'UTF8') AS jsonb) || CAST($1 AS jsonb) AS text), 'UTF8')",
        json.dumps(told),
    )
