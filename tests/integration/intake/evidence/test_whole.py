"""Pictures as cameras make them, opened by media's own children."""

import asyncio
from datetime import datetime, timedelta, timezone
from io import BytesIO
from uuid import UUID

from PIL import Image

from tests.integration.intake.evidence.conftest import Room
from tests.integration.intake.evidence.test_findings import place_of
from tests.streets import CHANGES, street

WIB = timezone(timedelta(hours=7))
EXIF_IFD, GPS_IFD = 0x8769, 0x8825
MAKE, MODEL, SOFTWARE, TAKEN, OFFSET = 0x010F, 0x0110, 0x0131, 0x9003, 0x9011
LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE = 1, 2, 3, 4


def photograph(
    shown: Image.Image,
    taken: datetime | None = None,
    place: tuple[float, float] | None = None,
    software: str | None = None,
) -> bytes:
    """A JPEG with what a camera writes into it."""
    tags = Image.Exif()
    tags[MAKE], tags[MODEL] = "Contoh", "C-1"
    if software:
        tags[SOFTWARE] = software
    if taken:
        tags.get_ifd(EXIF_IFD)[TAKEN] = taken.astimezone(WIB).strftime("%Y:%m:%d %H:%M:%S")
        tags.get_ifd(EXIF_IFD)[OFFSET] = "+07:00"
    if place:
        latitude, longitude = place
        tags.get_ifd(GPS_IFD).update(
            {
                LATITUDE_REF: "S" if latitude < 0 else "N",
                LATITUDE: (abs(latitude), 0.0, 0.0),
                LONGITUDE_REF: "E",
                LONGITUDE: (abs(longitude), 0.0, 0.0),
            }
        )
    written = BytesIO()
    shown.save(written, "JPEG", quality=90, exif=tags)
    return written.getvalue()


async def test_a_picture_of_the_work_is_cleared_without_a_flag(whole: Room) -> None:
    case = await whole.a_case("1")
    [first] = await whole.world.rows("SELECT min(at) FROM history")
    picture = photograph(
        street(1), taken=first[0] + timedelta(hours=1), place=await place_of(whole, case)
    )
    async with whole.settling():
        answer = await whole.hand_over(case, picture)
    assert (answer.status_code, answer.json()["state"]) == (201, "cleared"), answer.text
    assert answer.json()["flags"] == []
    [file] = await whole.rows("SELECT taken_near FROM files")
    assert file["taken_near"] == "yes"
    sizes = await whole.rows("SELECT size FROM derivatives ORDER BY size")
    assert [row["size"] for row in sizes] == ["large", "medium", "small"]


async def test_what_a_camera_has_written_is_held_against_the_case(whole: Room) -> None:
    case, other = await whole.a_case("1"), await whole.a_case("2")
    [first] = await whole.world.rows("SELECT min(at) FROM history")
    latitude, longitude = await place_of(whole, case)
    odd = photograph(
        street(1), first[0] - timedelta(days=30), (latitude + 0.02, longitude), "GIMP 2.10.36"
    )
    again = photograph(CHANGES["crop 10 % at the left"](street(1)))
    async with whole.settling():
        told = await whole.hand_over(case, odd)
        reused = await whole.hand_over(other, again)
    assert told.json()["flags"] == ["too_early", "far", "edited"]
    assert reused.json()["flags"] == ["reused"]
    kept = await whole.rows("SELECT other_complaint_id FROM findings WHERE flag = 'reused'")
    assert [row["other_complaint_id"] for row in kept] == [case]


async def test_of_a_reporters_picture_it_is_told_whether_it_was_taken_there_and_nothing_else(
    whole: Room,
) -> None:
    case = await whole.a_case("1")
    latitude, longitude = await place_of(whole, case)
    places = {"yes": (latitude, longitude), "no": (latitude + 0.02, longitude), "unknown": None}
    long_ago = datetime(2020, 1, 1, tzinfo=WIB)
    refs: dict[UUID, str] = {}
    for seed, (near, place) in enumerate(places.items()):
        picture = photograph(street(seed), long_ago, place, "GIMP 2.10.36")
        refs[await whole.report_with_a_picture(case, picture)] = near
    async with whole.settling(), asyncio.timeout(60):
        while await whole.rows("SELECT 1 FROM files WHERE state = 'waiting'"):
            await asyncio.sleep(0.05)
    files = await whole.rows("SELECT ref, state, taken_near, flags FROM files")
    assert {row["ref"]: row["taken_near"] for row in files} == refs
    assert all((row["state"], row["flags"]) == ("cleared", []) for row in files)
    assert await whole.rows("SELECT 1 FROM findings") == []
