"""Search and figures: filters, pages, who sees what, and sums that are right."""

from typing import Any
from uuid import UUID

import pytest

from shared.events.event import Envelope
from shared.events.routing import (
    CaseCompleted,
    CaseCoordinated,
    CaseWithdrawn,
    WorkStarted,
)
from shared.events.vocabulary import CaseState, Channel
from tests.builders import a_case_event, a_complaint, a_routing, at
from tests.integration.tracking.conftest import Tracking, digest_of
from tests.unit.tracking.events import EXTENSION_REFUSED as REFUSED
from tests.unit.tracking.events import EXTENSION_REQUESTED as ASKED
from tests.unit.tracking.events import REF, deadlines

KELURAHAN = {"unit_id": "31.74.01.1001", "unit_name": "Kelurahan Tebet Timur"}
DINAS = {"unit_id": "dinas-bina-marga", "unit_name": "Dinas Bina Marga"}


async def a_case(
    tracking: Tracking, number: int, unit: dict[str, str] = KELURAHAN, hours: float = 0,
    closed: CaseState | None = None, closed_after: float = 24, **fields: Any,
) -> None:  # fmt: skip
    """A case received ``hours`` after T0, due in seven days, closed so many hours later."""
    start = at(hours)
    fields = {"tracking_digest": digest_of(number), "number": number, "at": start, **fields}
    of = {"number": number, **unit}
    silent = fields.keys() & {"about_unit", "restricted"}
    events: list[Any] = [
        (tracking.facts.silent if silent else a_complaint)(**fields),
        a_routing(at=start, category=fields.get("category", "sampah"), **of),
        deadlines(at(hours, days=7), complaint_id=a_complaint(number=number).complaint_id),
    ]
    if closed is CaseState.COMPLETED:
        end = at(hours + closed_after)
        events.append(a_case_event(CaseCompleted, state=closed, follow_up_ref=REF, at=end, **of))
    if closed is CaseState.WITHDRAWN:
        events.append(
            a_case_event(CaseWithdrawn, state=closed, source="citizen", at=at(hours + 1), **of)
        )
    await tracking.hear(
        *(
            Envelope(UUID(int=(number << 64) + place), event.emitter, event)
            for place, event in enumerate(events)
        )
    )


async def found(tracking: Tracking, query: str = "", **who: str) -> list[int]:
    """Numbers of the cases an officer finds, newest first."""
    answer = await tracking.asked(f"/v1/cases?{query}", **who)
    assert answer.status_code == 200, answer.text
    return [int(case["report_number"][-4:]) for case in answer.json()["cases"]]


async def test_each_filter_finds_its_own(tracking: Tracking) -> None:
    await a_case(tracking, 1)
    await a_case(tracking, 2, DINAS, hours=1, channel="email", category="jalan")
    await a_case(tracking, 3, DINAS, hours=100, closed=CaseState.COMPLETED)
    assert await found(tracking) == [3, 2, 1]
    for query, expected in {
        "report_number=jk2411030002": [2],
        "state=completed": [3],
        "state=received": [2, 1],
        "unit=dinas-bina-marga": [3, 2],
        "channel=email": [2],
        "category=jalan": [2],
        "overdue=true": [2, 1],
        "overdue=false": [3],
        "from=2024-11-03T02:30:00Z": [3, 2],
        "to=2024-11-03T02:30:00Z": [1],
        "unit=dinas-bina-marga&overdue=true": [2],
        "report_number=JK2411039999": [],
    }.items():
        assert await found(tracking, query) == expected, query


async def test_pages_follow_one_another_without_gap_or_repetition(tracking: Tracking) -> None:
    for number in range(1, 8):
        await a_case(tracking, number, hours=number // 3)
    seen: list[int] = []
    cursor = ""
    for _ in range(10):
        answer = (await tracking.asked(f"/v1/cases?limit=3{cursor}")).json()
        seen += [int(case["report_number"][-4:]) for case in answer["cases"]]
        if answer["next_cursor"] is None:
            break
        cursor = f"&cursor={answer['next_cursor']}"
    assert sorted(seen) == list(range(1, 8))
    assert seen == sorted(seen, key=lambda n: (n // 3, n), reverse=True)


async def test_a_unit_officer_sees_the_cases_of_that_unit_only(tracking: Tracking) -> None:
    await a_case(tracking, 1)
    await a_case(tracking, 2, DINAS)
    own = {"role": "unit_officer", "unit": "dinas-bina-marga"}
    assert await found(tracking, **own) == [2]
    assert await found(tracking, "unit=dinas-bina-marga", **own) == [2]
    refused = await tracking.asked("/v1/cases?unit=31.74.01.1001", **own)
    assert refused.status_code == 403
    figures = await tracking.asked("/v1/statistics", **own)
    assert figures.json()["total"]["received"] == 1


@pytest.mark.parametrize("role", ["biro", "auditor", "admin"])
async def test_biro_auditor_and_admin_see_all_that_is_not_restricted(
    tracking: Tracking, role: str
) -> None:
    await a_case(tracking, 1)
    await a_case(tracking, 2, DINAS, confidential=True)
    await a_case(tracking, 3, {"unit_id": "inspektorat", "unit_name": "Inspektorat"},
                 restricted=True)  # fmt: skip
    await a_case(tracking, 4, about_unit="biro-pemerintahan")
    assert await found(tracking, role=role) == [2, 1]
    inspektorat = {"role": "unit_officer", "unit": "inspektorat"}
    assert await found(tracking, **inspektorat) == [3]


async def test_search_and_figures_need_an_officers_token(tracking: Tracking) -> None:
    for path in ("/v1/cases", "/v1/statistics"):
        assert (await tracking.http.get(path)).status_code == 401
    figures = await tracking.asked("/v1/statistics", role="desk_officer")
    assert figures.status_code == 403


@pytest.mark.parametrize(("query", "field"), [
    ("state=finished", "state"), ("channel=telepathy", "channel"), ("limit=0", "limit"),
    ("limit=1000", "limit"), ("cursor=zzz", "cursor"), ("from=yesterday", "from"),
    ("from=2024-11-03T00:00:00", "from"), ("unit=a%00b", "unit"),
])  # fmt: skip
async def test_a_bad_filter_is_named(tracking: Tracking, query: str, field: str) -> None:
    answer = await tracking.asked(f"/v1/cases?{query}")
    assert answer.status_code == 422
    assert answer.json()["field"] == field


async def test_a_case_of_which_only_effects_arrived_is_not_listed(tracking: Tracking) -> None:
    await tracking.hear(Envelope(UUID(int=1), "routing", a_routing()))
    assert await found(tracking) == []


async def test_figures_count_and_time_what_was_received(tracking: Tracking) -> None:
    for number, hours in enumerate([10, 20, 30, 40, 50, 60, 70, 80, 90, 300], start=1):
        await a_case(tracking, number, DINAS, closed=CaseState.COMPLETED, closed_after=hours)
    await a_case(tracking, 11, hours=20)
    await a_case(tracking, 12, hours=20, channel=Channel.EMAIL, closed=CaseState.WITHDRAWN)
    body = (await tracking.asked("/v1/statistics")).json()
    total = body["total"]
    assert (total["received"], total["open"], total["completed"]) == (12, 1, 10)
    assert (total["overdue"], total["completed_in_time"]) == (1, 9)
    assert total["mean_seconds"] == pytest.approx(75 * 3600)
    assert total["p90_seconds"] == pytest.approx(111 * 3600)
    assert {g["key"]: g["received"] for g in body["by_state"]} == {
        "completed": 10, "received": 1, "withdrawn": 1
    }  # fmt: skip
    assert {g["key"]: g["received"] for g in body["by_channel"]} == {"jaki": 11, "email": 1}
    units = {g["key"]: (g["name"], g["received"]) for g in body["by_unit"]}
    assert units["dinas-bina-marga"] == ("Dinas Bina Marga", 10)
    assert {g["key"]: g["received"] for g in body["by_region"]} == {"31.74": 12}
    assert {g["key"]: g["received"] for g in body["by_day"]} == {
        "2024-11-03": 10, "2024-11-04": 2
    }  # fmt: skip


async def test_a_limit_that_is_reached_has_passed_in_search_and_figures(
    tracking: Tracking,
) -> None:
    await a_case(tracking, 1, closed=CaseState.COMPLETED, closed_after=7 * 24)
    await a_case(tracking, 2, hours=3 * 24)  # due at the very instant of the search
    assert await found(tracking, "overdue=true") == [2]
    total = (await tracking.asked("/v1/statistics")).json()["total"]
    assert (total["completed"], total["completed_in_time"], total["overdue"]) == (1, 0, 1)


async def test_figures_of_nothing_are_zero(tracking: Tracking) -> None:
    body = (await tracking.asked("/v1/statistics?channel=sms")).json()
    assert body["total"]["received"] == 0
    assert body["total"]["mean_seconds"] is None
    assert body["by_unit"] == []


async def test_a_unit_that_has_passed_a_case_on_still_finds_it_and_a_third_unit_does_not(
    tracking: Tracking,
) -> None:
    await a_case(tracking, 1)
    passed = a_case_event(
        CaseCoordinated, state=CaseState.COORDINATED, at=at(2), case_version=2,
        from_unit_id=KELURAHAN["unit_id"], **DINAS,
    )  # fmt: skip
    await tracking.hear(Envelope(UUID(int=77), "routing", passed))
    for unit, seen in ((KELURAHAN, [1]), (DINAS, [1]), ({"unit_id": "satpol-pp"}, [])):
        officer = {"role": "unit_officer", "unit": unit["unit_id"]}
        assert await found(tracking, **officer) == seen
        figures = await tracking.asked("/v1/statistics", **officer)
        assert figures.json()["total"]["received"] == len(seen)


async def test_the_judge_of_a_restricted_case_finds_it_while_a_later_date_is_asked_for(
    tracking: Tracking,
) -> None:
    unit = {"unit_id": "inspektorat", "unit_name": "Inspektorat"}
    await a_case(tracking, 1, unit, restricted=True)
    started = a_case_event(WorkStarted, state=CaseState.IN_PROGRESS, **unit)
    steps = [started, *(asked.model_copy(update=unit) for asked in (ASKED, REFUSED))]
    for number, (step, seen) in enumerate(zip(steps, ([], [1], []), strict=True), 70):
        await tracking.hear(Envelope(UUID(int=number), "routing", step))
        assert await found(tracking) == seen
    assert await found(tracking, role="auditor", unit="inspektorat") == [1]
    assert await found(tracking, role="auditor", unit="biro-hukum") == []


@pytest.mark.parametrize("role", ["unit_officer", "auditor", "admin"])
async def test_no_number_page_or_figure_tells_the_unit_complained_of_of_the_case(
    tracking: Tracking, role: str
) -> None:
    await a_case(tracking, 1, hours=1)
    await a_case(tracking, 2, about_unit="31.74.01", hours=2)
    await a_case(tracking, 3, hours=3)
    who = {"role": role, "unit": KELURAHAN["unit_id"]}
    assert await found(tracking, **who) == [3, 1]
    assert await found(tracking, "report_number=JK2411030002", **who) == []
    last = (await tracking.asked("/v1/cases?limit=2", **who)).json()
    assert (len(last["cases"]), last["next_cursor"]) == (2, None)
    assert (await tracking.asked("/v1/statistics", **who)).json()["total"]["received"] == 2
