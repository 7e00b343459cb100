"""Neighbours of a case, and what is told of them at a counter: real routes, real PostgreSQL."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from deploy.local.credentials import OPERATOR_AUDIENCE, OPERATOR_ISSUER, generate
from services.routing.domain import Case
from services.routing.neighbours.api import create_router
from services.routing.neighbours.store import NEAREST
from services.routing.store import CaseStore
from services.routing.texts.store import Written
from shared.auth import OperatorTokens
from shared.clock import system_clock
from shared.events.vocabulary import CaseState, Channel
from shared.health import Health
from shared.http.app import create_app
from shared.telemetry import Metrics
from shared.testing import FixedClock
from shared.visibility import SYSTEM
from tests.builders import T0, a_complaint_id
from tests.databases import Databases
from tests.integration.routing.test_api import Issuer, Office
from tests.integration.routing.world import ATLAS

HERE, NEXT = "31.74.01.1001", "31.74.01.1002"
OTHER_OFFICE, TRIAGE = "sudin-bina-marga-31.74", "triage"
MARKET = (-6.2300, 106.8500)
HOLE = "Jalan berlubang besar di depan pasar"
STADIUM, HARBOUR = 20_000, 40_000
"""Metres north of the market: no neighbour of all that is there."""


@dataclass(frozen=True)
class Told:
    """A case and what its reporter told; ``metres`` north of the market, None: without a point."""

    name: str
    number: int
    metres: float | None
    words: str = HOLE
    unit: str = HERE
    state: CaseState = CaseState.RECEIVED
    days: float = 0
    category: str | None = "jalan"
    kelurahan: str | None = HERE
    address: str | None = None
    fields: tuple[tuple[str, Any], ...] = ()

    @property
    def id(self) -> UUID:
        moment = int(timedelta(days=self.days) / timedelta(milliseconds=1))
        return UUID(int=a_complaint_id(self.number).int + (moment << 80))

    def case(self) -> Case:
        case = Case(
            self.id, 1, self.state, self.unit, f"JK241103{self.number:04d}", Channel.TWITTER,
            T0 + timedelta(days=self.days), (UUID(int=self.number),), category=self.category,
            kelurahan_code=self.kelurahan, area_name="Tebet Timur" if self.kelurahan else None,
        )  # fmt: skip
        return replace(case, **dict(self.fields))

    def written(self) -> Written:
        place = (MARKET[0] + self.metres / 110_570, MARKET[1]) if self.metres is not None else ()
        return Written((UUID(int=self.number),), self.words, self.address, *place)


CASES = {
    each.name: each
    for each in (
        Told("hole", 1, 0),
        Told("again", 2, 60, "Ada lobang besar di jalan depan pasar", days=0.1,
             address="Depan pasar"),
        Told("pavement", 3, 120, "Trotoar amblas", category="trotoar"),
        Told("rubbish", 4, 20, "Sampah menumpuk", category="sampah"),
        Told("by sms", 5, None),
        Told("other office", 6, 30, unit=OTHER_OFFICE),
        Told("rahasia", 7, 30, fields=(("confidential", True),)),
        Told("restricted", 8, 30, unit="inspektorat", fields=(("restricted", True),)),
        Told("about an office", 9, 30, unit=OTHER_OFFICE, fields=(("about_unit", TRIAGE),)),
        Told("erased", 10, 30, fields=(("erased", True),)),
        Told("withdrawn", 11, 30, state=CaseState.WITHDRAWN),
        Told("of a family", 12, 30, "Anak dipukul", category="perempuan-anak"),
        Told("far", 13, 3_000, "Jalan rusak"),
        Told("long ago", 14, 30, days=-61),
        Told("flood", 20, None, "Banjir di mana mana", TRIAGE, category=None, kelurahan=None),
        Told("flood again", 21, None, "Banjir di mana mana!", TRIAGE, category=None,
             kelurahan=None),
        Told("another post", 22, None, "Terima kasih petugas", TRIAGE, category=None,
             kelurahan=None),
        Told("kiosk", 100, STADIUM, kelurahan=NEXT),
        # So few of a square, before and after, that none is passed over.
        *(Told(f"stall {n}", 100 + n, STADIUM - n % 4 * 40, "Sampah menumpuk", category="sampah",
               days=n // 4 % 2 - 0.5, kelurahan=NEXT)
          for n in range(1, NEAREST)),
        Told("stall of another office", 300, STADIUM, "Sampah menumpuk", OTHER_OFFICE,
             category="sampah", kelurahan=NEXT),
        Told("behind the stalls", 301, STADIUM + 400, kelurahan=NEXT),
        Told("first post", 400, HARBOUR, "Dermaga rusak", kelurahan=NEXT),
        *(Told(name, number, HARBOUR + (number - 400) * 10, "Dermaga rusak", unit, CaseState.MERGED,
               kelurahan=NEXT, fields=(("head_id", a_complaint_id(400)),))
          for name, number, unit in (("second post", 401, HERE), ("third post", 402, HERE),
                                     ("post of another office", 403, OTHER_OFFICE))),
        Told("a new one", 404, HARBOUR + 30, "x" * 700, kelurahan=NEXT, days=1),
        Told("about the inspectors", 405, 2 * HARBOUR, unit="inspektorat", kelurahan=NEXT,
             fields=(("restricted", True),)),
        Told("about them again", 406, 2 * HARBOUR, unit="inspektorat", kelurahan=NEXT,
             fields=(("restricted", True),)),
    )
}  # fmt: skip


DONE = text("""
    WITH filed AS (
        INSERT INTO notes (note_id, complaint_id, verb, words, evidence)
        VALUES (:note, :id, 'follow-up', 'Papan diganti.', '[]')
    )
    INSERT INTO history (complaint_id, version, event, at, state, unit_id, actor_unit, note_id)
    VALUES (:id, 1, 'CaseRouted', now(), 'received', '31.74.01.1001', NULL, NULL),
           (:id, 2, 'FollowUpSubmitted', now(), 'awaiting_validation', '31.74.01.1001',
            '31.74.01.1001', :note),
           (:id, 3, 'VerificationOrdered', now(), 'verifying', '31.74.01.1001',
            'biro-pemerintahan', NULL)
""")


@pytest.fixture(scope="module")
async def office(postgres: Databases) -> AsyncIterator[Office]:
    works, store, credentials = (
        await postgres.service("routing"),
        CaseStore(ATLAS.units),
        generate(),
    )
    written = {each.id: each.written() for each in CASES.values()}
    async with works.open(SYSTEM) as work:
        cases = [each.case() for each in CASES.values()]
        await store.of_batch(written).save_many(work.connection, cases)
        for case in ("a new one", "first post", "about them again"):
            await work.connection.execute(DONE, {"id": CASES[case].id, "note": CASES[case].id})
    operators = OperatorTokens(
        Issuer(credentials), "", OPERATOR_ISSUER, OPERATOR_AUDIENCE, clock=system_clock
    )
    router = create_router(works, ATLAS, operators, FixedClock(T0 + timedelta(days=1)))
    app = create_app("routing", "CRM routing", [router], Health(), Metrics())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://routing.test"
    ) as client:
        yield Office(client, credentials)
    await works.engine.dispose()


async def near(
    office: Office, name: str, role: Any, unit: str, part: str = "cases"
) -> dict[str, Any]:
    path = f"/v1/cases/{CASES[name].id}/neighbours"
    answer = await office.get(path, role=role, unit=unit)
    assert answer.status_code == 200, answer.text
    names = {str(each.id): each.name for each in CASES.values()}
    return {names[each["complaint_id"]]: each for each in answer.json()[part]}


async def at_the_counter(office: Office, **told: Any) -> list[dict[str, Any]]:
    answer = await office.post("/v1/neighbours", told, role="desk_officer", unit=HERE)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["cases"]
    return found


def numbers(*names: str) -> set[str]:
    return {CASES[name].case().report_number for name in names}


async def test_an_officer_is_shown_what_may_be_the_same_and_why(office: Office) -> None:
    found = await near(office, "hole", "unit_officer", HERE)
    assert next(iter(found)) == "rahasia"
    assert set(found) == {
        "again", "pavement", "rubbish", "by sms", "rahasia", "withdrawn", "of a family",
    }  # fmt: skip
    assert found["again"] == {
        "complaint_id": str(CASES["again"].id), "report_number": "JK2411030002",
        "state": "received", "label": "Menunggu", "unit_id": HERE,
        "unit_name": "Kelurahan Tebet Timur", "category": "jalan", "area_name": "Tebet Timur",
        "received_at": "2024-11-03T04:24:00Z", "excerpt": CASES["again"].words,
        "address": "Depan pasar", "restricted": False, "text": CASES["again"].words,
        "last_step": None, "follow_up": None, "merge_refused": None, "distance_m": 60,
        "score": found["again"]["score"], "reasons": ["place", "category", "time", "words"],
    }  # fmt: skip
    assert found["by sms"]["distance_m"] is None
    assert found["by sms"]["reasons"] == ["category", "time", "words"]


async def test_as_many_as_are_asked_for_are_the_nearest_of_all(office: Office) -> None:
    everyone = list(await near(office, "hole", "unit_officer", HERE))
    path = f"/v1/cases/{CASES['hole'].id}/neighbours"
    answer = await office.get(f"{path}?nearest=2", role="unit_officer", unit=HERE)
    ids = [each["complaint_id"] for each in answer.json()["cases"]]
    assert ids == [str(CASES[name].id) for name in everyone[:2]]
    too_many = await office.get(f"{path}?nearest=21", role="unit_officer", unit=HERE)
    assert too_many.status_code == 422


async def test_who_is_behind_a_crowd_is_found_while_the_nearest_are_not_too_many(
    office: Office,
) -> None:
    """The officer sees 149 that are nearer, so that this is the last of the nearest; the Biro sees
    one more."""
    assert next(iter(await near(office, "kiosk", "unit_officer", HERE))) == "behind the stalls"
    assert "behind the stalls" not in await near(office, "kiosk", "biro", "biro-pemerintahan")


async def test_a_flood_of_posts_without_a_place_is_found_by_its_words(office: Office) -> None:
    assert set(await near(office, "flood", "triage_officer", TRIAGE)) == {"flood again"}


async def test_who_is_cleared_is_shown_all_offices_and_nobody_a_restricted_case(
    office: Office,
) -> None:
    found = await near(office, "hole", "biro", "biro-pemerintahan")
    assert {"again", "other office"} <= set(found)
    assert "restricted" not in found


async def test_what_is_merged_already_is_told_apart_its_head_first_and_as_far_as_it_is_seen(
    office: Office,
) -> None:
    joined = await near(office, "second post", "unit_officer", HERE, "joined")
    assert list(joined) == ["first post", "third post"]
    assert joined["first post"]["distance_m"] == 10
    assert list(await near(office, "first post", "unit_officer", HERE, "joined")) == [
        "second post", "third post",
    ]  # fmt: skip
    of_biro = await near(office, "second post", "biro", "biro-pemerintahan", "joined")
    assert list(of_biro) == ["first post", "third post", "post of another office"]
    assert not {"first post", "third post"} & set(
        await near(office, "second post", "unit_officer", HERE)
    )
    assert await near(office, "hole", "unit_officer", HERE, "joined") == {}


async def test_a_neighbour_can_be_compared_by_its_words_and_what_was_done_last(
    office: Office,
) -> None:
    found = (await near(office, "first post", "unit_officer", HERE))["a new one"]
    assert found["text"] == "x" * 600
    assert found["last_step"]["event"] == "VerificationOrdered"
    assert found["follow_up"]["words"] == "Papan diganti."
    assert found["follow_up"]["officer"] is None
    untouched = (await near(office, "hole", "unit_officer", HERE))["again"]
    assert (untouched["last_step"], untouched["follow_up"]) == (None, None)


async def test_why_a_neighbour_cannot_be_the_head_is_said_before_one_tries(office: Office) -> None:
    found = await near(office, "a new one", "unit_officer", HERE)
    assert found["first post"]["merge_refused"] is None
    assert found["second post"]["merge_refused"]["code"] == "head_closed"
    found = await near(office, "about the inspectors", "unit_officer", "inspektorat")
    assert found["about them again"]["merge_refused"] is None


async def test_of_a_restricted_neighbour_nothing_is_read_that_opening_it_would_record(
    office: Office,
) -> None:
    found = await near(office, "about the inspectors", "unit_officer", "inspektorat")
    other = found["about them again"]
    assert other["restricted"]
    assert [other[name] for name in ("text", "last_step", "follow_up")] == [None] * 3
    assert other["excerpt"] == HOLE


async def test_a_counter_is_told_number_kind_distance_and_state_of_what_is_public(
    office: Office,
) -> None:
    found = await at_the_counter(office, latitude=MARKET[0], longitude=MARKET[1], category="jalan")
    told = {each["report_number"]: each for each in found}
    assert set(told) == numbers("hole", "again", "pavement", "rubbish", "other office")
    assert told["JK2411030002"] == {
        "report_number": "JK2411030002", "state": "received", "label": "Menunggu",
        "category": "jalan", "category_name": "Jalan", "distance_m": 100,
    }  # fmt: skip


async def test_words_at_a_counter_name_a_category_and_are_compared_with_nobody_s(
    office: Office,
) -> None:
    place = {"latitude": MARKET[0], "longitude": MARKET[1]}
    named = await at_the_counter(office, text="Jalan rusak parah", **place)
    assert named == await at_the_counter(office, category="jalan", **place)
    guessed = await at_the_counter(office, text=CASES["again"].words + " jalan", **place)
    assert guessed == named
    here = await at_the_counter(office, category="jalan", kelurahan=HERE)
    assert await at_the_counter(office, text=HOLE, kelurahan=HERE) == here


async def test_a_counter_that_knows_the_kelurahan_alone_is_told_what_is_recent_and_of_the_kind(
    office: Office,
) -> None:
    """A console's counter never knows a point: it would be told nothing ever."""
    found = await at_the_counter(office, kelurahan=HERE, category="sampah")
    assert {each["report_number"] for each in found} == numbers("rubbish")
    assert [each["distance_m"] for each in found] == [None]
    assert await at_the_counter(office, kelurahan=HERE) == []


async def test_no_asking_from_many_points_tells_where_a_report_is(office: Office) -> None:
    """Two reports of one square of 110 metres are as far from everywhere."""
    squares = {"hole", "rubbish"}
    for step in range(-40, 41, 4):
        point = {"latitude": MARKET[0] + step / 11_057, "longitude": MARKET[1]}
        found = await at_the_counter(office, **point)
        told = {each["report_number"]: each["distance_m"] for each in found}
        assert {value % 50 for value in told.values()} <= {0}
        of_square = {told.get(number) for number in numbers(*squares)}
        assert len(of_square) == 1, point


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"latitude": -6.2}, "body"),
        ({"category": "sihir"}, "category"),
        ({"kelurahan": "31.74"}, "kelurahan"),
        ({"latitude": 91, "longitude": 0}, "latitude"),
        ({"reporter": "x"}, "body"),
        ({"text": "x" * 5_001}, "text"),
    ],
)
async def test_what_cannot_be_asked_is_refused_by_its_name(
    office: Office, told: dict[str, Any], field: str
) -> None:
    answer = await office.post("/v1/neighbours", told, role="desk_officer", unit=HERE)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_without_any_place_a_counter_is_told_nothing(office: Office) -> None:
    assert await at_the_counter(office, text=HOLE, category="jalan") == []
