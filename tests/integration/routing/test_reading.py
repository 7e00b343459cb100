"""What officers read of a case, and where they find what reporters wrote last."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.routing.case.commands import (
    ApprovePlan,
    AssignFromTriage,
    CoordinateCase,
    MergeCase,
    RejectCase,
    ReopenCase,
    RequestExtension,
    StartWork,
    SubmitFollowUp,
    SubmitPlan,
    ValidateFollowUp,
)
from services.routing.domain import Actor
from shared.events.intake import ComplaintSupplemented, ReporterErased
from shared.events.vocabulary import RejectionReason, ReopenReason
from tests.builders import T0, a_complaint, a_complaint_id, in_envelope
from tests.integration.routing.test_api import CASE, ONE, Office, office, received
from tests.integration.routing.world import World
from tests.unit.routing.cases import BINA_MARGA, BIRO_OFFICER, MANGGARAI, an_officer

__all__ = ["office"]

OFFICER, COLLEAGUE = an_officer(MANGGARAI), an_officer(MANGGARAI, subject="p2")
LATER = T0 + timedelta(days=3)
TWO = a_complaint_id(2)
FOLLOW_UP = SubmitFollowUp(text="Sudah diangkut")
BIRO: dict[str, Any] = {"role": "biro", "unit": "biro-pemerintahan"}
INBOX, UNREAD = "/v1/inbox", "/v1/unread"


async def wrote(world: World, number: int, ref: int, **fields: Any) -> UUID:
    event = ComplaintSupplemented.model_validate(
        {"complaint_id": a_complaint_id(number), "at": T0, "content_ref": UUID(int=ref),
         "kind": "note", **fields}
    )  # fmt: skip
    world.letters.written[event.content_ref] = {"text": "Belum beres"}
    await world.hear([in_envelope(event, 100 + ref)])
    return event.content_ref


async def completed(world: World, complaint_id: UUID = ONE) -> None:
    for command, actor in ((StartWork(), OFFICER), (FOLLOW_UP, OFFICER),
                           (ValidateFollowUp(), BIRO_OFFICER)):  # fmt: skip
        await world.act(complaint_id, command, actor)


async def found(office: Office, path: str, **who: Any) -> list[str]:
    answer = await office.get(path, **who)
    assert answer.status_code == 200, answer.text
    return [case["complaint_id"] for case in answer.json()["cases"]]


async def test_an_objection_to_a_completed_case_waits_for_whoever_may_reopen_it(
    office: Office, world: World
) -> None:
    await received(world)
    await completed(world)
    ref = await wrote(world, 1, 61)
    assert (await found(office, UNREAD), await found(office, UNREAD, **BIRO)) == ([], [str(ONE)])
    [case] = (await office.get(UNREAD, **BIRO)).json()["cases"]
    assert (case["unread"], case["objection_until"]) == ([str(ref)], "2024-11-13T02:00:00Z")
    looked = {"refs": [str(ref)], "note": "Foto menunjukkan sudah bersih"}
    for _ in range(2):
        answer = await office.post(f"{UNREAD}/{ONE}/look", looked, **BIRO)
        assert (answer.status_code, answer.json()["unread"]) == (200, [])
    assert await found(office, UNREAD, **BIRO) == []
    [look] = await world.rows("SELECT refs, actor_unit, note FROM looks")
    assert (look.refs, look.actor_unit, look.note) == ([ref], BIRO["unit"], looked["note"])


async def test_words_to_a_merged_case_are_found_by_who_holds_it(
    office: Office, world: World
) -> None:
    await received(world, 1)
    await received(world, 2)
    await world.act(TWO, MergeCase(head=ONE), OFFICER)
    ref = await wrote(world, 2, 62)
    assert await found(office, UNREAD) == [str(TWO)]
    [merged] = (await office.get(CASE)).json()["merged"]
    assert merged == {
        "complaint_id": str(TWO), "report_number": merged["report_number"],
        "received_at": "2024-11-03T02:00:00Z", "unread": [str(ref)],
    }  # fmt: skip


async def test_unread_words_are_listed_page_by_page_the_longest_unread_first(
    office: Office, world: World
) -> None:
    for number in (1, 2, 3):
        await received(world, number)
    for number, minutes in ((2, 1), (3, 2), (1, 3)):
        await wrote(world, number, 70 + number, at=T0 + timedelta(minutes=minutes))
    pages, cursor = [], ""
    for _ in range(3):
        page = (await office.get(f"{UNREAD}?limit=1{cursor}")).json()
        pages += [case["complaint_id"] for case in page["cases"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert pages == [str(TWO), str(a_complaint_id(3)), str(ONE)]
    assert cursor == "&cursor=None"


async def test_reporters_of_merged_cases_hear_that_the_head_is_open_again(world: World) -> None:
    await received(world, 1)
    await received(world, 2)
    await world.act(TWO, MergeCase(head=ONE), OFFICER)
    await completed(world)
    command = ReopenCase(reason=ReopenReason.CITIZEN_OBJECTION, note="Masih ada sisa")
    await world.act(ONE, command, BIRO_OFFICER)
    assert await world.told(TWO) == ["CaseRouted", "CaseMerged", "CaseCompleted", "CaseReopened"]
    [row] = await world.rows(
        "SELECT convert_from(body, 'UTF8') AS said FROM outbox"
        " WHERE complaint_id = :id ORDER BY seq DESC LIMIT 1", id=TWO,
    )  # fmt: skip
    # It still follows its head, and what the officer wrote of the head's reporter stays there.
    assert '"state":"merged"' in row.said
    assert '"note_ref":null' in row.said


PLAN = SubmitPlan(plan="Regu datang hari Rabu", complete_by=LATER)
LATER_DATE = RequestExtension(reason="Menunggu alat berat", complete_by=LATER)


@pytest.mark.parametrize(
    ("commands", "label", "words", "complete_by"),
    [
        ((PLAN,), "Rencana diajukan", "Regu datang hari Rabu", "2024-11-06T02:00:00Z"),
        ((PLAN, ApprovePlan(), LATER_DATE), "Perpanjangan diminta", "Menunggu alat berat",
         "2024-11-06T02:00:00Z"),
        ((PLAN, ApprovePlan(), FOLLOW_UP), "Tindak lanjut dilaporkan", "Sudah diangkut", None),
    ],
)  # fmt: skip
async def test_a_judge_is_shown_what_there_is_to_judge(
    office: Office,
    world: World,
    commands: tuple[Any, ...],
    label: str,
    words: str,
    complete_by: str | None,
) -> None:
    await received(world, category="jalan")
    unit = (await world.case(ONE)).unit_id
    assert (await office.get(CASE, unit=unit)).json()["under_judgement"] is None
    for command in commands:
        judges = isinstance(command, ApprovePlan)
        await world.act(ONE, command, BIRO_OFFICER if judges else an_officer(unit))
    filed = (await office.get(CASE, **BIRO)).json()["under_judgement"]
    assert (filed["label"], filed["words"], filed["complete_by"]) == (label, words, complete_by)


async def test_the_history_names_units_reasons_and_dates(office: Office, world: World) -> None:
    await received(world)
    await world.act(ONE, CoordinateCase(to_unit=BINA_MARGA, note="Jalan provinsi"), OFFICER)
    dinas = an_officer(BINA_MARGA)
    await world.act(ONE, StartWork(), dinas)
    await world.act(ONE, FOLLOW_UP, dinas)
    await world.act(ONE, ValidateFollowUp(), BIRO_OFFICER)
    fraud = ReopenCase(reason=ReopenReason.SUSPECTED_FRAUD, to_unit=MANGGARAI, note="Foto lama")
    await world.act(ONE, fraud, BIRO_OFFICER)
    await world.act(ONE, RejectCase(reason=RejectionReason.OFF_TOPIC, note="Bukan aduan"), OFFICER)
    steps = (await office.get(CASE)).json()["history"]
    assert [
        (s["label"], s["unit_name"], s["actor_unit_name"], s["from_unit_name"], s["reason"],
         s["words"]) for s in steps if s["event"] in ("CaseCoordinated", "CaseReopened",
                                                      "CaseRejected")
    ] == [
        ("Dikoordinasikan ke unit lain", "Dinas Bina Marga", "Kelurahan Manggarai",
         "Kelurahan Manggarai", None, "Jalan provinsi"),
        ("Dibuka kembali", "Kelurahan Manggarai", "Biro Pemerintahan", None, "suspected_fraud",
         "Foto lama"),
        ("Laporan ditolak", "Kelurahan Manggarai", "Kelurahan Manggarai", None, "off_topic",
         "Bukan aduan"),
    ]  # fmt: skip


async def test_whose_complaint_it_is_about_is_told_to_those_who_see_it(
    office: Office, world: World
) -> None:
    await received(world, about_unit="31.74.01.1001")
    inspector: dict[str, Any] = {"unit": "inspektorat"}
    for path in (CASE, INBOX):
        body = (await office.get(path, **inspector)).json()
        case = body["cases"][0] if path == INBOX else body
        assert case["about_unit"] == "31.74.01.1001"


async def test_who_passed_a_case_on_finds_it_again_and_watches_it(
    office: Office, world: World
) -> None:
    await received(world)
    await world.act(ONE, CoordinateCase(to_unit=BINA_MARGA), OFFICER)
    watched = f"{INBOX}?watched=true"
    assert (await found(office, INBOX), await found(office, watched)) == ([], [str(ONE)])
    assert await found(office, watched, unit=BINA_MARGA) == []
    read = (await office.get(CASE)).json()
    assert (read["unit_name"], read["allowed"]) == ("Dinas Bina Marga", [])
    await completed_by(world, BINA_MARGA)
    assert await found(office, f"{watched}&state=completed") == [str(ONE)]


async def completed_by(world: World, unit: str) -> None:
    officer = an_officer(unit)
    for command, actor in ((StartWork(), officer), (FOLLOW_UP, officer),
                           (ValidateFollowUp(), BIRO_OFFICER)):  # fmt: skip
        await world.act(ONE, command, actor)


@pytest.mark.parametrize("role", ["admin", "auditor"])
async def test_administrators_and_auditors_read_and_act_on_nothing(
    office: Office, world: World, role: Any
) -> None:
    await received(world)
    read = await office.get(CASE, role=role, unit="satpol-pp")
    assert (read.status_code, read.json()["allowed"]) == (200, [])
    assert read.json()["contents"][0]["text"]
    act = await office.post(f"{CASE}/start", role=role, unit="satpol-pp", seen=1)
    assert act.status_code == 403


async def test_a_place_that_was_guessed_says_so(office: Office, world: World) -> None:
    unsure = a_complaint(kelurahan_code=None)
    world.letters.written[unsure.content_ref] = {
        "text": "Tumpukan di depan pos ronda", "latitude": -6.2135, "longitude": 106.8510,
    }  # fmt: skip
    await world.hear([in_envelope(unsure, 1)])
    assert (await office.get(CASE, **BIRO)).json()["approximate_area"] is True


async def test_a_place_that_triage_names_is_no_guess(office: Office, world: World) -> None:
    desk = Actor("t1", "triage_officer", "triage")
    await received(world, kelurahan_code=None, category=None)
    [case] = (await office.get("/v1/triage", role="triage_officer", unit="triage")).json()["cases"]
    assert case["approximate_area"] is False
    await world.act(ONE, AssignFromTriage(unit=MANGGARAI, category="sampah"), desk)
    assert (await office.get(CASE)).json()["approximate_area"] is False


async def test_why_a_case_is_with_its_unit_is_kept_shown_and_forgotten_with_the_reporter(
    office: Office, world: World
) -> None:
    event = a_complaint(kelurahan_code=None, category=None)
    world.letters.written[event.content_ref] = {
        "text": "SAMPAHHH menumpuk depan rumah Bu Siti, kelurahan Manggarai"
    }
    await world.hear_twice(event)
    why = (await office.get(CASE)).json()["explanation"]
    assert (why["rule_id"], why["category"], why["unit_id"], why["triage_reason"]) == (
        "kelurahan-named", "sampah", MANGGARAI, None,
    )  # fmt: skip
    assert "sampah menumpuk" in why["terms"]
    assert why["says"].startswith("What a kelurahan handles")
    assert (why["place"]["code"], why["place"]["source"]) == (MANGGARAI, "words")
    assert (0.5 < why["confidence"] <= 0.95, why["version"]) == (True, 1)
    [kept] = await world.rows("SELECT CAST(body AS text) AS body FROM explanations")
    assert "siti" not in kept.body.lower()
    assert "menumpuk" not in "".join(
        row.said for row in await world.rows(
            "SELECT convert_from(body, 'UTF8') AS said FROM outbox"
        )
    )  # fmt: skip
    erased = ReporterErased(complaint_id=ONE, at=LATER, reporter_ref=event.reporter_ref)
    await world.hear([in_envelope(erased, 9)])
    left = (await office.get(CASE)).json()["explanation"]
    assert (left["terms"], left["runners_up"]) == ([], [])
    assert (left["rule_id"], left["place"]["code"]) == ("kelurahan-named", MANGGARAI)


async def test_the_triage_desk_reads_why_no_unit_was_found(office: Office, world: World) -> None:
    await received(world, kelurahan_code=None, category=None)
    desk: dict[str, Any] = {"role": "triage_officer", "unit": "triage"}
    why = (await office.get(CASE, **desk)).json()["explanation"]
    assert (why["rule_id"], why["confidence"], why["place"]) == (None, None, None)
    assert why["triage_reason"] == "low_confidence"
    assert (await office.get(CASE)).status_code == 404


async def test_the_desk_is_suggested_units_with_reasons_and_one_command_accepts_one(
    office: Office, world: World
) -> None:
    event = a_complaint(kelurahan_code=None, category=None)
    world.letters.written[event.content_ref] = {
        "text": "Sampah menumpuk dan parkir liar di kelurahan Manggarai"
    }
    await world.hear([in_envelope(event, 1)])
    desk: dict[str, Any] = {"role": "triage_officer", "unit": "triage"}
    told = (await office.get(f"{CASE}/suggestions", **desk)).json()
    first, *others = told["suggestions"]
    assert told["triage_reason"] == "low_confidence"
    assert {first["category"], *(each["category"] for each in others)} >= {"sampah", "parkir-liar"}
    assert (len(others) <= 2, first["grounds"]) == (True, ["words", "place"])
    assert first["terms"]
    assert all(first["confidence"] >= each["confidence"] for each in others)
    accepted = {"unit": first["unit_id"], "category": first["category"]}
    done = await office.post(f"{CASE}/assign", accepted, seen=1, **desk)
    assert (done.status_code, done.json()["unit_id"]) == (200, first["unit_id"])
