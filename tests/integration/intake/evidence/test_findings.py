"""What is found of evidence when it is cleared, and of a reporter's picture where it was taken."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from services.intake.media.clearing.outcome import Cleared
from tests.integration.intake.evidence.conftest import Room
from tests.integration.intake.evidence.told import a_picture

PHOTO = b"a photograph of the mended road"


async def handed_over(room: Room, case: UUID, picture: Cleared) -> dict[str, Any]:
    room.told.outcomes[PHOTO] = picture
    async with room.settling():
        answer = await room.hand_over(case, PHOTO)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def place_of(room: Room, case: UUID) -> tuple[float, float]:
    [row] = await room.house.rows(
        "intake", "SELECT latitude, longitude FROM contents WHERE complaint_id = $1", case
    )
    return row["latitude"], row["longitude"]


async def test_a_picture_from_elsewhere_and_from_before_is_flagged(room: Room) -> None:
    case = await room.a_case("1")
    latitude, longitude = await place_of(room, case)
    [first] = await room.world.rows("SELECT min(at) FROM history")
    taken = first[0] - timedelta(days=2)
    said = await handed_over(
        room, case,
        a_picture(latitude=latitude + 0.01, longitude=longitude, taken_at=taken, has_offset=True),
    )  # fmt: skip
    assert said["flags"] == ["too_early", "far"]
    [event] = await room.events()
    assert event["flags"] == ["too_early", "far"]
    rows = await room.rows("SELECT flag, other_complaint_id FROM findings ORDER BY flag")
    assert [tuple(row) for row in rows] == [("far", None), ("too_early", None)]


async def test_a_picture_from_the_place_is_not_flagged_and_no_position_is_kept(
    room: Room,
) -> None:
    case = await room.a_case("1")
    latitude, longitude = await place_of(room, case)
    near = a_picture(latitude=latitude + 0.0005, longitude=longitude, error_metres=4.0)
    assert (await handed_over(room, case, near))["flags"] == []
    [file] = await room.rows("SELECT * FROM files")
    assert file["taken_near"] == "yes"
    kept = await room.rows(
        "SELECT files::text FROM files UNION ALL SELECT findings::text FROM findings"
    )
    assert not any(str(latitude)[:6] in row[0] for row in kept)


async def test_of_a_case_without_a_place_nothing_is_far(room: Room) -> None:
    case = await room.a_case("1")
    await room.house.rows(
        "intake", "UPDATE contents SET latitude = NULL, longitude = NULL WHERE complaint_id = $1",
        case,
    )  # fmt: skip
    assert (await handed_over(room, case, a_picture(latitude=1.0, longitude=2.0)))["flags"] == []
    [file] = await room.rows("SELECT taken_near FROM files")
    assert file["taken_near"] == "unknown"


async def test_the_machine_decides_nothing_a_flagged_picture_is_cleared_like_others(
    room: Room,
) -> None:
    case = await room.a_case("1")
    said = await handed_over(room, case, a_picture(generator="parameters", software="GIMP 3"))
    assert (said["state"], said["flags"]) == ("cleared", ["edited", "generated"])
    assert len(await room.rows("SELECT 1 FROM derivatives")) == 3
