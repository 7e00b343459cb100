"""An agency's own system is told of its unit's cases: by whom, of what, and until it has it."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from standardwebhooks.webhooks import Webhook as Verifier

from deploy.local.credentials import OPERATOR_AUDIENCE, OPERATOR_ISSUER, generate
from services.routing.case.commands import AcceptCase, StartWork
from services.routing.webhooks.api import (
    LIST_OF_WEBHOOKS,
    LISTING,
    NUMBER,
    PLACE_IN_LIST,
    create_router,
)
from services.routing.webhooks.messages import Secrets
from services.routing.webhooks.sender import Sender
from services.routing.webhooks.writer import Writer
from shared.auth import OperatorTokens
from shared.clock import system_clock
from shared.health import Health
from shared.http.app import create_app
from shared.http.paging import Cursors
from shared.ids import new_id
from shared.outbound import StrangersClient
from shared.telemetry import Metrics
from shared.testing import FixedClock
from shared.visibility import SYSTEM
from shared.work import Works
from tests.builders import a_complaint, a_complaint_id, in_envelope
from tests.databases import Databases
from tests.integration.routing.receiver import Receiver, a_receiver
from tests.integration.routing.test_api import Issuer, Office
from tests.integration.routing.world import ATLAS, World, emptied
from tests.unit.routing.cases import BINA_MARGA, MANGGARAI, an_officer

ONE, TWO = a_complaint_id(1), a_complaint_id(2)
KECAMATAN = "31.74.01"
HOOK = "00000000-0000-7000-8000-000000000077"
OTHER_HOOK = "00000000-0000-7000-8000-000000000078"
UNKNOWN = "00000000-0000-7000-8000-000000000099"


@dataclass
class Agency:
    """Routing with an administrator's door, a writer and a sender, at a time that is told."""

    world: World
    clock: FixedClock
    office: Office
    writer: Writer
    sender: Sender
    receivers: list[Receiver] = field(default_factory=list)

    async def register(
        self, receiver: Receiver, hook: str = HOOK, unit: str = MANGGARAI, **wanted: Any
    ) -> Any:
        body = {"unit_id": unit, "url": receiver.url, **wanted}
        answer = await self.ask("PUT", hook, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def ask(
        self, method: str, path: str = "", role: Any = "admin", unit: str = KECAMATAN, **given: Any
    ) -> httpx.Response:
        address = f"/v1/webhooks/{path}".rstrip("/").replace("/?", "?")
        return await self.office.ask(method, address, role, unit, **given)

    async def deliveries(self, hook: str = HOOK, query: str = "", **who: Any) -> Any:
        answer = await self.ask("GET", f"{hook}/deliveries{query}", **who)
        return answer.json()["deliveries"]

    async def receive(self, number: int = 1, **fields: Any) -> None:
        complaint = a_complaint(number=number, kelurahan_code=MANGGARAI, **fields)
        await self.world.hear([in_envelope(complaint, number)])

    async def turn(self) -> None:
        """Messages are written, and those that are due are sent."""
        await self.writer.step()
        await self.sender.step()
        await self.sender.settled()

    async def later(self, **by: float) -> None:
        self.clock.advance(timedelta(**by))
        await self.turn()


async def an_agency(world: World, clock: FixedClock, *receivers: Receiver) -> Agency:
    credentials = generate()
    operators = OperatorTokens(
        Issuer(credentials), "", OPERATOR_ISSUER, OPERATOR_AUDIENCE, clock=system_clock
    )
    secrets = Secrets(b"key")
    client = StrangersClient(0.4, [each.host for each in receivers])
    router = create_router(
        world.works, ATLAS.units, operators, secrets, client,
        Cursors(b"key", LIST_OF_WEBHOOKS, PLACE_IN_LIST), Cursors(b"key", LISTING, NUMBER),
    )  # fmt: skip
    app = create_app("routing", "CRM routing", [router], Health(), Metrics())
    door = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://routing.test")
    sender = Sender(world.works, client, secrets, clock, new_id(), jitter=lambda: 0.999)
    return Agency(world, clock, Office(door, credentials), Writer(world.works, ATLAS.units), sender)


@pytest.fixture(scope="module")
def clock() -> FixedClock:
    return FixedClock(system_clock())


@pytest.fixture(scope="module")
async def works(postgres: Databases, clock: FixedClock) -> Works:
    return await postgres.service("routing", clock=clock)


@pytest.fixture
async def world(works: Works, clock: FixedClock) -> World:
    # The library that judges signatures looks at the clock of the machine.
    clock.advance(system_clock() - clock())
    return await emptied(works)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with a_receiver() as one:
        yield one


@pytest.fixture
async def other() -> AsyncIterator[Receiver]:
    async with a_receiver() as one:
        yield one


@pytest.fixture
async def agency(
    world: World, clock: FixedClock, receiver: Receiver, other: Receiver
) -> AsyncIterator[Agency]:
    made = await an_agency(world, clock, receiver, other)
    yield made
    await made.sender.close()
    await made.office.client.aclose()


# --- what is told --------------------------------------------------------------------------


async def test_a_units_system_is_told_what_happens_signed_and_without_a_word_of_the_citizen(
    agency: Agency, receiver: Receiver
) -> None:
    secret = (await agency.register(receiver))["secret"]
    await agency.receive()
    await agency.world.act(ONE, AcceptCase(), an_officer(MANGGARAI))
    await agency.turn()
    await agency.turn()
    routed, accepted = receiver.received
    assert [each.type for each in receiver.received] == ["CaseRouted", "CaseAccepted"]
    said = Verifier(secret).verify(routed.body, dict(routed.headers))
    assert said.keys() == {"type", "timestamp", "data"}
    assert said["data"] == {
        "complaint_id": str(ONE), "report_number": "JK2411030001", "version": 1,
        "state": "received", "unit_id": MANGGARAI, "category": "sampah",
    }  # fmt: skip
    assert accepted.said["data"]["version"] == 2
    by_hand = hmac.digest(
        base64.b64decode(secret.removeprefix("whsec_")),
        ".".join((routed.headers["webhook-id"], routed.headers["webhook-timestamp"],
                  routed.body)).encode(), hashlib.sha256,
    )  # fmt: skip
    assert routed.headers["webhook-signature"] == f"v1,{base64.b64encode(by_hand).decode()}"
    assert [each["status"] for each in await agency.deliveries()] == ["delivered"] * 2


async def test_a_case_that_leaves_the_units_sight_is_told_by_its_id_alone(
    agency: Agency, receiver: Receiver, other: Receiver
) -> None:
    await agency.register(receiver)
    await agency.register(other, OTHER_HOOK, "31.74.01.1002")
    await agency.receive()
    case = await agency.world.case(ONE)
    async with agency.world.works.open(SYSTEM) as work:
        await agency.world.store.save_many(
            work.connection, [replace(case, unit_id=BINA_MARGA, version=2)]
        )
    await agency.turn()
    assert [each.said["data"] for each in receiver.received[1:]] == [{"complaint_id": str(ONE)}]
    assert receiver.received[1].type == "CaseGone"
    assert other.received == []


async def test_nobody_is_told_of_a_complaint_about_itself(
    agency: Agency, receiver: Receiver
) -> None:
    await agency.register(receiver)
    about = agency.world.letters.facts.silent(
        number=1, about_unit=MANGGARAI, restricted=True, kelurahan_code=MANGGARAI
    )
    await agency.world.hear([in_envelope(about, 1)])
    await agency.turn()
    assert receiver.received == []


async def test_only_the_types_that_are_wanted_come_and_nothing_while_it_is_off(
    agency: Agency, receiver: Receiver, other: Receiver
) -> None:
    await agency.register(receiver, events=["CaseAccepted"])
    await agency.register(other, OTHER_HOOK, enabled=False)
    await agency.receive()
    await agency.world.act(ONE, AcceptCase(), an_officer(MANGGARAI))
    await agency.turn()
    await agency.register(other, OTHER_HOOK, enabled=True)
    await agency.world.act(ONE, StartWork(), an_officer(MANGGARAI))
    await agency.turn()
    assert [each.type for each in receiver.received] == ["CaseAccepted"]
    assert [each.type for each in other.received] == ["WorkStarted"]


# --- until it has it -----------------------------------------------------------------------


async def test_messages_of_one_case_keep_their_order_and_other_cases_go_on(
    agency: Agency, receiver: Receiver
) -> None:
    await agency.register(receiver)
    await agency.receive(1)
    await agency.receive(2)
    for command in (AcceptCase(), StartWork()):
        await agency.world.act(ONE, command, an_officer(MANGGARAI))
    receiver.answers.append("400 Bad Request")
    await agency.turn()
    first = receiver.received[0].said["data"]["complaint_id"]
    assert len([each for each in receiver.received
                if each.said["data"]["complaint_id"] == first]) == 1  # fmt: skip
    await agency.later(seconds=6)
    of_one = [each.type for each in receiver.received
              if each.said["data"]["complaint_id"] == str(ONE)]  # fmt: skip
    assert [*dict.fromkeys(of_one)] == ["CaseRouted", "CaseAccepted", "WorkStarted"]
    assert len(receiver.received) == 5
    ids = {each.headers["webhook-id"] for each in receiver.received}
    assert len(ids) == 4, "a message that is tried again has its id"


async def test_one_receivers_silence_stops_no_other(
    agency: Agency, receiver: Receiver, other: Receiver
) -> None:
    await agency.register(receiver)
    await agency.register(other, OTHER_HOOK)
    receiver.silent = True
    await agency.receive()
    await agency.writer.step()
    await agency.sender.step()
    async with asyncio.timeout(0.3):  # Less than the silent one is waited for.
        while not other.received:
            await asyncio.sleep(0.01)
    await agency.sender.settled()
    [waiting] = await agency.deliveries()
    assert (waiting["status"], waiting["reason"], waiting["attempts"]) == (
        "waiting", "no_answer", 1,
    )  # fmt: skip
    receiver.silent = False
    await agency.later(seconds=6)
    assert [each["status"] for each in await agency.deliveries()] == ["delivered"]


async def test_a_receiver_that_is_busy_is_called_when_it_says(
    agency: Agency, receiver: Receiver
) -> None:
    await agency.register(receiver)
    receiver.answers.append("503 Busy\r\nretry-after: 3600")
    await agency.receive(1)
    await agency.turn()
    await agency.receive(2)
    await agency.later(minutes=59)
    assert len(receiver.received) == 1
    await agency.later(minutes=2)
    assert len(receiver.received) == 3


async def test_what_nobody_takes_for_three_days_has_failed_and_can_be_sent_again(
    agency: Agency, receiver: Receiver
) -> None:
    await agency.register(receiver)
    receiver.answers.extend(["500 x"] * 100)
    await agency.receive()
    await agency.turn()
    for _ in range(30):
        await agency.later(hours=4)
    [failed] = await agency.deliveries()
    assert (failed["status"], failed["reason"]) == ("failed", "http_500")
    assert 15 < failed["attempts"] < 40
    before = len(receiver.received)
    receiver.answers.clear()
    replay = f"{HOOK}/deliveries/{failed['delivery_id']}/replay"
    assert (await agency.ask("POST", replay)).json()["status"] == "waiting"
    assert (await agency.ask("POST", replay)).status_code == 409
    await agency.later(minutes=20)
    assert {each.headers["webhook-id"] for each in receiver.received[before:]} == {
        failed["delivery_id"]
    }
    assert [each["status"] for each in await agency.deliveries(query="?status=delivered")] == [
        "delivered"
    ]


async def test_a_receiver_that_is_gone_is_switched_off_until_somebody_switches_it_on(
    agency: Agency, receiver: Receiver
) -> None:
    await agency.register(receiver)
    receiver.answers.append("410 Gone")
    await agency.receive()
    await agency.turn()
    await agency.later(hours=1)
    off = (await agency.ask("GET", HOOK)).json()
    assert (off["enabled"], off["disabled_because"], len(receiver.received)) == (
        False, "http_410", 1,
    )  # fmt: skip
    on = await agency.register(receiver)
    assert (on["enabled"], on["disabled_because"], on["secret"]) == (True, None, None)
    await agency.turn()
    assert len(receiver.received) == 2


async def test_a_redirect_is_not_followed(
    agency: Agency, receiver: Receiver, other: Receiver
) -> None:
    await agency.register(receiver)
    receiver.answers.append(f"302 Found\r\nlocation: {other.url}")
    await agency.receive()
    await agency.turn()
    assert [each["reason"] for each in await agency.deliveries()] == ["http_302"]
    assert other.received == []


async def test_two_replicas_write_and_send_each_message_once(
    agency: Agency, receiver: Receiver
) -> None:
    await agency.register(receiver)
    twin = await an_agency(agency.world, agency.clock, receiver)
    for number in range(1, 9):
        await agency.receive(number)
    await asyncio.gather(agency.writer.step(), twin.writer.step())
    await asyncio.gather(agency.sender.step(), twin.sender.step())
    await asyncio.gather(agency.sender.settled(), twin.sender.settled())
    assert len(receiver.received) == 8
    assert len({each.headers["webhook-id"] for each in receiver.received}) == 8
    await twin.office.client.aclose()


async def test_a_database_that_was_put_back_is_read_from_where_it_stands(
    agency: Agency, receiver: Receiver
) -> None:
    """Its transactions are counted anew: a place of before would stand ahead for years."""
    await agency.register(receiver)
    async with agency.world.works.open(SYSTEM) as work:
        await work.connection.exec_driver_sql(
            "UPDATE change_places SET xid = 4611686018427387904 WHERE name = 'webhooks'"
        )
    await agency.turn()
    await agency.receive()
    await agency.turn()
    assert len(receiver.received) == 1


# --- secrets -------------------------------------------------------------------------------


async def test_a_secret_is_shown_once_and_an_old_one_signs_on_for_a_day(
    agency: Agency, receiver: Receiver
) -> None:
    old = (await agency.register(receiver))["secret"]
    assert (await agency.register(receiver))["secret"] is None
    assert "secret" not in (await agency.ask("GET", HOOK)).text.replace("old_secret_until", "")
    new = (await agency.register(receiver, rotate=True))["secret"]
    assert old.startswith("whsec_")
    assert new not in (None, old)
    await agency.receive(1)
    await agency.turn()
    both = receiver.received[-1]
    for secret in (old, new):
        assert Verifier(secret).verify(both.body, dict(both.headers))
    await agency.later(hours=25)
    await agency.receive(2)
    await agency.turn()
    [only] = receiver.received[1:]
    assert len(only.headers["webhook-signature"].split()) == 1
    stored = await agency.world.rows("SELECT CAST(w AS text) FROM webhooks w")
    assert not [row for row in stored if new.removeprefix("whsec_") in row[0]]


# --- whose it is ---------------------------------------------------------------------------


async def test_an_administrator_takes_care_of_its_unit_and_what_is_beneath_and_no_other(
    agency: Agency, receiver: Receiver
) -> None:
    await agency.register(receiver)
    await agency.receive()
    await agency.turn()
    [message] = await agency.deliveries()
    replay = f"/deliveries/{message['delivery_id']}/replay"
    body = {"unit_id": MANGGARAI, "url": receiver.url}
    for unit, reaches in ((MANGGARAI, True), (KECAMATAN, True), ("31.74", True),
                          ("31.74.02", False), (BINA_MARGA, False)):  # fmt: skip
        listed = (await agency.ask("GET", unit=unit)).json()["webhooks"]
        assert [each["webhook_id"] for each in listed] == ([HOOK] if reaches else [])
        for method, rest, given in (
            ("GET", "", None), ("PUT", "", {**body, "unit_id": unit}), ("GET", "/deliveries", None),
            ("POST", replay, None), ("DELETE", "", None),
        ):  # fmt: skip
            if reaches and method != "GET":
                continue
            there = await agency.ask(method, HOOK + rest, unit=unit, json=given)
            assert there.status_code == (200 if reaches else 404)
            if method != "PUT" and not reaches:
                never = await agency.ask(method, UNKNOWN + rest, unit=unit, json=given)
                assert there.content == never.content
    assert (await agency.ask("PUT", OTHER_HOOK, unit="31.74.02", json=body)).status_code == 422


async def test_webhooks_are_listed_page_by_page_and_each_once(
    agency: Agency, receiver: Receiver
) -> None:
    placed = [(MANGGARAI, HOOK), (MANGGARAI, OTHER_HOOK), (BINA_MARGA, UNKNOWN)]
    for unit, hook in placed:
        body = {"unit_id": unit, "url": receiver.url}
        assert (await agency.ask("PUT", hook, unit=unit, json=body)).status_code == 200
    kelurahan = [HOOK, OTHER_HOOK]
    for who, expected in (
        ({"unit": KECAMATAN}, [kelurahan]),
        ({"role": "auditor", "unit": "inspektorat"}, [kelurahan, [UNKNOWN]]),
    ):
        pages, query = [], "?limit=2"
        while query:
            answer = await agency.ask("GET", query, **who)
            page = answer.json()
            pages.append([each["webhook_id"] for each in page["webhooks"]])
            link = answer.headers.get("link", "")
            query = link.partition("/v1/webhooks")[2].partition(">")[0]
            assert bool(query) is (page["next_cursor"] is not None)
        assert pages == expected
    foreign = Cursors(b"key", LISTING, NUMBER).write(1)
    for refused in ("?cursor=x", f"?cursor={foreign}", "?limit=0", "?limit=201"):
        assert (await agency.ask("GET", refused)).status_code == 422


async def test_an_auditor_reads_all_and_changes_nothing(agency: Agency, receiver: Receiver) -> None:
    await agency.register(receiver)
    auditor = {"role": "auditor", "unit": "inspektorat"}
    assert (await agency.ask("GET", HOOK, **auditor)).json()["url"] == receiver.url
    body = {"unit_id": MANGGARAI, "url": receiver.url}
    for method, path, given in (("PUT", HOOK, body), ("DELETE", HOOK, None)):
        assert (await agency.ask(method, path, json=given, **auditor)).status_code == 403


async def test_the_list_of_messages_names_no_case_that_its_reader_does_not_see(
    agency: Agency, receiver: Receiver
) -> None:
    inspects = {"unit": "inspektorat", "role": "admin"}
    body = {"unit_id": "inspektorat", "url": receiver.url}
    assert (await agency.ask("PUT", HOOK, json=body, **inspects)).status_code == 200
    about = agency.world.letters.facts.silent(number=1, about_unit=MANGGARAI, restricted=True)
    await agency.world.hear([in_envelope(about, 1)])
    await agency.turn()
    assert len(receiver.received) == 1
    assert await agency.deliveries(**inspects) == []
    [seen] = await agency.deliveries(role="auditor", unit="inspektorat")
    assert seen["complaint_id"] == str(ONE)
    hidden = f"{HOOK}/deliveries/{seen['delivery_id']}/replay"
    never = f"{HOOK}/deliveries/{UNKNOWN}/replay"
    answers = [await agency.ask("POST", path, **inspects) for path in (hidden, never)]
    assert [each.status_code for each in answers] == [404, 404]
    assert answers[0].content == answers[1].content


async def test_the_list_goes_on_by_its_cursor_and_refuses_another(
    agency: Agency, receiver: Receiver
) -> None:
    await agency.register(receiver)
    for number in range(1, 6):
        await agency.receive(number)
    await agency.turn()
    found, cursor = [], ""
    while True:
        page = (await agency.ask("GET", f"{HOOK}/deliveries?limit=2{cursor}")).json()
        found += [each["complaint_id"] for each in page["deliveries"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found == [str(a_complaint_id(number)) for number in range(5, 0, -1)]
    assert (await agency.ask("GET", f"{HOOK}/deliveries?cursor=eHh4")).status_code == 422


async def test_what_is_wrong_with_a_webhook_is_named(agency: Agency, receiver: Receiver) -> None:
    good = {"unit_id": MANGGARAI, "url": receiver.url}
    for wrong, name in (
        ({"events": ["CaseSold"]}, "events"), ({"events": []}, "events"),
        ({"unit_id": "dinas-sihir"}, "unit_id"), ({"unit_id": "31.74.02"}, "unit_id"),
        ({"enabled": "yes"}, "enabled"), ({"url": "http://sistem.example.org/"}, "url"),
    ):  # fmt: skip
        answer = await agency.ask("PUT", HOOK, json={**good, **wrong})
        assert (answer.status_code, answer.json()["field"].split(".")[0]) == (422, name), wrong


async def test_what_is_deleted_is_told_nothing_and_a_unit_has_ten_at_most(
    agency: Agency, receiver: Receiver
) -> None:
    hooks = [str(UUID(int=number)) for number in range(1, 12)]
    for hook in hooks[:10]:
        await agency.register(receiver, hook)
    body = {"unit_id": MANGGARAI, "url": receiver.url}
    assert (await agency.ask("PUT", hooks[10], json=body)).status_code == 409
    for hook in hooks[:10]:
        assert (await agency.ask("DELETE", hook)).status_code == 204
        assert (await agency.ask("DELETE", hook)).status_code == 404
    await agency.receive()
    await agency.turn()
    assert receiver.received == []
