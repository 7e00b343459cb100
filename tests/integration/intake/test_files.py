"""Reports with files: what was sent is what media can open, and it is acknowledged with them."""

import asyncio

import asyncpg
import pytest

from services.intake.media.sealing import CHUNK_BYTES, FileOpener, FileSealer
from services.intake.spooling.parts import FILE_BYTES
from services.intake.spooling.spool import Spool
from shared.clock import system_clock
from shared.database import create_engine
from shared.faults import FaultPoints
from shared.ids import new_id
from shared.telemetry import Metrics
from shared.work import Works
from tests.integration.intake.conftest import OF_MEDIA, TABLES, House
from tests.integration.intake.parcels import (
    BOUNDARY,
    a_file,
    changed,
    headers_of,
    in_pieces,
    laid_down,
    parcel,
    send,
)

TEXT = "Saluran air mampet di depan sekolah."


async def test_a_report_with_photos_is_acknowledged_with_all_of_them(house: House) -> None:
    photos = [a_file(300_000), a_file(2 * CHUNK_BYTES + 17), a_file(CHUNK_BYTES)]
    answer = await send(house, house.request("jaki", "r-1", TEXT), photos)
    assert answer.status_code == 202, answer.text
    found = await laid_down(house)
    assert [each.data for each in found] == photos
    assert [each.number for each in found] == [1, 2, 3]
    assert {str(each.complaint_id) for each in found} == {answer.json()["complaint_id"]}
    assert {each.row["state"] for each in found} == {"waiting"}
    assert [each.row["size"] for each in found] == [len(photo) for photo in photos]
    [received, media] = await house.events()
    assert (received["type"], media["type"]) == ("ComplaintReceived", "MediaReceived")
    assert media["refs"] == [str(each.ref) for each in found]
    assert media["content_ref"] == received["content_ref"] == str(found[0].content_ref)


async def test_a_body_that_comes_in_crumbs_is_read_alike(house: House) -> None:
    request, photo = house.request("jaki", "r-1", TEXT), a_file(3_000)
    content = in_pieces(parcel(request.body, [photo]), 7)
    answer = await house.door.post(request.path, headers=headers_of(request), content=content)
    assert answer.status_code == 202, answer.text
    assert [each.data for each in await laid_down(house)] == [photo]


async def test_a_report_without_photos_is_sent_as_before(house: House) -> None:
    alone = await house.send(house.request("jaki", "r-1", TEXT))
    as_part = await send(house, house.request("jaki", "r-2", TEXT), [])
    assert (alone.status_code, as_part.status_code) == (202, 202)
    assert await laid_down(house) == []


async def test_nothing_of_a_file_or_its_name_lies_in_clear_anywhere(house: House) -> None:
    canary = b"KENARI-9c41e7-POSISI-RUMAH"
    photo = a_file(400_000, canary=canary)
    answer = await send(
        house, house.request("jaki", "r-1", TEXT), [photo], file_name=f"{canary.decode()}.jpg"
    )
    assert answer.status_code == 202
    hits = []
    for service, tables in {**TABLES, "media": OF_MEDIA}.items():
        for table in tables:
            rows = await house.rows(service, f'SELECT t::text AS row FROM "{table}" t')
            plain, as_hex = canary.decode(), canary.hex()
            hits += [table for row in rows if plain in row["row"] or as_hex in row["row"]]
    assert hits == []
    assert [each.data for each in await laid_down(house)] == [photo]


async def test_the_same_report_again_gets_the_same_receipt_and_no_second_file(house: House) -> None:
    request, photos = house.request("jaki", "r-1", TEXT), [a_file(5_000), a_file(5_000)]
    first = await send(house, request, photos)
    again = await send(house, request, photos)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    assert len(await laid_down(house)) == 2


async def test_ten_times_at_once_is_one_complaint_with_its_photos_once(house: House) -> None:
    request, photos = house.request("jaki", "r-1", TEXT), [a_file(5_000), a_file(5_000)]
    answers = await asyncio.gather(*(send(house, request, photos) for _ in range(10)))
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert len({answer.text for answer in answers if answer.status_code == 202}) == 1
    assert [each.data for each in await laid_down(house)] == photos


async def test_another_photo_under_the_same_id_is_refused(house: House) -> None:
    request = house.request("jaki", "r-1", TEXT)
    await send(house, request, [a_file(5_000)], key="k-1")
    other = await send(house, request, [a_file(5_000)], key="k-2")
    assert (other.status_code, other.json()["field"]) == (409, "report_id")
    assert len(await laid_down(house)) == 1


async def test_a_key_stands_for_the_photos_too(house: House) -> None:
    request, photo = house.request("jaki", "r-1", TEXT), a_file(5_000)
    await send(house, request, [photo], key="k-1")
    again = await send(house, request, [photo], key="k-1")
    other = await send(house, request, [a_file(5_000)], key="k-1")
    assert again.status_code == 202
    assert (other.status_code, other.json()["field"]) == (422, "idempotency-key")


@pytest.mark.parametrize(
    ("sizes", "status"),
    [((1_000,) * 6, 422), ((FILE_BYTES + 1,), 413), ((21 << 20, 20 << 20), 413)],
)
async def test_too_many_or_too_large_files_are_refused_and_nothing_is_filed(
    house: House, sizes: tuple[int, ...], status: int
) -> None:
    answer = await send(house, house.request("jaki", "r-1", TEXT), [bytes(n) for n in sizes])
    assert (answer.status_code, answer.json()["field"]) == (status, "photo")
    assert await house.count("intake", "complaints") == 0
    assert await laid_down(house) == []


async def test_a_wrong_report_takes_its_photos_with_it(house: House) -> None:
    request = changed(house.request("jaki", "r-1", TEXT), location={"latitude": -6.2})
    answer = await send(house, request, [a_file(1_000)])
    assert (answer.status_code, answer.json()["field"]) == (422, "location.longitude")
    assert await laid_down(house) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"no parts at all", "body"),
        (f"--{BOUNDARY}\r\n\r\nnameless\r\n--{BOUNDARY}--\r\n".encode(), "body"),
        (parcel(b"{}", [b"cut off"])[:-12], "body"),
        (parcel([("photo_name", b"x")], []), "report"),
        (parcel([("report", b"{}"), ("report", b"{}")], []), "report"),
        (parcel([("report", b"{}"), ("other", b"{}")], []), "body"),
    ],
)
async def test_what_is_no_such_form_is_refused_and_says_what_to_send(
    house: House, body: bytes, field: str
) -> None:
    request = house.request("jaki", "r-1", TEXT)
    answer = await house.door.post(request.path, headers=headers_of(request), content=body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_a_thousand_parts_are_refused(house: House) -> None:
    request = house.request("jaki", "r-1", TEXT)
    body = parcel([("report", b"{}")] * 1_000, [])
    answer = await house.door.post(request.path, headers=headers_of(request), content=body)
    assert (answer.status_code, answer.json()["field"]) == (422, "body")


async def test_a_stranger_lays_down_nothing(house: House) -> None:
    request = house.request("jaki", "r-1", TEXT)
    headers = headers_of(request) | {"x-api-key": "somebody-elses"}
    body = parcel(request.body, [a_file(5_000)])
    answer = await house.door.post(request.path, headers=headers, content=body)
    assert answer.status_code == 401
    assert await house.count("media", "spool") == 0


async def test_the_vault_keeps_the_report_and_not_the_photo(house: House) -> None:
    request = house.request("jaki", "r-1", TEXT)
    await send(house, request, [a_file(200_000)])
    [row] = await house.rows("vault", "SELECT length(original) AS size FROM sealed_reporters")
    assert row["size"] < len(request.body) + 1_000


@pytest.mark.parametrize("table", OF_MEDIA)
async def test_intake_can_lay_down_files_and_read_none(house: House, table: str) -> None:
    await send(house, house.request("jaki", "r-1", TEXT), [a_file(1_000)])
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await house.rows("intake", f"SELECT * FROM media.{table}")


async def test_a_scan_is_handed_over_at_a_desk(house: House) -> None:
    token = house.officer("desk_officer", "31.74.01.1001")
    request = house.request("kelurahan", "2026/014", TEXT, token)
    scans = [a_file(4_000), a_file(9_000)]
    answer = await send(house, request, scans, part="scan", of_message="entry")
    assert answer.status_code == 202, answer.text
    assert [each.data for each in await laid_down(house)] == scans
    six = await send(house, request, [b"x"] * 6, part="scan", of_message="entry")
    assert (six.status_code, six.json()["field"]) == (422, "scan")


async def test_slow_lines_together_hold_no_more_than_their_share(house: House) -> None:
    """Beyond it chunks are committed as small as they are, and the files open all the same."""
    engine = create_engine(house.urls["intake"], "intake")
    works = Works(engine, "intake", system_clock, new_id, FaultPoints(), Metrics())
    spool = Spool(works, FileSealer(house.credentials.media.public), new_id, held_bytes=1_000)
    sent = [a_file(3_000) for _ in range(3)]
    files = [spool.file() for _ in sent]
    for start in range(0, 3_000, 300):
        for file, data in zip(files, sent, strict=True):
            file.take(data[start : start + 300])
            await file.settle()
            assert spool.held <= 1_000
    uploads = [await file.end() for file in files]
    await engine.dispose()
    assert spool.held == 0
    opener = FileOpener(house.credentials.media.private)
    for upload, data in zip(uploads, sent, strict=True):
        rows = await house.rows(
            "media", "SELECT sealed FROM spool WHERE ref = $1 ORDER BY number", upload.ref
        )
        assert len(rows) == upload.chunks > 1
        sealed = [bytes(row["sealed"]) for row in rows]
        assert opener.file(upload.ref, upload.wrapped_key, sealed) == data
