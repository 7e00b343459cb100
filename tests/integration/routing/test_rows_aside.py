"""One case of a thousand cannot be read: lists, acts and claims about all others go on."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.routing.contents import Contents
from services.routing.domain import Actor
from services.routing.work.lists import PLACE
from services.routing.work.offers import Offers
from services.routing.work.store import Place, Wanted, read_list
from services.routing.work.views import list_of
from shared import set_aside
from shared.errors import UnreadableState
from shared.events.intake import ComplaintWithdrawn
from shared.http.paging import Cursors
from shared.testing import FixedClock
from shared.visibility import SYSTEM, Clearance, Sight
from tests.builders import a_complaint, a_complaint_id, at, in_envelope
from tests.integration.routing.world import ATLAS, World

SPOILT = a_complaint_id(500)
EVERYTHING = Sight(lineage=(), clearance=Clearance.ALL)


async def change(world: World, statement: str, **values: Any) -> None:
    async with world.works.open(SYSTEM) as work:
        await work.connection.execute(text(statement), values)


async def pages(world: World, unit: str, limit: int) -> list[UUID]:
    found: list[UUID] = []
    after: Place | None = None
    while True:
        async with world.works.read(SYSTEM) as connection:
            page = await read_list(connection, Wanted(unit), EVERYTHING, at(), after, limit)
        found += [case.complaint_id for case in page.cases]
        if len(page.cases) < limit:
            return found
        after = page.places[page.cases[-1].complaint_id]


async def test_a_case_that_cannot_be_read_is_left_out_of_what_is_about_many(world: World) -> None:
    received = [a_complaint(number=n, at=at(n / 3600)) for n in range(1, 1001)]
    await world.hear([in_envelope(event, n) for n, event in enumerate(received, 1)])
    unit = (await world.case(SPOILT)).unit_id
    await change(world, "UPDATE cases SET body = '{}' WHERE complaint_id = :id", id=SPOILT)

    found = await pages(world, unit, limit=100)
    assert len(found) == len(set(found)) == 999
    async with world.works.read(SYSTEM) as connection:
        [row] = await set_aside.waiting(connection)
        claimed = await world.store.find_many(connection, [SPOILT, a_complaint_id(2)])
    assert (row.table, row.row_id, row.cause.split(" at ")[0]) == (
        "cases", SPOILT, "ValidationError",
    )  # fmt: skip
    assert claimed.readable(SPOILT) is None
    assert claimed[a_complaint_id(2)].complaint_id == a_complaint_id(2)

    await change(
        world,
        "UPDATE cases SET body = jsonb_set(body, '{unit_id}', to_jsonb('a unit that was'::text))"
        " WHERE complaint_id = :id",
        id=a_complaint_id(7),
    )
    officer = Actor("officer-1", "unit_officer", unit)
    async with world.works.read(SYSTEM) as connection:
        listed = await read_list(connection, Wanted(unit), EVERYTHING, at(), None, 201)
        cursors = Cursors(b"k" * 32, "inbox", PLACE)
        offers = Offers(world.store, Contents(world.letters), ATLAS, FixedClock(at()))
        known = await offers.of(connection, listed.cases, officer)
        page = list_of(connection, listed, known, ATLAS.units, 200, cursors, at())
    assert len(page.cases) == 199
    assert cursors.read(page.next_cursor) == listed.places[a_complaint_id(200)]

    withdrawn = [
        ComplaintWithdrawn(complaint_id=a_complaint_id(n), at=at(1), source="citizen")
        for n in (499, 500, 501)
    ]
    envelopes = [in_envelope(event, 2000 + n) for n, event in enumerate(withdrawn)]
    with pytest.raises(UnreadableState):
        await world.hear(envelopes)
    for envelope in (envelopes[0], envelopes[2]):
        await world.hear([envelope])
    assert (await world.case(a_complaint_id(501))).state == "withdrawn"


async def test_a_spoilt_note_of_an_erasure_costs_nobody_elses_words(world: World) -> None:
    await world.hear([in_envelope(a_complaint(number=n), n) for n in (1, 2)])
    refs = [UUID(int=n) for n in (1, 2)]
    for number, ref in enumerate(refs, 1):
        await change(
            world,
            "INSERT INTO notes VALUES (:ref, :id, 'question', 'Di mana?', '[]')",
            ref=ref,
            id=a_complaint_id(number),
        )
    await change(
        world,
        'UPDATE cases SET body = body || \'{"erased": "perhaps"}\' WHERE complaint_id = :id',
        id=a_complaint_id(1),
    )
    async with world.works.read(SYSTEM) as connection:
        assert (await world.store.claim_notes(connection, refs)).keys() == set(refs)
