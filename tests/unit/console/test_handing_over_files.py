"""An officer files a result with pictures in the browser: each goes to media, and is named."""

import re
from typing import Any

import pytest
from fastapi.responses import JSONResponse, Response

from services.routing.console.uploads import FILE_MEGABYTES, MEGABYTE
from tests.unit.console.city import CASE, Browser, City, InTurn, Part, a_case, a_problem

FIRST, SECOND = (f"00000000-0000-7000-8000-0000000000c{n}" for n in (1, 2))
RESULT = f"/laporan/{CASE}/hasil"
EVIDENCE = f"POST /evidence/{CASE}"
FILED = f"POST /cases/{CASE}/follow-up"
WORDS = "Sampah sudah diangkut."
PICTURE = b"\xff\xd8\xff a picture"


def taken(ref: str = FIRST, state: str = "cleared", reason: str | None = None) -> JSONResponse:
    """As media answers."""
    told: dict[str, Any] = {
        "media_ref": ref,
        "state": state,
        "kind": None,
        "flags": [],
        "reason": reason,
    }
    return JSONResponse(told, 201)


@pytest.fixture
async def at_the_form(city: City, officer: Browser) -> Browser:
    told = a_case(allowed=["follow-up"], state="in_progress", media=[])
    city.services.answers |= {
        f"GET /cases/{CASE}": told, FILED: told, "GET /reply-templates": {"templates": []},
        EVIDENCE: taken(),
    }  # fmt: skip
    await officer.open(RESULT)
    return officer


def named(page: str) -> list[str]:
    """Refs that the form goes on naming."""
    return re.findall('type="hidden" name="foto" value="([^"]+)"', page)


async def test_pictures_that_were_chosen_are_handed_over_and_prove_the_result(
    city: City, at_the_form: Browser
) -> None:
    key = at_the_form.hidden("kunci")
    city.services.answers[EVIDENCE] = InTurn([taken(FIRST), taken(SECOND)])
    await at_the_form.post_files(RESULT, {"text": WORDS}, PICTURE, PICTURE * 2)
    assert (at_the_form.status, at_the_form.address) == (200, f"/laporan/{CASE}?tercatat=hasil")
    handed = city.services.told(EVIDENCE)
    assert [body for *_, body in handed] == [PICTURE, PICTURE * 2]
    assert [told["idempotency-key"] for _, _, told, _ in handed] == [
        f"{key}-foto-1", f"{key}-foto-2"
    ]  # fmt: skip
    [(_, _, told, body)] = city.services.told(FILED)
    assert body == {"text": WORDS, "evidence": [], "media": [FIRST, SECOND]}
    assert handed[0][2]["authorization"] == told["authorization"]
    assert "IMG_1" not in str(city.services.asked), "no file name leaves the browser's form"


async def test_a_form_without_a_chosen_file_is_what_it_was(
    city: City, at_the_form: Browser
) -> None:
    await at_the_form.post_files(RESULT, {"text": WORDS}, b"")
    [(*_, body)] = city.services.told(FILED)
    assert body["media"] == []
    assert city.services.told(EVIDENCE) == []


async def test_a_file_that_is_refused_is_named_and_nothing_else_is_asked_again(
    city: City, at_the_form: Browser
) -> None:
    refused = taken(SECOND, "refused", "damaged")
    city.services.answers[EVIDENCE] = InTurn([taken(FIRST), refused])
    await at_the_form.post_files(RESULT, {"text": WORDS}, PICTURE, b"GIF89a")
    assert at_the_form.status == 422
    assert "Berkas ke-2 tidak diterima: Berkasnya rusak" in at_the_form.page
    assert WORDS in at_the_form.page
    assert named(at_the_form.page) == [FIRST]
    assert city.services.told(FILED) == [], "nothing was filed"
    await at_the_form.post_files(RESULT, {"text": WORDS, "foto": named(at_the_form.page)})
    [(*_, body)] = city.services.told(FILED)
    assert body["media"] == [FIRST]
    assert len(city.services.told(EVIDENCE)) == 2, "the first one was not sent again"


async def test_words_that_are_missing_cost_no_picture(city: City, at_the_form: Browser) -> None:
    await at_the_form.post_files(RESULT, {"text": ""}, PICTURE)
    assert at_the_form.status == 422
    assert named(at_the_form.page) == [FIRST]
    assert "1 foto sudah diterima" in at_the_form.page


async def test_while_media_is_away_the_form_says_so_and_the_same_files_keep_their_keys(
    city: City, at_the_form: Browser
) -> None:
    key = at_the_form.hidden("kunci")
    city.services.answers[EVIDENCE] = Response(status_code=503)
    await at_the_form.post_files(RESULT, {"text": WORDS}, PICTURE)
    assert at_the_form.status == 503
    assert "Penyimpanan berkas sedang tidak menjawab" in at_the_form.page
    assert WORDS in at_the_form.page
    assert at_the_form.hidden("kunci") == key
    assert city.services.told(FILED) == []


async def test_a_file_that_is_too_large_is_no_file_of_media_and_the_rest_of_the_form_is_read(
    city: City, at_the_form: Browser
) -> None:
    large = bytes(FILE_MEGABYTES * MEGABYTE + 1)
    await at_the_form.post_files(RESULT, {"text": WORDS}, large, PICTURE)
    assert at_the_form.status == 422
    assert "Berkas ke-1 tidak diterima: Terlalu besar." in at_the_form.page
    assert [body for *_, body in city.services.told(EVIDENCE)] == [PICTURE]
    assert named(at_the_form.page) == [FIRST]


async def test_more_files_than_five_are_not_taken(city: City, at_the_form: Browser) -> None:
    await at_the_form.post_files(RESULT, {"text": WORDS}, *[PICTURE] * 6)
    assert at_the_form.status == 422
    assert "Berkas ke-6 tidak diterima: Paling banyak 5 berkas" in at_the_form.page
    assert len(city.services.told(EVIDENCE)) == 5


@pytest.mark.parametrize("mark", ["csrf", "petugas_formulir"])
async def test_of_a_form_that_is_not_this_officers_no_byte_is_passed_on(
    city: City, at_the_form: Browser, mark: str
) -> None:
    await at_the_form.post_files(RESULT, {mark: "x", "text": WORDS}, PICTURE)
    assert at_the_form.status == 403
    assert city.services.told(EVIDENCE) == []


async def test_marks_that_come_after_the_file_come_too_late(
    city: City, at_the_form: Browser
) -> None:
    marks = {name: at_the_form.hidden(name) for name in ("csrf", "petugas_formulir")}
    parts: list[Part] = [("berkas", ("a.jpg", PICTURE))]
    parts += [(name, (None, mark)) for name, mark in marks.items()]
    answer = await at_the_form.http.post(RESULT, files=parts)
    assert answer.status_code == 403
    assert city.services.told(EVIDENCE) == []


async def test_a_document_is_kept_with_the_case_and_proves_nothing(
    city: City, at_the_form: Browser
) -> None:
    city.services.answers[EVIDENCE] = taken(FIRST, "locked")
    await at_the_form.post_files(RESULT, {"text": WORDS}, b"%PDF-1.7")
    [(*_, body)] = city.services.told(FILED)
    assert body["media"] == []


async def test_a_picture_of_which_routing_has_not_heard_yet_is_waited_for(
    city: City, at_the_form: Browser
) -> None:
    not_yet = a_problem(409, "Still being checked.")
    not_yet.headers["retry-after"] = "1"
    told = a_case(allowed=["follow-up"], state="in_progress")
    city.services.answers[FILED] = InTurn([not_yet, told])
    await at_the_form.post_files(RESULT, {"text": WORDS}, PICTURE)
    assert at_the_form.address == f"/laporan/{CASE}?tercatat=hasil"
    keys = {told["idempotency-key"] for _, _, told, _ in city.services.told(FILED)}
    assert len(keys) == 1


async def test_a_picture_that_stays_in_doubt_gives_the_form_back_and_is_not_sent_again(
    city: City, at_the_form: Browser
) -> None:
    not_yet = a_problem(409, "Still being checked.")
    not_yet.headers["retry-after"] = "1"
    city.services.answers |= {FILED: not_yet, EVIDENCE: taken(FIRST, "waiting")}
    key = at_the_form.hidden("kunci")
    await at_the_form.post_files(RESULT, {"text": WORDS}, PICTURE)
    assert at_the_form.status == 503
    assert "Foto masih diperiksa." in at_the_form.page
    assert (at_the_form.hidden("kunci"), named(at_the_form.page)) == (key, [FIRST])


async def test_a_picture_that_was_refused_meanwhile_is_named_no_more(
    city: City, at_the_form: Browser
) -> None:
    file: dict[str, Any] = {
        "ref": FIRST, "kind": None, "origin": "evidence", "content_ref": None, "number": 1,
        "state": "refused", "reason": "damaged", "lock": None, "taken_near": "unknown",
        "flags": [], "links": None, "opened": [],
    }  # fmt: skip
    city.services.answers[f"GET /cases/{CASE}"] = a_case(allowed=["follow-up"], media=[file])
    await at_the_form.post_files(RESULT, {"text": "", "foto": FIRST})
    assert named(at_the_form.page) == []


async def test_after_the_sessions_end_the_words_come_back_and_say_that_files_did_not_come(
    city: City, at_the_form: Browser
) -> None:
    for cookie in ("__Host-sesi", "__Host-petugas"):
        at_the_form.http.cookies.delete(cookie)
    await at_the_form.post_files(RESULT, {"text": WORDS}, PICTURE)
    assert at_the_form.status == 401
    assert WORDS in at_the_form.page
    assert "Berkas yang Anda pilih tidak ikut terkirim" in at_the_form.page
    lost = {name: at_the_form.hidden(name) for name in ("kunci", "versi", "berkas_hilang")}
    seat = at_the_form.hidden("petugas_formulir")
    await at_the_form.sign_in()
    await at_the_form.open(RESULT)
    await at_the_form.post(RESULT, {**lost, "petugas_formulir": seat, "text": WORDS})
    assert at_the_form.status == 422, "it is not filed without its picture"
    assert "Pilih lagi, lalu kirim." in at_the_form.page
    assert city.services.told(FILED) == city.services.told(EVIDENCE) == []


async def test_a_form_of_words_alone_takes_no_files(city: City, officer: Browser) -> None:
    city.services.answers[f"GET /cases/{CASE}"] = a_case(allowed=["return"])
    await officer.open(f"/laporan/{CASE}/kembalikan")
    await officer.post_files(f"/laporan/{CASE}/kembalikan", {"reason": WORDS}, PICTURE)
    assert officer.status == 415
    assert city.services.told(EVIDENCE) == []


@pytest.mark.parametrize(
    ("category", "received_at", "needed"),
    [
        ("reklame", "2026-11-27T00:00:00+07:00", True),
        ("reklame", "2026-11-26T23:59:59+07:00", False),
        ("sampah", "2026-11-27T00:00:00+07:00", False),
    ],
)
async def test_where_a_picture_is_needed_the_form_says_so_before(
    city: City, officer: Browser, category: str, received_at: str, needed: bool
) -> None:
    told = a_case(allowed=["follow-up"], category=category, received_at=received_at)
    city.services.answers |= {
        f"GET /cases/{CASE}": told, "GET /reply-templates": {"templates": []},
    }  # fmt: skip
    await officer.open(RESULT)
    assert ("dibuktikan dengan foto. Pilih" in officer.page) == needed


async def test_a_result_that_lacks_its_picture_says_where_to_choose_one(
    city: City, at_the_form: Browser
) -> None:
    city.services.answers[FILED] = a_problem(
        422, "Send one to POST /v1/evidence.", field="media", code="photo_needed"
    )
    await at_the_form.post_files(RESULT, {"text": WORDS})
    assert at_the_form.status == 422
    assert '<a href="#f-berkas">' in at_the_form.page
    assert "Pilih fotonya di sini." in at_the_form.page
    assert "/v1/evidence" not in at_the_form.page


async def test_beside_the_files_stands_how_much_may_come_and_what_not_to_show(
    at_the_form: Browser,
) -> None:
    assert 'enctype="multipart/form-data"' in at_the_form.page
    assert "masing-masing sampai 25 MB" in at_the_form.page
    assert "tanpa wajah, pelat nomor, atau rumah pelapor" in at_the_form.page
