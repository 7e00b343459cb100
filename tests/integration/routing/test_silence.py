"""Routing's own stream tells nobody that they are complained of; what it withholds is kept, and its
holders are told to sla and tracking when they ask."""

import asyncio
import json
from importlib.resources import files
from typing import Any
from uuid import UUID

import httpx
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from deploy.local.credentials import generate
from deploy.services import NAMES
from services.routing.case.commands import AcceptCase, CoordinateCase, MergeCase, ReturnCase
from services.routing.internal_api import MAX_CASES, create_router
from shared.auth import ServiceTokens
from shared.clock import system_clock
from shared.errors import Conflict
from shared.health import Health
from shared.http.app import create_app
from shared.migrations import run_migrations
from shared.outbox import message_of
from shared.telemetry import Metrics
from shared.visibility import SYSTEM
from tests.builders import a_complaint, a_complaint_id, in_envelope
from tests.integration.routing.world import ATLAS, World
from tests.unit.routing.cases import INSPECTOR, MANGGARAI, an_officer

ONE = a_complaint_id(1)
CAMAT = "31.74.01"
PATH = "/internal/v1/holders/claim"
KEYS = generate().service_keys
KEPT = "SELECT version, unit_id, withheld FROM history ORDER BY version"


async def passed_to_the_camat(world: World) -> None:
    """A complaint about a lurah; the Inspektorat asks the office above him, which gives it back."""
    about = world.letters.facts.silent(
        about_unit=MANGGARAI, kelurahan_code=MANGGARAI, category="sampah"
    )
    await world.hear_twice(about)
    await world.act(ONE, CoordinateCase(to_unit=CAMAT, note="Mohon diperiksa"), INSPECTOR)
    await world.act(ONE, AcceptCase(), an_officer(CAMAT))
    await world.act(ONE, ReturnCase(reason="Sudah"), an_officer(CAMAT))


async def wire(world: World) -> str:
    rows = await world.rows("SELECT * FROM outbox ORDER BY seq")
    return "".join(str(message_of(row, "routing")) + row.body.decode() for row in rows)


async def ask(world: World, *steps: tuple[UUID, int], caller: str = "sla") -> httpx.Response:
    tokens = ServiceTokens(
        "routing", "", {name: pair.public for name, pair in KEYS.items()}, system_clock
    )
    router = create_router(world.works, world.store, ATLAS.units, tokens)
    app = create_app("routing", "CRM routing", [router], Health(), Metrics())
    transport = httpx.ASGITransport(app)
    token = ServiceTokens(caller, KEYS[caller].private, {}, system_clock).sign("routing")
    body = {"cases": [{"complaint_id": str(key), "case_version": at} for key, at in steps]}
    async with httpx.AsyncClient(transport=transport, base_url="http://routing.test") as door:
        return await door.post(PATH, json=body, headers={"authorization": f"Bearer {token}"})


async def test_a_holder_near_the_unit_complained_of_is_not_named(world: World) -> None:
    await passed_to_the_camat(world)
    told = await wire(world)
    assert [word for word in ("31.74", "Tebet", "Manggarai", "sampah") if word in told] == []
    assert await world.told(ONE) == [
        "CaseRouted", "CaseCoordinated", "CaseAccepted", "CaseReturned"
    ]  # fmt: skip
    units = [body["unit_id"] for body in await bodies(world)]
    assert units == ["inspektorat", "withheld", "withheld", "inspektorat"]


async def test_the_history_has_whole_what_the_stream_was_not_told(world: World) -> None:
    await passed_to_the_camat(world)
    camat = {"unit_id": CAMAT, "unit_name": "Kecamatan Tebet", "unit_kind": "kecamatan",
             "unit_parent_id": "31.74"}  # fmt: skip
    assert [tuple(row) for row in await world.rows(KEPT)] == [
        (1, "inspektorat", {
            "category": "sampah", "kelurahan_code": MANGGARAI, "area_name": "Manggarai",
        }),
        (2, CAMAT, camat),
        (3, CAMAT, camat),
        (4, "inspektorat", {"from_unit_id": CAMAT}),
    ]  # fmt: skip


async def test_holders_are_told_by_version_in_the_order_asked(world: World) -> None:
    await passed_to_the_camat(world)
    answer = await ask(world, (ONE, 4), (ONE, 2), (ONE, 9), (a_complaint_id(7), 1))
    assert answer.status_code == 200, answer.text
    told = answer.json()["holders"]
    assert [(each["status"], each["unit_id"]) for each in told] == [
        ("ok", "inspektorat"), ("ok", CAMAT), ("unknown", None), ("unknown", None),
    ]  # fmt: skip
    assert told[1] == {
        "complaint_id": str(ONE), "case_version": 2, "status": "ok", "unit_id": CAMAT,
        "unit_name": "Kecamatan Tebet", "unit_kind": "kecamatan", "unit_parent_id": "31.74",
    }  # fmt: skip


@pytest.mark.parametrize("caller", NAMES)
async def test_only_sla_and_tracking_may_ask(world: World, caller: str) -> None:
    answer = await ask(world, (ONE, 1), caller=caller)
    assert answer.status_code == (200 if caller in ("sla", "tracking") else 403)


@pytest.mark.parametrize("version", [0, -1, 2**31, 2**63])
async def test_a_version_that_no_case_has_is_refused(world: World, version: int) -> None:
    answer = await ask(world, (ONE, version))
    assert (answer.status_code, answer.json()["field"]) == (422, "cases.0.case_version")


async def test_cases_of_one_call_are_bounded(world: World) -> None:
    answer = await ask(world, *[(ONE, n + 1) for n in range(MAX_CASES + 1)])
    assert (answer.status_code, answer.json()["field"]) == (422, "cases")


async def test_a_restricted_case_is_merged_with_restricted_ones_only(world: World) -> None:
    """The stream tells which cases were merged, and of a public one where it is."""
    restricted = world.letters.facts.silent(restricted=True)
    public = a_complaint(number=2, kelurahan_code=MANGGARAI)
    await world.hear([in_envelope(restricted, 1), in_envelope(public, 2)])
    handed_over = CoordinateCase(to_unit=INSPECTOR.unit)
    await world.act(a_complaint_id(2), handed_over, an_officer(MANGGARAI))
    with pytest.raises(Conflict):
        await world.act(ONE, MergeCase(head=a_complaint_id(2)), INSPECTOR)


async def test_what_an_earlier_release_told_the_stream_is_taken_back(world: World) -> None:
    """A rebuild publishes the outbox: what stands there must not tell again."""
    await passed_to_the_camat(world)
    told_today = await bodies(world)
    config = Config()
    config.set_main_option("script_location", str(files("services.routing") / "migrations"))
    url = world.works.engine.url.set(drivername="postgresql").render_as_string(False)
    config.attributes["url"] = url
    await _as_it_was_told(world)
    assert CAMAT in await wire(world)
    await asyncio.to_thread(command.downgrade, config, "0002")
    await asyncio.to_thread(run_migrations, "services.routing", url)
    # A connection keeps plans for the columns that it has seen.
    await world.works.engine.dispose()
    assert await bodies(world) == told_today
    routed, coordinated, *_ = await world.rows(KEPT)
    assert routed.withheld.items() >= {
        "category": "sampah", "kelurahan_code": MANGGARAI, "rule_id": "conflict-of-interest",
    }.items()  # fmt: skip
    assert coordinated.withheld["unit_id"] == CAMAT


async def bodies(world: World) -> list[dict[str, Any]]:
    return [
        json.loads(row.body) for row in await world.rows("SELECT body FROM outbox ORDER BY seq")
    ]


async def _as_it_was_told(world: World) -> None:
    """Events as the first release recorded them: with all that is withheld today."""
    async with world.works.open(SYSTEM) as work:
        await work.connection.execute(
            text("""
                UPDATE outbox o SET body = convert_to(CAST(
                    CAST(convert_from(o.body, 'UTF8') AS jsonb) || h.withheld
                    || CASE WHEN h.version = 1 THEN CAST(:rule AS jsonb) ELSE CAST('{}' AS jsonb)
                       END AS text), 'UTF8')
                FROM history h
                WHERE h.version
                    = CAST(CAST(convert_from(o.body, 'UTF8') AS jsonb) ->> 'case_version' AS int)
            """),
            {"rule": json.dumps({"rule_id": "conflict-of-interest"})},
        )
