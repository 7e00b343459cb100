"""What an officer reads of a case's files: pictures, and in words what is not shown."""

import re
from typing import Any

import pytest

from services.routing.console.media import files_of, locks_opened_by
from services.routing.console.session import Officer
from services.routing.console.words import WORDS
from shared.auth import Role
from shared.unit_table import load_units
from tests.unit.console.city import CASE, KELURAHAN, Browser, City, a_case, a_problem

REF = "00000000-0000-7000-8000-0000000000b1"
MEDIA = "https://media.example.org/v1/media"
NOTHING_OPENS: frozenset[str] = frozenset()
ALL_OPEN = frozenset({"private_report", "document"})


def a_file(**changes: Any) -> dict[str, Any]:
    """A ``MediaView`` of a picture that is shown."""
    links = {size: f"{MEDIA}/{REF}/{size}?viewer=a&signature=b" for size in ("small", "large")}
    return {
        "ref": REF, "kind": "picture", "origin": "reporter", "content_ref": None, "number": 1,
        "state": "cleared", "reason": None, "lock": None, "taken_near": "unknown", "flags": [],
        "links": {**links, "medium": f"{MEDIA}/{REF}/medium", "original": None,
                  "expires_at": "2030-01-01T00:00:00Z"},
        "opened": [], **changes,
    }  # fmt: skip


def remark(**changes: Any) -> str:
    """Of one file without links, in English."""
    told = a_case(media=[a_file(links=None, **changes)])
    return files_of(told, WORDS["en"], NOTHING_OPENS).before[0].remark


async def test_pictures_of_a_case_are_small_links_to_large_ones_and_their_origin_alone_is_let_in(
    city: City, officer: Browser
) -> None:
    work = a_file(origin="evidence", flags=[{"flag": "reused", "other_report_number": "JK7"}])
    city.services.answers[f"GET /cases/{CASE}"] = a_case(media=[a_file(), work])
    answer = await officer.open(f"/laporan/{CASE}")
    shown = re.findall(r'<img src="([^"?]+)[^"]*" alt="([^"]+)" loading="lazy"', officer.page)
    assert shown == [
        (f"{MEDIA}/{REF}/small", "Foto 1 dari pelapor"),
        (f"{MEDIA}/{REF}/small", "Foto 1 hasil pekerjaan"),
    ]
    assert officer.page.count(f'href="{MEDIA}/{REF}/large?viewer=a&amp;signature=b"') == 2
    assert "Mirip foto hasil pekerjaan pada laporan lain: JK7" in officer.page
    policy = answer.headers["content-security-policy"]
    pictures = re.search("img-src ([^;]+)", policy)
    assert pictures
    own, data, *others = pictures[1].split()
    assert (own, data) == ("'self'", "data:")
    assert [each.rpartition(":")[0] for each in others] == ["http://127.0.0.1"]


async def test_a_locked_picture_has_no_address_on_the_page(city: City, officer: Browser) -> None:
    locked = a_file(lock="private_report", links=None)
    city.services.answers[f"GET /cases/{CASE}"] = a_case(media=[locked])
    await officer.open(f"/laporan/{CASE}")
    assert "Foto terkunci" in officer.page
    assert "<img" not in officer.page
    assert "Belum ada foto" not in officer.page


RESULT = f"/laporan/{CASE}/hasil"


async def test_a_result_names_the_pictures_that_prove_it_and_no_other(
    city: City, officer: Browser
) -> None:
    other = REF.replace("b1", "b2")
    files = [a_file(), a_file(origin="evidence"), a_file(ref=other, origin="evidence"),
             a_file(origin="evidence", state="refused", reason="damaged", links=None)]  # fmt: skip
    told = a_case(allowed=["follow-up"], state="in_progress", media=files)
    city.services.answers |= {
        f"GET /cases/{CASE}": told, f"POST /cases/{CASE}/follow-up": told,
        "GET /reply-templates": {"templates": []},
    }  # fmt: skip
    await officer.open(RESULT)
    ticked = re.findall('name="foto" value="([^"]+)" checked>', officer.page)
    assert ticked == [REF, other], "all that are shown"
    await officer.post(RESULT, {"text": "Sudah diangkut.", "foto": [other]})
    [(_, _, _, body)] = city.services.told(f"POST /cases/{CASE}/follow-up")
    assert body == {"text": "Sudah diangkut.", "evidence": [], "media": [other]}


async def test_a_result_that_lacks_its_picture_comes_back_as_it_was(
    city: City, officer: Browser
) -> None:
    refusal = a_problem(422, "No.", detail_id="Sertakan foto hasil.", field="media")
    told = a_case(allowed=["follow-up"], state="in_progress", media=[a_file(origin="evidence")])
    city.services.answers |= {
        f"GET /cases/{CASE}": told, f"POST /cases/{CASE}/follow-up": refusal,
        "GET /reply-templates": {"templates": []},
    }  # fmt: skip
    await officer.open(RESULT)
    await officer.post(RESULT, {"text": "Sudah diangkut."})
    assert officer.status == 422
    assert "Tambah foto, PDF, atau video: Sertakan foto hasil." in officer.page
    assert "Sudah diangkut." in officer.page
    assert 'name="foto"' in officer.page
    assert "checked" not in officer.page


def test_what_is_not_shown_says_why_in_plain_words() -> None:
    assert remark(kind=None, state="received").startswith("Being checked")
    assert remark(state="refused", reason="damaged") == (
        "It could not be taken. The file is damaged or was cut short on its way."
    )
    assert remark(lock="private_report").startswith("Locked picture: this report is private")
    assert remark(kind="document", state="locked", lock="document").startswith("Locked: a document")
    assert remark(state="removed", lock="private_report") == "Erased."
    assert remark().startswith("Cannot be shown now"), "media is away"


def test_files_are_counted_by_their_origin_however_many_messages_they_came_with() -> None:
    told = [a_file(), a_file(origin="evidence"), a_file(kind="document", number=1)]
    found = files_of(a_case(media=told), WORDS["id"], NOTHING_OPENS)
    assert [each.title for each in found.before] == [
        "Foto 1 dari pelapor",
        "Dokumen 2 dari pelapor",
    ]
    assert [each.title for each in found.after] == ["Foto 1 hasil pekerjaan"]


def test_that_a_picture_was_taken_far_away_is_said_once() -> None:
    far = a_file(origin="evidence", taken_near="no",
                 flags=[{"flag": "far", "other_report_number": None}])  # fmt: skip
    found = files_of(a_case(media=[far]), WORDS["en"], NOTHING_OPENS).after[0]
    assert found.near == ""
    assert [each.text for each in found.flags] == ["Taken far from the place of the report"]
    near = a_file(taken_near="yes")
    assert files_of(a_case(media=[near]), WORDS["en"], NOTHING_OPENS).before[0].near


@pytest.mark.parametrize(
    ("role", "unit", "locks"),
    [
        (Role.BIRO, "biro-pemerintahan", ALL_OPEN),
        (Role.TRIAGE_OFFICER, "triage", ALL_OPEN),
        (Role.UNIT_OFFICER, "inspektorat", ALL_OPEN),
        (Role.UNIT_OFFICER, KELURAHAN, frozenset({"document"})),
        (Role.AUDITOR, "inspektorat", NOTHING_OPENS),
    ],
)
def test_who_judges_or_places_a_report_may_ask_to_see_a_private_picture(
    role: Role, unit: str, locks: frozenset[str]
) -> None:
    officer = Officer(subject="o1", role=role, unit=unit, name="P", unit_name="U", token="t")
    assert locks_opened_by(officer, load_units()) == locks


def test_only_what_can_still_be_seen_is_offered_to_be_opened() -> None:
    def opens(**changes: Any) -> bool:
        told = a_case(media=[a_file(links=None, **changes)])
        return files_of(told, WORDS["en"], ALL_OPEN).before[0].opens

    assert opens(lock="private_report")
    assert opens(lock="document", state="locked", kind="document")
    assert not opens(lock="private_report", state="received", kind=None)
    assert not opens(lock="private_report", state="removed")
    assert not opens()
