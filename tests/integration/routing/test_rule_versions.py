"""Which version of the rules decides, while complaints come in."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.routing.explaining.views import explanation_view
from services.routing.placing.rulebook import FAILED
from services.routing.rule_versions import store
from services.routing.rule_versions.document import Document, digest_of
from services.routing.rule_versions.rules import shipped_document
from services.routing.rule_versions.store import Activated, Proposed
from shared.clock import Clock
from shared.events.event import Envelope
from shared.events.vocabulary import TriageReason
from shared.testing import FixedClock
from shared.visibility import SYSTEM
from tests.builders import T0, a_complaint, a_complaint_id, in_envelope
from tests.integration.routing.world import ATLAS, World
from tests.unit.routing.cases import MANGGARAI

SHIPPED = shipped_document()
FEW_TERMS = {"words": {}, "terms": {"sampah": {"6": ["sampah", "tumpukan"]}}}
DINAS = "dinas-lingkungan-hidup"
WORDS = "Tumpukan sampah di depan pos ronda"


def a_document(sampah_to: str = DINAS, **kinds: Any) -> Document:
    """The shipped rules with few terms, so that they are soon read; rubbish goes to a Dinas."""
    rows = [
        {**row, "unit": sampah_to, "handled_by_kelurahan": False}
        if row["slug"] == "sampah"
        else row
        for row in SHIPPED["categories"]
    ]
    return {**SHIPPED, "categories": rows, "terms": FEW_TERMS, **kinds}


async def activated(
    world: World, number: int, document: Document, after: timedelta = timedelta()
) -> None:
    """Proposed and activated, to decide ``after`` the fixed time on."""
    await proposed(world, number, document)
    await again(world, number, after)


async def proposed(world: World, number: int, document: Document) -> None:
    made = Proposed(number, digest_of(document), 1, "officer-1", "biro", T0, "coba")
    async with world.works.open(SYSTEM) as work:
        await store.propose(work.connection, made, document)


async def again(world: World, number: int, after: timedelta = timedelta()) -> None:
    """Activated, be it for the first time or not."""
    second = Activated(number, T0 + after, "officer-2", "biro", T0, "setuju")
    async with world.works.open(SYSTEM) as work:
        await store.activate(work.connection, second)


def complaints(world: World, numbers: Sequence[int], words: str = WORDS) -> list[Envelope]:
    found = []
    for number in numbers:
        complaint = a_complaint(number=number, kelurahan_code=MANGGARAI)
        world.letters.written[complaint.content_ref] = {"text": words}
        found.append(in_envelope(complaint, number))
    return found


async def said(world: World, number: int) -> Mapping[str, Any]:
    """What the first step of a case says of its routing."""
    [row] = await world.rows(
        "SELECT event, unit_id, facts FROM history WHERE complaint_id = :id AND version = 1",
        id=a_complaint_id(number),
    )
    return {"event": row.event, "unit_id": row.unit_id, **row.facts}


def figure(world: World, name: str) -> float | None:
    return world.metrics.registry.get_sample_value(name)


async def test_an_activated_version_decides_the_next_batch_and_each_case_says_its_own(
    world: World,
) -> None:
    await world.hear(complaints(world, [1]))
    await activated(world, 2, a_document())
    await world.hear(complaints(world, [2]))
    await world.in_force.step()
    await world.hear(complaints(world, [3]))
    found = [await said(world, number) for number in (1, 2, 3)]
    assert [each["rule_version"] for each in found] == [1, 1, 2]
    assert [each["unit_id"] for each in found[:2]] == [MANGGARAI, MANGGARAI]
    assert found[2]["rule_id"].startswith("category")
    assert figure(world, "crm_rules_version") == 2


async def test_a_process_that_starts_decides_by_the_version_that_is_active(world: World) -> None:
    await activated(world, 2, a_document())
    began = World.on(world.works)
    await began.hear(complaints(began, [1]))
    assert (await said(world, 1))["rule_version"] == 2


async def test_no_batch_is_decided_by_two_versions_though_one_is_activated_meanwhile(
    world: World,
) -> None:
    batches = [range(start, start + 5) for start in range(1, 61, 5)]
    await activated(world, 2, a_document())
    await world.hear(complaints(world, [99]))
    await activated(world, 3, a_document("dinas-bina-marga"))

    async def hear(numbers: Sequence[int]) -> None:
        await world.hear(complaints(world, numbers))

    first = [asyncio.ensure_future(hear(batch)) for batch in batches[:6]]
    await asyncio.sleep(0)
    switch = asyncio.ensure_future(world.in_force.step())
    await asyncio.gather(*first, switch)
    await asyncio.gather(*(hear(batch) for batch in batches[6:]))
    versions = []
    for batch in batches:
        of_batch = {
            (each["rule_version"], each["unit_id"])
            for each in [await said(world, number) for number in batch]
        }
        assert len(of_batch) == 1, of_batch
        versions.append(of_batch.pop()[0])
    assert versions[-1] == 3
    assert set(versions) <= {2, 3}


async def test_a_version_decides_from_its_day_on(world: World, clock: Clock) -> None:
    own = World.on(world.works, clock)
    await activated(own, 2, a_document(), after=timedelta(days=1))
    await own.hear(complaints(own, [1]))
    assert isinstance(clock, FixedClock)
    clock.advance(timedelta(days=1))
    await own.in_force.step()
    await own.hear(complaints(own, [2]))
    assert [(await said(own, number))["rule_version"] for number in (1, 2)] == [1, 2]


async def test_a_rule_that_fails_leaves_its_case_to_people_and_raises_an_alarm(
    world: World,
) -> None:
    nobody = {**SHIPPED["signs"], "outside": {}}
    await activated(world, 2, a_document(signs=nobody))
    failing = complaints(world, [1], "Mati lampu PLN dari semalam")
    await world.hear([*failing, *complaints(world, [2])])
    left, routed = await said(world, 1), await said(world, 2)
    assert (left["event"], left["reason"], left["rule_version"]) == ("CaseTriaged", "no_rule", 2)
    assert routed["event"] == "CaseRouted"
    assert figure(world, "crm_rules_failed_total") == 1
    async with world.works.read(SYSTEM) as connection:
        steps = await world.store.history(connection, a_complaint_id(1))
    why = explanation_view(steps, ATLAS.units, ATLAS.tables(T0).categories)
    assert why is not None
    assert (why.failed, why.version, why.triage_reason) == (True, 2, TriageReason.NO_RULE)
    assert why.says == FAILED.en


async def test_a_version_that_cannot_be_read_is_refused_and_the_one_before_goes_on(
    world: World,
) -> None:
    await activated(world, 2, {"units": []})
    await world.hear(complaints(world, [1]))
    await world.in_force.step()
    assert (await said(world, 1))["rule_version"] == 1
    assert figure(world, "crm_rules_refused") == 1
    await activated(world, 3, a_document())
    await world.in_force.step()
    assert (figure(world, "crm_rules_refused"), figure(world, "crm_rules_version")) == (0, 3)


async def test_whoever_goes_back_from_a_refused_version_ends_the_alarm(world: World) -> None:
    await activated(world, 2, a_document())
    await world.in_force.step()
    await activated(world, 3, {"units": []})
    await world.in_force.step()
    assert figure(world, "crm_rules_refused") == 1
    await again(world, 2)
    await world.in_force.step()
    assert (figure(world, "crm_rules_refused"), figure(world, "crm_rules_version")) == (0, 2)


async def test_a_version_is_made_ready_when_it_is_proposed_and_decides_when_it_is_activated(
    world: World,
) -> None:
    await proposed(world, 2, a_document())
    await world.in_force.step()
    [ready] = [rules for number, rules in world.in_force.ready.items() if number != 1]
    assert figure(world, "crm_rules_version") == 1
    await again(world, 2)
    await world.in_force.step()
    assert (figure(world, "crm_rules_version"), world.in_force.ready[2] is ready) == (2, True)


async def test_the_version_that_decided_before_stays_ready_for_those_who_go_back(
    world: World,
) -> None:
    await activated(world, 2, a_document())
    await world.in_force.step()
    ready = world.in_force.ready[2]
    await activated(world, 3, a_document("dinas-bina-marga"))
    await world.in_force.step()
    await again(world, 2)
    await world.in_force.step()
    assert (figure(world, "crm_rules_version"), world.in_force.ready[2] is ready) == (2, True)


@pytest.mark.parametrize("table", ["rule_versions", "rule_activations"])
@pytest.mark.parametrize("change", ["UPDATE {} SET note = 'lain'", "DELETE FROM {}"])
async def test_a_version_and_its_activation_stay_as_they_were(
    world: World, table: str, change: str
) -> None:
    await activated(world, 2, {"units": []})
    with pytest.raises(DBAPIError, match="kept as they are"):
        async with world.works.open(SYSTEM) as work:
            await work.connection.execute(text(change.format(table)))
    assert len(await world.rows(f"SELECT 1 FROM {table}")) == 1
