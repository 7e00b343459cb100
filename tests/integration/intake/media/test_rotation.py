"""Media's keys are changed: files, addresses and keys of objects open before and after."""

from datetime import UTC, datetime, timedelta

import pytest

from deploy.keys import steps
from deploy.keys.kinds import KINDS, encoded, row_id
from services.intake import store as intake_store
from services.intake.media.app import new_name
from services.intake.media.pace import Pace
from services.intake.media.resealing.resealing import Resealing
from services.intake.media.sealing import UNKNOWN, FileOpener, FileSealer
from services.intake.media.settling import Awaited, Settling
from shared.errors import Reject, StopTheLine
from shared.ids import new_id
from shared.key_ring import NamedKey, written
from shared.visibility import SYSTEM
from tests.builders import a_complaint_id
from tests.integration.intake.media.conftest import HandMade, Room, pictures, proving

MEDIA = KINDS["media"]
NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
NEW = NamedKey("20261127-new", encoded(MEDIA.fresh()))


def ring_of(room: Room) -> str:
    """The new key, and the one by which all was sealed so far."""
    return f"{NEW} {room.credentials.media.private}"


async def needing(room: Room, private: str) -> int:
    """What `crm keys retire` counts."""
    assert MEDIA.needing is not None
    return int(await room.window.fetchval(MEDIA.needing, row_id(private)))


async def resealed(room: Room, opener: FileOpener, batch: int = 2) -> int:
    task, total = Resealing(room.works, opener, batch), 0
    while found := await task.step():
        total += found
    return total


async def laid_address(room: Room, number: int) -> None:
    """A file that is still at its platform."""
    ref = new_id()
    row = intake_store.FileRow(
        ref, a_complaint_id(1), new_id(), number, room.sealer.key_id, source="x",
        locator=room.sealer.locator(ref, b"https://pbs.twimg.com/1"),
    )  # fmt: skip
    async with room.works.open(SYSTEM) as work:
        await intake_store.add_files(work.connection, [row], work.now)


async def test_all_that_is_sealed_opens_by_the_new_key_alone_after_it_was_sealed_anew(
    room: Room,
) -> None:
    await room.settled(pictures(), number=1)
    waiting = await room.lay(b"waits", number=2)
    await laid_address(room, 3)
    await room.rows("UPDATE complaint_keys SET key_id = NULL")
    await room.rows("UPDATE files SET key_id = $2 WHERE ref = $1", waiting, UNKNOWN)
    old = room.credentials.media.private
    assert await needing(room, old) == 4

    both = FileOpener(ring_of(room))
    assert await resealed(room, both) == 4
    assert await needing(room, old) == 0

    alone = FileOpener(str(NEW))
    [file] = await room.rows("SELECT wrapped_key FROM files WHERE ref = $1", waiting)
    [chunk] = await room.rows("SELECT sealed FROM spool WHERE ref = $1", waiting)
    assert alone.file(waiting, file["wrapped_key"], [chunk["sealed"]]) == b"waits"
    [wanted] = await room.rows("SELECT ref, locator FROM wanted")
    assert alone.locator(wanted["ref"], wanted["locator"]) == b"https://pbs.twimg.com/1"
    [key] = await room.rows("SELECT complaint_id, origin, wrapped FROM complaint_keys")
    assert len(alone.at_rest(*key.values())) == 32
    with pytest.raises(Reject):
        room.opener.at_rest(*key.values())


async def test_a_complaint_keeps_the_key_of_its_objects_while_its_pictures_come_by_two_keys(
    room: Room,
) -> None:
    await room.settled(pictures("one"), number=1)
    opener = FileOpener(ring_of(room))
    sealer = FileSealer(opener.public_key)
    await room.lay(b"two", number=2)
    settling = Settling(
        room.works, HandMade(pictures("two")), room.bucket, opener, sealer, new_name, proving(),
        Awaited(), Pace(),
    )  # fmt: skip
    assert await settling.step() == 1
    [key] = await room.rows("SELECT complaint_id, origin, wrapped, key_id FROM complaint_keys")
    assert key["key_id"] == row_id(room.credentials.media.private)
    assert len(room.objects()) == 6


def test_an_upload_of_before_is_not_said_to_be_of_the_key_of_now() -> None:
    old, opener = NamedKey("old", encoded(MEDIA.fresh())), FileOpener(str(NEW))
    sealer = FileSealer(opener.public_key)
    assert sealer.earlier_key_id == sealer.key_id
    sealer.replace(FileOpener(written((NEW, old))).public_key)
    assert sealer.earlier_key_id == UNKNOWN


def test_a_key_of_media_rests_for_a_day_because_callers_keep_what_they_have_laid_down() -> None:
    ring = (NEW, NamedKey("old", "k"))
    with pytest.raises(StopTheLine, match="under way for 3600 s more"):
        steps.retired(MEDIA, ring, "old", NOW - timedelta(hours=23), (), 0, NOW)
    after, proof = steps.retired(MEDIA, ring, "old", NOW - timedelta(hours=24), (), 0, NOW)
    assert after == (NEW,)
    assert "no row needs it" in proof
