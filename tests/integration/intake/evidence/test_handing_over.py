"""An officer hands over what shows the work."""

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from uuid import UUID

from services.intake.media.clearing.outcome import Kept
from services.intake.media.sealing import CHUNK_BYTES, FileOpener
from shared.events.vocabulary import MediaKind
from tests.integration.intake.evidence.conftest import Room
from tests.integration.intake.evidence.told import a_picture

PHOTO = b"a photograph of the mended road"


async def test_a_picture_is_cleared_while_its_officer_waits(room: Room) -> None:
    case = await room.a_case("1")
    room.told.outcomes[PHOTO] = a_picture()
    async with room.settling():
        answer = await room.hand_over(case, PHOTO)
    assert answer.status_code == 201, answer.text
    said = answer.json()
    assert {name: said[name] for name in ("state", "kind", "reason")} == {
        "state": "cleared",
        "kind": "picture",
        "reason": None,
    }
    [event] = await room.events()
    assert event["type"] == "MediaCleared"
    assert (event["ref"], event["origin"]) == (said["media_ref"], "evidence")
    assert (event["complaint_id"], event["locked"]) == (str(case), False)
    assert room.told.seen == [(len(PHOTO), True)]


async def test_what_is_no_picture_is_refused_with_its_reason(room: Room) -> None:
    case = await room.a_case("1")
    async with room.settling():
        answer = await room.hand_over(case, b"MZ")
    assert answer.status_code == 201
    assert (answer.json()["state"], answer.json()["reason"]) == ("refused", "type")
    assert await room.rows("SELECT 1 FROM spool") == []


async def test_a_document_is_locked(room: Room) -> None:
    case = await room.a_case("1")
    room.told.outcomes[b"%PDF-1.7"] = Kept(MediaKind.DOCUMENT, "application/pdf")
    async with room.settling():
        answer = await room.hand_over(case, b"%PDF-1.7")
    assert (answer.json()["state"], answer.json()["kind"]) == ("locked", "document")


async def test_whoever_does_not_hold_the_case_hands_nothing_over(room: Room) -> None:
    case = await room.a_case("1")
    never = await room.hand_over(UUID(int=9), PHOTO)
    other = await room.hand_over(case, PHOTO, unit="satpol-pp")
    assert (never.status_code, other.status_code) == (404, 404)
    assert never.json()["detail"] == other.json()["detail"]
    assert never.json()["field"] == "complaint_id"
    assert await room.rows("SELECT 1 FROM spool UNION ALL SELECT 1 FROM files") == []


async def test_a_file_without_a_byte_is_none(room: Room) -> None:
    case = await room.a_case("1")
    answer = await room.hand_over(case, b"")
    assert answer.status_code == 422
    assert answer.json()["field"] == "body"
    assert await room.rows("SELECT 1 FROM files") == []


async def test_a_file_waits_sealed_in_chunks_that_media_alone_opens(hasty: Room) -> None:
    case = await hasty.a_case("1")
    sent = b"".join(bytes([number]) * 1_000_003 for number in range(5))

    async def dripped() -> AsyncIterator[bytes]:
        for start in range(0, len(sent), 300_007):
            yield sent[start : start + 300_007]

    answer = await hasty.hand_over(case, dripped())
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    chunks = [row["sealed"] for row in await hasty.rows("SELECT sealed FROM spool ORDER BY number")]
    assert [len(each) for each in chunks] == [CHUNK_BYTES + 16] * 4 + [
        5 * 1_000_003 - 4 * CHUNK_BYTES + 16
    ]
    assert not any(sent[:100] in chunk for chunk in chunks)
    [file] = await hasty.rows("SELECT ref, wrapped_key, chunks, size FROM files")
    opener = FileOpener(hasty.house.credentials.media.private)
    assert opener.file(file["ref"], file["wrapped_key"], chunks) == sent
    assert (file["chunks"], file["size"]) == (5, len(sent))


async def test_a_file_that_waits_is_settled_afterwards(hasty: Room) -> None:
    case = await hasty.a_case("1")
    hasty.told.outcomes[PHOTO] = a_picture()
    first = await hasty.hand_over(case, PHOTO, key="k-1")
    assert (first.status_code, first.json()["state"]) == (202, "waiting")
    async with hasty.settling():
        async with asyncio.timeout(30):
            while (again := await hasty.hand_over(case, PHOTO, key="k-1")).status_code == 202:
                await asyncio.sleep(0.02)
    assert again.status_code == 201
    assert again.json()["media_ref"] == first.json()["media_ref"]
    assert again.json()["state"] == "cleared"


async def test_the_same_again_makes_no_second_file(room: Room) -> None:
    case = await room.a_case("1")
    room.told.outcomes[PHOTO] = a_picture()
    async with room.settling():
        answers = [await room.hand_over(case, PHOTO, key=key) for key in ("k-1", '"k-1"', "k-2")]
    refs = [answer.json()["media_ref"] for answer in answers]
    assert refs[0] == refs[1] != refs[2]
    assert len(await room.rows("SELECT 1 FROM files")) == 2
    assert [event["type"] for event in await room.events()] == ["MediaCleared"] * 2


async def test_two_at_once_under_one_key_make_one_file(room: Room) -> None:
    case = await room.a_case("1")
    room.told.outcomes[PHOTO] = a_picture()
    async with room.settling():
        answers = await asyncio.gather(*(room.hand_over(case, PHOTO, key="k-1") for _ in range(4)))
    statuses = {answer.status_code for answer in answers}
    assert 201 in statuses <= {201, 409}
    assert all(a.headers["retry-after"] == "1" for a in answers if a.status_code == 409)
    assert len(await room.rows("SELECT 1 FROM files")) == 1


async def test_another_file_under_the_same_key_is_refused(hasty: Room) -> None:
    case, other = await hasty.a_case("1"), await hasty.a_case("2")
    await hasty.hand_over(case, PHOTO, key="k-1")
    changed = await hasty.hand_over(case, PHOTO + b".", key="k-1")
    assert (changed.status_code, changed.json()["field"]) == (422, "idempotency-key")
    unit = hasty.cases[case]
    elsewhere = await hasty.hand_over(other, PHOTO, key="k-1", unit=unit)
    assert elsewhere.status_code == 422
    colleague = await hasty.hand_over(case, PHOTO, key="k-1", subject="officer-8")
    assert colleague.status_code == 202, "a key is an officer's own"
    assert len(await hasty.rows("SELECT 1 FROM files")) == 2


async def test_who_came_with_a_file_and_since_when_the_case_was_in_hand_is_kept(
    hasty: Room,
) -> None:
    case = await hasty.a_case("1")
    answer = await hasty.hand_over(case, PHOTO)
    [row] = await hasty.rows("SELECT * FROM evidence")
    assert str(row["ref"]) == answer.json()["media_ref"]
    assert (row["complaint_id"], row["officer"]) == (case, "officer-7")
    assert row["unit"] == hasty.cases[case]
    [first] = await hasty.world.rows("SELECT min(at) FROM history")
    assert row["held_since"] == first[0]
    [column] = await hasty.rows("SELECT mac FROM evidence")
    assert sha256(PHOTO).digest() != column["mac"], "a digest without a key tells of which file"


async def test_a_file_beyond_the_limit_is_refused_and_none_is_acknowledged(hasty: Room) -> None:
    case = await hasty.a_case("1")

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(27):
            yield bytes(1024 * 1024)

    answer = await hasty.hand_over(case, endless())
    assert answer.status_code == 413
    assert await hasty.rows("SELECT 1 FROM files") == []


async def test_evidence_is_settled_before_what_reporters_have_sent(hasty: Room) -> None:
    case = await hasty.a_case("1")
    hasty.told.outcomes[PHOTO] = a_picture()
    await hasty.hand_over(case, PHOTO)
    [row] = await hasty.rows("SELECT due_at < created_at - interval '1 hour' AS ahead FROM files")
    assert row["ahead"]


async def test_while_no_child_can_be_had_the_file_waits(room: Room) -> None:
    case = await room.a_case("1")
    room.told.outcomes[PHOTO] = a_picture()
    room.told.busy = True
    async with room.settling():
        asked = asyncio.create_task(room.hand_over(case, PHOTO))
        async with asyncio.timeout(30):
            while not await room.rows("SELECT 1 FROM files WHERE attempts > 0"):
                await asyncio.sleep(0.02)
        room.told.busy = False
        answer = await asked
    assert answer.json()["state"] == "cleared"
