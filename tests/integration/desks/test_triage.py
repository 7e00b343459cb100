"""The triage desk's day: a report is placed, its reporter asked, or it is turned down."""

import pytest

from shared.auth import Role
from tests.integration.desks.conftest import Desk
from tests.integration.desks.every_page import LOCKED, a_document
from tests.integration.desks.parts import (
    BIRO,
    CASE,
    TEBET,
    TRIAGE,
    Browser,
    Parts,
    a_case,
    a_list,
    an_explanation,
)

FOUR = CASE.format(4)
PAGE = f"/triase/{FOUR}"
AT_TRIAGE = {
    "state": "received", "unit_id": TRIAGE, "unit_name": "Meja Triase", "category": None,
    "channel": "gubernur", "allowed": ["assign", "question", "reject"], "under_judgement": None,
    "history": [],
}  # fmt: skip
SUGGESTED = {
    "triage_reason": "low_confidence", "says": "Several.", "says_id": "Beberapa kategori.",
    "suggestions": [
        {"unit_id": "sudin-perhubungan-31.74", "unit_name": "Suku Dinas Perhubungan",
         "category": "parkir-liar", "category_name": "Parkir Liar", "rule_id": "category-area",
         "says": "x", "says_id": "x", "grounds": ["words", "place"], "confidence": 0.829,
         "terms": ["parkir liar", "menutup trotoar"]},
    ],
}  # fmt: skip


@pytest.fixture
def triage(parts: Parts, desk: Desk) -> Browser:
    listed = a_list(a_case(4, **AT_TRIAGE), total=17)
    parts.answer("routing", "GET", "/v1/triage", listed)
    parts.answer("routing", "GET", "/v1/inbox", listed)
    parts.answer("routing", "GET", f"/v1/cases/{FOUR}", a_case(4, **AT_TRIAGE))
    parts.answer("routing", "GET", f"/v1/cases/{FOUR}/suggestions", SUGGESTED)
    return desk(Role.TRIAGE_OFFICER, TRIAGE)


async def test_a_suggestion_is_taken_by_one_press_with_its_category_and_the_place_put_right(
    triage: Browser, parts: Parts
) -> None:
    await triage.open("/triase")
    with parts.counted() as calls:
        page = await triage.open(f"{PAGE}?tempat={TEBET}")
    assert [call.path for call in calls] == [f"/v1/cases/{FOUR}", f"/v1/cases/{FOUR}/suggestions"]
    assert calls[1].query == f"kelurahan={TEBET}"
    assert 'value="Kelurahan Tebet Timur"' in page.text
    assert "Suku Dinas Perhubungan" in page.text
    assert "Parkir Liar · 82 %" in page.text
    assert "disebut dalam tulisan, sesuai tempat: “parkir liar”, “menutup trotoar”" in page.text
    parts.answer("routing", "POST", f"/v1/cases/{FOUR}/assign", a_case(4))
    done = await triage.send(f"{PAGE}/tetapkan", page.form("f-saran-1"))
    assert (done.status, done.place) == (303, "../../triase/selesai/tetapkan")
    assert parts.calls[-1].body == {
        "unit": "sudin-perhubungan-31.74", "category": "parkir-liar", "kelurahan": TEBET,
    }  # fmt: skip


async def test_why_no_unit_was_found_and_whose_matter_it_is_stand_beside_the_suggestions(
    triage: Browser, parts: Parts
) -> None:
    outside = {"name": "PLN", "address": "Contact Center PLN 123"}
    why = an_explanation(rule_id=None, triage_reason="no_rule", unit_id=TRIAGE, outside=outside)
    parts.answer("routing", "GET", f"/v1/cases/{FOUR}", a_case(4, **AT_TRIAGE, explanation=why))
    page = await triage.open(PAGE)
    assert "Mengapa laporan ini di sini" in page.text
    assert "Yang berwenang: PLN, Contact Center PLN 123." in page.text


async def test_who_places_a_report_sees_its_pictures_and_may_open_those_of_a_private_one(
    triage: Browser, parts: Parts
) -> None:
    locked = a_document(kind="picture", state="cleared", lock="private_report", links=None)
    told = a_case(4, **AT_TRIAGE, confidential=True, media=[locked])
    parts.answer("routing", "GET", f"/v1/cases/{FOUR}", told)
    page = await triage.open(PAGE)
    assert "Foto terkunci" in page.text
    assert f'href="../laporan/{FOUR}/foto/{LOCKED}"' in page.text


async def test_a_place_is_typed_into_a_form_and_its_code_alone_stands_in_the_address(
    triage: Browser,
) -> None:
    page = await triage.open(PAGE)
    form = page.form("f-tempat")
    found = await triage.send(f"{PAGE}/tempat", {**form, "tempat": "Tebet Timur"})
    assert (found.status, found.place) == (303, f"../../triase/{FOUR}?tempat={TEBET}")
    unknown = await triage.send(f"{PAGE}/tempat", {**form, "tempat": "Jl. Contoh 5 RT 3"})
    assert unknown.status == 200
    assert 'value="Jl. Contoh 5 RT 3"' in unknown.text
    assert (await triage.open(f"{PAGE}?tempat=Jl.+Contoh+5")).status == 422


@pytest.mark.parametrize(
    ("chosen", "shown"),
    [
        ({}, "Tidak ada unit dengan nama ini."),
        ({"unit": "Dinas Sihir"}, "Tidak ada unit dengan nama ini."),
        ({"unit": "Bina Marga"}, "Suku Dinas Bina Marga"),
        ({"unit": "satpol-pp", "tempat": "Tebet"}, "Kelurahan Tebet Barat"),
    ],
)
async def test_a_name_in_doubt_lists_choices_and_nothing_is_done(
    triage: Browser, parts: Parts, chosen: dict[str, str], shown: str
) -> None:
    form = (await triage.open(PAGE)).form("f-tetapkan")
    page = await triage.send(f"{PAGE}/tetapkan", {**form, **chosen})
    assert page.status == 422
    assert shown in page.text
    assert [call for call in parts.calls if call.method == "POST"] == []


async def test_a_unit_by_hand_is_the_one_of_that_name(triage: Browser, parts: Parts) -> None:
    parts.answer("routing", "POST", f"/v1/cases/{FOUR}/assign", a_case(4))
    form = (await triage.open(PAGE)).form("f-tetapkan")
    typed = {"unit": " kelurahan tebet timur", "kategori": "sampah"}
    assert (await triage.send(f"{PAGE}/tetapkan", {**form, **typed})).status == 303
    assert parts.calls[-1].body == {"unit": TEBET, "category": "sampah"}


async def test_a_post_to_the_governor_that_is_no_report_is_turned_down_after_a_second_look(
    triage: Browser, parts: Parts
) -> None:
    page = await triage.open("/triase/gubernur")
    assert "channel=gubernur&limit=25" in {call.query for call in parts.calls}
    assert "Jadikan laporan" in page.text
    form = page.form(f"f-bukan-{FOUR}")
    sure = await triage.send(f"{PAGE}/tolak", form)
    assert "JK2611260004" in sure.text
    assert [call for call in parts.calls if call.method == "POST"] == []
    parts.answer("routing", "POST", f"/v1/cases/{FOUR}/reject", a_case(4))
    done = await triage.send(f"{PAGE}/tolak", sure.form("f-yakin"))
    assert done.place == "../../triase/selesai/tolak"
    told = parts.calls[-1]
    assert told.body == {"reason": "off_topic", "note": None}
    assert told.headers["if-match"] == '"7"'
    assert (await triage.open("/triase/selesai/tolak")).status == 200


async def test_suggestions_that_are_away_leave_the_form(triage: Browser, parts: Parts) -> None:
    del parts.answers["routing", "GET", f"/v1/cases/{FOUR}/suggestions"]
    page = await triage.open(PAGE)
    assert page.status == 200
    assert "Saran tidak dapat dibaca saat ini." in page.text
    assert page.form("f-tetapkan")


async def test_the_reviewing_unit_reads_the_queue_and_places_nothing(
    triage: Browser, desk: Desk
) -> None:
    biro = desk(Role.BIRO, BIRO)
    assert (await biro.open("/triase")).status == 200
    assert (await biro.open("/triase/gubernur")).status == 403
    assert (await desk(Role.UNIT_OFFICER, TEBET).open("/triase")).status == 403
