"""What nobody needs leaves the store and the spool; what is lost is told."""

import os
from datetime import datetime, timedelta

import pytest

from services.intake import store as intake_store
from services.intake.media.objects.bucket import Bucket
from services.intake.media.objects.sweeping import Burial, Sweep
from shared.errors import Transient
from shared.ids import new_id
from shared.telemetry import Metrics
from shared.visibility import SYSTEM
from tests.integration.intake.media.conftest import Room, erase, pictures


async def now_of(room: Room) -> datetime:
    """The instant that the next transaction will see, about."""
    async with room.works.open(SYSTEM) as work:
        return work.now


async def lie(room: Room, name: str, age: timedelta) -> None:
    """An object without a row, of that age."""
    (room.folder / name).write_bytes(b"x")
    written = (await now_of(room) - age).timestamp()
    os.utime(room.folder / name, (written, written))


async def swept(room: Room, at_once: int = 1000) -> Metrics:
    """One round of the sweep, from the first name to the last."""
    metrics = Metrics()
    sweep = Sweep(room.works, room.bucket, metrics, at_once)
    while await sweep.step():
        pass
    return metrics


def figure(metrics: Metrics, name: str) -> float | None:
    return metrics.registry.get_sample_value(name)


async def test_objects_without_a_row_go_when_they_are_an_hour_old(room: Room) -> None:
    await room.settled(pictures())
    kept = room.objects()
    await lie(room, "0" * 32, timedelta(minutes=61))
    await lie(room, "f" * 32, timedelta(days=9))
    await lie(room, "8" * 32, timedelta(minutes=59))
    await lie(room, f"{'7' * 32}#1", timedelta(minutes=61))
    for name in kept:
        os.utime(room.folder / name, (0, 0))
    metrics = await swept(room)
    assert room.objects() == sorted([*kept, "8" * 32])
    assert figure(metrics, "crm_media_orphans_total") == 3
    assert figure(metrics, "crm_media_lost") == 0


@pytest.mark.parametrize("at_once", [1, 2, 3, 5, 1000])
async def test_page_by_page_each_object_and_each_row_is_compared_once(
    room: Room, at_once: int
) -> None:
    for number in range(1, 4):
        await room.settled(pictures(), number=number)
    for place in range(7):
        await lie(room, f"{place:x}{'5' * 31}", timedelta(hours=2))
    named = [row["object_name"] for row in await room.rows("SELECT object_name FROM derivatives")]
    lost = sorted(named)[::4]
    for name in lost:
        (room.folder / name).unlink()
    metrics = await swept(room, at_once)
    assert room.objects() == sorted(set(named) - set(lost))
    assert figure(metrics, "crm_media_orphans_total") == 7
    assert figure(metrics, "crm_media_lost") == len(lost) == 3


async def test_a_store_that_was_emptied_is_told_and_no_row_is_touched(
    room: Room,
) -> None:
    await room.settled(pictures())
    for name in room.objects():
        (room.folder / name).unlink()
    assert figure(await swept(room, at_once=2), "crm_media_lost") == 3
    assert await room.count("derivatives") == 3


async def test_a_figure_of_lost_pictures_falls_when_they_are_back(room: Room) -> None:
    await room.settled(pictures())
    name = room.objects()[0]
    data = (room.folder / name).read_bytes()
    metrics = Metrics()
    sweep = Sweep(room.works, room.bucket, metrics)
    (room.folder / name).unlink()
    await sweep.step()
    assert figure(metrics, "crm_media_lost") == 1
    (room.folder / name).write_bytes(data)
    await sweep.step()
    assert figure(metrics, "crm_media_lost") == 0


async def test_an_erasure_empties_the_store_within_one_step(room: Room) -> None:
    await room.settled(pictures())
    foreign = set(room.objects())
    await room.settled(pictures(), complaint=2)
    await erase(room, 2)
    burial = Burial(room.works, room.bucket)
    assert [await burial.step(), await burial.step()] == [3, 0]
    assert set(room.objects()) == foreign
    assert await room.count("doomed") == 0


async def test_what_is_doomed_stays_doomed_while_the_store_is_away(room: Room) -> None:
    class Away(Bucket):
        async def delete(self, names: object) -> None:
            raise Transient("the store of pictures is away: OSError")

    await room.settled(pictures())
    await erase(room, 1)
    away = Away(room.folder.as_uri(), {}, 20.0)
    with pytest.raises(Transient):
        await Burial(room.works, away).step()
    assert (await room.count("doomed"), len(room.objects())) == (3, 3)
    await Burial(room.works, room.bucket).step()
    assert (await room.count("doomed"), room.objects()) == (0, [])


async def test_uploads_that_were_never_reported_go_after_a_day_and_others_stay(room: Room) -> None:
    now = await now_of(room)
    given_up, young, adopted = new_id(), new_id(), await room.lay(b"waits")
    async with room.works.open(SYSTEM) as work:
        for ref, age in ((given_up, 25), (young, 23)):
            at = now - timedelta(hours=age)
            for number in range(3):
                await intake_store.add_chunk(work.connection, ref, number, b"sealed", at)
    await room.rows(
        "UPDATE spool SET created_at = now() - interval '9 days' WHERE ref = $1", adopted
    )
    await swept(room)
    left = await room.rows("SELECT ref, count(*) AS n FROM spool GROUP BY ref")
    assert {row["ref"]: row["n"] for row in left} == {young: 3, adopted: 1}
