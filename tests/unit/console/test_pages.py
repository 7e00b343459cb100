"""What an officer reads and sends: nothing that was typed is lost, nothing happens twice."""

import re
from datetime import timedelta
from html import unescape

import pytest
from fastapi.responses import Response

from tests.integration.desks.parts import an_explanation
from tests.unit.console.city import (
    CASE,
    OTHER,
    Browser,
    City,
    a_case,
    a_problem,
    a_step,
    an_inbox,
)

WORDS = 'Tolong "periksa" <b>saluran</b> & got'
PLAN = f"/laporan/{CASE}/rencana"
RETURN = f"/laporan/{CASE}/kembalikan"


@pytest.fixture
async def case(city: City) -> str:
    allowed = ["accept", "return", "coordinate", "plan", "reject", "merge"]
    city.services.answers |= {
        "GET /inbox": an_inbox(a_case()),
        f"GET /cases/{CASE}": a_case(allowed=allowed),
        "GET /deliveries": {"deliveries": []},
    }
    return CASE


def title(browser: Browser) -> str:
    found = re.search(r"<title>(.*?)</title>", browser.page)
    return unescape(found[1]) if found else ""


# --- what is read --------------------------------------------------------------------------


async def test_the_inbox_has_rows_and_counts_of_one_answer(
    city: City, officer: Browser, case: str
) -> None:
    await officer.open("/kotak?tab=baru")
    assert "JK2411030001" in officer.page
    assert '<span class="count">12</span>' in officer.page
    asked = [line[:2] for line in city.services.asked if line[1] != "/me"]
    assert sorted(asked[-2:]) == [("GET", "/inbox"), ("GET", "/views")]


async def test_a_case_costs_one_call_of_routing_and_one_of_notify(
    city: City, officer: Browser, case: str
) -> None:
    await officer.open("/kotak")
    city.services.asked.clear()
    await officer.open(f"/laporan/{CASE}")
    assert sorted(line[1] for line in city.services.asked) == [f"/cases/{CASE}", "/deliveries"]


async def test_what_a_citizen_wrote_is_text_and_nothing_else(
    city: City, officer: Browser, case: str
) -> None:
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
    content = {"ref": OTHER, "status": "known", "text": evil}
    city.services.answers[f"GET /cases/{CASE}"] = a_case(contents=[content], excerpt=evil)
    city.services.answers["GET /inbox"] = an_inbox(a_case(excerpt=evil, address=evil))
    for path in ("/kotak", f"/laporan/{CASE}", f"/laporan/{CASE}/tolak"):
        answer = await officer.open(path)
        assert "<script>alert" not in officer.page
        assert "<img" not in officer.page
        assert "&lt;script&gt;alert(1)" in officer.page
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"


async def test_a_part_that_is_away_empties_its_own_box(
    city: City, officer: Browser, case: str
) -> None:
    city.services.answers["GET /deliveries"] = Response(status_code=503)
    await officer.open(f"/laporan/{CASE}")
    assert officer.status == 200
    assert "Pesan kepada pelapor tidak dapat dibaca saat ini." in officer.page
    assert "Ambil" in officer.page
    city.services.answers[f"GET /cases/{CASE}"] = Response(status_code=503)
    city.services.answers["GET /deliveries"] = {"deliveries": []}
    await officer.open(f"/laporan/{CASE}")
    assert officer.status == 503
    assert "Belum ada pesan." in officer.page
    assert 'name="kunci"' not in officer.page, "without the case there is no act"
    city.services.answers["GET /views"] = Response(status_code=503)
    await officer.open("/kotak")
    assert "Belum ada tampilan tersimpan" not in officer.page, "nobody knows"


async def test_a_refusal_is_said_in_the_language_of_the_page(
    city: City, officer: Browser, case: str
) -> None:
    refusal = a_problem(422, "Too soon.", detail_id="Terlalu cepat.", field="complete_by")
    city.services.answers[f"POST /cases/{CASE}/plan"] = refusal
    said = []
    for language in ("en", "id"):
        await officer.open("/profil")
        await officer.post("/bahasa", {"bahasa": language, "kembali": "/profil"})
        await officer.open(PLAN)
        await officer.post(PLAN, {"plan": WORDS, "complete_by": "2030-01-01"})
        said.append([each for each in ("Too soon.", "Terlalu cepat.") if each in officer.page])
    assert said == [["Too soon."], ["Terlalu cepat."]]


@pytest.mark.parametrize(
    ("query", "named"),
    [("tab=semua", "tab"), ("urut=1", "urut"), ("hal=%20/x", "hal"), ("tab=baru&tab=baru", "tab")],
)
async def test_a_parameter_that_is_none_is_refused_by_its_name(
    officer: Browser, case: str, query: str, named: str
) -> None:
    await officer.open(f"/kotak?{query}")
    assert officer.status == 422
    assert title(officer).startswith("Kesalahan:")


async def test_a_place_that_is_typed_becomes_its_code_in_the_address(
    officer: Browser, case: str
) -> None:
    await officer.open("/kotak?tab=baru")
    await officer.post("/kotak/saring", {"tab": "baru", "wilayah": "tebet timur"})
    assert officer.address == "/kotak?tab=baru&wilayah=31.74.01.1001"
    assert "Tebet Timur" in officer.page


async def test_an_address_that_is_typed_as_a_place_stands_in_no_address_of_ours(
    officer: Browser, case: str
) -> None:
    await officer.open("/kotak?tab=baru")
    await officer.post("/kotak/saring", {"tab": "baru", "wilayah": "Jl. Contoh 5 RT 3"})
    assert (officer.status, officer.address) == (422, "/kotak/saring")
    assert "Tidak ada kelurahan atau kecamatan dengan nama ini." in officer.page
    assert 'value="Jl. Contoh 5 RT 3"' in officer.page
    await officer.open("/kotak?wilayah=Jl.+Contoh+5")
    assert officer.status == 422


async def test_a_case_that_is_not_the_units_is_none(officer: Browser) -> None:
    await officer.open(f"/laporan/{CASE}")
    assert officer.status == 404
    assert "Laporan tidak ditemukan atau bukan untuk unit Anda." in officer.page


async def test_whoever_holds_a_case_says_that_the_reporters_new_words_are_read(
    city: City, officer: Browser, case: str
) -> None:
    words = [
        {"ref": CASE, "status": "ok", "text": "Parkir liar lagi."},
        {"ref": OTHER, "status": "ok", "text": "Sekarang tiga mobil."},
    ]
    unread = a_case(contents=words, unread=[OTHER], unread_since="2024-11-03T02:00:00Z")
    city.services.answers[f"GET /cases/{CASE}"] = unread
    await officer.open(f"/laporan/{CASE}")
    assert f'href="../laporan/{CASE}/sudah-dibaca"' in officer.page
    await officer.open(f"/laporan/{CASE}/sudah-dibaca")
    assert "Sekarang tiga mobil." in officer.page
    assert "Parkir liar lagi.</p>" not in officer.page
    city.services.answers[f"POST /unread/{CASE}/look"] = a_case()
    refs = officer.hidden("refs")
    await officer.post(f"/laporan/{CASE}/sudah-dibaca", {"refs": refs, "note": "Regu tahu."})
    [said] = city.services.told(f"POST /unread/{CASE}/look")
    assert said[3] == {"refs": [OTHER], "note": "Regu tahu."}
    assert "Sudah dibaca: tercatat." in officer.page


@pytest.mark.parametrize(
    ("changes", "must_look"),
    [
        ({"unit_id": "31.74.01.1002"}, False),
        ({"state": "completed"}, False),
        ({"state": "completed", "unit_id": "biro-umum", "allowed": ["reopen"]}, True),
        ({"state": "merged"}, True),
        ({"unread": []}, False),
    ],
)
async def test_only_who_must_look_is_asked_to(
    city: City, officer: Browser, case: str, changes: dict[str, object], must_look: bool
) -> None:
    city.services.answers[f"GET /cases/{CASE}"] = a_case(**{"unread": [OTHER], **changes})
    await officer.open(f"/laporan/{CASE}")
    assert ("/sudah-dibaca" in officer.page) is must_look


async def test_of_a_case_that_leaves_the_unit_by_an_act_the_officer_reads_that_it_was_taken(
    city: City, officer: Browser, case: str
) -> None:
    """Who stops watching, or judges as the Inspektorat does, does not see the case any more."""
    path = f"/laporan/{CASE}/berhenti-memantau?dari=tab%3Dmenunggu"
    await officer.open(path)
    city.services.answers[f"POST /cases/{CASE}/unwatch"] = a_case()
    city.services.answers[f"GET /cases/{CASE}"] = a_problem(404, "There is no such case.")
    await officer.post(path)
    assert officer.status == 200
    assert "Berhenti memantau: tercatat." in officer.page
    assert "tidak ditemukan" not in officer.page
    assert f'href="../kotak?tab=menunggu#l-{CASE}"' not in officer.page
    assert 'href="../kotak?tab=menunggu"' in officer.page


@pytest.mark.parametrize("emergency", [True, False])
async def test_danger_is_marked_in_the_inbox_and_at_the_case(
    city: City, officer: Browser, case: str, emergency: bool
) -> None:
    city.services.answers["GET /inbox"] = an_inbox(a_case(emergency=emergency))
    city.services.answers[f"GET /cases/{CASE}"] = a_case(emergency=emergency)
    for path in ("/kotak", f"/laporan/{CASE}"):
        await officer.open(path)
        assert ("Darurat" in officer.page) == emergency


async def test_a_link_back_leads_to_the_inbox_and_nowhere_else(officer: Browser, case: str) -> None:
    await officer.open(f"/laporan/{CASE}?dari=tab%3Dlewat%26hal%3Dabc")
    assert f'href="../kotak?tab=lewat&amp;hal=abc#l-{CASE}"' in officer.page
    await officer.open(f"/laporan/{CASE}?dari=https%3A%2F%2Fevil.test")
    assert "evil" not in re.findall(r'href="([^"]*)">‹', officer.page)[0]


# --- what is sent --------------------------------------------------------------------------


async def test_an_act_names_the_version_that_was_read_and_its_form(
    city: City, officer: Browser, case: str
) -> None:
    city.services.answers[f"POST /cases/{CASE}/accept"] = a_case(version=4)
    await officer.open(f"/laporan/{CASE}")
    page = officer.page
    await officer.post(f"/laporan/{CASE}/ambil")
    assert officer.address == f"/laporan/{CASE}?tercatat=ambil"
    assert "Ambil: tercatat." in officer.page
    officer.page = page
    await officer.post(f"/laporan/{CASE}/ambil")
    first, again = city.services.told(f"POST /cases/{CASE}/accept")
    assert first[2]["if-match"] == '"3"'
    assert first[2]["idempotency-key"] == again[2]["idempotency-key"]
    await officer.open(f"/laporan/{CASE}")
    assert officer.hidden("kunci") != first[2]["idempotency-key"]


async def test_a_conflict_shows_what_changed_and_keeps_the_words(
    city: City, officer: Browser, case: str
) -> None:
    await officer.open(RETURN)
    key = officer.hidden("kunci")
    taken = a_step(version=4, event="CaseAccepted", label="Diterima unit", officer="Petugas 2")
    changed = a_case(version=4, allowed=["return"], history=[a_step(officer="Petugas 3"), taken])
    city.services.answers |= {
        f"POST /cases/{CASE}/return": a_problem(412, "The case has changed."),
        f"GET /cases/{CASE}": changed,
    }
    await officer.post(RETURN, {"reason": WORDS})
    assert officer.status == 412
    assert title(officer).startswith("Kesalahan:")
    assert "Laporan berubah saat Anda menulis." in officer.page
    assert "Petugas 2" in officer.page
    assert "Petugas 3" not in officer.page, "what the officer has read is nothing new"
    assert WORDS in unescape(officer.page)
    assert officer.hidden("versi") == "4"
    assert officer.hidden("kunci") != key, "it is another form now"


async def test_words_stay_for_copying_when_the_act_has_closed(
    city: City, officer: Browser, case: str
) -> None:
    await officer.open(RETURN)
    refusal = {
        "command": "return", "status": 409, "code": "x", "detail": "Closed.",
        "detail_id": "Laporan sudah selesai.",
    }  # fmt: skip
    city.services.answers |= {
        f"POST /cases/{CASE}/return": a_problem(412, "The case has changed."),
        f"GET /cases/{CASE}": a_case(version=4, allowed=[], not_allowed=[refusal]),
    }
    await officer.post(RETURN, {"reason": WORDS})
    assert "Laporan sudah selesai." in officer.page
    assert WORDS in unescape(officer.page)
    assert 'name="versi"' not in officer.page


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (a_problem(409, "Not yet.", detail_id="Ambil dahulu."), 409, "Ambil dahulu."),
        (a_problem(403, "Not yours."), 409, "Not yours."),
        (a_problem(422, "Too soon.", field="complete_by"), 422, "Too soon."),
        (a_problem(404, "There is no such case."), 404, "Laporan tidak ditemukan"),
        (a_problem(410, "Erased."), 410, "Isi laporan sudah dihapus."),
        (a_problem(401, "The token is not valid."), 401, "Sesi berakhir."),
        (Response(status_code=503), 503, "Belum pasti terkirim."),
        (Response(status_code=500), 503, "Belum pasti terkirim."),
        (Response(status_code=409, headers={"retry-after": "1"}), 503, "Belum pasti terkirim."),
    ],
)
async def test_every_refusal_keeps_what_was_typed(
    city: City, officer: Browser, case: str, answer: Response, status: int, said: str
) -> None:
    await officer.open(PLAN)
    key = officer.hidden("kunci")
    city.services.answers[f"POST /cases/{CASE}/plan"] = answer
    await officer.post(PLAN, {"plan": WORDS, "complete_by": "2030-01-01"})
    assert officer.status == status
    assert said in officer.page
    assert WORDS in unescape(officer.page)
    if status in (401, 503):
        assert officer.hidden("kunci") == key, "sent again it is the same form"


async def test_what_is_missing_is_listed_and_leads_to_its_field(
    city: City, officer: Browser, case: str
) -> None:
    await officer.open(PLAN)
    await officer.post(PLAN, {"plan": "", "complete_by": "32"})
    assert officer.status == 422
    assert "Ada 2 hal yang perlu diperbaiki." in officer.page
    assert 'href="#f-plan"' in officer.page
    assert not city.services.told(f"POST /cases/{CASE}/plan")


async def test_a_rejection_is_confirmed_before_it_is_sent(
    city: City, officer: Browser, case: str
) -> None:
    path = f"/laporan/{CASE}/tolak"
    city.services.answers[f"POST /cases/{CASE}/reject"] = a_case(state="rejected")
    await officer.open(path)
    fields = {"reason": "off_topic", "note": WORDS}
    await officer.post(path, fields)
    assert "tidak dapat ditarik" in officer.page
    assert not city.services.told(f"POST /cases/{CASE}/reject")
    await officer.post(path, {**fields, "pasti": "ya"})
    [sent] = city.services.told(f"POST /cases/{CASE}/reject")
    assert sent[3] == {"reason": "off_topic", "note": WORDS}


async def test_what_was_taken_before_the_silence_can_be_sent_again_though_the_act_has_closed(
    city: City, officer: Browser, case: str
) -> None:
    await officer.open(PLAN)
    key = officer.hidden("kunci")
    city.services.answers |= {
        f"POST /cases/{CASE}/plan": Response(status_code=503),
        f"GET /cases/{CASE}": a_case(version=4, allowed=[]),
    }
    await officer.post(PLAN, {"plan": WORDS, "complete_by": "2030-01-01"})
    assert "Kirim lagi" in officer.page
    assert officer.hidden("kunci") == key
    assert officer.hidden("versi") == "3", "it is the form that the service may have taken"


@pytest.mark.parametrize(
    ("slug", "verb", "fields"),
    [
        ("tolak", "reject", {"reason": "off_topic", "note": WORDS}),
        ("buka-kembali", "reopen", {"reason": "suspected_fraud", "note": WORDS}),
        ("gabungkan", "merge", {"head": OTHER}),
    ],
)
async def test_what_was_confirmed_is_not_asked_again_after_silence(
    city: City, officer: Browser, case: str, slug: str, verb: str, fields: dict[str, str]
) -> None:
    path, command = f"/laporan/{CASE}/{slug}", f"POST /cases/{CASE}/{verb}"
    city.services.answers[f"GET /cases/{CASE}"] = a_case(allowed=[verb])
    await officer.open(path)
    key = officer.hidden("kunci")
    await officer.post(path, fields)
    city.services.answers[command] = Response(status_code=503)
    await officer.post(path, {**fields, "pasti": "ya"})
    assert officer.status == 503
    assert "Belum pasti terkirim." in officer.page
    for name, typed in fields.items():
        assert officer.hidden(name) == typed
    city.services.answers[command] = a_case()
    await officer.post(path, {**fields, "pasti": officer.hidden("pasti")})
    assert "tercatat" in officer.page
    assert {sent[2]["idempotency-key"] for sent in city.services.told(command)} == {key}


async def test_the_language_switch_of_a_form_sends_nothing_and_returns_it_filled(
    city: City, officer: Browser, case: str
) -> None:
    await officer.open(RETURN)
    key = officer.hidden("kunci")
    await officer.post(RETURN, {"reason": WORDS, "bahasa": "en"})
    assert "Officers only" in officer.page
    assert WORDS in unescape(officer.page)
    assert officer.hidden("kunci") == key
    assert not city.services.told(f"POST /cases/{CASE}/return")
    await officer.open("/kotak")
    assert "Waiting for others" in officer.page


# --- whose form it is ----------------------------------------------------------------------


async def test_words_that_came_after_the_session_are_kept_and_sent_by_the_same_officer(
    city: City, officer: Browser, case: str
) -> None:
    city.services.answers[f"POST /cases/{CASE}/return"] = a_case()
    await officer.open(RETURN)
    marks = {n: officer.hidden(n) for n in ("csrf", "petugas_formulir", "kunci", "versi")}
    city.clock.advance(timedelta(minutes=31))
    await officer.post(RETURN, {"reason": WORDS, "balasan": "Mohon sebutkan patokan."})
    assert officer.status == 401
    assert "Sesi berakhir. Tulisan Anda belum terkirim, masih ada di sini." in officer.page
    assert WORDS in unescape(officer.page)
    assert "Mohon sebutkan patokan.</p>" not in officer.page, "offered, and not written by him"
    assert not city.services.told(f"POST /cases/{CASE}/return")
    kept = officer.page
    city.clock.advance(timedelta(minutes=-31))
    await officer.sign_in()
    officer.page = kept
    answer = await officer.http.post(RETURN, data={**marks, "reason": WORDS})
    assert answer.status_code == 303
    [sent] = city.services.told(f"POST /cases/{CASE}/return")
    assert sent[2]["idempotency-key"] == marks["kunci"]


async def test_another_officer_cannot_send_what_was_typed_before(
    city: City, officer: Browser, case: str
) -> None:
    city.services.answers[f"POST /cases/{CASE}/return"] = a_case()
    await officer.open(RETURN)
    marks = {n: officer.hidden(n) for n in ("csrf", "petugas_formulir", "kunci", "versi")}
    await officer.sign_in(n=2)
    answer = await officer.http.post(RETURN, data={**marks, "reason": WORDS})
    assert answer.status_code == 403
    assert WORDS not in unescape(answer.text)
    assert not city.services.told(f"POST /cases/{CASE}/return")


async def test_a_form_of_another_site_or_browser_is_refused_also_when_nobody_is_signed_in(
    city: City, officer: Browser, case: str
) -> None:
    await officer.open(RETURN)
    marks = {n: officer.hidden(n) for n in ("csrf", "petugas_formulir", "kunci", "versi")}
    forged = [
        ({**marks, "csrf": "x"}, {}),
        ({n: v for n, v in marks.items() if n != "csrf"}, {}),
        (marks, {"origin": "https://evil.test"}),
    ]
    for fields, headers in forged:
        answer = await officer.http.post(RETURN, data=fields, headers=headers)
        assert answer.status_code == 403
    async with city.browser() as other:
        await other.open("/masuk")
        answer = await other.http.post(RETURN, data={**marks, "reason": WORDS})
        assert answer.status_code == 403
        assert WORDS not in unescape(answer.text)
    assert not city.services.told(f"POST /cases/{CASE}/return")


@pytest.mark.parametrize(
    "box", ["x", f"{CASE}.1", f"{CASE}.x.JK1", "../me.1.JK1", f"{CASE}/../me.1.JK1"]
)
async def test_a_box_that_was_tampered_with_is_refused(
    city: City, officer: Browser, case: str, box: str
) -> None:
    await officer.open("/kotak")
    await officer.post("/kotak/massal", {"laporan": box, "tindakan": "accept", "pasti": "ya"})
    assert officer.status == 422
    assert not city.services.told("POST /bulk")


async def test_a_bulk_act_is_confirmed_and_tells_of_each_case(
    city: City, officer: Browser, case: str
) -> None:
    problem = {"detail": "Not yet.", "detail_id": "Sudah diambil.", "status": 409}
    city.services.answers["POST /bulk"] = {
        "results": [
            {"complaint_id": CASE, "status": 200, "case": a_case(), "problem": None},
            {"complaint_id": OTHER, "status": 409, "case": None, "problem": problem},
        ]
    }
    other = a_case(complaint_id=OTHER, report_number="JK2411030002")
    city.services.answers["GET /inbox"] = an_inbox(a_case(), other)
    await officer.open("/kotak")
    boxes = [f"{CASE}.3.JK2411030001", f"{OTHER}.3.JK2411030002"]
    await officer.post("/kotak/massal", {"laporan": boxes, "tindakan": "accept"})
    assert "berlaku untuk 2 laporan" in officer.page
    assert not city.services.told("POST /bulk")
    await officer.post("/kotak/massal", {"laporan": boxes, "tindakan": "accept", "pasti": "ya"})
    assert "1 berhasil, 1 tidak." in officer.page
    assert "JK2411030002: Sudah diambil." in officer.page
    [ticked] = re.findall(r'value="([^"]*)" checked', officer.page)
    assert ticked.startswith(OTHER), "what did not work stays ticked"


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (Response(status_code=503), 503, "Belum pasti terkirim."),
        (a_problem(401, "The token is not valid."), 401, "Sesi berakhir."),
        (a_problem(403, "Not yours."), 403, "Not yours."),
        (a_problem(422, "No such person.", field="body.assignee"), 422, "No such person."),
    ],
)
async def test_a_bulk_act_that_is_refused_says_why_and_keeps_what_was_ticked(
    city: City, officer: Browser, case: str, answer: Response, status: int, said: str
) -> None:
    await officer.open("/kotak")
    bulk = {"laporan": f"{CASE}.3.JK2411030001", "tindakan": "accept"}
    await officer.post("/kotak/massal", bulk)
    key = officer.hidden("kunci")
    city.services.answers["POST /bulk"] = answer
    await officer.post("/kotak/massal", {**bulk, "pasti": "ya"})
    assert officer.status == status
    assert said in officer.page
    assert officer.hidden("laporan") == bulk["laporan"]
    same = officer.hidden("kunci") == key
    assert same is (status in (401, 503)), "only what may have been taken is the same form"


# --- search --------------------------------------------------------------------------------


async def test_words_that_are_looked_for_stand_in_no_address(
    city: City, officer: Browser, case: str
) -> None:
    city.services.answers["POST /search"] = {
        "cases": [a_case()], "total_at_least": 1, "next_cursor": None,
    }  # fmt: skip
    await officer.open("/cari")
    answer = await officer.post("/cari", {"kata": "rahasia sekali", "nomor": "jk2411030001"})
    addresses = [str(each.url) for each in (*answer.history, answer)]
    assert not [each for each in addresses if "rahasia" in each or "JK24" in each.upper()]
    [asked] = city.services.told("POST /search")
    assert asked[3] == {"words": "rahasia sekali", "report_number": "JK2411030001", "limit": 25}
    found = officer.address
    async with city.browser() as colleague:
        await colleague.sign_in(n=2)
        await colleague.open(found)
        assert "sudah kedaluwarsa" in colleague.page
        assert "rahasia" not in colleague.page


async def test_keys_are_off_until_they_are_switched_on(officer: Browser, case: str) -> None:
    await officer.open("/kotak")
    assert 'data-keys="off"' in officer.page
    await officer.open("/profil")
    await officer.post("/profil/tombol", {"tombol": "ya"})
    await officer.open("/kotak")
    assert 'data-keys="on"' in officer.page


async def test_no_page_weighs_more_than_its_budget(officer: Browser, case: str) -> None:
    """150 kB for a first view: 25 of HTML, 12 of CSS; scripts 25 when they are compressed."""
    await officer.open("/kotak")
    assert len(officer.page.encode()) < 25_000
    files = set(re.findall(r'(?:src|href)="\./(static/[^"]+)"', officer.page))
    assert len(files) >= 4
    whole = [len((await officer.http.get(f"/{each}")).content) for each in files]
    assert sum(whole) + len(officer.page.encode()) < 150_000


# --- a case's history, and views of the inbox ------------------------------------------------


async def test_the_history_is_one_list_from_the_oldest_on_with_who_when_and_what_was_said(
    city: City, officer: Browser
) -> None:
    passed_on = a_step(
        version=2, event="CaseCoordinated", label="Dikoordinasikan", words=WORDS,
        at="2024-11-03T02:30:00Z", state="coordinated", unit_name="Suku Dinas Bina Marga",
        from_unit_name="Kelurahan Tebet Timur", actor_unit_name="Kelurahan Tebet Timur",
        officer="Petugas 4",
    )  # fmt: skip
    rejected = a_step(version=3, event="CaseRejected", label="Ditolak", reason="off_topic")
    steps = [a_step(), passed_on, rejected]
    city.services.answers[f"GET /cases/{CASE}"] = a_case(history=steps)
    await officer.open("/kotak")
    city.services.asked.clear()
    await officer.open(f"/laporan/{CASE}/riwayat?dari=tab%3Dlewat")
    assert [line[1] for line in city.services.asked] == [f"/cases/{CASE}"]
    [listed] = re.findall(r"<ol.*?</ol>", officer.page, re.DOTALL)
    first, second, third = (
        " ".join(unescape(re.sub("<[^>]+>", " ", each)).split())
        for each in listed.split("</li>")[:3]
    )
    assert first.startswith("Diteruskan ke unit · → Kelurahan Tebet Timur Min 3 Nov 2024 08.00 WIB")
    assert first.endswith("otomatis")
    assert "→ Suku Dinas Bina Marga Min 3 Nov 2024 09.30 WIB · Petugas 4, Kelurahan" in second
    assert WORDS in unescape(listed)
    assert "<b>" not in officer.page
    assert "Ditolak · " in third
    assert "off_topic" not in third, "a reason is told in words"
    assert 'href="../../laporan/' in officer.page
    assert "?dari=tab%3Dlewat" in officer.page


@pytest.mark.parametrize(
    ("answer", "status"), [(a_problem(404, "No such case."), 404), (Response(status_code=503), 503)]
)
async def test_a_history_that_cannot_be_read_is_a_page_that_says_so(
    city: City, officer: Browser, answer: Response, status: int
) -> None:
    city.services.answers[f"GET /cases/{CASE}"] = answer
    await officer.open(f"/laporan/{CASE}/riwayat")
    assert (officer.status, title(officer)[:10]) == (status, "Kesalahan:")


VIEW = {
    "view_id": OTHER, "name": "Parkir <lewat>",
    "query": {
        "tab": "overdue", "category": "parkir-liar", "assignee": "me", "due": "overdue",
        "area": "31.74.01.1001", "channel": "jaki", "state": "received",
    },
}  # fmt: skip
PUT_VIEW = re.compile(r"PUT /views/[0-9a-f-]{36}")


async def test_a_view_is_saved_with_the_filters_in_use_once_however_often_it_is_sent(
    city: City, officer: Browser, case: str
) -> None:
    await officer.open("/kotak?tab=lewat&kategori=parkir-liar&petugas=saya")
    page, key = officer.page, officer.hidden("kunci")
    city.services.answers[f"PUT /views/{key}"] = VIEW
    shown = {"tab": "lewat", "kategori": "parkir-liar", "petugas": "saya"}
    await officer.post("/kotak/tampilan", {**shown, "nama": "  Parkir saya "})
    assert "Tampilan tersimpan." in officer.page or "tersimpan" in officer.page
    officer.page = page
    await officer.post("/kotak/tampilan", {**shown, "nama": "Parkir saya"})
    sent = [line for line in city.services.asked if PUT_VIEW.match(f"{line[0]} {line[1]}")]
    assert [line[1] for line in sent] == [f"/views/{key}"] * 2, "the form's key is the view's id"
    wanted = {"tab": "overdue", "category": "parkir-liar", "assignee": "me"}
    assert [line[3] for line in sent] == [{"name": "Parkir saya", "query": wanted}] * 2


async def test_a_saved_view_leads_to_the_same_filters_and_is_text(
    city: City, officer: Browser, case: str
) -> None:
    city.services.answers["GET /views"] = {"views": [VIEW]}
    await officer.open("/kotak")
    assert "Parkir &lt;lewat&gt;" in officer.page
    [address] = re.findall(r'<li><a href="([^"]+)">Parkir', officer.page)
    await officer.open(f"/{unescape(address).removeprefix('./')}")
    assert officer.status == 200
    assert set(unescape(address).partition("?")[2].split("&")) == {
        "tab=lewat", "kategori=parkir-liar", "petugas=saya", "tenggat=lewat",
        "wilayah=31.74.01.1001", "kanal=jaki", "status=received",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (a_problem(409, "Too many.", detail_id="Terlalu banyak tampilan."), 409, "Terlalu banyak"),
        (a_problem(422, "Too long."), 422, "Too long."),
        (a_problem(401, "The token is not valid."), 401, "Sesi berakhir."),
        (Response(status_code=503), 503, "Belum pasti terkirim."),
    ],
)
async def test_a_view_that_is_not_saved_says_why_and_its_name_comes_back(
    city: City, officer: Browser, case: str, answer: Response, status: int, said: str
) -> None:
    await officer.open("/kotak?tab=lewat")
    key = officer.hidden("kunci")
    city.services.answers[f"PUT /views/{key}"] = answer
    await officer.post("/kotak/tampilan", {"tab": "lewat", "nama": 'Parkir "saya"'})
    assert officer.status == status
    assert said in officer.page
    assert 'value="Parkir &#34;saya&#34;"' in officer.page
    if status in (401, 503):
        assert officer.hidden("kunci") == key, "sent again it is the same view"
    if status != 401:
        assert title(officer).startswith("Kesalahan:")
        assert "JK2411030001" in officer.page, "the list stays"


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"nama": "  "}, "Isian ini wajib diisi."), ({"nama": "x", "kunci": "../me"}, "")],
)
async def test_a_view_without_a_name_or_of_a_key_that_is_none_is_not_sent(
    city: City, officer: Browser, case: str, fields: dict[str, str], said: str
) -> None:
    await officer.open("/kotak?tab=lewat")
    await officer.post("/kotak/tampilan", {"tab": "lewat", **fields})
    assert (officer.status, title(officer)[:10]) == (422, "Kesalahan:")
    assert said in officer.page
    assert not [line for line in city.services.asked if line[0] == "PUT"]


async def test_a_view_is_removed_and_the_filters_stay(
    city: City, officer: Browser, case: str
) -> None:
    city.services.answers |= {
        "GET /views": {"views": [VIEW]}, f"DELETE /views/{OTHER}": Response(status_code=204),
    }  # fmt: skip
    await officer.open("/kotak?tab=lewat&kanal=jaki")
    gone = {"tampilan": OTHER, "tab": "lewat", "kanal": "jaki"}
    await officer.post("/kotak/tampilan/hapus", gone)
    assert officer.address == "/kotak?tab=lewat&kanal=jaki"
    assert len(city.services.told(f"DELETE /views/{OTHER}")) == 1
    await officer.post("/kotak/tampilan/hapus", {**gone, "tampilan": "../me"})
    assert officer.status == 422
    assert not [line for line in city.services.asked if line[:2] == ("DELETE", "/me")]


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (Response(status_code=503), 503, "Belum pasti terkirim."),
        (a_problem(403, "Not yours.", detail_id="Bukan milik Anda."), 403, "Bukan milik Anda."),
        (a_problem(401, "The token is not valid."), 401, "Sesi berakhir."),
        (a_problem(404, "It is gone."), 200, "JK2411030001"),
    ],
)
async def test_a_view_that_is_not_removed_is_not_said_to_be(
    city: City, officer: Browser, case: str, answer: Response, status: int, said: str
) -> None:
    city.services.answers |= {"GET /views": {"views": [VIEW]}, f"DELETE /views/{OTHER}": answer}
    await officer.open("/kotak")
    await officer.post("/kotak/tampilan/hapus", {"tampilan": OTHER, "tab": "baru"})
    assert officer.status == status
    assert said in officer.page


async def test_views_that_cannot_be_read_are_not_said_to_be_none(
    city: City, officer: Browser, case: str
) -> None:
    city.services.answers["GET /views"] = Response(status_code=503)
    await officer.open("/kotak")
    assert "Tampilan tersimpan tidak dapat dibaca saat ini." in officer.page
    assert "Belum ada tampilan" not in officer.page
    assert "JK2411030001" in officer.page


async def test_why_a_case_is_here_stands_folded_on_its_page(city: City, officer: Browser) -> None:
    city.services.answers |= {
        f"GET /cases/{CASE}": a_case(explanation=an_explanation(terms=["<b>parkir</b>"])),
        "GET /deliveries": {"deliveries": []},
    }
    await officer.open(f"/laporan/{CASE}")
    assert '<details class="why"><summary>Mengapa laporan ini di sini</summary>' in officer.page
    assert "Menurut titik peta." in officer.page
    assert "“&lt;b&gt;parkir&lt;/b&gt;”" in officer.page
