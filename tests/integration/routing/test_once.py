"""An officer's request that is sent twice under one key is served once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.routing.case.commands import AcceptCase, AskCitizen, StartWork
from services.routing.once.keys import Once
from shared.events.intake import ReporterErased
from shared.events.sla import QuestionExpired
from shared.visibility import SYSTEM
from tests.builders import in_envelope
from tests.databases import Databases
from tests.integration.routing.staff import Town
from tests.unit.routing.cases import BINA_MARGA, MANGGARAI, an_officer

ANI = an_officer(MANGGARAI, subject="s-ani")


@pytest.fixture(scope="module")
async def town(postgres: Databases) -> AsyncIterator[Town]:
    async with Town.built(postgres) as built:
        yield built


async def events(town: Town, complaint_id: UUID) -> list[str]:
    return await town.world.told(complaint_id)


async def test_a_repeat_gets_the_first_answer_whatever_happened_since(town: Town) -> None:
    one, case = await town.case()
    first = await town.ani.ask("POST", f"{case}/accept", seen=1, key="k-1")
    assert (first.status_code, first.headers["etag"]) == (200, '"2"')
    await town.world.act(one, StartWork(), ANI)
    for key in ("k-1", '"k-1"'):
        again = await town.ani.ask("POST", f"{case}/accept", seen=1, key=key)
        assert (again.status_code, again.content) == (200, first.content)
        assert again.headers["etag"] == first.headers["etag"]
        assert again.headers["content-type"] == first.headers["content-type"]
    assert await events(town, one) == ["CaseRouted", "CaseAccepted", "WorkStarted"]


async def test_without_a_key_and_with_another_a_repeat_is_a_request_like_any_other(
    town: Town,
) -> None:
    _, case = await town.case()
    for key, status in ((None, 200), (None, 412), ("k-other", 412)):
        answer = await town.ani.ask("POST", f"{case}/accept", seen=1, key=key)
        assert answer.status_code == status


async def test_another_content_under_a_key_is_refused(town: Town) -> None:
    _, case = await town.case()
    _, other = await town.case()
    done = {"to_unit": BINA_MARGA, "note": "Mohon bantuan"}
    served = await town.ani.ask("POST", f"{case}/coordinate", done, seen=1, key="k-2")
    assert served.status_code == 200
    me = await town.ani.id()
    others: list[tuple[str, str, Any, int]] = [
        ("POST", f"{case}/coordinate", {**done, "note": "Mohon dibantu"}, 1),
        ("POST", f"{case}/coordinate", {"to_unit": BINA_MARGA}, 1),
        ("POST", f"{case}/coordinate", done, 2),
        ("POST", f"{other}/coordinate", done, 1),
        ("POST", f"{case}/delegate", done, 1),
        ("PUT", f"{case}/assignee", {"officer_id": me}, 1),
        ("POST", f"{case}/notes", {"text": "Mohon bantuan"}, 1),
        ("POST", f"{case}/unwatch", None, 1),
        ("POST", "/v1/bulk", {"command": "coordinate", "body": done, "cases": [
            {"complaint_id": case[-36:], "version": 1}]}, 1),
    ]  # fmt: skip
    for method, path, body, seen in others:
        answer = await town.ani.ask(method, path, body, seen=seen, key="k-2")
        assert (answer.status_code, answer.json().get("field")) == (422, "idempotency-key"), path
        assert "Mohon" not in answer.text


async def test_white_space_and_the_order_of_members_make_no_other_content(town: Town) -> None:
    one, case = await town.case()
    sent = (
        b'{"to_unit": "dinas-bina-marga", "note": "Mohon"}',
        b'{"note":"  Mohon ","to_unit":"dinas-bina-marga"}',
    )
    path = f"{case}/coordinate"
    first, again = [
        await town.office.ask("POST", path, seen=1, key="k-3", subject="s-ani", content=each)
        for each in sent
    ]
    assert (first.status_code, again.content) == (200, first.content)
    assert await events(town, one) == ["CaseRouted", "CaseCoordinated"]


async def test_a_key_is_its_officers_own(town: Town) -> None:
    _, case = await town.case()
    assert (await town.ani.ask("POST", f"{case}/accept", seen=1, key="k-4")).status_code == 200
    for person in (town.budi, town.cici):
        answer = await person.ask("POST", f"{case}/accept", seen=1, key="k-4")
        assert answer.status_code == (412 if person is town.budi else 404)


async def test_what_was_refused_leaves_no_key_so_that_the_corrected_form_may_be_sent(
    town: Town,
) -> None:
    one, case = await town.case()
    for sent, seen, status in (
        ({"to_unit": "dinas-sihir"}, 1, 422),
        ({"to_unit": MANGGARAI}, 1, 409),
        ({"to_unit": BINA_MARGA}, 7, 412),
        ({"to_unit": BINA_MARGA}, 1, 200),
    ):
        answer = await town.ani.ask("POST", f"{case}/coordinate", sent, seen=seen, key="k-5")
        assert answer.status_code == status
    assert await events(town, one) == ["CaseRouted", "CaseCoordinated"]


@pytest.mark.parametrize("key", ["", "two words", "a" * 65, '"'])
async def test_what_is_no_key_is_refused_before_anything_is_done(town: Town, key: str) -> None:
    one, case = await town.case()
    answer = await town.ani.ask("POST", f"{case}/accept", seen=1, key=key)
    assert (answer.status_code, answer.json()["field"]) == (422, "idempotency-key")
    assert await events(town, one) == ["CaseRouted"]


async def test_of_requests_under_one_key_at_once_one_is_applied_and_all_are_told(
    town: Town,
) -> None:
    one, case = await town.case()
    tries = (town.ani.ask("POST", f"{case}/accept", seen=1, key="k-6") for _ in range(4))
    answers = await asyncio.gather(*tries)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.content for answer in answers}) == 1
    assert await events(town, one) == ["CaseRouted", "CaseAccepted"]


async def test_of_two_contents_under_one_key_at_once_one_is_refused(town: Town) -> None:
    one, case = await town.case()
    sent = ({"text": "Satu"}, {"text": "Dua"})
    tries = (town.ani.ask("POST", f"{case}/notes", each, key="k-7") for each in sent)
    answers = await asyncio.gather(*tries)
    assert sorted(answer.status_code for answer in answers) == [200, 422]
    assert len((await town.ani.read(f"{case}/notes"))["notes"]) == 1
    assert await events(town, one) == ["CaseRouted"]


async def test_a_second_waits_for_the_first_and_is_served_where_that_one_was_refused(
    town: Town,
) -> None:
    one, case = await town.case()

    def sent(seen: int) -> "asyncio.Task[httpx.Response]":
        return asyncio.create_task(town.ani.ask("POST", f"{case}/accept", seen=seen, key="k-8"))

    async with town.world.works.open(SYSTEM) as other:
        await town.world.store.load_many(other.connection, [one])
        first = sent(7)
        await town.world.until_somebody_waits_for_a_lock()
        second = sent(1)
        await town.world.until_somebody_waits_for_a_lock(at_least=2)
    assert ((await first).status_code, (await second).status_code) == (412, 200)
    assert await events(town, one) == ["CaseRouted", "CaseAccepted"]


async def test_a_repeated_rejection_for_silence_asks_intake_no_second_time(town: Town) -> None:
    one, case = await town.case()
    await town.world.act(one, StartWork(), ANI)
    await town.world.act(one, AskCitizen(question="Di mana?"), ANI)
    ref = (await town.world.case(one)).question_ref
    assert ref is not None
    now = town.clock()
    over = QuestionExpired(complaint_id=one, at=now, question_ref=ref, due_at=now)
    await town.world.hear([in_envelope(over, 901)])
    sent = {"reason": "incomplete"}
    first = await town.ani.ask("POST", f"{case}/reject", sent, seen=3, key="k-9")
    assert first.status_code == 200, first.text
    town.world.letters.away = True
    again = await town.ani.ask("POST", f"{case}/reject", sent, seen=3, key="k-9")
    town.world.letters.away = False
    assert (again.status_code, again.content) == (200, first.content)


async def test_after_an_erasure_a_repeat_is_told_so_and_nothing_is_done_twice(town: Town) -> None:
    one, case = await town.case()
    text = {"text": "Pelapor: 0811-000-0001"}
    assert (await town.ani.ask("POST", f"{case}/notes", text, key="k-10")).status_code == 200
    erased = ReporterErased(complaint_id=one, at=town.clock(), reporter_ref=UUID(int=5))
    await town.world.hear([in_envelope(erased, 902)])
    again = await town.ani.ask("POST", f"{case}/notes", text, key="k-10")
    assert (again.status_code, "0811" in again.text) == (410, False)
    kept = await town.world.rows("SELECT * FROM kept_answers WHERE complaint_id = :id", id=one)
    assert (len(kept), "0811" in str(kept)) == (1, False)


async def test_a_key_is_forgotten_after_a_day_and_not_before(town: Town) -> None:
    _, case = await town.case()
    assert (await town.ani.ask("POST", f"{case}/accept", seen=1, key="k-11")).status_code == 200
    once = Once(town.world.works)
    town.clock.advance(timedelta(hours=23, minutes=59))
    await once.sweep()
    assert (await town.ani.ask("POST", f"{case}/accept", seen=1, key="k-11")).status_code == 200
    town.clock.advance(timedelta(minutes=2))
    assert await once.sweep() > 0
    assert await once.sweep() == 0
    assert (await town.ani.ask("POST", f"{case}/accept", seen=1, key="k-11")).status_code == 412


# --- in bulk -------------------------------------------------------------------------------


def seen(*cases: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"complaint_id": case[-36:], "version": version} for case, version in cases]


async def test_what_is_refused_in_one_case_stops_none_of_the_others(town: Town) -> None:
    ids, cases = zip(*[await town.case() for _ in range(3)], strict=True)
    await town.world.act(ids[1], AcceptCase(), ANI)
    stranger = "/v1/cases/00000000-0000-7000-8000-0000000000ff"
    named = seen((cases[0], 1), (cases[1], 1), (stranger, 1), (cases[2], 1))
    act = {"command": "accept", "cases": named}
    answer = await town.ani.ask("POST", "/v1/bulk", act)
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert [each["status"] for each in results] == [200, 412, 404, 200]
    assert [each["complaint_id"] for each in results] == [each["complaint_id"] for each in named]
    assert [bool(each["case"]) for each in results] == [True, False, False, True]
    assert results[0]["case"]["version"] == 2
    refused = results[1]["problem"]
    assert (refused["status"], refused["field"]) == (412, "if-match")
    assert refused["type"].endswith("/stale-version")


async def test_in_bulk_cases_are_passed_on_and_given_to_a_colleague(town: Town) -> None:
    (_, one), (two, other) = await town.case(), await town.case()
    act = {"command": "assignee", "body": {"officer_id": await town.budi.id()},
           "cases": seen((one, 1), (other, 1))}  # fmt: skip
    results = (await town.ani.ask("POST", "/v1/bulk", act)).json()["results"]
    assert [each["case"]["assignee"]["name"] for each in results] == ["Budi Santoso"] * 2
    act = {"command": "coordinate", "body": {"to_unit": BINA_MARGA}, "cases": seen((other, 1))}
    [passed] = (await town.ani.ask("POST", "/v1/bulk", act)).json()["results"]
    assert (passed["case"]["unit_id"], passed["case"]["assignee"]) == (BINA_MARGA, None)
    assert await events(town, two) == ["CaseRouted", "CaseCoordinated"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"command": "reject"}, "command"),
        ({"command": "coordinate"}, "body.to_unit"),
        ({"command": "assignee"}, "body.officer_id"),
        ({"body": {"to_unit": BINA_MARGA}}, "body"),
        ({"cases": []}, "cases"),
        ({"cases": seen(("0" * 36, 1))}, "cases.0.complaint_id"),
        ({"cases": [{"complaint_id": str(UUID(int=n)), "version": 1} for n in range(201)]},
         "cases"),
        ({"cases": [{"complaint_id": str(UUID(int=1)), "version": n} for n in (1, 2)]}, "cases"),
        ({"cases": [{"complaint_id": str(UUID(int=1))}]}, "cases.0.version"),
    ],
)  # fmt: skip
async def test_an_act_in_bulk_that_fits_no_case_is_refused_by_its_field(
    town: Town, changes: dict[str, Any], field: str
) -> None:
    one, case = await town.case()
    act = {"command": "accept", "body": {}, "cases": seen((case, 1)), **changes}
    answer = await town.ani.ask("POST", "/v1/bulk", act)
    assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    assert await events(town, one) == ["CaseRouted"]


async def test_under_a_key_a_bulk_act_goes_on_where_it_was_cut_short(town: Town) -> None:
    (one, case), (two, other) = await town.case(), await town.case()
    act = {"command": "accept", "cases": seen((case, 1), (other, 2))}
    first = (await town.ani.ask("POST", "/v1/bulk", act, key="k-b1")).json()["results"]
    assert [each["status"] for each in first] == [200, 412]
    await town.world.act(one, StartWork(), ANI)
    await town.world.act(two, AskCitizen(question="Di mana?"), ANI)
    again = (await town.ani.ask("POST", "/v1/bulk", act, key="k-b1")).json()["results"]
    assert [each["status"] for each in again] == [200, 200]
    assert again[0] == first[0]
    assert await events(town, one) == ["CaseRouted", "CaseAccepted", "WorkStarted"]
    assert await events(town, two) == ["CaseRouted", "CitizenQuestioned", "CaseAccepted"]
    fewer = {**act, "cases": seen((other, 2))}
    answer = await town.ani.ask("POST", "/v1/bulk", fewer, key="k-b1")
    assert (answer.status_code, answer.json()["field"]) == (422, "idempotency-key")


async def test_of_bulk_acts_under_one_key_at_once_each_case_is_served_once(town: Town) -> None:
    ids, cases = zip(*[await town.case() for _ in range(3)], strict=True)
    act = {"command": "accept", "cases": seen(*((case, 1) for case in cases))}
    tries = (town.ani.ask("POST", "/v1/bulk", act, key="k-b2") for _ in range(3))
    answers = await asyncio.gather(*tries)
    assert {answer.content for answer in answers} == {answers[0].content}
    assert [each["status"] for each in answers[0].json()["results"]] == [200, 200, 200]
    for complaint_id in ids:
        assert await events(town, complaint_id) == ["CaseRouted", "CaseAccepted"]
