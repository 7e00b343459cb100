"""Cases beside each other, before they are merged or separated; and what is near a case."""

import re
from html import unescape
from typing import Any

import pytest
from fastapi.responses import Response

from tests.integration.desks.contract import strange
from tests.unit.console.city import CASE, OTHER, Browser, City, a_case, a_problem, a_step

THIRD = "00000000-0000-7000-8000-0000000000a3"
FOURTH = "00000000-0000-7000-8000-0000000000a4"
MERGE, SPLIT = f"/laporan/{CASE}/gabungkan", f"/laporan/{CASE}/pisahkan"
NEAR, THE_CASE = f"GET /cases/{CASE}/neighbours", f"GET /cases/{CASE}"


def a_neighbour(**changes: Any) -> dict[str, Any]:
    """A ``Neighbour``."""
    return {
        "complaint_id": OTHER, "report_number": "JK2411020007", "state": "in_progress",
        "label": "Proses", "unit_id": "31.74.01.1001", "unit_name": "Kelurahan Tebet Timur",
        "category": "parkir-liar", "area_name": "Tebet Timur",
        "received_at": "2024-11-02T01:00:00Z", "excerpt": "Mobil parkir", "score": 0.8,
        "address": "Jl. Tebet Timur VI", "restricted": False,
        "text": "Mobil parkir di <b>trotoar</b>, sudah tiga hari.",
        "last_step": a_step(
            event="WorkStarted", label="Mulai dikerjakan", at="2024-11-02T02:00:00Z",
            actor_unit_name="Kelurahan Tebet Timur",
        ),
        "follow_up": None, "merge_refused": None, "distance_m": 60,
        "reasons": ["place", "category"], **changes,
    }  # fmt: skip


CLOSED = {
    "command": "merge", "status": 409, "code": "head_closed", "detail": "The head is closed.",
    "detail_id": "Kasus induk sudah ditutup.",
}  # fmt: skip


@pytest.fixture
def near(city: City) -> City:
    filed = a_step(event="FollowUpSubmitted", label="Hasil dikirim", words="Sudah ditegur.")
    cases = [
        a_neighbour(
            complaint_id=THIRD, report_number="JK2411010003", state="completed",
            merge_refused=CLOSED, distance_m=None,
        ),
        a_neighbour(follow_up=filed),
    ]  # fmt: skip
    city.services.answers |= {
        THE_CASE: a_case(allowed=["merge"], history=[a_step()]),
        NEAR: {"cases": cases, "joined": []},
    }
    return city


def part(browser: Browser, pattern: str) -> str:
    """What is read in a part of the page; empty where there is none."""
    found = re.search(pattern, browser.page, re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[0])).split()) if found else ""


def own(browser: Browser) -> str:
    return part(browser, r'<section class="own".*?</section>')


def card(browser: Browser, case_id: str) -> str:
    """Of one of the others."""
    return part(browser, rf'<(?:li|div) id="d-{case_id}".*?<p><a ')


def asked(city: City) -> list[str]:
    return sorted(line[1] for line in city.services.asked if line[1] != "/categories")


def test_what_is_answered_here_is_what_routing_describes() -> None:
    answer = {"cases": [a_neighbour(merge_refused=CLOSED)], "joined": [a_neighbour()]}
    path = f"/v1/cases/{CASE}/neighbours"
    assert [*strange("routing", "GET", path, "", None, 200, answer)] == []


# --- merging -------------------------------------------------------------------------------


async def test_the_case_and_its_candidates_are_told_in_the_same_order(
    near: City, officer: Browser
) -> None:
    await officer.open("/profil")
    near.services.asked.clear()
    await officer.open(MERGE)
    assert asked(near) == [f"/cases/{CASE}", f"/cases/{CASE}/neighbours"]
    for told, expected in (
        (own(officer), (
            "Mobil menutup trotoar sejak pagi.", "Jl. Tebet Timur IV · Tebet Timur",
            "Parkir Liar", "Min 3 Nov 2024 08.00 WIB", "Kelurahan Tebet Timur",
            "Diteruskan ke unit", "Belum ada.",
        )),
        (card(officer, OTHER), (
            "Mobil parkir di <b>trotoar</b>, sudah tiga hari.",
            "Jl. Tebet Timur VI · Tebet Timur · 60 m", "Parkir Liar", "Sab 2 Nov 2024 08.00 WIB",
            "Kelurahan Tebet Timur", "Mulai dikerjakan", "Sudah ditegur.",
        )),
    ):  # fmt: skip
        places = [told.find(each) for each in expected]
        assert -1 not in places, told
        assert places == sorted(places), told
    assert "<b>" not in officer.page
    assert "Menunggu" in own(officer)


async def test_a_candidate_is_chosen_by_its_number_and_one_that_cannot_be_the_head_says_why(
    near: City, officer: Browser
) -> None:
    await officer.open(MERGE)
    assert re.findall(r'type="radio" name="head" value="([^"]+)"', officer.page) == [OTHER]
    assert f'aria-describedby="d-{OTHER}"' in officer.page
    assert officer.page.index(f'value="{OTHER}"') < officer.page.index('class="barred"')
    barred = part(officer, r'<li class="barred".*?</li>')
    assert "JK2411010003" in barred
    assert "Kasus induk sudah ditutup." in barred


async def test_what_is_confirmed_stands_beside_the_case_and_is_sent_once_sure(
    near: City, officer: Browser
) -> None:
    near.services.answers[f"POST /cases/{CASE}/merge"] = a_case(state="merged")
    await officer.open(MERGE)
    await officer.post(MERGE, {"head": OTHER})
    assert "Mobil menutup trotoar sejak pagi." in own(officer)
    assert "Laporan induk JK2411020007" in card(officer, OTHER)
    assert "Sudah ditegur." in card(officer, OTHER)
    assert not near.services.told(f"POST /cases/{CASE}/merge")
    await officer.post(MERGE, {"head": OTHER, "pasti": "ya"})
    [sent] = near.services.told(f"POST /cases/{CASE}/merge")
    assert (sent[3], sent[2]["if-match"]) == ({"head": OTHER}, '"3"')


async def test_a_head_that_was_named_by_its_number_is_seen_before_it_is_confirmed(
    near: City, officer: Browser
) -> None:
    found = a_case(complaint_id=THIRD, report_number="JK2411010003", excerpt="Truk parkir.")
    near.services.answers["POST /search"] = {"cases": [found]}
    await officer.open(MERGE)
    near.services.asked.clear()
    await officer.post(MERGE, {"head_nomor": " jk2411010003 "})
    assert "JK2411010003" in card(officer, THIRD)
    assert "Truk parkir." in card(officer, THIRD)
    assert "Belum ada." not in card(officer, THIRD), "what is not known is not said to be nothing"
    assert officer.hidden("head") == THIRD, "who is sure need not have it looked for again"
    assert asked(near) == [f"/cases/{CASE}", "/search"]


@pytest.mark.parametrize("typed", [{"head_nomor": "JK9"}, {"head": FOURTH}, {"head": "../me"}, {}])
async def test_nothing_is_confirmed_that_is_not_seen(
    near: City, officer: Browser, typed: dict[str, str]
) -> None:
    near.services.answers["POST /search"] = {"cases": []}
    await officer.open(MERGE)
    await officer.post(MERGE, typed)
    assert officer.status == 422
    assert 'name="pasti"' not in officer.page
    assert OTHER in re.findall(r'type="radio" name="head" value="([^"]+)"', officer.page)


async def test_a_head_is_confirmed_unseen_only_where_candidates_cannot_be_read(
    near: City, officer: Browser
) -> None:
    await officer.open(MERGE)
    near.services.answers[NEAR] = Response(status_code=503)
    await officer.post(MERGE, {"head": OTHER})
    assert officer.hidden("pasti") == "ya"
    assert "Laporan induk tidak dapat dibaca saat ini." in officer.page
    assert f'href="../../laporan/{OTHER}"' in officer.page
    near.services.answers[f"POST /cases/{CASE}/merge"] = Response(status_code=503)
    near.services.answers[NEAR] = {"cases": [], "joined": []}
    await officer.post(MERGE, {"head": OTHER, "pasti": "ya"})
    assert officer.status == 503
    assert officer.hidden("pasti") == "ya", "who was sure is not asked again"
    assert "Laporan induk tidak dapat dibaca" not in officer.page, "candidates were read"


async def test_of_a_restricted_candidate_it_is_said_that_reading_it_is_recorded(
    near: City, officer: Browser
) -> None:
    hidden = {"restricted": True, "text": None, "last_step": None, "follow_up": None}
    near.services.answers[NEAR] = {"cases": [a_neighbour(**hidden)], "joined": []}
    await officer.open(MERGE)
    told = card(officer, OTHER)
    assert "pembukaan dicatat" in told
    assert "Mobil parkir" not in told
    assert "Belum ada." not in told


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Response(status_code=503), "tidak dapat dibaca saat ini"),
        ({"cases": [], "joined": []}, "Tidak ada laporan mirip di sekitar."),
    ],
)
async def test_without_candidates_a_head_can_still_be_named_by_its_number(
    near: City, officer: Browser, answer: Any, said: str
) -> None:
    near.services.answers[NEAR] = answer
    await officer.open(MERGE)
    assert officer.status == 200
    assert said in part(officer, r'<form class="act-form".*?</form>')
    assert 'name="head_nomor"' in officer.page


async def test_twenty_long_candidates_fit_the_budget_of_a_page(
    near: City, officer: Browser
) -> None:
    long = a_step(event="FollowUpSubmitted", words="y" * 4000)
    cases = [
        a_neighbour(
            complaint_id=CASE[:-2] + f"{n:02}", text="x" * 600, last_step=long, follow_up=long
        )
        for n in range(20)
    ]
    near.services.answers[NEAR] = {"cases": cases, "joined": []}
    await officer.open(MERGE)
    files = set(re.findall(r'(?:src|href)="\.\./\.\./(static/[^"]+)"', officer.page))
    assert len(files) >= 4
    whole = [len((await officer.http.get(f"/{each}")).content) for each in files]
    assert sum(whole) + len(officer.page.encode()) < 150_000


# --- separating ----------------------------------------------------------------------------


@pytest.fixture
def merged(near: City) -> City:
    """The case follows a head, which another follows too."""
    head = a_neighbour()
    sibling = a_neighbour(complaint_id=THIRD, report_number="JK2411010003", state="merged")
    near.services.answers |= {
        THE_CASE: a_case(state="merged", allowed=["split"], head_id=OTHER),
        NEAR: {"cases": [a_neighbour(complaint_id=FOURTH)], "joined": [head, sibling]},
    }
    return near


async def test_a_case_is_separated_beside_its_head_and_what_follows_the_same(
    merged: City, officer: Browser
) -> None:
    merged.services.answers[f"POST /cases/{CASE}/split"] = a_case(version=4)
    await officer.open(SPLIT)
    assert "Mobil menutup trotoar sejak pagi." in own(officer)
    assert "Laporan induk JK2411020007" in card(officer, OTHER)
    assert "Mengikuti induk yang sama: JK2411010003" in card(officer, THIRD)
    assert card(officer, FOURTH) == "", "a neighbour that is not merged has no part in it"
    await officer.post(SPLIT)
    [sent] = merged.services.told(f"POST /cases/{CASE}/split")
    assert (sent[3], sent[2]["if-match"]) == ({}, '"3"')


async def test_from_its_head_the_follower_that_is_separated_is_chosen_first(
    near: City, officer: Browser
) -> None:
    follower = a_neighbour(complaint_id=THIRD, report_number="JK2411010003", state="merged")
    merged = [{"complaint_id": THIRD, "report_number": "JK2411010003", "unread": [],
               "received_at": "2024-11-02T01:00:00Z"}]  # fmt: skip
    near.services.answers |= {
        THE_CASE: a_case(merged=merged, not_allowed=[{**CLOSED, "command": "split"}]),
        NEAR: {"cases": [], "joined": [follower]},
        "GET /deliveries": {"deliveries": []},
    }
    await officer.open(f"/laporan/{CASE}")
    assert f'href="../laporan/{CASE}/pisahkan"' in officer.page
    await officer.open(SPLIT)
    assert "Mobil menutup trotoar sejak pagi." in own(officer)
    assert "sudah tiga hari." in card(officer, THIRD)
    assert re.findall(r'type="radio" name="ikut" value="([^"]+)"', officer.page) == [THIRD]
    await officer.post(SPLIT, {"ikut": ""})
    assert officer.status == 422
    assert "Ada 1 hal yang perlu diperbaiki." in officer.page
    await officer.post(SPLIT, {"ikut": "../me"})
    assert officer.status == 422
    await officer.open(SPLIT)
    await officer.post(SPLIT, {"ikut": THIRD})
    assert officer.address == f"/laporan/{THIRD}/pisahkan"
    assert not [line for line in near.services.asked if line[0] == "POST"]


async def test_a_case_of_which_nothing_is_merged_says_why_nothing_is_separated(
    near: City, officer: Browser
) -> None:
    refusal = {**CLOSED, "command": "split", "detail_id": "Laporan tidak digabung."}
    near.services.answers[THE_CASE] = a_case(not_allowed=[refusal])
    await officer.open(SPLIT)
    assert "Laporan tidak digabung." in officer.page
    assert 'type="radio"' not in officer.page


# --- what is near --------------------------------------------------------------------------


async def test_reports_nearby_are_a_page_or_the_list_alone_for_one_that_is_open(
    near: City, officer: Browser
) -> None:
    near.services.answers[NEAR]["joined"] = [a_neighbour(complaint_id=FOURTH)]
    await officer.open("/profil")
    near.services.asked.clear()
    await officer.open(f"/laporan/{CASE}/sekitar?dari=tab%3Dbaru")
    assert asked(near) == [f"/cases/{CASE}/neighbours"]
    said = part(officer, r"<main.*?</main>")
    assert "JK2411020007 · Parkir Liar · 60 m ◐ Proses" in said
    assert "berdekatan" in said or "dekat" in said
    assert said.index("JK2411010003") < said.index("Sudah digabung")
    assert f'href="../../laporan/{FOURTH}"' in officer.page
    assert f'href="../../laporan/{CASE}?dari=tab%3Dbaru"' in officer.page
    await officer.open(f"/laporan/{CASE}/sekitar", **{"hx-request": "true"})
    assert "<html" not in officer.page
    assert "JK2411020007" in officer.page


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        ({"cases": [], "joined": []}, 200, "Tidak ada laporan mirip di sekitar."),
        (a_problem(404, "No such case."), 404, "Laporan tidak ditemukan"),
        (Response(status_code=503), 503, "tidak dapat dibaca saat ini"),
    ],
)
async def test_where_nothing_is_near_or_nothing_can_be_asked_the_page_says_so(
    near: City, officer: Browser, answer: Any, status: int, said: str
) -> None:
    near.services.answers[NEAR] = answer
    await officer.open(f"/laporan/{CASE}/sekitar")
    assert officer.status == status
    assert said in officer.page


async def test_six_candidates_are_a_choice_and_one_that_was_chosen_stays_beside_the_case(
    near: City, officer: Browser
) -> None:
    ids = [f"00000000-0000-7000-8000-0000000001{n:02}" for n in range(12)]
    cases = [a_neighbour(complaint_id=each, report_number=f"JK24110200{n:02}")
             for n, each in enumerate(ids)]  # fmt: skip
    near.services.answers[NEAR] = {"cases": cases, "joined": []}
    await officer.open(MERGE)
    assert [each in officer.page for each in ids] == [True] * 6 + [False] * 6
    await officer.post(MERGE, {"head": ids[11]})
    assert "JK2411020011" in card(officer, ids[11])
