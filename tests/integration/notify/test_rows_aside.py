"""One bad delivery among a thousand: the messages of all others go out, once."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.notify.providers.adapter import Reply
from services.notify.providers.registry import Adapters
from services.notify.sending.outcomes import Outcome, Sent
from services.notify.wording.message import Message
from shared import set_aside
from shared.events.routing import WorkStarted
from shared.set_aside import RowAside
from shared.visibility import SYSTEM
from tests.builders import a_case_event, a_complaint, a_complaint_id, in_envelope
from tests.integration.notify.bench import PHONE, Bench, reporter

MULTIPLY = """
    WITH others AS (
        INSERT INTO cases SELECT made, channel, report_number, ref, language, reachable,
            confidential, muted, erased, told, about_unit, restricted
        FROM cases, generate_series(11, 1000) n,
             CAST(lpad(to_hex(n), 32, '0') AS uuid) AS made,
             CAST(lpad(to_hex(n + (2::numeric ^ 40)::bigint), 32, '0') AS uuid) AS ref
        WHERE complaint_id = :first RETURNING complaint_id)
    INSERT INTO deliveries (id, complaint_id, template, channel, status, attempt, created_at,
                            next_attempt_at, cause)
    SELECT o.complaint_id, o.complaint_id, d.template, d.channel, d.status, 0, d.created_at,
           d.next_attempt_at, d.cause
    FROM others o, deliveries d WHERE d.complaint_id = :first
"""
REFUSED = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'no such day'; END $$;
    CREATE TRIGGER refuse BEFORE UPDATE ON deliveries FOR EACH ROW
    WHEN (NEW.complaint_id = '{id}' AND NEW.status = 'sent') EXECUTE FUNCTION refuse();
"""


class Taking:
    """Takes every message, but one that our own code fails on."""

    name = "phone"

    def __init__(self) -> None:
        self.taken: list[UUID] = []

    async def send(self, message: Message, reply: Reply) -> Outcome:
        if message.report_number == "JK2411030003":
            raise KeyError("kanari")
        self.taken.append(message.key)
        return Sent()


async def change(bench: Bench, statement: str, **values: Any) -> None:
    async with bench.works.open(SYSTEM) as work:
        await work.connection.execute(text(statement), values)


async def aside(bench: Bench) -> dict[UUID, RowAside]:
    async with bench.works.read(SYSTEM) as connection:
        return {row.complaint_id: row for row in await set_aside.waiting(connection)}


async def run(bench: Bench, taking: Taking) -> None:
    sender = bench.sender(adapters=Adapters({"phone": taking}, {}), max_attempts=2)
    for _ in range(60):
        if not await sender.step():
            return
    raise AssertionError("the sender finds no end")


async def test_a_thousand_messages_do_not_wait_for_the_few_that_cannot_be_sent(
    bench: Bench,
) -> None:
    first, unreadable, broken, unrecorded, odd = (a_complaint_id(n) for n in range(1, 6))
    for number in range(1, 6):
        bench.vault.knows(reporter(number), "phone", PHONE)
    await bench.hear(*(in_envelope(a_complaint("sms", number=n), n) for n in range(1, 6)))
    await change(bench, MULTIPLY, first=first)
    bench.pass_time(1)
    await bench.hear(in_envelope(a_case_event(WorkStarted, number=2), 12))
    refs = [row.ref for row in await bench.query("SELECT reporter_ref AS ref FROM cases")]
    for ref in refs:
        bench.vault.knows(ref, "phone", PHONE)
    await change(
        bench,
        "UPDATE deliveries SET template = 'a poem' WHERE complaint_id = :id"
        " AND template = 'confirmation'",
        id=unreadable,
    )
    await change(bench, "UPDATE cases SET told = '{a poem}' WHERE complaint_id = :id", id=odd)
    async with bench.works.open(SYSTEM) as work:
        raw = await work.connection.get_raw_connection()
        await raw.driver_connection.execute(REFUSED.format(id=unrecorded))  # type: ignore[union-attr]

    taking = Taking()
    await run(bench, taking)
    bench.pass_time(3600)
    await run(bench, taking)
    assert len(taking.taken) == len(set(taking.taken)) == 990 + len({first, unrecorded})
    assert (await bench.stages()).count(("NotificationSent", "confirmation")) == 991
    found = await aside(bench)
    assert {key: row.cause.split(" at ")[0] for key, row in found.items()} == {
        unreadable: "ValueError",
        odd: "ValueError",
        broken: "KeyError",
        unrecorded: "DBAPIError from RaiseError",
    }
    assert "kanari" not in str(found)

    await change(
        bench,
        "UPDATE deliveries SET template = 'confirmation' WHERE complaint_id = :id"
        " AND template = 'a poem'",
        id=unreadable,
    )
    async with bench.works.open(SYSTEM) as work:
        await set_aside.release(work.connection, found[unreadable].id, None, "admin-1")
    bench.pass_time(3600)
    await run(bench, taking)
    assert [s for s in await bench.stages() if s[0] == "NotificationSent"][-2:] == [
        ("NotificationSent", "confirmation"),
        ("NotificationSent", "in_progress"),
    ]
    assert len(taking.taken) == len(set(taking.taken)) == 992 + 2
