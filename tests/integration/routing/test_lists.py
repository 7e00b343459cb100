"""Officers' lists and the search in them: what stands where, in which order, and how many."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.routing.case.commands import (
    AcceptCase,
    AskCitizen,
    CoordinateCase,
    RejectCase,
    StartWork,
    SubmitFollowUp,
    ValidateFollowUp,
)
from shared.events.intake import ReporterErased
from shared.events.sla import DeadlineExtended, DeadlinesSet
from shared.events.vocabulary import RejectionReason
from shared.visibility import SYSTEM
from tests.builders import T0, a_complaint_id, at, in_envelope
from tests.integration.routing.test_api import Office, office, received
from tests.integration.routing.test_reading import BIRO, OFFICER, found, wrote
from tests.integration.routing.world import World
from tests.unit.routing.cases import BINA_MARGA, BIRO_OFFICER, MANGGARAI, TEBET_TIMUR, an_officer

__all__ = ["office"]

ONE, TWO, THREE, FOUR, FIVE, SIX = (a_complaint_id(number) for number in range(1, 7))
INBOX, TRIAGE = "/v1/inbox", "/v1/triage"
DINAS: dict[str, Any] = {"unit": BINA_MARGA}
TRIAGE_DESK: dict[str, Any] = {"role": "triage_officer", "unit": "triage"}


async def due(world: World, complaint_id: UUID, when: datetime, clock: str = "follow_up") -> None:
    """sla has told a limit."""
    limit = {"clock": clock, "due_at": when, "original_due_at": when, "policy_id": "any",
             "policy_version": 1}  # fmt: skip
    told = DeadlinesSet.model_validate(
        {"complaint_id": complaint_id, "at": T0, "deadlines": [limit], "paused": []}
    )
    number = 1000 + int(complaint_id) % 100 + 100 * len(clock)
    await world.hear([in_envelope(told, number), in_envelope(told, number)])


def names(numbers: list[int]) -> list[str]:
    return [str(a_complaint_id(number)) for number in numbers]


@pytest.fixture
async def city(world: World) -> World:
    """1 new, 2 in hand, 3 in judgement, 4 asked, 5 passed on, 6 rejected; limits against the order
    of receipt. 7 is at the triage desk, 8 is another unit's."""
    for number in range(1, 7):
        await received(world, number, at=at(number / 60))
    await received(world, 7, kelurahan_code=None, category=None)
    await received(world, 8, kelurahan_code=TEBET_TIMUR)
    await world.act(TWO, AcceptCase(), OFFICER)
    for command in (StartWork(), SubmitFollowUp(text="Sudah")):
        await world.act(THREE, command, OFFICER)
    await world.act(FOUR, AskCitizen(question="Di mana?"), OFFICER)
    await world.act(FIVE, CoordinateCase(to_unit=BINA_MARGA), OFFICER)
    await world.act(SIX, RejectCase(reason=RejectionReason.OFF_TOPIC), OFFICER)
    for number, hours in ((1, 40), (2, -1), (3, 30), (4, 20), (5, -2), (6, -9)):
        await due(world, a_complaint_id(number), T0 + timedelta(hours=hours))
    return world


TABS = {"new": [1], "in_hand": [2], "waiting": [5, 4, 3], "judgement": [], "overdue": [5, 2]}


async def test_each_open_case_stands_in_its_tab_the_soonest_due_first(
    office: Office, city: World
) -> None:
    for tab, numbers in TABS.items():
        answer = (await office.get(f"{INBOX}?tab={tab}")).json()
        assert [each["complaint_id"] for each in answer["cases"]] == names(numbers), tab
        assert answer["total"] == len(numbers)
        assert answer["counts"] == {name: len(rows) for name, rows in TABS.items()}
        assert datetime.fromisoformat(answer["as_of"]) == T0
    assert await found(office, INBOX) == names([2, 4, 3, 1])
    assert await found(office, f"{INBOX}?sort=received") == names([1, 2, 3, 4])
    assert await found(office, f"{INBOX}?watched=true") == names([5])
    assert await found(office, f"{INBOX}?state=rejected") == names([6])
    assert await found(office, f"{INBOX}?tab=judgement", **BIRO) == names([3])
    assert await found(office, f"{INBOX}?tab=new", **DINAS) == names([5])
    triage = (await office.get(TRIAGE, **TRIAGE_DESK)).json()
    assert (len(triage["cases"]), triage["total"]) == (1, 1)

    for query, numbers in FILTERS.items():
        filtered = (await office.get(f"{INBOX}?{query}")).json()
        assert [each["complaint_id"] for each in filtered["cases"]] == names(numbers), query
        assert filtered["total"] == len(numbers), query
    by_category = (await office.get(f"{INBOX}?tab=new&category=jalan")).json()
    assert by_category["counts"] == dict.fromkeys(TABS, 0)


FILTERS = {
    "due=overdue": [2],
    "due=day": [2, 4],
    "due=week": [2, 4, 3, 1],
    "area=31.74": [2, 4, 3, 1],
    f"area={MANGGARAI}": [2, 4, 3, 1],
    "area=31.73": [],
    "channel=jaki&state=received": [2, 4, 1],
    "channel=sms": [],
    "category=sampah&tab=overdue": [5, 2],
    "state=rejected&channel=sms": [],
    "state=rejected&area=31.74": [6],
    "state=rejected&tab=new": [],
    "state=rejected&watched=true": [],
    "tab=waiting&watched=true": [5],
}


async def test_a_case_says_when_it_is_due_and_begins_with_the_reporters_words(
    office: Office, world: World
) -> None:
    await received(world)
    [new] = (await office.get(INBOX)).json()["cases"]
    assert (new["due_at"], new["next_due_at"]) == (None, None)
    assert (new["excerpt"], new["address"]) == ("Tumpukan di depan pos ronda", "Gang Contoh")
    await due(world, ONE, T0 + timedelta(days=2))
    await due(world, ONE, T0 + timedelta(hours=3), clock="first_action")
    [told] = (await office.get(INBOX)).json()["cases"]
    assert datetime.fromisoformat(told["next_due_at"]) == T0 + timedelta(hours=3)
    moved = DeadlineExtended.model_validate(
        {"complaint_id": ONE, "at": T0, "clock": "follow_up", "cause": "extension",
         "due_at": T0 + timedelta(days=9), "original_due_at": T0 + timedelta(days=2)}
    )  # fmt: skip
    await world.hear([in_envelope(moved, 900), in_envelope(moved, 900)])
    await world.act(ONE, AcceptCase(), OFFICER)
    [taken] = (await office.get(INBOX)).json()["cases"]
    days = {name: datetime.fromisoformat(taken[name]) - T0
            for name in ("due_at", "original_due_at", "next_due_at")}  # fmt: skip
    assert days == {"due_at": timedelta(9), "original_due_at": timedelta(2),
                    "next_due_at": timedelta(9)}  # fmt: skip


async def test_a_list_is_followed_by_its_links_to_the_last_page(
    office: Office, world: World
) -> None:
    for number in range(1, 6):
        await received(world, number, at=at(number / 60))
    for number, hours in ((4, 1), (1, 2)):
        await due(world, a_complaint_id(number), T0 + timedelta(hours=hours))
    for order, path in (
        ([4, 1, 2, 3, 5], f"{INBOX}?tab=new&limit=2"),
        ([1, 2, 3, 4, 5], f"{INBOX}?sort=received&limit=2"),
    ):
        read: list[UUID] = []
        following: str | None = path
        while following is not None:
            answer = await office.get(following)
            assert answer.json()["total"] == 5
            read += [UUID(each["complaint_id"]) for each in answer.json()["cases"]]
            following = answer.links.get("next", {}).get("url")
            assert (following is None) is (answer.json()["next_cursor"] is None)
        assert read == [a_complaint_id(number) for number in order]
    cursor = (await office.get(f"{INBOX}?limit=2")).json()["next_cursor"]
    refused = await office.get(f"{INBOX}?limit=2&sort=received&cursor={cursor}")
    assert (refused.status_code, refused.json()["field"]) == (422, "cursor")


# --- the search --------------------------------------------------------------------------------


async def sought(office: Office, who: dict[str, Any] | None = None, **search: Any) -> list[UUID]:
    answer = await office.post("/v1/search", search, **(who or {}))
    assert answer.status_code == 200, answer.text
    assert answer.json()["total_at_least"] >= len(answer.json()["cases"])
    return [UUID(each["complaint_id"]) for each in answer.json()["cases"]]


async def test_a_search_finds_words_numbers_and_filters_within_sight(
    office: Office, world: World
) -> None:
    said = {
        1: "Sampah menumpuk, bau dan berserakan, tidak diangkut; di pasar, lampu jalan mati",
        2: "Sampah menumpuk, bau dan berserakan, tidak diangkut; di trotoar dekat parkir",
        3: "Sampah menumpuk dan berserakan, tidak diangkut; trotoar rusak, lampu mati",
    }
    days = {1: at(days=-400), 2: at(days=-3), 3: at()}
    for number, words in said.items():
        await received(world, number, at=days[number], words=words)
    await received(world, 4, words="Trotoar di kelurahan lain", kelurahan_code=TEBET_TIMUR)
    await received(world, 5, words="Trotoar pegawai", restricted=True, about_unit=BINA_MARGA)
    expected: list[tuple[dict[str, Any], list[UUID]]] = [
        ({"words": "lampu"}, [THREE, ONE]),
        ({"words": "LAMPU mati"}, [THREE, ONE]),
        ({"words": "trotoar"}, [THREE, TWO]),
        ({"words": '"lampu jalan"'}, [ONE]),
        ({"words": "lampu -trotoar"}, [ONE]),
        ({"words": "parkir or pasar"}, [TWO, ONE]),
        ({"words": "trotoir"}, [THREE, TWO]),
        ({"words": "parkiran"}, [TWO]),
        ({"words": "gang contoh"}, [THREE, TWO, ONE]),
        ({"words": "gajah"}, []),
        ({"words": "%_'\\:*&|!()"}, []),
        ({"report_number": "jk2411030002"}, [TWO]),
        ({"report_number": "JK2411030004"}, []),
        ({"state": "received", "area": "31.74"}, [THREE, TWO, ONE]),
        ({"channel": "sms"}, []),
        ({"category": "sampah", "from": at(days=-5).isoformat()}, [THREE, TWO]),
        ({"words": "mati", "to": at(days=-5).isoformat()}, [ONE]),
        ({}, [THREE, TWO, ONE]),
    ]
    for search, ids in expected:
        assert await sought(office, **search) == ids, search
    auditor = {"role": "auditor", "unit": "inspektorat"}
    assert await sought(office, auditor, words="pegawai") == [FIVE]
    assert await sought(office, BIRO, words="trotoar") == [FOUR, THREE, TWO]
    assert await sought(office, {"unit": BINA_MARGA}, words="trotoar") == []
    for command in (StartWork(), SubmitFollowUp(text="Sudah")):
        await world.act(ONE, command, OFFICER)
    await world.act(ONE, ValidateFollowUp(), BIRO_OFFICER)
    for who in (None, BIRO):
        assert await sought(office, who, words="lampu", state="completed") == [ONE]
        assert await sought(office, who, words="lampu", state="received") == [THREE]
    assert await sought(office, words="parkir", state="completed") == []
    first = (await office.post("/v1/search", {"words": "trotoir", "limit": 1})).json()
    rest = await sought(office, words="trotoir", cursor=first["next_cursor"])
    assert ([UUID(each["complaint_id"]) for each in first["cases"]], rest) == ([THREE], [TWO])
    for wrong, field in (({"words": "x"}, "words"), ({"cursor": "x"}, "cursor")):
        refused = await office.post("/v1/search", wrong)
        assert (refused.status_code, refused.json()["field"]) == (422, field)


async def test_what_is_passed_on_or_judged_is_found_by_whoever_may_see_it_now(
    office: Office, world: World
) -> None:
    await received(world)
    dinas, stranger = {"unit": BINA_MARGA}, {"unit": TEBET_TIMUR}
    assert await sought(office, dinas, words="ronda") == []
    await world.act(ONE, CoordinateCase(to_unit=BINA_MARGA), OFFICER)
    for who, ids in ((None, [ONE]), (dinas, [ONE]), (stranger, [])):
        assert await sought(office, who, words="ronda") == ids
    await world.act(ONE, StartWork(), an_officer(BINA_MARGA))
    assert await sought(office, dinas, state="coordinated") == []
    assert await sought(office, dinas, state="in_progress") == [ONE]
    assert await sought(office, state="in_progress") == [ONE]
    assert await sought(office, {"role": "auditor", "unit": "dinas-sosial"}, words="ronda") == [ONE]


async def test_the_reporters_words_are_kept_to_be_found_and_gone_when_he_is_erased(
    office: Office, world: World
) -> None:
    await received(world)
    await wrote(world, 1, 21)
    assert await sought(office, words="beres") == [ONE]
    assert await sought(office, words="tumpukkan") == [ONE]
    rows = await world.rows("SELECT words, refs, address FROM texts")
    assert [row.words for row in rows] == ["Tumpukan di depan pos ronda\nBelum beres"]
    assert len(rows[0].refs) == 2
    erasure = ReporterErased(complaint_id=ONE, at=T0, reporter_ref=UUID(int=31))
    await world.hear([in_envelope(erasure, 900), in_envelope(erasure, 900)])
    await wrote(world, 1, 22)
    tables = ("texts", "cards", "vocabulary")
    kept = [row for table in tables for row in await world.rows(f"SELECT * FROM {table}")]
    left = repr([row._mapping for row in kept]).lower()
    assert not [word for word in ("ronda", "beres", "contoh", "tumpukan") if word in left]
    [case] = (await office.get(INBOX)).json()["cases"]
    assert (case["excerpt"], case["address"]) == (None, None)
    assert await sought(office, words="ronda") == []
    assert await sought(office, state="received") == [ONE]


async def test_a_word_of_an_erased_report_is_still_known_where_another_report_has_it(
    office: Office, world: World
) -> None:
    await received(world, 1, words="Sampah di trotoar depan jembatan")
    await received(world, 2, words="Sampah menumpuk dan berserakan di trotoar rusak")
    erasure = ReporterErased(complaint_id=ONE, at=T0, reporter_ref=UUID(int=31))
    await world.hear([in_envelope(erasure, 900), in_envelope(erasure, 900)])
    known = {row.word for row in await world.rows("SELECT word FROM vocabulary")}
    assert {"trotoar", "rusak"} <= known
    assert not {"depan", "jembatan"} & known
    assert await sought(office, words="trotoir") == [TWO]
    assert await sought(office, words="jembatam") == []


async def test_what_nobody_has_written_lately_is_found_among_the_reports_of_all_years(
    office: Office, world: World
) -> None:
    await received(world, 1, at=at(days=-900), words="Sampah menumpuk, berserakan di trotoar")
    await received(world, 2, at=at(days=-40), words="Sampah menumpuk, bau di trotoar")
    await received(world, 3, at=at(), words="Sampah menumpuk dan bau")
    assert await sought(office, words="trotoar") == [TWO, ONE]
    assert await sought(office, words="trotoir") == [TWO, ONE]
    first = (await office.post("/v1/search", {"words": "trotoir", "limit": 1})).json()
    assert await sought(office, words="trotoir", cursor=first["next_cursor"]) == [ONE]


LISTED = ("cases", "slips", "texts", "cards")


async def listed(world: World) -> dict[str, list[Any]]:
    return {name: await world.rows(f"SELECT * FROM {name} ORDER BY 1, 2") for name in LISTED}


async def test_limits_that_are_told_are_saved_as_a_whole_save_would_save_them(city: World) -> None:
    complaints = [a_complaint_id(number) for number in range(1, 9)]
    for clock in ("follow_up", "validation", "first_action"):
        for complaint_id in complaints:
            await due(city, complaint_id, at(50 + int(complaint_id) % 100), clock)
    told = await listed(city)
    async with city.works.open(SYSTEM) as work:
        cases = await city.store.load_many(work.connection, complaints)
        await city.store.save_many(work.connection, list(cases.values()))
    assert await listed(city) == told
    news = await city.rows(
        "SELECT complaint_id, version, version_before, CAST(before AS text), CAST(after AS text)"
        " FROM changes ORDER BY xid, change_id"
    )
    # One for each case of what sla has told last, and one of the whole save.
    assert sorted(news[-8:]) == sorted(news[-16:-8])
