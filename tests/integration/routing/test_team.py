"""A unit's own affairs: its officers, who has a case in hand, notes, templates, saved views."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.routing.case.commands import (
    AcceptCase,
    AssignFromTriage,
    CoordinateCase,
    MergeCase,
    ReopenCase,
    ReturnCase,
    SplitCase,
    StartWork,
    SubmitFollowUp,
    ValidateFollowUp,
)
from shared.events.intake import ReporterErased
from shared.events.vocabulary import ReopenReason
from tests.builders import in_envelope
from tests.databases import Databases
from tests.integration.routing.staff import Person, Town
from tests.unit.routing.cases import (
    BINA_MARGA,
    BIRO_OFFICER,
    MANGGARAI,
    TEBET_TIMUR,
    TRIAGE_OFFICER,
    an_officer,
)

ANI = an_officer(MANGGARAI, subject="s-ani")
OF_BINA_MARGA = an_officer(BINA_MARGA)


@pytest.fixture(scope="module")
async def town(postgres: Databases) -> AsyncIterator[Town]:
    async with Town.built(postgres) as built:
        yield built


async def assign(who: Person, case: str, officer: str | None, **change: Any) -> Any:
    seen = change.pop("seen", 1)
    return await who.ask("PUT", f"{case}/assignee", {"officer_id": officer, **change}, seen=seen)


async def in_hand_of(who: Person, case: str) -> str | None:
    """The name that he reads of who has the case in hand."""
    assignee: dict[str, str] | None = (await who.read(case))["assignee"]
    return assignee["name"] if assignee else None


# --- the directory -------------------------------------------------------------------------


async def test_an_officer_reads_who_he_is(town: Town) -> None:
    me = await town.ani.read("/v1/me")
    assert UUID(me.pop("officer_id")) != UUID(int=0)
    assert me == {
        "name": "Ani Rahayu", "role": "unit_officer", "unit_id": "31.74.01.1007",
        "unit_name": "Kelurahan Manggarai", "unit_kind": "kelurahan",
        "area": ["31.74.01.1007"], "duty": None,
    }  # fmt: skip
    biro = await town.biro.read("/v1/me")
    assert (biro["duty"], biro["role"]) == ("review", "biro")


async def test_a_token_without_a_name_is_an_officer_without_one(town: Town) -> None:
    nameless = Person(town.office, "s-nameless", unit="31.74.01.1002")
    assert (await nameless.read("/v1/me"))["name"] is None
    [me] = await nameless.read("/v1/officers")
    assert (me["name"], me["is_me"], me["role"]) == (None, True, "unit_officer")


async def test_colleagues_are_those_of_the_own_unit_and_no_answer_tells_a_subject(
    town: Town,
) -> None:
    for person in (town.ani, town.budi, town.cici):
        await person.read("/v1/me")
    found = await town.ani.read("/v1/officers")
    assert [(each["name"], each["is_me"]) for each in found] == [
        ("Ani Rahayu", True), ("Budi Santoso", False)
    ]  # fmt: skip
    assert [each["name"] for each in await town.cici.read("/v1/officers")] == ["Cici Lestari"]
    assert "s-ani" not in str(found)


async def test_an_officer_is_written_down_once_an_hour_and_when_the_token_says_other_things(
    town: Town,
) -> None:
    async def seen_at() -> Any:
        [row] = await town.world.rows("SELECT seen_at, name FROM officers WHERE subject = 's-eko'")
        return row.seen_at, row.name

    eko = Person(town.office, "s-eko", "Eko", unit="31.74.01.1003")
    first = await eko.id()
    began = await seen_at()
    town.clock.advance(timedelta(minutes=59))
    await eko.read("/v1/me")
    assert await seen_at() == began
    assert await replace(eko, name="Eko Wijaya").id() == first
    assert await seen_at() == (town.clock(), "Eko Wijaya")
    town.clock.advance(timedelta(hours=1))
    assert await replace(eko, name="Eko Wijaya").id() == first
    assert (await seen_at())[0] == town.clock()


async def test_who_was_not_seen_for_ninety_days_is_listed_no_longer(town: Town) -> None:
    gone, here = (Person(town.office, f"s-{n}", n, unit="31.74.01.1004") for n in ("Fitri", "Gita"))
    await gone.read("/v1/me")
    town.clock.advance(timedelta(days=90))
    assert [each["name"] for each in await here.read("/v1/officers")] == ["Gita"]


async def test_a_person_of_two_units_is_an_officer_of_each(town: Town) -> None:
    elsewhere = replace(town.ani, unit="31.74.01.1005")
    assert await elsewhere.id() != await town.ani.id()
    assert [each["name"] for each in await elsewhere.read("/v1/officers")] == ["Ani Rahayu"]


async def test_an_officer_who_asks_twice_at_once_for_the_first_time_is_one(town: Town) -> None:
    new = Person(town.office, "s-hadi", "Hadi", unit="31.74.01.1006")
    assert len(set(await asyncio.gather(*(new.id() for _ in range(4))))) == 1


# --- in whose hand -------------------------------------------------------------------------


async def test_a_case_is_given_to_a_colleague_and_its_own_unit_reads_his_name(town: Town) -> None:
    one, case = await town.case()
    budi = await town.budi.id()
    answer = await assign(town.ani, case, budi)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"1"')
    assert answer.json()["assignee"] == {
        "officer_id": budi, "name": "Budi Santoso", "is_me": False
    }  # fmt: skip
    assert (await town.budi.read(case))["assignee"]["is_me"] is True
    [row] = [each for each in (await town.ani.read("/v1/inbox?limit=200"))["cases"]
             if each["complaint_id"] == str(one)]  # fmt: skip
    assert row["assignee"]["name"] == "Budi Santoso"
    assert await in_hand_of(town.biro, case) is None
    [kept] = await town.world.rows(
        "SELECT officer_id, unit_id, actor, at FROM assignments WHERE complaint_id = :id", id=one
    )
    assert tuple(kept) == (UUID(budi), MANGGARAI, "s-ani", town.clock())
    assert await town.world.told(one) == ["CaseRouted"]


async def test_of_two_officers_who_take_a_case_at_once_the_second_hears_of_the_first(
    town: Town,
) -> None:
    people = (town.ani, town.budi)
    mine = [await each.id() for each in people]
    for _ in range(5):
        one, case = await town.case()
        answers = await asyncio.gather(
            *(assign(who, case, me) for who, me in zip(people, mine, strict=True))
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        [won] = [answer.json() for answer in answers if answer.status_code == 200]
        [lost] = [answer.json() for answer in answers if answer.status_code == 409]
        assert (lost["code"], lost["field"]) == ("with_a_colleague", "instead_of")
        assert won["assignee"]["name"] not in str(lost)
        assert await in_hand_of(town.ani, case) == won["assignee"]["name"]
        kept = await town.world.rows("SELECT 1 FROM assignments WHERE complaint_id = :i", i=one)
        assert len(kept) == 1


async def test_a_case_leaves_a_colleagues_hand_only_where_he_is_named(town: Town) -> None:
    one, case = await town.case()
    ani, budi = await town.ani.id(), await town.budi.id()
    assert (await assign(town.ani, case, ani)).status_code == 200
    for officer, named, status in (
        (budi, None, 409), (None, None, 409), (budi, budi, 409), (budi, ani, 200), (budi, ani, 200)
    ):  # fmt: skip
        answer = await assign(town.budi, case, officer, instead_of=named)
        # The last says what is so already: nothing changes.
        assert answer.status_code == status, (officer, named)
    assert (await assign(town.budi, case, ani)).status_code == 200
    assert (await assign(town.ani, case, None)).status_code == 200
    assert await in_hand_of(town.ani, case) is None
    kept = await town.world.rows(
        "SELECT officer_id FROM assignments WHERE complaint_id = :i ORDER BY assignment_id", i=one
    )
    assert [row.officer_id and str(row.officer_id) for row in kept] == [ani, budi, ani, None]


async def test_a_case_is_in_the_hand_of_its_own_units_officers_alone(town: Town) -> None:
    _, case = await town.case()
    auditor = Person(town.office, "s-indra", "Indra", "auditor")
    strangers = (await town.cici.id(), await auditor.id(), str(UUID(int=99)))
    for officer in strangers:
        answer = await assign(town.ani, case, officer)
        assert (answer.status_code, answer.json()["field"]) == (422, "officer_id")
    assert (await assign(town.cici, case, strangers[0])).status_code == 404
    barred = await assign(town.biro, case, await town.biro.id())
    assert (barred.status_code, barred.json()["code"]) == (403, "not_yours")
    assert (await assign(auditor, case, None)).status_code == 403
    assert (await assign(town.ani, case, await town.ani.id(), seen=2)).status_code == 412
    assert await in_hand_of(town.ani, case) is None


async def test_a_closed_case_is_in_nobodys_hands_to_give(town: Town) -> None:
    (one, case), (head, _) = await town.case(), await town.case()
    await town.world.act(one, MergeCase(head=head), ANI)
    answer = await assign(town.ani, case, await town.ani.id(), seen=2)
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")


async def test_when_a_case_is_closed_nobody_has_it_in_hand_nor_after_it_was_reopened(
    town: Town,
) -> None:
    (one, case), (head, _) = await town.case(), await town.case()
    assert (await assign(town.ani, case, await town.ani.id())).status_code == 200
    for command in (MergeCase(head=head), SplitCase()):
        await town.world.act(one, command, ANI)
        assert await in_hand_of(town.ani, case) is None


async def test_what_an_officer_has_in_hand_ends_when_another_unit_gets_the_case(
    town: Town,
) -> None:
    me = await town.ani.id()
    one, case = await town.case()
    assert (await assign(town.ani, case, me)).status_code == 200
    await town.world.act(one, AcceptCase(), ANI)
    assert await in_hand_of(town.ani, case) == "Ani Rahayu"
    await town.world.act(one, CoordinateCase(to_unit=BINA_MARGA), ANI)
    await town.world.act(one, ReturnCase(reason="Bukan jalan kami"), OF_BINA_MARGA)
    assert await in_hand_of(town.ani, case) is None
    assert (await assign(town.ani, case, me, seen=4)).status_code == 200
    for command, actor in (
        (StartWork(), ANI), (SubmitFollowUp(text="Sudah"), ANI), (ValidateFollowUp(), BIRO_OFFICER),
        (ReopenCase(reason=ReopenReason.NEW_FACTS, to_unit=TEBET_TIMUR), BIRO_OFFICER),
    ):  # fmt: skip
        await town.world.act(one, command, actor)
    assert await in_hand_of(town.cici, case) is None


async def test_the_triage_desk_has_its_own_hands(town: Town) -> None:
    joko = Person(town.office, "s-joko", "Joko", "triage_officer", "triage")
    one, case = await town.case(kelurahan_code=None)
    assert (await assign(joko, case, await joko.id())).status_code == 200
    assert await in_hand_of(joko, case) == "Joko"
    placed = AssignFromTriage(unit=MANGGARAI, category="sampah")
    await town.world.act(one, placed, TRIAGE_OFFICER)
    assert await in_hand_of(town.ani, case) is None


async def test_the_inbox_is_filtered_by_whose_hand_a_case_is_in(town: Town) -> None:
    noni, oki = (Person(town.office, f"s-{n}", n, unit="31.74.02.1002") for n in ("Noni", "Oki"))
    cases = [(await town.case(kelurahan_code="31.74.02.1002"))[1] for _ in range(3)]
    assert (await assign(noni, cases[0], await noni.id())).status_code == 200
    assert (await assign(noni, cases[1], await oki.id())).status_code == 200

    async def found(who: Person, query: str) -> list[str]:
        listed = await who.read(f"/v1/inbox?{query}")
        assert listed["total"] == len(listed["cases"])
        return [each["complaint_id"] for each in listed["cases"]]

    mine, his, nobodys = ([case[-36:]] for case in cases)
    assert await found(noni, "assignee=me") == mine
    assert await found(oki, "assignee=me&tab=new") == his
    assert await found(noni, "assignee=none") == nobodys
    assert await found(oki, "assignee=me&category=jalan") == []
    newcomer = Person(town.office, "s-nobody", unit="31.74.02.1002")
    assert await found(newcomer, "assignee=me") == []
    refused = await noni.ask("GET", "/v1/inbox?assignee=Oki")
    assert (refused.status_code, refused.json()["field"]) == (422, "assignee")


# --- what happened -------------------------------------------------------------------------


async def test_the_steps_since_a_version_name_officers_to_their_own_unit(town: Town) -> None:
    _, case = await town.case()
    assert (await town.ani.ask("POST", f"{case}/accept", seen=1)).status_code == 200
    assert (await town.budi.ask("POST", f"{case}/start", seen=2)).status_code == 200

    async def steps(who: Person, since: int) -> list[tuple[str, Any]]:
        answer = await who.ask("GET", f"{case}/steps?since={since}")
        assert (answer.json()["version"], answer.headers["etag"]) == (3, '"3"')
        return [(each["event"], each["officer"]) for each in answer.json()["steps"]]

    whole = [("CaseRouted", None), ("CaseAccepted", "Ani Rahayu"), ("WorkStarted", "Budi Santoso")]
    assert await steps(town.ani, 0) == whole
    assert await steps(town.ani, 1) == whole[1:]
    assert await steps(town.ani, 3) == []
    assert await steps(town.biro, 1) == [("CaseAccepted", None), ("WorkStarted", None)]
    history = (await town.budi.read(case))["history"]
    assert [(each["event"], each["officer"]) for each in history] == whole
    for since in ("-1", "x", str(2**31)):
        answer = await town.ani.ask("GET", f"{case}/steps?since={since}")
        assert (answer.status_code, answer.json()["field"]) == (422, "since")
    assert (await town.cici.ask("GET", f"{case}/steps?since=1")).status_code == 404


# --- notes ---------------------------------------------------------------------------------


async def test_a_note_is_read_by_all_who_see_the_case_and_signed_for_the_own_unit(
    town: Town,
) -> None:
    _, case = await town.case()
    answer = await town.ani.ask("POST", f"{case}/notes", {"text": "  Gerbang terkunci  "})
    assert answer.status_code == 200, answer.text
    note = answer.json()
    assert note == {
        "note_id": note["note_id"], "text": "Gerbang terkunci", "at": note["at"],
        "unit_id": MANGGARAI,
        "unit_name": "Kelurahan Manggarai", "officer": "Ani Rahayu", "is_mine": True,
    }  # fmt: skip
    assert (await town.budi.read(f"{case}/notes"))["notes"] == [{**note, "is_mine": False}]
    foreign = {**note, "officer": None, "is_mine": False}
    assert (await town.biro.read(f"{case}/notes"))["notes"] == [foreign]
    assert (await town.biro.read(case))["notes"] == [foreign]
    assert (await town.cici.ask("GET", f"{case}/notes")).status_code == 404
    assert (await town.cici.ask("POST", f"{case}/notes", {"text": "x"})).status_code == 404
    admin = Person(town.office, "s-admin", "Kiki", "admin", "satpol-pp")
    assert (await admin.read(f"{case}/notes"))["notes"] == [foreign]
    assert (await admin.ask("POST", f"{case}/notes", {"text": "x"})).status_code == 403
    assert (await town.ani.read(case))["version"] == 1


async def test_notes_stand_in_the_order_in_which_they_were_written(town: Town) -> None:
    _, case = await town.case()
    for text in ("Satu", "Dua", "Tiga"):
        await town.budi.ask("POST", f"{case}/notes", {"text": text})
        town.clock.advance(timedelta(seconds=1))
    notes = (await town.ani.read(f"{case}/notes"))["notes"]
    assert [note["text"] for note in notes] == ["Satu", "Dua", "Tiga"]


async def test_with_the_reporter_the_words_of_notes_are_erased(town: Town) -> None:
    one, case = await town.case()
    await town.ani.ask("POST", f"{case}/notes", {"text": "Telepon 0811-000-0001"})
    erased = ReporterErased(complaint_id=one, at=town.clock(), reporter_ref=UUID(int=5))
    await town.world.hear([in_envelope(erased, 911)])
    [note] = (await town.ani.read(f"{case}/notes"))["notes"]
    assert (note["text"], note["officer"]) == (None, "Ani Rahayu")
    answer = await town.ani.ask("POST", f"{case}/notes", {"text": "Telepon 0811-000-0001"})
    assert answer.status_code == 410
    rows = await town.world.rows("SELECT * FROM internal_notes WHERE complaint_id = :i", i=one)
    assert (len(rows), "0811" in str(rows)) == (1, False)


# --- watching ------------------------------------------------------------------------------


async def test_a_unit_that_watches_no_longer_has_no_such_case(town: Town) -> None:
    one, case = await town.case()
    await town.world.act(one, CoordinateCase(to_unit=BINA_MARGA), ANI)
    assert (await town.ani.read(case))["watchers"] == [
        {"unit_id": MANGGARAI, "unit_name": "Kelurahan Manggarai"}
    ]
    stale = await town.ani.ask("POST", f"{case}/unwatch", seen=1)
    assert stale.status_code == 412
    answer = await town.ani.ask("POST", f"{case}/unwatch", seen=2, key="u-1")
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    again = await town.ani.ask("POST", f"{case}/unwatch", seen=2, key="u-1")
    assert (again.status_code, again.content) == (200, answer.content)
    assert (await town.ani.ask("GET", case)).status_code == 404
    assert (await town.ani.ask("POST", f"{case}/unwatch", seen=2)).status_code == 404
    watched = (await town.ani.read("/v1/inbox?watched=true&limit=200"))["cases"]
    assert str(one) not in [each["complaint_id"] for each in watched]
    [row] = await town.world.rows("SELECT * FROM unwatchings WHERE complaint_id = :i", i=one)
    assert (row.unit_id, row.actor) == (MANGGARAI, "s-ani")
    await town.world.act(one, ReturnCase(reason="Bukan jalan kami"), OF_BINA_MARGA)
    assert (await town.ani.read(case))["unit_id"] == MANGGARAI


async def test_who_holds_a_case_does_not_watch_it(town: Town) -> None:
    _, case = await town.case()
    answer = await town.ani.ask("POST", f"{case}/unwatch", seen=1)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_watching")


# --- templates and views -------------------------------------------------------------------

TEMPLATE = UUID(int=1)
AT = f"/v1/reply-templates/{TEMPLATE}"
WORDS = {"command": "question", "title": "Minta patokan", "text": "Di dekat bangunan apa?"}


async def test_a_units_templates_are_its_own(town: Town) -> None:
    saved = await town.ani.ask("PUT", AT, WORDS)
    assert saved.status_code == 200, saved.text
    assert saved.json() == {
        **WORDS, "template_id": str(TEMPLATE), "changed_at": saved.json()["changed_at"],
        "officer": "Ani Rahayu",
    }  # fmt: skip
    assert (await town.budi.read("/v1/reply-templates"))["templates"] == [saved.json()]
    other = {**WORDS, "command": "reject", "text": "Bukan kewenangan DKI."}
    assert (await town.cici.ask("PUT", AT, other)).json()["officer"] == "Cici Lestari"
    assert (await town.ani.read("/v1/reply-templates"))["templates"] == [saved.json()]
    for command, found in (("question", 1), ("reject", 0)):
        listed = await town.budi.read(f"/v1/reply-templates?command={command}")
        assert len(listed["templates"]) == found
    changed = await town.budi.ask("PUT", AT, {**WORDS, "text": "Dekat apa?"})
    assert (changed.json()["text"], changed.json()["officer"]) == ("Dekat apa?", "Budi Santoso")
    for _ in range(2):
        assert (await town.ani.ask("DELETE", AT)).status_code == 204
    assert (await town.ani.read("/v1/reply-templates"))["templates"] == []
    assert len((await town.cici.read("/v1/reply-templates"))["templates"]) == 1
    [row] = await town.world.rows("SELECT * FROM reply_templates WHERE unit_id = :u", u=MANGGARAI)
    assert (row.actor, row.removed) == ("s-ani", True)
    assert (await town.budi.ask("PUT", AT, WORDS)).status_code == 200
    assert len((await town.ani.read("/v1/reply-templates"))["templates"]) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"command": "accept"}, "command"), ({"title": " "}, "title"), ({"text": ""}, "text"),
        ({"title": "x" * 81}, "title"), ({"text": "x" * 4001}, "text"), ({"unit": "x"}, "body"),
    ],
)  # fmt: skip
async def test_a_template_that_fits_no_form_is_refused_by_its_field(
    town: Town, changes: dict[str, str], field: str
) -> None:
    answer = await town.ani.ask("PUT", AT, {**WORDS, **changes})
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_a_view_is_its_officers_own(town: Town) -> None:
    at = f"/v1/views/{UUID(int=2)}"
    query = {"tab": "new", "category": "sampah", "area": "31.74.01", "assignee": "none"}
    saved = await town.ani.ask("PUT", at, {"name": "Sampah baru", "query": query})
    assert saved.status_code == 200, saved.text
    views = (await town.ani.read("/v1/views"))["views"]
    assert [(each["name"], each["view_id"]) for each in views] == [("Sampah baru", at[-36:])]
    assert {k: v for k, v in views[0]["query"].items() if v is not None} == query
    assert (await town.budi.read("/v1/views"))["views"] == []
    await town.budi.ask("DELETE", at)
    renamed = await town.ani.ask("PUT", at, {"name": "Semua", "query": {}})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Semua")
    for _ in range(2):
        assert (await town.ani.ask("DELETE", at)).status_code == 204
    assert (await town.ani.read("/v1/views"))["views"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"tab": "semua"}, "query.tab"), ({"limit": 5}, "query"), ({"cursor": "x"}, "query"),
        ({"category": "Jalan Rusak"}, "query.category"), ({"area": "x y"}, "query.area"),
        ({"words": "Budi"}, "query"), ({"assignee": "s-budi"}, "query.assignee"),
    ],
)  # fmt: skip
async def test_a_view_that_the_inbox_does_not_know_is_refused_by_its_field(
    town: Town, query: dict[str, Any], field: str
) -> None:
    answer = await town.ani.ask("PUT", f"/v1/views/{UUID(int=3)}", {"name": "x", "query": query})
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_there_is_an_end_to_what_is_kept(town: Town) -> None:
    lina = Person(town.office, "s-lina", "Lina", unit="31.74.02.1001")
    for number in range(50):
        saved = await lina.ask("PUT", f"/v1/views/{UUID(int=number)}", {"name": "x", "query": {}})
        assert saved.status_code == 200
    one_more = await lina.ask("PUT", f"/v1/views/{UUID(int=50)}", {"name": "x", "query": {}})
    assert one_more.status_code == 409
    again = await lina.ask("PUT", f"/v1/views/{UUID(int=7)}", {"name": "y", "query": {}})
    assert again.status_code == 200


# --- privacy -------------------------------------------------------------------------------


async def test_names_and_notes_are_in_no_table_but_their_own_and_not_on_the_stream(
    town: Town,
) -> None:
    mega = Person(town.office, "s-mega", "Mega Kenari", unit=MANGGARAI)
    _, case = await town.case()
    await mega.ask("POST", f"{case}/accept", seen=1)
    await mega.ask("POST", f"{case}/notes", {"text": "Catatan kenari"})
    await assign(mega, case, await mega.id(), seen=2)
    await mega.ask("POST", f"{case}/coordinate", {"to_unit": BINA_MARGA}, seen=2)
    tables = await town.world.rows(
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'routing'"
    )
    found = {
        table.name for table in tables
        for row in await town.world.rows(f"SELECT CAST(t AS text) AS said FROM {table.name} AS t")
        if "kenari" in row.said.lower()
    }  # fmt: skip
    assert found == {"officers", "internal_notes"}
    outbox = await town.world.rows("SELECT convert_from(body, 'UTF8') AS said FROM outbox")
    assert [row for row in outbox if "kenari" in row.said.lower()] == []
