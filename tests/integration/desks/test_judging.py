"""The Biro's day: one result after the other, each judged by a form."""

import re

import pytest

from shared.auth import Role
from tests.integration.desks.conftest import Desk
from tests.integration.desks.every_page import LOCKED, a_document
from tests.integration.desks.parts import BIRO, CASE, Browser, Parts, a_case, a_list, a_step

ONE, TWO, THREE = (CASE.format(number) for number in (1, 2, 3))
PAGE = f"/nilai/{ONE}"


@pytest.fixture
def judge(parts: Parts, desk: Desk) -> Browser:
    queue = a_list(a_case(1), a_case(2), a_case(3), total=41)
    parts.answer("routing", "GET", "/v1/inbox", queue)
    parts.answer("routing", "GET", "/v1/unread", {"cases": [], "next_cursor": None})
    parts.answer("routing", "GET", f"/v1/cases/{ONE}", a_case(1))
    return desk(Role.BIRO, BIRO)


async def test_the_queue_shows_what_waits_with_its_count(judge: Browser) -> None:
    page = await judge.open("/nilai?jenis=hasil")
    assert page.status == 200
    assert '<span class="count">41</span>' in page.text
    assert "Parkir Liar, Jl. Tebet Barat IV, Menunggu Validasi" in page.text
    assert f"nilai/{ONE}?jenis=hasil&amp;lanjut={TWO}" in page.text


async def test_a_case_says_where_it_stands_and_leads_on_to_the_next(
    judge: Browser, parts: Parts
) -> None:
    await judge.open("/nilai")
    with parts.counted() as calls:
        page = await judge.open(f"{PAGE}?jenis=hasil&lanjut={TWO}")
    assert "1 dari 41" in page.text
    assert f'rel="next" href="../nilai/{TWO}?jenis=hasil&amp;lanjut={THREE}"' in page.text
    assert "Mobil sudah diderek" in page.text
    assert "Derek dan pasang rambu." in page.text
    assert "Hasil tanpa foto bukti" in page.text
    assert len(calls) == 2


async def test_a_result_that_names_its_picture_is_shown_with_it_and_bears_no_sign_of_lacking_one(
    judge: Browser, parts: Parts
) -> None:
    """As routing answers it: a picture stands by its ref, beside papers by their digests."""
    picture = a_document(kind="picture", origin="evidence", state="cleared", lock=None)
    named = {"media_ref": LOCKED, "media_type": "image/jpeg"}
    filed = a_step("FollowUpSubmitted", words="Sudah bersih.", evidence=[named])
    for state, lacks in (("cleared", False), ("removed", True)):
        case = a_case(1, under_judgement=filed, media=[{**picture, "state": state}])
        parts.answer("routing", "GET", f"/v1/cases/{ONE}", case)
        page = await judge.open(PAGE)
        assert page.status == 200
        assert "Sudah bersih." in page.text
        assert ("Hasil tanpa foto bukti" in page.text) == lacks, state


async def test_who_accepts_a_result_ticks_each_flag_of_its_pictures(
    judge: Browser, parts: Parts
) -> None:
    flags = [{"flag": "reused", "other_report_number": "JK2611200011"},
             {"flag": "edited", "other_report_number": None}]  # fmt: skip
    picture = a_document(kind="picture", origin="evidence", state="cleared", lock=None, flags=flags)
    parts.answer("routing", "GET", f"/v1/cases/{ONE}", a_case(1, media=[picture]))
    parts.answer("routing", "POST", f"/v1/cases/{ONE}/validation", a_case(1))
    page = await judge.open(PAGE)
    reused, edited = (f"{LOCKED} {flag}" for flag in ("reused", "edited"))
    assert re.findall('name="tanda" value="([^"]+)">', page.text) == [reused, edited], "none ticked"
    assert "Mirip foto hasil pekerjaan pada laporan lain: JK2611200011" in page.text
    await judge.send(f"{PAGE}/selesai", {**page.form("f-selesai"), "tanda": [reused]})
    assert parts.calls[-1].body == {"accepted_flags": [{"media_ref": LOCKED, "flag": "reused"}]}
    said = {"code": "flags_not_named", "detail": "Name it.", "field": "accepted_flags"}
    parts.answer("routing", "POST", f"/v1/cases/{ONE}/validation", said, 409)
    page = await judge.send(f"{PAGE}/selesai", {**page.form("f-selesai"), "tanda": [reused]})
    assert "centang dahulu setiap tanda" in page.text
    assert re.findall('name="tanda" value="([^"]+)" checked>', page.text) == [reused], "as it was"


async def test_a_judgement_goes_with_version_and_key_and_the_judge_stays(
    judge: Browser, parts: Parts
) -> None:
    parts.answer("routing", "POST", f"/v1/cases/{ONE}/validation", a_case(1))
    form = (await judge.open(f"{PAGE}?jenis=hasil&lanjut={TWO}")).form("f-selesai")
    done = await judge.send(f"{PAGE}/selesai", form)
    assert (done.status, done.place) == (
        303, f"../../nilai/{ONE}?jenis=hasil&lanjut={TWO}&tercatat=selesai"
    )  # fmt: skip
    told = parts.calls[-1]
    assert told.headers["if-match"] == '"7"'
    assert told.headers["idempotency-key"]
    parts.answer("routing", "GET", "/v1/inbox", a_list(a_case(2), a_case(3), total=40))
    after = await judge.open(done.place.replace("../..", ""))
    assert "Dinyatakan selesai: tercatat." in after.text
    assert f'id="next-page" rel="next" href="../nilai/{TWO}' in after.text


async def test_a_judge_who_does_not_see_the_case_any_more_reads_that_the_act_was_taken(
    judge: Browser, parts: Parts
) -> None:
    """The Inspektorat sees the Biro's own work only while it waits for a judgement."""
    parts.answer("routing", "GET", f"/v1/cases/{ONE}", {"detail": "There is no such case."}, 404)
    after = await judge.open(f"{PAGE}?jenis=rencana&tercatat=kembalikan-rencana")
    assert after.status == 200
    assert "Rencana dikembalikan: tercatat." in after.text
    assert 'href="../nilai?jenis=rencana"' in after.text
    assert (await judge.open(f"{PAGE}?jenis=rencana")).status == 404


@pytest.mark.parametrize(
    ("status", "told", "shown"),
    [
        (412, {}, "Laporan berubah saat Anda menulis."),
        (409, {"detail": "x", "detail_id": "Laporan sudah selesai."}, "Laporan sudah selesai."),
        (422, {"detail": "Too long.", "field": "reason"}, "Too long."),
        (503, {}, "Belum pasti terkirim."),
    ],
)
async def test_what_was_typed_comes_back_with_every_refusal(
    judge: Browser, parts: Parts, status: int, told: dict[str, str], shown: str
) -> None:
    parts.answer("routing", "POST", f"/v1/cases/{ONE}/follow-up/refuse", told, status)
    form = (await judge.open(PAGE)).form("f-kerjakan-ulang")
    page = await judge.send(f"{PAGE}/kerjakan-ulang", {**form, "alasan": "Foto <tidak> jelas"})
    assert page.status == status
    assert shown in page.text
    assert "Foto &lt;tidak&gt; jelas</textarea>" in page.text
    assert [call.path for call in parts.calls if call.method == "POST"] == [
        f"/v1/cases/{ONE}/follow-up/refuse"
    ]


async def test_who_comes_second_sees_what_happened_meanwhile_and_keeps_his_words(
    judge: Browser, parts: Parts
) -> None:
    """The act is not open any more: the words stay for copying."""
    form = (await judge.open(PAGE)).form("f-kerjakan-ulang")
    parts.answer("routing", "POST", f"/v1/cases/{ONE}/follow-up/refuse", {}, 412)
    colleague = "Penilai 2, Biro Pemerintahan"
    steps = [a_step("CaseRouted", version=7), a_step("CaseCompleted", version=8, officer=colleague)]
    closed = a_case(1, version=8, state="completed", allowed=[], history=steps)
    parts.answer("routing", "GET", f"/v1/cases/{ONE}", closed)
    page = await judge.send(f"{PAGE}/kerjakan-ulang", {**form, "alasan": "Foto tidak jelas"})
    assert page.status == 412
    changes = page.text.partition('id="perubahan"')[2].partition("</ol>")[0]
    assert changes.count("<li>") == 1
    assert f"Kelurahan Tebet Timur ({colleague})" in changes
    assert "14.10 WIB" in changes
    assert 'class="said kept" dir="auto">Foto tidak jelas</p>' in page.text
    assert 'id="f-kerjakan-ulang"' not in page.text


async def test_what_was_perhaps_not_taken_is_sent_again_as_the_same_act(
    judge: Browser, parts: Parts
) -> None:
    """Also while nothing else can be read."""
    form = (await judge.open(PAGE)).form("f-kerjakan-ulang")
    parts.away.add("routing")
    silent = await judge.send(f"{PAGE}/kerjakan-ulang", {**form, "alasan": "Foto tidak jelas"})
    assert silent.status == 503
    first = parts.calls[-3]
    parts.away.clear()
    parts.answer("routing", "POST", f"/v1/cases/{ONE}/follow-up/refuse", a_case(1))
    again = await judge.send(f"{PAGE}/kerjakan-ulang", silent.form("f-kirim-lagi"))
    second = parts.calls[-1]
    assert again.status == 303
    assert (second.path, second.body) == (first.path, first.body)
    for name in ("idempotency-key", "if-match"):
        assert second.headers[name] == first.headers[name]


async def test_what_was_found_on_site_is_kept_as_a_note(judge: Browser, parts: Parts) -> None:
    parts.answer("routing", "GET", f"/v1/cases/{ONE}", a_case(1, state="verifying"))
    note = {"note_id": CASE.format(5), "text": "Trotoar kosong.", "at": "2026-11-26T02:30:00Z",
            "unit_id": BIRO, "unit_name": "Biro Pemerintahan", "officer": None,
            "is_mine": True}  # fmt: skip
    parts.answer("routing", "POST", f"/v1/cases/{ONE}/notes", note)
    form = (await judge.open(f"{PAGE}?jenis=lapangan")).form("f-catatan")
    done = await judge.send(f"{PAGE}/catatan", {**form, "catatan": " Trotoar kosong. "})
    assert done.status == 303
    assert parts.calls[-1].body == {"text": "Trotoar kosong."}


async def test_an_objection_that_changes_nothing_is_marked_as_read_with_its_reason(
    judge: Browser, parts: Parts
) -> None:
    closed = a_case(1, state="completed", allowed=["reopen"], unread=[TWO])
    parts.answer("routing", "GET", "/v1/unread", {"cases": [closed], "next_cursor": None})
    parts.answer("routing", "GET", f"/v1/cases/{ONE}", closed)
    parts.answer("routing", "POST", f"/v1/unread/{ONE}/look", closed)
    queue = await judge.open("/nilai?jenis=keberatan")
    assert f"nilai/{ONE}?jenis=keberatan" in queue.text
    form = (await judge.open(f"{PAGE}?jenis=keberatan")).form("f-sudah-dibaca")
    done = await judge.send(f"{PAGE}/sudah-dibaca", {**form, "catatan": "Hanya terima kasih."})
    assert done.status == 303
    assert parts.calls[-1].body == {"refs": [TWO], "note": "Hanya terima kasih."}


async def test_a_reopening_names_case_and_effect_before_it_is_done(
    judge: Browser, parts: Parts
) -> None:
    closed = a_case(1, state="completed", allowed=["reopen"])
    parts.answer("routing", "GET", f"/v1/cases/{ONE}", closed)
    parts.answer("routing", "POST", f"/v1/cases/{ONE}/reopen", closed)
    form = (await judge.open(f"{PAGE}?jenis=keberatan")).form("f-buka-kembali")
    typed = {**form, "alasan": "suspected_fraud", "unit": "Satuan Polisi Pamong Praja Provinsi"}
    unknown = await judge.send(f"{PAGE}/buka-kembali", {**typed, "unit": "Dinas Sihir"})
    assert unknown.status == 422
    typed["unit"] = "satpol-pp"
    sure = await judge.send(f"{PAGE}/buka-kembali", typed)
    assert sure.status == 200
    assert "JK2611260001" in sure.text
    assert [call for call in parts.calls if call.method == "POST"] == []
    done = await judge.send(f"{PAGE}/buka-kembali", sure.form("f-yakin"))
    assert done.status == 303
    assert parts.calls[-1].body == {
        "reason": "suspected_fraud", "note": None, "to_unit": "satpol-pp"
    }  # fmt: skip


async def test_a_part_that_is_away_leaves_a_page_that_says_so(judge: Browser, parts: Parts) -> None:
    await judge.open("/nilai")
    parts.away.add("routing")
    queue = await judge.open("/nilai")
    assert queue.status == 200
    assert "tidak dapat dibaca saat ini" in queue.text
    case = await judge.open(PAGE)
    assert case.status == 503
    assert "<form id=" not in case.text


async def test_the_desk_is_not_for_other_roles_and_knows_no_other_parameters(
    judge: Browser, desk: Desk
) -> None:
    assert (await desk(Role.AUDITOR, BIRO).open("/nilai")).status == 403
    assert (await judge.open("/nilai?urut=nama")).status == 422
    assert (await judge.open("/nilai?jenis=semua")).status == 422
    assert (await judge.send(f"{PAGE}/selesai", {"csrf": "x"})).status == 403
