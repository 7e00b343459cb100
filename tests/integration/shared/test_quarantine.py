"""The ways out of the quarantine: replayed, put right, discarded by two persons."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from deploy.local.credentials import OPERATOR_AUDIENCE, OPERATOR_ISSUER, Credentials, generate
from deploy.local.tokens import mint_operator_token
from shared import parked, quarantine
from shared.auth import OperatorTokens
from shared.bus import Partition, Record
from shared.clock import system_clock
from shared.cloudevents import BusMessage, encode
from shared.database import pool_use
from shared.editing import Correction
from shared.errors import Conflict, Transient
from shared.faults import FaultPoints
from shared.gauges import Gauges
from shared.health import Health
from shared.http.app import create_app
from shared.ids import new_id
from shared.operations import create_router
from shared.telemetry import Metrics
from shared.testing import MemoryBus
from shared.visibility import SYSTEM, Sight
from shared.work import Works
from tests.builders import a_complaint_id
from tests.databases import Databases
from tests.integration.shared.tally import BAD, TallyHandler, tally_works
from tests.integration.shared.test_consumer import Bench, received, unreadable, withdrawn

BASE, DISCARDS = "/internal/v1/parked", "/internal/v1/discards"
WHY = {"note": "Tidak dapat diterapkan."}


class Issuer:
    """The key set of an issuer, without a network between."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    async def get(self, url: str) -> Any:
        return self._credentials.jwks()


class Desk(Bench):
    """The tally service, with events in quarantine and the door for administrators."""

    door: httpx.AsyncClient
    credentials: Credentials
    offset = 0

    async def parks(self, message: BusMessage, cause: str, number: int) -> int:
        """Sets a message of a complaint aside as the loop would; its row."""
        self.offset += 1
        record = Record(
            Partition("crm.complaints.v1", 0), self.offset, message.key, message.headers,
            message.value,
        )  # fmt: skip
        event_id = next((UUID(v.decode()) for n, v in message.headers if n == "ce_id"), None)
        async with self.works.open(SYSTEM) as work:
            complaint = a_complaint_id(number) if number else None
            await parked.park(work.connection, record, cause, "", event_id, complaint)
        return int((await self.rows("SELECT max(id) AS id FROM parked"))[0]["id"])

    async def rows(self, sql: str) -> list[dict[str, Any]]:
        async with self.works.read(SYSTEM) as connection:
            return [dict(row._mapping) for row in await connection.execute(text(sql))]

    async def ask(
        self, path: str, body: Any = WHY, by: str = "admin-1", base: str = BASE
    ) -> httpx.Response:
        token = mint_operator_token(self.credentials, "admin", "dinas-kominfotik", subject=by)
        headers = {"authorization": f"Bearer {token}"}
        method = "GET" if body is None else "POST"
        return await self.door.request(method, f"{base}{path}", json=body, headers=headers)

    async def settle(
        self, asked: httpx.Response, act: str = "confirm", body: Any = WHY, by: str = "admin-2"
    ) -> httpx.Response:
        """What was ``asked`` for is confirmed or withdrawn."""
        assert asked.status_code == 202, asked.text
        return await self.ask(f"/{asked.json()['discard_id']}/{act}", body, by, DISCARDS)

    async def discards(self, parked_id: int) -> dict[str, Any]:
        """By two administrators, as it must be."""
        done = await self.settle(await self.ask(f"/{parked_id}/discard"))
        assert done.status_code == 200, done.text
        told: dict[str, Any] = done.json()
        return told

    async def waits(self, number: int) -> list[tuple[int, str]]:
        """What waits of a complaint: row and cause."""
        async with self.works.read(SYSTEM) as connection:
            found = await parked.waiting_of(connection, a_complaint_id(number))
        return [(each.id, each.cause) for each in found]

    async def names(self, number: int) -> list[str]:
        return (await self.seen()).get(a_complaint_id(number), [])


@pytest.fixture(scope="module")
async def desk(postgres: Databases) -> AsyncIterator[Desk]:
    works, handler = await tally_works(await postgres.bare("sla")), TallyHandler()
    desk = Desk(works, handler, MemoryBus())
    desk.credentials = generate()
    tokens = OperatorTokens(
        Issuer(desk.credentials), "", OPERATOR_ISSUER, OPERATOR_AUDIENCE, clock=system_clock
    )
    router = create_router(works, handler, tokens, knows_cases=False)
    app = create_app("sla", "CRM sla", [router], Health(), Metrics())
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://sla.test") as desk.door:
        yield desk
    await works.engine.dispose()


# --- discard -----------------------------------------------------------------------------


async def test_what_waits_behind_a_discarded_event_goes_on_and_it_is_never_applied_itself(
    desk: Desk,
) -> None:
    bad = await desk.parks(unreadable(received(1)), "bad_body", 1)
    await desk.parks(encode(withdrawn(1, 100)), parked.HELD, 1)
    await desk.parks(encode(withdrawn(1, 101)), parked.HELD, 1)
    assert await desk.discards(bad) == {"replayed": 2, "waiting": 0, "stopped_by": None}
    assert await desk.names(1) == ["ComplaintWithdrawn"] * 2
    # A rebuild of the bus brings all of it again, and this time the event can be read.
    await desk.publish(received(1), withdrawn(1, 100), received(2))
    async with desk.consuming():
        await desk.until(1, events=1)
        await desk.until(2)
    assert await desk.names(1) == ["ComplaintWithdrawn"] * 2
    assert await desk.waits(1) == []


async def test_who_asked_who_confirmed_why_and_when_stand_in_the_record_and_the_bytes_stay(
    desk: Desk,
) -> None:
    bad = await desk.parks(unreadable(received(3)), "bad_body", 3)
    await desk.discards(bad)
    told = (await desk.ask(f"/{bad}/record", None)).json()
    [discard] = told["discards"]
    assert (discard["asked_by"], discard["settled_by"]) == ("admin-1", "admin-2")
    assert (discard["outcome"], discard["note"]) == ("confirmed", WHY["note"])
    assert discard["settled_note"] == WHY["note"]
    assert told["discarded_at"] == discard["settled_at"]
    assert told["message"]["value"] == {"text": "{", "base64": None}
    assert told["message"]["key"]["text"] == str(a_complaint_id(3))


async def test_nobody_discards_alone_and_nothing_happens_before_the_second_person(
    desk: Desk,
) -> None:
    bad = await desk.parks(unreadable(received(4)), "bad_body", 4)
    first = await desk.ask(f"/{bad}/discard")
    assert (await desk.ask(f"/{bad}/discard")).json() == first.json()
    assert (await desk.ask(f"/{bad}/discard", by="admin-2")).status_code == 409
    assert (await desk.settle(first, by="admin-1")).status_code == 403
    assert (await desk.settle(first, body={"note": " "})).status_code == 422
    listed = (await desk.ask("", None, by="admin-2")).json()["parked"][-1]
    assert (listed["id"], listed["discard"]["own"]) == (bad, False)
    assert listed["discard"]["discard_id"] == first.json()["discard_id"]
    assert (await desk.settle(first, "withdraw")).status_code == 200
    assert (await desk.settle(first)).status_code == 409
    assert await desk.waits(4) == [(bad, "bad_body")]
    second = await desk.ask(f"/{bad}/discard", by="admin-2")
    assert (await desk.settle(second, by="admin-1")).status_code == 200
    assert (await desk.settle(second, by="admin-1")).status_code == 200, "said once more"
    assert (await desk.settle(second, by="admin-3")).status_code == 409
    assert (await desk.settle(second, "withdraw")).status_code == 409


async def test_after_a_day_a_request_is_over_and_another_may_ask(desk: Desk) -> None:
    bad = await desk.parks(unreadable(received(5)), "bad_body", 5)
    first = await desk.ask(f"/{bad}/discard")
    async with desk.works.open(SYSTEM) as work:
        await work.connection.execute(text("UPDATE discards SET expires_at = now()"))
    assert (await desk.settle(first)).status_code == 409
    assert (await desk.ask("", None)).json()["parked"][-1]["discard"] is None
    second = await desk.ask(f"/{bad}/discard", by="admin-2")
    assert (await desk.settle(second, by="admin-1")).status_code == 200


async def test_what_was_replayed_before_the_second_person_came_is_not_discarded(
    desk: Desk,
) -> None:
    good = await desk.parks(encode(received(9)), "bug", 9)
    asked = await desk.ask(f"/{good}/discard")
    assert (await desk.ask(f"/{good}/replay")).json() == {"replayed": 1}
    assert (await desk.settle(asked)).status_code == 409
    assert (await desk.ask(f"/{good}/discard")).status_code == 404
    assert (await desk.ask(f"/{good}/record", None)).json()["discarded_at"] is None


async def test_the_first_behind_it_that_cannot_be_applied_is_parked_for_its_own_cause(
    desk: Desk,
) -> None:
    bad = await desk.parks(unreadable(received(6)), "bad_body", 6)
    await desk.parks(encode(withdrawn(6, 600)), parked.HELD, 6)
    stuck = await desk.parks(encode(withdrawn(6, 601)), parked.HELD, 6)
    behind = await desk.parks(encode(withdrawn(6, 602)), parked.HELD, 6)
    desk.handler.poison[withdrawn(6, 601).id] = BAD
    told = await desk.discards(bad)
    assert (told["replayed"], told["waiting"]) == (1, 2)
    assert told["stopped_by"] == "broken_invariant: the tally does not like it"
    assert await desk.waits(6) == [(stuck, "broken_invariant"), (behind, parked.HELD)]
    desk.handler.poison[withdrawn(6, 602).id] = ValueError("Pelapor Contoh, +6281100000001")
    told = await desk.discards(stuck)
    assert told == {"replayed": 0, "waiting": 1, "stopped_by": "bug: builtins.ValueError"}
    desk.handler.poison.clear()
    assert (await desk.ask(f"/{behind}/replay")).json() == {"replayed": 1}


async def test_what_waits_for_a_service_that_is_away_says_that_nothing_stands_before_it(
    desk: Desk,
) -> None:
    bad = await desk.parks(unreadable(received(7)), "bad_body", 7)
    next_one = await desk.parks(encode(withdrawn(7, 700)), parked.HELD, 7)
    desk.handler.poison[withdrawn(7, 700).id] = Transient("away")
    told = await desk.discards(bad)
    assert (told["replayed"], told["waiting"]) == (0, 1)
    assert "replay it later" in told["stopped_by"]
    assert await desk.waits(7) == [(next_one, parked.FREED)]
    desk.handler.poison.clear()
    assert (await desk.ask(f"/{next_one}/replay")).json() == {"replayed": 1}


async def test_an_event_in_the_middle_is_discarded_and_frees_nobody(desk: Desk) -> None:
    first = await desk.parks(unreadable(received(8)), "bad_body", 8)
    held = await desk.parks(encode(withdrawn(8, 800)), parked.HELD, 8)
    last = await desk.parks(encode(withdrawn(8, 801)), parked.HELD, 8)
    assert await desk.discards(held) == {"replayed": 0, "waiting": 2, "stopped_by": None}
    assert await desk.waits(8) == [(first, "bad_body"), (last, parked.HELD)]
    listed = {row["id"]: row["behind"] for row in (await desk.ask("", None)).json()["parked"]}
    assert (listed[first], listed[last]) == (1, 0)


async def test_an_event_that_tells_neither_its_id_nor_its_complaint_is_discarded_too(
    desk: Desk,
) -> None:
    bad = await desk.parks(BusMessage(b"\xff", [], b"\xff"), "bad_header", 0)
    assert (await desk.discards(bad))["waiting"] == 0
    shown = (await desk.ask(f"/{bad}/record", None)).json()
    assert shown["message"]["value"] == {"text": None, "base64": "/w=="}


# --- edit --------------------------------------------------------------------------------


async def test_an_event_that_was_put_right_is_replayed_in_its_turn_and_the_original_is_kept(
    desk: Desk,
) -> None:
    bad = await desk.parks(unreadable(received(20)), "bad_body", 20)
    await desk.parks(encode(withdrawn(20, 2000)), parked.HELD, 20)
    body = json.loads(encode(received(20)).value)
    refused = await desk.ask(f"/{bad}/edit", {**WHY, "body": {**body, "channel": "rumour"}})
    assert (refused.status_code, refused.json()["field"]) == (422, "body")
    done = await desk.ask(f"/{bad}/edit", {**WHY, "body": body})
    assert (done.status_code, done.json()["cause"], done.json()["behind"]) == (200, "bad_body", 1)
    assert (await desk.ask(f"/{bad}/replay")).json() == {"replayed": 2}
    assert await desk.names(20) == ["ComplaintReceived", "ComplaintWithdrawn"]
    told = (await desk.ask(f"/{bad}/record", None)).json()
    [edit] = told["edits"]
    assert (edit["edited_by"], edit["note"]) == ("admin-1", WHY["note"])
    assert edit["before"]["value"]["text"] == "{"
    assert json.loads(told["message"]["value"]["text"]) == body
    assert (await desk.ask(f"/{bad}/edit", {**WHY, "body": body})).status_code == 404


async def test_an_edit_says_what_shall_stand_there(desk: Desk) -> None:
    bad = await desk.parks(unreadable(received(21)), "bad_body", 21)
    assert (await desk.ask(f"/{bad}/edit")).status_code == 422
    assert (await desk.rows("SELECT edited_at FROM parked ORDER BY id DESC LIMIT 1"))[0] == {
        "edited_at": None
    }


async def test_a_replay_never_applies_what_was_edited_while_it_was_being_prepared(
    desk: Desk,
) -> None:
    bad = await desk.parks(encode(received(22)), "broken_invariant", 22)

    class EditsMeanwhile(TallyHandler):
        async def prepare(self, envelopes: Any) -> Any:
            body = {**json.loads(encode(received(22)).value), "category": "jalan"}
            await quarantine.edit(
                desk.works, self, bad, Correction(body=body), "admin-1", "Salah.", None
            )

    with pytest.raises(Conflict, match="Replay again"):
        await quarantine.replay(desk.works, EditsMeanwhile(), bad)
    assert await desk.names(22) == []


async def test_the_id_of_an_event_that_was_applied_is_given_to_no_other(desk: Desk) -> None:
    await desk.publish(received(23))
    async with desk.consuming():
        while not await desk.names(23):
            await desk.until(1)
    message = encode(received(23))
    nameless = BusMessage(message.key, [h for h in message.headers if h[0] != "ce_id"], b"{")
    bad = await desk.parks(nameless, "bad_header", 23)
    wish = {**WHY, "ce_id": str(received(23).id), "body": json.loads(message.value)}
    assert (await desk.ask(f"/{bad}/edit", wish)).status_code == 409
    wish["ce_id"] = str(received(24).id)
    assert (await desk.ask(f"/{bad}/edit", wish)).status_code == 200
    assert (await desk.ask(f"/{bad}/replay")).json() == {"replayed": 1}
    assert len(await desk.names(23)) == 2


# --- figures -----------------------------------------------------------------------------


async def test_a_scrape_tells_how_many_wait_for_which_cause_and_since_when(desk: Desk) -> None:
    metrics, moment = Metrics(), [0.0]
    gauges = Gauges(desk.works, metrics, lambda: moment[0])
    before = await desk.rows(
        "SELECT cause, count(*) AS n FROM parked WHERE replayed_at IS NULL"
        " AND discarded_at IS NULL GROUP BY cause"
    )
    await gauges.refresh()
    assert {row["cause"]: row["n"] for row in before} == shown(metrics, "crm_parked_now")
    await desk.parks(unreadable(received(30)), "refused", 30)
    await desk.parks(encode(withdrawn(30, 3000)), parked.HELD, 30)
    async with desk.works.open(SYSTEM) as work:
        await work.connection.execute(
            text("UPDATE parked SET parked_at = now() - interval '1 hour' WHERE cause = 'refused'")
        )
    moment[0] = 4.9
    await gauges.refresh()
    assert "refused" not in shown(metrics, "crm_parked_now"), "asked a moment ago"
    moment[0] = 5.0
    await gauges.refresh()
    assert shown(metrics, "crm_parked_now")["refused"] == 1
    assert shown(metrics, "crm_parked_now")[parked.HELD] >= 1
    assert 3600 <= shown(metrics, "crm_parked_oldest_seconds")["refused"] < 3700
    assert shown(metrics, "crm_measured")["parked"] == 1


async def test_what_cannot_be_measured_is_not_shown(desk: Desk) -> None:
    metrics = Metrics()
    metrics.parked_now.labels("bug").set(3)

    class Away(Works):
        @asynccontextmanager
        async def read(self, sight: Sight) -> AsyncIterator[Any]:
            raise Transient("away")
            yield

    away = Away(desk.works.engine, "sla", system_clock, new_id, FaultPoints(), metrics)
    app = create_app("sla", "CRM sla", [], Health(), metrics, refresh=Gauges(away, metrics).refresh)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as door:
        scraped = (await door.get("/metrics")).text
    assert 'crm_measured{what="parked"} 0.0' in scraped
    assert "crm_parked_now{" not in scraped


async def test_the_connections_at_work_are_told_before_any_question_takes_one(desk: Desk) -> None:
    metrics = Metrics()
    gauges = Gauges(desk.works, metrics)

    async def at_work() -> tuple[float | None, float | None]:
        await gauges.refresh()
        value = metrics.registry.get_sample_value
        return value("crm_db_pool_used"), value("crm_db_pool_most")

    _, most = pool_use(desk.works.engine)
    assert await at_work() == (0, most)
    async with desk.works.read(SYSTEM), desk.works.read(SYSTEM):
        assert await at_work() == (2, most)
    assert await at_work() == (0, most)


def shown(metrics: Metrics, name: str) -> dict[str, float]:
    """The samples of a gauge by their label."""
    return {
        label: sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == name
        for label in sample.labels.values()
    }


async def test_nothing_that_came_is_ever_deleted(desk: Desk) -> None:
    [counted] = await desk.rows(
        "SELECT count(*) AS all, count(*) FILTER (WHERE value IS NOT NULL) AS kept FROM parked"
    )
    assert counted["all"] == counted["kept"] == desk.offset
