"""Files that are handed over before their report, for weak lines."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import httpx
import pytest

from deploy.local.tokens import Role
from deploy.rehearsal.callers import DESK_UNITS, WireRequest
from services.intake.channels.attachments import Upload
from services.intake.spooling.parts import FILE_BYTES
from services.intake.spooling.upload_ids import LIFETIME, UploadIds
from shared.events.vocabulary import Channel
from shared.ids import new_id
from tests.integration.intake.conftest import House
from tests.integration.intake.parcels import a_file, changed, laid_down, send

STRANGER = {"x-api-key": "somebody-elses"}
TEXT = "Saluran air mampet di depan sekolah."


async def upload(
    house: House,
    data: bytes,
    request: WireRequest | None = None,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> httpx.Response:
    """By the channel of ``request``, JAKI's where none is given."""
    known = request or house.request("jaki", "any", TEXT)
    told = {"x-api-key": known.headers["x-api-key"], "content-type": "application/octet-stream"}
    return await house.door.post(f"{known.path}/uploads", headers={**told, **headers}, content=data)


async def an_id(house: House, data: bytes, request: WireRequest | None = None) -> str:
    answer = await upload(house, data, request)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["upload_id"])


@pytest.mark.parametrize("channel", ["jaki", "balai_warga"])
async def test_a_report_names_what_was_uploaded_before_it(house: House, channel: str) -> None:
    request, photos = house.request(channel, "r-1", TEXT), [a_file(3_000), a_file(1_200_000)]
    ids = [await an_id(house, photo, request) for photo in photos]
    assert await laid_down(house) == []
    answer = await house.send(changed(request, uploads=ids))
    assert answer.status_code == 202, answer.text
    assert [each.data for each in await laid_down(house)] == photos


async def test_uploads_stand_before_the_photos_of_the_same_request(house: House) -> None:
    earlier, beside = a_file(3_000), a_file(4_000)
    request = changed(house.request("jaki", "r-1", TEXT), uploads=[await an_id(house, earlier)])
    assert (await send(house, request, [beside])).status_code == 202
    assert [each.data for each in await laid_down(house)] == [earlier, beside]


async def test_an_answer_says_how_much_came_and_until_when_it_is_kept(house: House) -> None:
    answer = (await upload(house, a_file(3_000))).json()
    assert answer["size"] == 3_000
    left = datetime.fromisoformat(answer["expires_at"]) - datetime.now(UTC)
    assert LIFETIME - timedelta(minutes=1) < left <= LIFETIME < timedelta(hours=24)


async def test_the_report_again_is_the_same_report(house: House) -> None:
    request = changed(
        house.request("jaki", "r-1", TEXT), uploads=[await an_id(house, a_file(3_000))]
    )
    first, again = await house.send(request), await house.send(request)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert len(await laid_down(house)) == 1


async def test_the_same_photo_uploaded_anew_is_the_same_report(house: House) -> None:
    """The phone lost its ids and the answer, and begins from the beginning."""
    photo, request = a_file(3_000), house.request("jaki", "r-1", TEXT)
    ids = [await an_id(house, photo), await an_id(house, photo)]
    first, again = [
        await house.send(changed(request, uploads=[each]), key=f"k-{each[:8]}") for each in ids
    ]
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()


async def test_an_upload_is_adopted_once_and_neighbours_are_filed(house: House) -> None:
    ids = [await an_id(house, a_file(3_000))]
    assert (await house.send(changed(house.request("jaki", "r-1", TEXT), uploads=ids))).is_success
    other = await house.send(changed(house.request("jaki", "r-2", TEXT), uploads=ids), key="k-2")
    assert (other.status_code, other.json()["field"]) == (422, "uploads")
    assert await house.count("intake", "complaints") == 1
    assert len(await laid_down(house)) == 1


@pytest.mark.parametrize("made", ["nonsense", "", "é", "A" * 240])
async def test_what_is_no_upload_id_is_refused_by_its_field(house: House, made: str) -> None:
    answer = await house.send(changed(house.request("jaki", "r-1", TEXT), uploads=[made]))
    assert (answer.status_code, answer.json()["field"]) == (422, "uploads")
    assert made not in answer.text or not made
    assert await house.count("intake", "complaints") == 0


async def test_an_upload_of_another_channel_is_refused(house: House) -> None:
    theirs = await an_id(house, a_file(3_000), house.request("balai_warga", "d-1", TEXT))
    answer = await house.send(changed(house.request("jaki", "r-1", TEXT), uploads=[theirs]))
    assert (answer.status_code, answer.json()["field"]) == (422, "uploads")


async def test_an_id_twice_or_six_of_them_are_refused(house: House) -> None:
    ids = [await an_id(house, a_file(1_000)) for _ in range(6)]
    for photos in (ids, [ids[0], ids[0]]):
        answer = await house.send(changed(house.request("jaki", "r-1", TEXT), uploads=photos))
        assert (answer.status_code, answer.json()["field"]) == (422, "uploads")


async def test_an_id_ends_with_its_time() -> None:
    ids, now = UploadIds(bytes(32)), datetime(2026, 11, 3, tzinfo=UTC)
    file = Upload(ref=new_id(), chunks=2, size=9, wrapped_key=bytes(80), digest=bytes(32))
    made = ids.of(file, Channel.JAKI, now)
    assert ids.read(made, Channel.JAKI, now - timedelta(seconds=1)) == file
    assert ids.read(made, Channel.JAKI, now) is None
    assert UploadIds(bytes(31) + b"1").read(made, Channel.JAKI, now - timedelta(hours=1)) is None


async def test_a_strangers_file_an_empty_one_and_one_too_large_are_refused(house: House) -> None:
    assert (await upload(house, a_file(3_000), headers=STRANGER)).status_code == 401
    assert (await upload(house, b"")).status_code == 422
    assert (await upload(house, bytes(FILE_BYTES + 1))).status_code == 413
    other = await upload(house, a_file(3_000), headers={"content-type": "text/html"})
    assert other.status_code == 415
    assert await laid_down(house) == []


async def test_a_scan_is_handed_over_by_the_officer_of_the_desk_before_its_entry(
    house: House,
) -> None:
    unit = DESK_UNITS["kelurahan"]
    entry = house.request("kelurahan", "kertas-1", TEXT, house.officer("desk_officer", unit))
    told = {**entry.headers, "content-type": "application/octet-stream"}
    scan = a_file(3_000)
    answer = await house.door.post(f"{entry.path}/uploads", headers=told, content=scan)
    assert answer.status_code == 201, answer.text
    ids = [answer.json()["upload_id"]]
    assert (await house.send(changed(entry, uploads=ids))).status_code == 202
    assert [each.data for each in await laid_down(house)] == [scan]


async def test_an_entry_that_is_sent_again_with_its_scan_gets_the_first_receipt(
    house: House,
) -> None:
    """A form of a browser without a script hands its scan over each time that it is sent."""
    unit = DESK_UNITS["kelurahan"]
    entry = house.request("kelurahan", "kertas-2", TEXT, house.officer("desk_officer", unit))
    told = {**entry.headers, "content-type": "application/octet-stream"}
    scan, receipts = a_file(3_000), []
    for _ in range(2):
        answer = await house.door.post(f"{entry.path}/uploads", headers=told, content=scan)
        sent = await house.send(changed(entry, uploads=[answer.json()["upload_id"]]))
        receipts.append((sent.status_code, sent.json()["report_number"]))
    assert receipts[0] == receipts[1]
    assert receipts[0][0] == 202
    assert len(await laid_down(house)) == 1


@pytest.mark.parametrize(
    ("role", "unit"), [("desk_officer", "31.71.07"), ("unit_officer", "31.74.01.1001")]
)
async def test_who_does_not_sit_at_the_desk_hands_over_no_byte(
    house: House, role: Role, unit: str
) -> None:
    told = {
        "authorization": f"Bearer {house.officer(role, unit)}",
        "content-type": "application/octet-stream",
    }
    path = "/v1/desks/kelurahan/complaints/uploads"
    answer = await house.door.post(path, headers=told, content=a_file(3_000))
    assert answer.status_code == 403
    assert await house.count("media", "spool") == 0
