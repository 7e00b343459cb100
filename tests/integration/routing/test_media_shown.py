"""What officers are shown of a case's files, and how a locked one is opened."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest

from services.routing.case.commands import CoordinateCase, MergeCase
from services.routing.media.links import PAGE_SECONDS
from shared.events.event import Event
from shared.events.intake import MediaReceived
from shared.events.media import MediaCleared, MediaRefused
from shared.events.vocabulary import MediaOrigin, MediaRefusal
from tests.builders import T0, a_complaint_id, at, in_envelope
from tests.integration.routing.shelf import SIZES, address, linked
from tests.integration.routing.test_api import Office, an_office, received
from tests.integration.routing.world import World
from tests.unit.routing.cases import MANGGARAI, an_officer

ONE, TWO = a_complaint_id(1), a_complaint_id(2)
CASE = f"/v1/cases/{ONE}"
PHOTO, PAPER, PROOF, BROKEN = (UUID(int=number) for number in (41, 42, 43, 44))
WHY = {"reason": "Lokasi tidak jelas tanpa foto"}
BIRO: dict[str, Any] = {"role": "biro", "unit": "biro-pemerintahan"}
TRIAGE: dict[str, Any] = {"role": "triage_officer", "unit": "triage"}


@pytest.fixture
async def office(world: World) -> AsyncIterator[Office]:
    async with an_office(world) as opened:
        yield opened


def cleared(ref: UUID, complaint_id: UUID = ONE, **fields: Any) -> MediaCleared:
    words = None if fields.get("origin") == "evidence" else UUID(int=21)
    said = {"origin": "reporter", "kind": "picture", "content_ref": words, **fields}
    return MediaCleared.model_validate(
        {"complaint_id": complaint_id, "at": at(1), "ref": ref, **said}
    )


async def told(world: World, *events: Event) -> None:
    await world.hear([in_envelope(event, number) for number, event in enumerate(events, 50)])


async def media_of(office: Office, path: str = CASE, **who: Any) -> dict[str, dict[str, Any]]:
    answer = await office.ask("GET", path, **who)
    assert answer.status_code == 200, answer.text
    return {each["ref"]: each for each in answer.json()["media"]}


async def opened(office: Office, ref: UUID, body: Any = WHY, **who: Any) -> Any:
    return await office.ask("POST", f"{CASE}/media/{ref}/open", json=body, **who)


# --- what is shown with the case ----------------------------------------------------------


async def test_pictures_of_a_public_report_are_shown_to_whoever_sees_it(
    office: Office, world: World
) -> None:
    await received(world)
    await told(world, cleared(PHOTO), cleared(PROOF, origin="evidence"))
    for ref in (PHOTO, PROOF):
        world.shelf.lay(ref)
    for who in ({}, BIRO, {"role": "auditor", "unit": "inspektorat"}):
        shown = await media_of(office, **who)
        for ref in (PHOTO, PROOF):
            links = shown[str(ref)]["links"]
            assert {size: links[size] for size in SIZES} == {
                size: address(ref, size) for size in SIZES
            }
            assert (shown[str(ref)]["lock"], links["original"]) == (None, None)
    assert [len(said["refs"]) for said in world.shelf.said] == [2, 2, 2], "one call per page"


async def test_pictures_of_a_private_report_are_locked_and_no_link_to_them_is_claimed(
    office: Office, world: World
) -> None:
    await received(world, confidential=True)
    await told(world, cleared(PHOTO), cleared(PROOF, origin="evidence"))
    world.shelf.lay(PHOTO)
    world.shelf.lay(PROOF)
    for who in ({}, BIRO):
        shown = await media_of(office, **who)
        assert (shown[str(PHOTO)]["lock"], shown[str(PHOTO)]["links"]) == ("private_report", None)
        assert shown[str(PROOF)]["links"] is not None, "evidence is the unit's own"
    assert {ref for said in world.shelf.said for ref in said["refs"]} == {str(PROOF)}


async def test_what_waits_was_refused_or_is_a_document_has_no_links(
    office: Office, world: World
) -> None:
    await received(world)
    refusal = MediaRefused(
        complaint_id=ONE, at=T0, ref=BROKEN, origin=MediaOrigin.REPORTER,
        reason=MediaRefusal.DAMAGED,
    )  # fmt: skip
    waiting = MediaReceived(complaint_id=ONE, at=T0, content_ref=UUID(int=21), refs=(PHOTO,))
    await told(world, waiting, cleared(PAPER, kind="document", locked=True), refusal)
    shown = await media_of(office)
    assert {
        ref: (each["state"], each["lock"], each["reason"], each["links"])
        for ref, each in shown.items()
    } == {
        str(PHOTO): ("received", None, None, None),
        str(PAPER): ("locked", "document", None, None),
        str(BROKEN): ("refused", None, "damaged", None),
    }
    assert world.shelf.said == []


async def test_a_link_does_not_name_the_officer(office: Office, world: World) -> None:
    await received(world)
    await told(world, cleared(PHOTO))
    await media_of(office, subject="officer-7")
    await media_of(office, subject="officer-8")
    viewers = [said["viewer"] for said in world.shelf.said]
    assert len(set(viewers)) == 2
    assert all("officer" not in each and len(each) <= 64 for each in viewers)


async def test_while_media_is_away_the_case_is_shown_without_links_and_with_its_flags(
    office: Office, world: World
) -> None:
    await received(world)
    await told(world, cleared(PROOF, origin="evidence", flags=("far",)))
    world.shelf.away = True
    [proof] = (await media_of(office)).values()
    assert proof["links"] is None
    assert proof["flags"] == [{"flag": "far", "other_report_number": None}]


async def test_a_flag_names_the_other_report_to_whoever_sees_it(
    office: Office, world: World
) -> None:
    await received(world)
    await received(world, 2)
    await told(world, cleared(PROOF, origin="evidence", flags=("reused",)))
    world.shelf.lay(
        PROOF, taken_near="no", flags=[{"flag": "reused", "other_complaint_id": str(TWO)}]
    )
    number = (await world.case(TWO)).report_number
    for who, seen in (({}, number), (BIRO, number)):
        [proof] = (await media_of(office, **who)).values()
        assert proof["flags"] == [{"flag": "reused", "other_report_number": seen}]
        assert proof["taken_near"] == "no"
    await world.act(TWO, CoordinateCase(to_unit="satpol-pp"), an_officer(MANGGARAI))
    await received(world, 3, restricted=True)
    world.shelf.files[PROOF]["flags"][0]["other_complaint_id"] = str(a_complaint_id(3))
    for who in ({}, BIRO):
        [proof] = (await media_of(office, **who)).values()
        assert proof["flags"] == [{"flag": "reused", "other_report_number": None}]


async def test_a_merged_case_shows_the_evidence_of_the_one_it_follows(
    office: Office, world: World
) -> None:
    await received(world)
    await received(world, 2)
    await told(world, cleared(PHOTO), cleared(PROOF, origin="evidence"), cleared(PAPER, TWO))
    await world.act(TWO, MergeCase(head=ONE), an_officer(MANGGARAI))
    assert set(await media_of(office, f"/v1/cases/{TWO}")) == {str(PAPER), str(PROOF)}
    assert set(await media_of(office)) == {str(PHOTO), str(PROOF)}


# --- opening ------------------------------------------------------------------------------


async def test_a_reviewer_opens_a_picture_of_a_private_report_with_a_reason_that_is_kept(
    office: Office, world: World
) -> None:
    await received(world, confidential=True)
    await told(world, cleared(PHOTO))
    world.shelf.lay(PHOTO)
    for body in ({}, {"reason": "  "}):
        assert (await opened(office, PHOTO, body, **BIRO)).status_code == 422
    answer = await opened(office, PHOTO, **BIRO, subject="s-biro")
    assert answer.status_code == 200, answer.text
    assert answer.json()["links"]["large"] == address(PHOTO, "large")
    [row] = await world.rows("SELECT actor, what, reason, media_ref FROM openings")
    assert tuple(row) == ("s-biro", "media", WHY["reason"], PHOTO)
    [photo] = (await media_of(office)).values()
    assert photo["links"] is None, "it stays locked"
    [told_once] = photo["opened"]
    assert (told_once["unit_id"], told_once["reason"]) == ("biro-pemerintahan", WHY["reason"])


async def test_the_unit_that_handles_a_private_report_opens_none_of_its_pictures(
    office: Office, world: World
) -> None:
    await received(world, confidential=True)
    await told(world, cleared(PHOTO), cleared(PAPER, kind="document", locked=True))
    for ref in (PHOTO, PAPER):
        world.shelf.lay(ref)
        answer = await opened(office, ref)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")
    assert await world.rows("SELECT 1 FROM openings") == []
    assert world.shelf.said == []


async def test_the_triage_desk_opens_pictures_while_it_holds_the_case(
    office: Office, world: World
) -> None:
    await received(world, confidential=True, kelurahan_code=None, category=None)
    await told(world, cleared(PHOTO))
    world.shelf.lay(PHOTO)
    assert (await world.case(ONE)).unit_id == "triage"
    assert (await opened(office, PHOTO, **TRIAGE)).status_code == 200


async def test_a_document_of_a_public_report_is_opened_by_the_unit_that_holds_it(
    office: Office, world: World
) -> None:
    await received(world)
    await told(world, cleared(PAPER, kind="document", locked=True), cleared(PHOTO))
    world.shelf.lay(PAPER, status="kept")
    answer = await opened(office, PAPER)
    assert answer.status_code == 200, answer.text
    assert answer.json()["links"]["original"] == address(PAPER, "original")
    plain = await opened(office, PHOTO)
    assert (plain.status_code, plain.json()["code"]) == (409, "not_locked")


async def test_what_is_not_there_cannot_be_opened(office: Office, world: World) -> None:
    await received(world, confidential=True)
    await received(world, 2, confidential=True)
    await told(world, cleared(PHOTO), cleared(PAPER, TWO))
    for ref in (PAPER, UUID(int=99)):
        assert (await opened(office, ref, **BIRO)).status_code == 404, "of another case, of none"
    assert (await opened(office, PHOTO, **BIRO)).status_code == 410, "media has it no more"
    world.shelf.lay(PHOTO)
    world.shelf.away = True
    answer = await opened(office, PHOTO, **BIRO)
    assert answer.status_code == 503
    assert await world.rows("SELECT 1 FROM openings") == [], "nothing was shown"


# --- evidence -----------------------------------------------------------------------------


async def test_a_follow_up_names_pictures_and_whoever_judges_it_names_what_was_found_in_them(
    office: Office, world: World
) -> None:
    await received(world)
    path, done = f"{CASE}/follow-up", {"text": "Sudah diangkut", "media": [str(PROOF)]}
    assert (await office.post(f"{CASE}/start", seen=1)).status_code == 200
    early = await office.ask("POST", path, seen=2, json=done)
    assert (early.status_code, early.json()["code"]) == (409, "evidence_not_ready")
    assert early.headers["retry-after"] == "1"
    await told(world, cleared(PROOF, origin="evidence", flags=("reused",)), cleared(PHOTO))
    theirs = {**done, "media": [str(PHOTO)]}
    wrong = await office.ask("POST", path, seen=2, json=theirs)
    assert (wrong.status_code, wrong.json()["field"]) == (422, "media")
    assert (await office.ask("POST", path, seen=2, json=done)).status_code == 200
    step = (await office.ask("GET", CASE, **BIRO)).json()["under_judgement"]
    assert step["evidence"] == [{"media_ref": str(PROOF), "media_type": "image/jpeg"}]

    judged = f"{CASE}/validation"
    refused = await office.ask("POST", judged, seen=3, **BIRO)
    assert (refused.status_code, refused.json()["code"]) == (409, "flags_not_named")
    named = {"accepted_flags": [{"media_ref": str(PROOF), "flag": "reused"}]}
    assert (await office.ask("POST", judged, seen=3, json=named, **BIRO)).status_code == 200
    steps = await world.rows("SELECT event, facts FROM history ORDER BY version DESC LIMIT 2")
    completed, filed = ((step.event, step.facts) for step in steps)
    assert completed[0] == "CaseCompleted"
    assert completed[1]["accepted_flags"] == named["accepted_flags"]
    assert filed[0] == "FollowUpSubmitted"
    assert filed[1]["media_refs"] == [str(PROOF)]


# --- over the network ---------------------------------------------------------------------


@asynccontextmanager
async def wired(world: World, seconds: float) -> AsyncIterator[Office]:
    async with linked(world.shelf, seconds) as links:
        world.links = links
        async with an_office(world) as office:
            yield office


@pytest.mark.parametrize(("silent", "seconds"), [(False, 60.0), (True, PAGE_SECONDS)])
async def test_a_page_has_links_by_the_network_and_does_not_wait_for_a_media_that_is_silent(
    world: World, silent: bool, seconds: float
) -> None:
    await received(world)
    await told(world, cleared(PHOTO))
    world.shelf.lay(PHOTO)
    world.shelf.silent = silent
    async with wired(world, seconds) as office:
        [photo] = (await media_of(office)).values()
        assert (photo["links"] is None) == silent
