"""Pictures by code: links are claimed from media for the moment, and kept nowhere."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from shared.events.intake import MediaReceived, ReporterErased
from shared.events.media import MediaCleared, MediaRefused
from tests.builders import a_routing
from tests.integration.tracking.conftest import MEDIA_PAGES, Issuer, Tracking, code_of, doors
from tests.integration.tracking.test_officer_words import deaf, page
from tests.integration.tracking.test_own_words import tracked
from tests.integration.tracking.test_track import hear
from tests.unit.tracking.events import COMPLETED, DUE, FILED, REF, of_intake

OWN, BROKEN, NEW, WORK = (UUID(int=number) for number in (61, 62, 63, 64))
SENT = of_intake(MediaReceived, content_ref=REF, refs=(OWN, BROKEN, NEW))
CLEARED = of_intake(MediaCleared, ref=OWN, origin="reporter", kind="picture")
REFUSED = of_intake(MediaRefused, ref=BROKEN, origin="reporter", reason="damaged", number=2)
WORKED = FILED.model_copy(update={"media_refs": (WORK,)})
UNTIL = "2024-11-13T02:05:00Z"


def links(ref: UUID) -> dict[str, str]:
    return {size: f"{MEDIA_PAGES}/v1/media/{ref}/{size}" for size in ("small", "medium", "large")}


def seen(ref: UUID, origin: str = "reporter") -> dict[str, Any]:
    return {"status": "ok", "kind": "picture", "origin": origin, "links": links(ref),
            "expires_at": UNTIL}  # fmt: skip


async def with_pictures(tracking: Tracking, *more: Any, **fields: Any) -> None:
    """Three files, one of each fate, and the accepted work with a picture."""
    tracking.media.files |= {OWN: seen(OWN), WORK: seen(WORK, "evidence"),
                             NEW: {"status": "waiting", "origin": "reporter"}}  # fmt: skip
    heard = (a_routing(), DUE, SENT, CLEARED, REFUSED, WORKED, COMPLETED)
    await hear(tracking, tracking.received(**fields), *heard, *more)


async def test_the_holder_of_the_code_sees_their_own_pictures_and_the_work(
    tracking: Tracking,
) -> None:
    await with_pictures(tracking)
    body = await tracked(tracking)
    shown = {"number": 1, "state": "shown", "kind": "picture", "reason": None, "advice": None,
             "links": links(OWN), "expires_at": UNTIL}  # fmt: skip
    nothing = {"kind": None, "reason": None, "advice": None, "links": None, "expires_at": None}
    sent = "2024-11-03T04:00:00Z"
    refused = nothing | {"number": 2, "state": "refused", "reason": "damaged", "at": sent}
    advice = "Berkasnya rusak atau terpotong di jalan. Kirimkan lagi fotonya."
    assert body["pictures"] == [
        shown | {"at": sent},
        refused | {"advice": advice},
        nothing | {"number": 3, "state": "checking", "at": sent},
    ]
    assert body["evidence"] == [shown | {"links": links(WORK)}]
    assert body["pictures_unavailable"] is False
    assert tracking.media.claims == [[OWN, NEW, WORK]]
    text = await page(tracking)
    assert links(OWN)["small"] in text
    assert links(WORK)["small"] in text
    assert advice in text


async def test_of_a_confidential_case_the_holder_sees_their_own_pictures_alone(
    tracking: Tracking,
) -> None:
    await with_pictures(tracking, confidential=True)
    body = await tracked(tracking)
    assert [each["links"] for each in body["pictures"]] == [links(OWN), None, None]
    assert body["evidence"] == []
    assert str(WORK) not in await page(tracking)
    assert {ref for claim in tracking.media.claims for ref in claim} == {OWN, NEW}


async def test_of_a_complaint_about_officials_media_is_asked_for_nothing(
    tracking: Tracking,
) -> None:
    await with_pictures(tracking, restricted=True)
    body = await tracked(tracking)
    assert [each["state"] for each in body["pictures"]] == ["shown", "refused", "checking"]
    assert {each["links"] and 1 for each in body["pictures"]} == {None}
    assert body["evidence"] == []
    assert tracking.media.claims == []


async def test_of_an_erased_reporter_the_work_alone_is_left(tracking: Tracking) -> None:
    await with_pictures(tracking, of_intake(ReporterErased, reporter_ref=REF))
    body = await tracked(tracking)
    assert (body["pictures"], len(body["evidence"])) == ([], 1)


@pytest.mark.parametrize("status", [503, 500, 401, 403, 422])
async def test_while_media_is_away_all_else_is_shown(tracking: Tracking, status: int) -> None:
    await with_pictures(tracking)
    tracking.media.status = status
    body = await tracked(tracking)
    assert [each["state"] for each in body["pictures"]] == ["unavailable", "refused", "checking"]
    assert [each["state"] for each in body["evidence"]] == ["unavailable"]
    assert (body["pictures_unavailable"], body["report_number"]) == (True, "JK2411030001")
    text = await page(tracking)
    assert "Foto hasil pekerjaan belum dapat ditampilkan" in text
    assert "<img " not in text


async def test_a_media_that_hangs_is_not_waited_for(tracking: Tracking) -> None:
    await with_pictures(tracking)
    async with deaf() as (client, seconds):
        around = replace(tracking.around, media_client=client)
        impatient = doors(tracking.works, Issuer(), around, seconds)
        answer = await impatient.post("/v1/track", json={"code": code_of()})
    assert answer.status_code == 200
    assert answer.json()["pictures_unavailable"] is True


async def test_one_file_that_cannot_be_read_costs_itself_alone(tracking: Tracking) -> None:
    await with_pictures(tracking)
    tracking.media.answer = {"media": [
        {"ref": str(OWN), "status": "sealed", "origin": "reporter"},
        {"ref": str(WORK), "taken_near": "no", "colour": "blue", **seen(WORK, "evidence")},
    ]}  # fmt: skip
    body = await tracked(tracking)
    assert body["pictures"][0]["state"] == "unavailable"
    assert body["evidence"][0]["links"] == links(WORK)
    assert body["pictures_unavailable"] is True


async def test_media_knows_sooner_what_became_of_a_file(tracking: Tracking) -> None:
    await with_pictures(tracking)
    tracking.media.files |= {
        OWN: {"status": "gone", "origin": None},
        NEW: {"status": "refused", "origin": "reporter", "reason": "type"},
    }
    body = await tracked(tracking)
    assert [each["state"] for each in body["pictures"]] == ["removed", "refused", "refused"]
    assert body["pictures"][2]["reason"] == "type"


async def test_a_reporters_picture_that_a_follow_up_names_is_not_shown_as_the_work(
    tracking: Tracking,
) -> None:
    await with_pictures(tracking)
    tracking.media.files[WORK] = seen(WORK, "reporter")
    assert (await tracked(tracking))["evidence"] == []
    assert str(WORK) not in await page(tracking)


@pytest.mark.parametrize("path", ["/v1/cases", "/v1/statistics"])
async def test_search_and_figures_know_no_pictures(tracking: Tracking, path: str) -> None:
    await with_pictures(tracking)
    answer = await tracking.asked(path)
    assert answer.status_code == 200
    assert "picture" not in answer.text
    assert not any(str(ref) in answer.text for ref in (OWN, BROKEN, NEW, WORK))
    assert tracking.media.claims == []


async def test_a_view_keeps_references_and_no_link(tracking: Tracking) -> None:
    await with_pictures(tracking)
    await tracked(tracking)
    [row] = await tracking.rows("files, settled_files, evidence_refs")
    assert [each["number"] for each in row["files"]] == [1, 2, 3]
    assert row["evidence_refs"] == [str(WORK)]
    assert MEDIA_PAGES not in repr(await tracking.rows())
