"""Sla knows whom a complaint is about, though the stream does not say so."""

import asyncio
import json
from datetime import timedelta
from importlib.resources import files
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from shared.errors import Reject, Transient
from shared.events.event import Envelope
from shared.events.holders import WITHHELD_HOLDER, Holder
from shared.events.routing import CaseCoordinated, CaseRouted, PlanSubmitted
from shared.events.vocabulary import UnitKind
from shared.migrations import run_migrations
from shared.visibility import SYSTEM
from tests.builders import a_complaint, a_complaint_id, at, in_envelope
from tests.integration.sla.conftest import Sla
from tests.unit.sla.story import case_event

WHOM = "SELECT about_unit, restricted FROM cases ORDER BY complaint_id"
CAMAT = "31.74.01"


async def test_whom_a_case_is_about_stands_in_columns_of_its_row(sla: Sla) -> None:
    batch = [
        in_envelope(sla.facts.silent(number=1, about_unit=CAMAT), 1),
        in_envelope(sla.facts.silent(number=2, restricted=True), 2),
        in_envelope(a_complaint(number=3), 3),
    ]
    for _ in range(2):
        await sla.hear(batch)
    assert await sla.rows(WHOM) == [(CAMAT, False), (None, True), (None, False)]
    assert sla.facts.claims == [[a_complaint_id(1), a_complaint_id(2)]] * 2


async def test_while_intake_is_away_the_batch_waits(sla: Sla) -> None:
    batch = [in_envelope(a_complaint(number=2), 2), in_envelope(sla.facts.silent(), 1)]
    sla.facts.away = True
    with pytest.raises(Transient):
        await sla.hear(batch)
    assert await sla.rows(WHOM) == []
    sla.facts.away = False
    await sla.hear(batch)
    assert len(await sla.rows(WHOM)) == 2


async def test_a_complaint_that_intake_does_not_know_costs_its_own_event_only(sla: Sla) -> None:
    sla.facts.unknown.add(a_complaint_id(1))
    with pytest.raises(Reject, match="unknown_facts"):
        await sla.hear([in_envelope(sla.facts.silent(), 1)])
    await sla.hear([in_envelope(a_complaint(number=2), 2)])
    assert await sla.rows(WHOM) == [(None, False)]


async def passed_on(sla: Sla) -> list[Envelope]:
    """A case about a lurah that the Inspektorat has passed on; the stream does not say whither."""
    camat = Holder(
        unit_id=CAMAT, unit_name="Kecamatan Tebet", unit_kind=UnitKind.KECAMATAN,
        unit_parent_id="31.74",
    )  # fmt: skip
    sla.routing.holders.known[a_complaint_id(), 2] = camat
    sla.routing.holders.known[a_complaint_id(), 3] = camat
    events = [
        sla.facts.silent(about_unit="31.74.01.1001"),
        case_event(CaseRouted, at=at(1), case_version=1, unit_id="inspektorat"),
        case_event(CaseCoordinated, at=at(2), case_version=2, **WITHHELD_HOLDER),
        case_event(PlanSubmitted, at=at(3), case_version=3, **WITHHELD_HOLDER),
    ]
    return [in_envelope(event, number) for number, event in enumerate(events, 1)]


async def test_limits_are_kept_for_the_holder_that_the_stream_does_not_name(sla: Sla) -> None:
    await sla.hear(await passed_on(sla))
    assert sla.routing.holders.claims == [[(a_complaint_id(), 2), (a_complaint_id(), 3)]]
    assert sla.routing.claims == [[CAMAT]]
    assert ("follow_up", CAMAT) in await sla.rows("SELECT clock, unit_id FROM clocks")
    told = "".join(repr(row) for row in await sla.rows("SELECT * FROM outbox"))
    assert [word for word in ("31.74", "biro", "inspektorat") if word in told] == []


async def test_while_routing_does_not_tell_a_holder_the_batch_waits(sla: Sla) -> None:
    batch = await passed_on(sla)
    sla.routing.holders.away = True
    with pytest.raises(Transient):
        await sla.hear(batch)
    sla.routing.holders.away = False
    del sla.routing.holders.known[a_complaint_id(), 2]
    with pytest.raises(Reject, match="unknown_holder"):
        await sla.hear(batch[2:3])
    assert await sla.rows("SELECT 1 FROM cases") == []


async def test_what_an_earlier_release_told_of_units_is_taken_back(sla: Sla) -> None:
    await sla.hear(await passed_on(sla))
    sla.clock.advance(timedelta(days=31))
    while await sla.ticker().step():
        pass
    open_case = [
        in_envelope(a_complaint(number=2), 11),
        in_envelope(case_event(CaseRouted, 2, at=at(1), case_version=1), 12),
    ]
    restricted = [
        in_envelope(sla.facts.silent(number=3, restricted=True), 21),
        in_envelope(case_event(CaseRouted, 3, case_version=1, unit_id="inspektorat"), 22),
    ]
    await sla.hear([*open_case, *restricted])
    async with sla.works.open(SYSTEM) as work:
        await work.connection.execute(text(BEFORE_IT_WAS_NOTED))
    told_today = await bodies(sla)
    config = Config()
    config.set_main_option("script_location", str(files("services.sla") / "migrations"))
    url = sla.works.engine.url.set(drivername="postgresql").render_as_string(False)
    config.attributes["url"] = url
    await _as_it_was_told(sla)
    assert CAMAT in repr(await bodies(sla))
    await asyncio.to_thread(command.downgrade, config, "0001")
    await asyncio.to_thread(run_migrations, "services.sla", url)
    # A connection keeps plans for the columns that it has seen.
    await sla.works.engine.dispose()
    assert await bodies(sla) == told_today
    assert await sla.rows(WHOM) == [("31.74.01.1001", True), (None, False), (None, True)]


BEFORE_IT_WAS_NOTED = "UPDATE cases SET body = body - 'restricted'"
TOLD = "SELECT body FROM outbox ORDER BY seq"


async def _as_it_was_told(sla: Sla) -> None:
    """Events of the first case as the first release recorded them: with the units."""
    rows = await sla.rows("SELECT seq, complaint_id, body FROM outbox")
    async with sla.works.engine.begin() as connection:
        for seq, complaint_id, body in rows:
            if complaint_id == a_complaint_id():
                told = _with_units(json.loads(body))
                values = {"seq": seq, "body": json.dumps(told).encode()}
                await connection.execute(
                    text("UPDATE outbox SET body = :body WHERE seq = :seq"), values
                )


def _with_units(told: dict[str, Any]) -> dict[str, Any]:
    units = ("unit_id", "escalate_to")
    named: dict[str, Any] = {name: CAMAT for name in units if name in told}
    if "deadlines" in told:
        named["deadlines"] = [{**each, "unit_id": CAMAT} for each in told["deadlines"]]
    if "shares" in told:
        named["shares"] = [{"unit_id": CAMAT, "held_seconds": 1, "share": 1.0}]
    return {**told, **named}


async def bodies(sla: Sla) -> list[dict[str, Any]]:
    return [json.loads(row[0]) for row in await sla.rows(TOLD)]
