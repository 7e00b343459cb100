"""Events that nobody can read are set aside; their neighbours pass, their followers wait."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from deploy.local.broker import apache_available
from deploy.rehearsal.callers import WireRequest
from shared.bus import Record
from shared.cloudevents import BusMessage, header
from shared.events.intake import ComplaintReceived, ComplaintWithdrawn
from tests.contract.bus.topic import write_raw
from tests.e2e.books import HEARERS, TOPIC, at_rest, execute, query, whole_log
from tests.e2e.city import ADMIN, AUDITOR, City, officer_of, until
from tests.e2e.cli import crm
from tests.e2e.strange_events import PARKED, message, parked, publish, received, wait_parked
from tests.e2e.wire import JSON, encoded
from tests.log import Written, batch

pytestmark = pytest.mark.e2e

HEARERS_OF_COMPLAINTS = [name for name, heard in HEARERS.items() if ComplaintReceived in heard]


def with_header(original: BusMessage, name: str, value: bytes) -> BusMessage:
    headers = [(key, value if key == name else old) for key, old in original.headers]
    return BusMessage(original.key, headers, original.value)


async def test_a_body_that_cannot_be_read_is_parked_by_all_who_hear_it(city: City) -> None:
    event = received()
    poison = message(event)
    await publish(city, BusMessage(poison.key, poison.headers, b'{"complaint_id": 7}'))
    for service in HEARERS_OF_COMPLAINTS:
        [found] = await wait_parked(city, service, event.complaint_id)
        assert found["cause"] == "bad_body"
        assert found["event_type"].endswith("ComplaintReceived.v1")
        assert found["topic"] == TOPIC
        assert "complaint_id" in found["detail"]


async def test_a_version_that_is_not_known_is_parked_and_a_type_nobody_hears_is_passed_over(
    city: City,
) -> None:
    event, stranger = received(), received()
    newer = with_header(message(event), "ce_type", b"id.go.jakarta.crm.ComplaintReceived.v99")
    unheard = with_header(message(stranger), "ce_type", b"id.go.jakarta.crm.SomethingElse.v1")
    await publish(city, unheard, newer)
    for service in HEARERS_OF_COMPLAINTS:
        [found] = await wait_parked(city, service, event.complaint_id)
        assert found["cause"] == "unknown_version"
        assert await parked(city, service, stranger.complaint_id) == []


async def test_neighbours_of_a_poison_event_pass_also_those_behind_it_in_the_same_partition(
    city: City,
) -> None:
    event = received()
    await publish(city, BusMessage(str(event.complaint_id).encode(), (), b"\xff"))
    for service in HEARERS_OF_COMPLAINTS:
        [found] = await wait_parked(city, service, event.complaint_id)
        assert (found["cause"], found["event_id"]) == ("bad_header", None)
    behind: list[UUID] = []
    for _ in range(10):
        await _forty_complaints(city)
        await at_rest(city.stack)
        behind = _behind(await whole_log(city.stack), event.complaint_id)
        if behind:
            break
    assert behind, "no complaint came into the partition of the poison event"
    for complaint_id in behind:
        listed = await until(partial(city.listed, str(complaint_id)), "a neighbour")
        assert listed["due_at"]
        assert listed["unit_name"]


@pytest.mark.skipif(apache_available() is not None, reason="the embedded broker has no say here")
async def test_what_no_client_can_read_stops_no_service_in_any_partition(city: City) -> None:
    odd = batch([Written(b"", b"{}", [(b"\xff", b"1")])])
    for number in range(12):
        await write_raw(city.stack.broker.bootstrap, TOPIC, number, odd)
    event = received()
    await publish(city, message(event))
    await until(lambda: _known(city, event.complaint_id), "what came after it in tracking")
    for service in HEARERS:
        rows = await until(partial(_unreadable, city, service), f"all of it parked in {service}")
        assert {row["detail"].partition(";")[0] for row in rows} == {
            "the name of a header is not UTF-8"
        }


async def _unreadable(city: City, service: str) -> list[Any]:
    """The rows of all twelve partitions, once they are there."""
    statement = f"SELECT detail FROM {service}.parked WHERE cause = 'unreadable'"
    rows = list(await query(city.stack, service, statement))
    return rows if len(rows) == 12 else []


async def _forty_complaints(city: City) -> None:
    posts = [{"post_id": city.number(), "post_desc": "Ada coretan di tembok."} for _ in range(40)]
    headers = {**JSON, "x-api-key": city.secrets["qlue"]["api_key"]}
    sent = WireRequest("POST", "/v1/channels/qlue", headers, encoded(posts))
    assert (await city.running.send(sent)).status == 202


def _behind(log: Sequence[Record], poison: UUID) -> list[UUID]:
    """Complaints received behind the poison event in its partition."""
    [place] = [(r.partition, r.offset) for r in log if r.key == str(poison).encode()]
    return [
        UUID((r.key or b"").decode())
        for r in log
        if (r.partition, r.offset) > place
        and r.partition == place[0]
        and (header(r.headers, "ce_type") or "").endswith("ComplaintReceived.v1")
    ]


async def test_later_events_of_the_complaint_wait_behind_the_parked_one_until_it_is_replayed(
    city: City,
) -> None:
    first = received()
    clashing = received(digest=first.tracking_digest)
    withdrawal = ComplaintWithdrawn(
        complaint_id=clashing.complaint_id, at=datetime.now(UTC), source="citizen"
    )
    await publish(city, message(first))
    await until(lambda: _known(city, first.complaint_id), "the first in tracking")
    await publish(city, message(clashing))
    await wait_parked(city, "tracking", clashing.complaint_id)
    await publish(city, message(withdrawal))
    await at_rest(city.stack)
    waiting = await wait_parked(city, "tracking", clashing.complaint_id, 2)
    assert waiting[0]["cause"] == "bug"
    assert {event["cause"] for event in waiting[1:]} == {"held"}
    assert not await _known(city, clashing.complaint_id)
    # Who has no trouble with it goes on.
    for service in ("routing", "sla", "notify"):
        assert await parked(city, service, clashing.complaint_id) == []
    replay = f"{PARKED}/{waiting[0]['id']}/replay"
    refused = await city.running.post("tracking", replay, {}, city.token(ADMIN))
    assert refused.status >= 400, "what caused it is still there"
    await execute(
        city.stack, "tracking",
        "UPDATE tracking.cases SET tracking_digest = repeat('f', 64) WHERE complaint_id = $1",
        first.complaint_id,
    )  # fmt: skip
    done = await city.running.post("tracking", replay, {}, city.token(ADMIN))
    assert (done.status, done.body) == (200, {"replayed": len(waiting)})
    assert await parked(city, "tracking", clashing.complaint_id) == []
    [row] = await query(
        city.stack, "tracking", "SELECT state FROM tracking.cases WHERE complaint_id = $1",
        clashing.complaint_id,
    )  # fmt: skip
    assert row["state"] == "withdrawn"


async def _known(city: City, complaint_id: UUID) -> bool:
    rows = await query(
        city.stack, "tracking", "SELECT 1 FROM tracking.cases WHERE complaint_id = $1", complaint_id
    )
    return bool(rows)


async def test_what_still_cannot_be_read_is_not_replayed_and_stays_in_the_list(
    city: City,
) -> None:
    event = received()
    await publish(city, BusMessage(message(event).key, message(event).headers, b"{}"))
    [found] = await wait_parked(city, "sla", event.complaint_id)
    path = f"{PARKED}/{found['id']}/replay"
    answer = await city.running.post("sla", path, {}, city.token(ADMIN))
    assert answer.status == 409
    assert len(await parked(city, "sla", event.complaint_id)) == 1


async def test_only_admins_replay_and_only_admins_and_auditors_look(city: City) -> None:
    lurah = city.token(officer_of("31.74.01.1001"))
    assert (await city.running.get("tracking", PARKED, lurah)).status == 403
    assert (await city.running.get("tracking", PARKED)).status == 401
    path = f"{PARKED}/999999/replay"
    assert (await city.running.post("tracking", path, {}, city.token(AUDITOR))).status == 403
    assert (await city.running.post("tracking", path, {}, city.token(ADMIN))).status == 404


async def test_crm_parked_lists_shows_and_replays(city: City) -> None:
    event = received()
    await publish(city, BusMessage(message(event).key, message(event).headers, b"[]"))
    [found] = await wait_parked(city, "routing", event.complaint_id)
    listed, shown, replayed, unknown = await asyncio.gather(
        crm(city.stack.home, "parked", "list"),
        crm(city.stack.home, "parked", "show", "routing", str(found["id"])),
        crm(city.stack.home, "parked", "replay", "routing", str(found["id"])),
        crm(city.stack.home, "parked", "show", "routing", "999999"),
    )
    assert listed.code == 0
    assert "routing: " in listed.out
    assert "bad_body" in listed.out
    assert (shown.code, str(event.complaint_id) in shown.out) == (0, True)
    assert replayed.code == 1
    assert unknown.code == 1
    why = ("routing", str(found["id"]), "--reason", "Tidak terbaca.")
    asked = await crm(city.stack.home, "parked", "discard", *why)
    alone = await crm(city.stack.home, "parked", "confirm", *why)
    done = await crm(city.stack.home, "parked", "confirm", *why, "--officer", "second")
    assert [each.code for each in (asked, alone, done)] == [0, 1, 0]
    assert "colleague" in alone.out
    assert "discarded" in done.out
    assert await parked(city, "routing", event.complaint_id) == []


async def test_crm_parked_edit_puts_a_version_right_and_the_event_is_applied(city: City) -> None:
    event = received()
    await publish(
        city,
        with_header(message(event), "ce_type", b"id.go.jakarta.crm.ComplaintReceived.v99"),
    )
    [found] = await wait_parked(city, "tracking", event.complaint_id)
    where = ("tracking", str(found["id"]))
    edited = await crm(
        city.stack.home, "parked", "edit", *where, "--reason", "Versi salah.",
        "--header", "ce_type=id.go.jakarta.crm.ComplaintReceived.v1",
    )  # fmt: skip
    assert edited.code == 0, edited.out
    replayed = await crm(city.stack.home, "parked", "replay", *where)
    assert replayed.code == 0, replayed.out
    assert await _known(city, event.complaint_id)
