"""A file that waits is settled once, whatever happens meanwhile."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest

from services.intake.media import store
from services.intake.media.app import new_name
from services.intake.media.clearing.clearing import ChildUse
from services.intake.media.clearing.outcome import Cleared, Outcome, Refused, Unfinished
from services.intake.media.domain import GIVES_WAY, LEASE, MOST_UNFINISHED, FileState
from services.intake.media.objects.bucket import Bucket
from services.intake.media.pace import Pace
from services.intake.media.sealing import FileOpener, FileSealer
from services.intake.media.settling import Awaited, Settling
from shared.errors import Transient
from shared.events.vocabulary import MediaOrigin, MediaRefusal
from shared.visibility import SYSTEM
from tests.integration.intake.media.conftest import (
    DOCUMENT,
    VIDEO,
    HandMade,
    Room,
    erase,
    pictures,
    proving,
)

OTHER_KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


class Away(Bucket):
    """A store that takes ``takes`` objects and is away then."""

    def __init__(self, folder: Path, takes: int = 0) -> None:
        super().__init__(folder.as_uri(), {}, 20.0)
        self._takes = takes

    async def put(self, objects: Mapping[str, bytes]) -> None:
        taken = dict(islice(objects.items(), self._takes))
        self._takes -= len(taken)
        await super().put(taken)
        if len(taken) < len(objects):
            raise Transient("the store of pictures is away: ConnectionRefusedError")


async def due_now(room: Room) -> None:
    """As if the pause, or the lease, had passed."""
    await room.rows("UPDATE files SET due_at = now() - interval '1 second'")


async def states(room: Room) -> list[str]:
    return [row["state"] for row in await room.rows("SELECT state FROM files ORDER BY number")]


async def test_a_picture_is_cleared_laid_in_the_store_and_said_once(room: Room) -> None:
    clearing = HandMade(pictures())
    await room.lay(b"original bytes")
    settling = room.settling(clearing)
    assert [await settling.step(), await settling.step()] == [1, 0]
    assert clearing.asked == [(b"original bytes", False)]
    assert await states(room) == ["cleared"]
    assert len(room.objects()) == await room.count("derivatives") == 3
    assert await room.count("spool") == 0
    assert await room.said() == ["MediaCleared"]


async def test_after_a_reporters_picture_that_others_held_up_it_rests_and_not_after_evidence(
    room: Room,
) -> None:
    rests: list[float] = []

    async def sleep(seconds: float) -> None:
        rests.append(seconds)

    async def held_up() -> Cleared:
        pace.observe(ChildUse(cpu_seconds=0.05, peak_bytes=0, seconds=0.2))
        return pictures()

    pace = Pace(sleep)
    settling = room.settling(held_up, pace=pace)
    for number, origin in enumerate((MediaOrigin.EVIDENCE, MediaOrigin.REPORTER)):
        assert rests == []
        await room.lay(b"one", number=number, origin=origin)
        assert await settling.step() == 1
    assert rests == [0.5]


async def test_a_file_of_several_chunks_is_cleared_as_the_one_that_it_was(room: Room) -> None:
    data = bytes(range(256)) * 40
    clearing = HandMade(pictures())
    await room.lay(data, chunk_bytes=1000, origin=MediaOrigin.EVIDENCE)
    await room.settling(clearing).step()
    assert clearing.asked == [(data, True)]


@pytest.mark.parametrize(("origin", "waited", "unfinished", "gives_way"), [
    (MediaOrigin.REPORTER, timedelta(0), 0, True),
    (MediaOrigin.REPORTER, GIVES_WAY - timedelta(seconds=30), 0, True),
    (MediaOrigin.REPORTER, GIVES_WAY + timedelta(seconds=1), 0, False),
    (MediaOrigin.REPORTER, timedelta(0), 1, False),
    (MediaOrigin.EVIDENCE, timedelta(0), 0, False),
])  # fmt: skip
async def test_a_reporters_picture_gives_way_to_receipts_for_minutes_and_no_longer(
    room: Room, origin: MediaOrigin, waited: timedelta, unfinished: int, gives_way: bool
) -> None:
    clearing = HandMade(pictures())
    ref = await room.lay(b"original", origin=origin)
    await room.rows(
        "UPDATE files SET created_at = created_at - CAST($2 AS interval), unfinished = $3"
        " WHERE ref = $1",
        ref, waited, unfinished,
    )  # fmt: skip
    await room.settling(clearing).step()
    assert clearing.gave_way == [gives_way]


@pytest.mark.parametrize(("outcome", "kind"), [(DOCUMENT, "document"), (VIDEO, "video")])
async def test_a_document_or_a_video_stays_sealed_and_locked(
    room: Room, outcome: Outcome, kind: str
) -> None:
    await room.settled(outcome)
    [row] = await room.rows("SELECT state, kind, scanned_at FROM files")
    assert tuple(row) == ("kept", kind, None)
    assert (await room.count("spool"), room.objects()) == (1, [])
    [event] = await room.rows("SELECT body FROM outbox")
    assert json.loads(event["body"])["locked"] is True


async def test_what_is_refused_leaves_no_byte_and_a_reason(room: Room) -> None:
    await room.settled(Refused(MediaRefusal.HOSTILE))
    [row] = await room.rows("SELECT state, reason FROM files")
    assert tuple(row) == ("refused", "hostile")
    assert (await room.count("spool"), room.objects()) == (0, [])
    assert await room.said() == ["MediaRefused"]


async def test_what_is_empty_or_does_not_open_is_refused_without_a_child(room: Room) -> None:
    clearing = HandMade(pictures())
    await room.lay(b"", number=1)
    torn = await room.lay(b"x" * 3000, number=2, chunk_bytes=1000)
    await room.rows("DELETE FROM spool WHERE ref = $1 AND number = 2", torn)
    swapped = await room.lay(b"y" * 2000, number=3, chunk_bytes=1000)
    await room.rows("UPDATE spool SET number = 9 - number WHERE ref = $1", swapped)
    lost = await room.lay(b"z", number=4)
    await room.rows("DELETE FROM spool WHERE ref = $1", lost)
    settling = room.settling(clearing)
    assert [await settling.step() for _ in range(5)] == [1, 1, 1, 1, 0]
    rows = await room.rows("SELECT reason FROM files ORDER BY number")
    assert [row["reason"] for row in rows] == ["empty", "damaged", "damaged", "damaged"]
    assert clearing.asked == []


async def test_a_store_that_is_away_puts_a_file_off_and_its_neighbours_too_until_it_is_back(
    room: Room,
) -> None:
    await room.lay(b"one", number=1)
    await room.lay(b"two", number=2)
    away = room.settling(pictures(), Away(room.folder, takes=2))
    assert [await away.step(), await away.step(), await away.step()] == [1, 1, 0]
    assert await states(room) == ["waiting", "waiting"]
    assert (await room.count("spool"), await room.count("outbox")) == (2, 0)
    settling = room.settling(pictures())
    assert await settling.step() == 0, "it is tried before its pause has passed"
    await due_now(room)
    assert [await settling.step(), await settling.step()] == [1, 1]
    assert await states(room) == ["cleared", "cleared"]
    assert await room.said() == ["MediaCleared", "MediaCleared"]
    assert await room.count("derivatives") == 6


async def test_the_pause_before_the_next_try_grows_and_has_an_end(room: Room) -> None:
    await room.lay(b"one")
    away = room.settling(pictures(), Away(room.folder))
    pauses = []
    for _ in range(9):
        await away.step()
        [row] = await room.rows("SELECT due_at - now() AS pause FROM files")
        pauses.append(row["pause"])
        await due_now(room)
    assert pauses[0] < timedelta(seconds=2) < pauses[4] < pauses[-1] <= timedelta(seconds=60)


async def test_a_child_that_cannot_be_had_costs_a_try_and_no_file(room: Room) -> None:
    async def none_to_be_had() -> Outcome:
        raise Transient("no child")

    await room.lay(b"one")
    assert await room.settling(none_to_be_had).step() == 1
    assert (await states(room), await room.count("spool")) == (["waiting"], 1)


async def unfinished() -> Outcome:
    raise Unfinished("a picture was not opened: its child was killed")


async def test_a_file_that_is_never_opened_to_its_end_is_refused_at_last_and_said_once(
    room: Room,
) -> None:
    await room.lay(b"one")
    settling = room.settling(unfinished)
    for _ in range(MOST_UNFINISHED - 1):
        assert await settling.step() == 1
        assert (await states(room), await room.count("spool")) == (["waiting"], 1)
        await due_now(room)
    assert [await settling.step(), await settling.step()] == [1, 0]
    [row] = await room.rows("SELECT state, reason FROM files")
    assert tuple(row) == ("refused", "hostile")
    assert (await room.count("spool"), await room.said()) == (0, ["MediaRefused"])


async def test_a_file_that_is_opened_when_the_machine_is_better_is_cleared(room: Room) -> None:
    await room.lay(b"one")
    for _ in range(MOST_UNFINISHED - 1):
        await room.settling(unfinished).step()
        await due_now(room)
    assert await room.settling(pictures()).step() == 1
    assert await states(room) == ["cleared"]


async def test_while_the_store_is_away_no_try_counts_against_the_file(room: Room) -> None:
    await room.lay(b"one")
    away = room.settling(pictures(), Away(room.folder))
    for _ in range(MOST_UNFINISHED + 1):
        await away.step()
        await due_now(room)
    assert await room.settling(unfinished).step() == 1
    assert await states(room) == ["waiting"]


class Killed(BaseException):
    """The process ends here."""


class AfterTheLast(Bucket):
    """A store with which something happens when it has taken all three sizes of a picture."""

    def __init__(self, folder: Path, then: Callable[[], Awaitable[None]]) -> None:
        super().__init__(folder.as_uri(), {}, 20.0)
        self._then = then

    async def put(self, objects: Mapping[str, bytes]) -> None:
        await super().put(objects)
        await self._then()


async def test_killed_before_the_last_transaction_it_is_done_again_and_said_once(
    room: Room,
) -> None:
    async def killed() -> None:
        raise Killed

    await room.lay(b"one")
    with pytest.raises(Killed):
        await room.settling(pictures("first"), AfterTheLast(room.folder, killed)).step()
    left = room.objects()
    assert (len(left), await states(room), await room.count("spool")) == (3, ["waiting"], 1)
    assert await room.settling(pictures()).step() == 0, "the lease of the dead one still runs"
    await due_now(room)
    assert await room.settling(pictures("second")).step() == 1
    assert await room.said() == ["MediaCleared"]
    rows = await room.rows("SELECT object_name FROM derivatives")
    assert {row["object_name"] for row in rows} == set(room.objects()) - set(left)


async def test_who_comes_back_after_its_lease_writes_nothing_and_leaves_no_object(
    room: Room,
) -> None:
    ref = await room.lay(b"one")
    going, go_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> Outcome:
        going.set()
        await go_on.wait()
        return pictures("slow")

    late = asyncio.create_task(room.settling(slowly).step())
    await going.wait()
    await due_now(room)
    assert await room.settling(pictures("quick")).step() == 1
    go_on.set()
    assert await late == 1
    assert await room.said() == ["MediaCleared"]
    assert len(room.objects()) == 3
    answer = await room.get(await room.link(ref, "small"))
    assert answer.content.startswith(b"quick small")


async def test_a_lease_is_nobody_elses_and_longer_than_a_store_may_be_silent(room: Room) -> None:
    await room.lay(b"one")
    assert timedelta(seconds=10 + 3 * 20) < LEASE
    async with room.works.open(SYSTEM) as work:
        until = work.now + LEASE
        first = await store.lease(work.connection, FileState.WAITING, work.now, until, 9)
        again = await store.lease(work.connection, FileState.WAITING, work.now, until, 9)
    assert ([each.attempts for each in first], again) == ([1], [])


# --- keys -----------------------------------------------------------------------------------


async def test_all_pictures_of_a_reporter_have_one_key_also_when_two_settle_at_once(
    room: Room,
) -> None:
    refs = [await room.lay(f"{number}".encode(), number=number) for number in range(1, 5)]
    steps = [room.settling(pictures(f"p{number}")).step() for number in range(4)]
    assert await asyncio.gather(*steps) == [1, 1, 1, 1]
    assert await room.count("complaint_keys") == 1
    for ref in refs:
        assert (await room.get(await room.link(ref, "small"))).status_code == 200


async def test_a_key_of_another_complaint_opens_nothing(room: Room) -> None:
    ref, other = await room.settled(pictures()), await room.settled(pictures(), complaint=2)
    link = await room.link(ref, "small")
    await room.rows(
        "UPDATE complaint_keys SET wrapped = (SELECT k.wrapped FROM complaint_keys k JOIN files f"
        " USING (complaint_id) WHERE f.ref = $1)",
        other,
    )
    assert (await room.get(link)).status_code == 503


async def test_with_a_wrong_key_of_ours_files_wait_and_are_not_called_damaged(
    room: Room, capfd: pytest.CaptureFixture[str]
) -> None:
    await room.lay(b"one")
    wrong = FileOpener(OTHER_KEY)
    settling = Settling(
        room.works, HandMade(pictures()), room.bucket, wrong, FileSealer(wrong.public_key),
        new_name, proving(), Awaited(), Pace(),
    )  # fmt: skip
    assert await settling.step() == 1
    assert (await states(room), await room.count("spool")) == (["waiting"], 1)
    assert "file_sealed_for_another_key" in "".join(capfd.readouterr())
    await due_now(room)
    assert await room.settling(pictures()).step() == 1
    assert await states(room) == ["cleared"]


# --- erasure --------------------------------------------------------------------------------


async def everything_of(room: Room, tables: Sequence[str]) -> dict[str, int]:
    return {table: await room.count(table) for table in tables}


OF_A_REPORTER = ("files", "spool", "derivatives", "complaint_keys", "wanted")


async def test_an_erasure_takes_keys_chunks_and_rows_at_once_and_is_said_once(room: Room) -> None:
    await room.settled(pictures(), number=1)
    await room.settled(DOCUMENT, number=2)
    await room.settled(Refused(MediaRefusal.TYPE), number=3)
    await room.lay(b"waits", number=4)
    await erase(room, 1)
    assert set((await everything_of(room, OF_A_REPORTER)).values()) == {0}
    assert await room.count("doomed") == 3
    said = await room.said()
    await erase(room, 1)
    assert await room.said() == said
    assert said.count("MediaRemoved") == 4


async def test_what_officers_have_shown_outlives_the_reporters_erasure(room: Room) -> None:
    own = await room.settled(pictures("own"))
    evidence = await room.settled(pictures("done"), origin=MediaOrigin.EVIDENCE, number=2)
    foreign = await room.settled(pictures("foreign"), complaint=2)
    links = {ref: await room.link(ref, "small") for ref in (own, evidence, foreign)}
    await erase(room, 1)
    assert [(await room.get(links[ref])).status_code for ref in (own, evidence, foreign)] == [
        410, 200, 200,
    ]  # fmt: skip


@pytest.mark.parametrize("outcome", [pictures(), DOCUMENT, Refused(MediaRefusal.DAMAGED)])
async def test_an_erasure_meanwhile_leaves_nothing_of_what_is_under_way(
    room: Room, outcome: Outcome
) -> None:
    await room.lay(b"one")

    async def erased_meanwhile() -> Outcome:
        await erase(room, 1)
        return outcome

    assert await room.settling(erased_meanwhile).step() == 1
    assert set((await everything_of(room, OF_A_REPORTER)).values()) == {0}
    assert room.objects() == []
    assert await room.said() == ["MediaRemoved"]


@pytest.mark.parametrize("outcome", [pictures(), DOCUMENT, Refused(MediaRefusal.DAMAGED)])
async def test_a_file_that_comes_after_its_reporters_erasure_is_removed(
    room: Room, outcome: Outcome
) -> None:
    await erase(room, 1)
    ref = await room.lay(b"late")
    settling = room.settling(outcome)
    assert [await settling.step(), await settling.step()] == [1, 0]
    assert set((await everything_of(room, OF_A_REPORTER)).values()) == {0}
    assert room.objects() == []
    assert await room.said() == ["MediaRemoved"]
    assert [each["status"] for each in await room.claim(ref)] == ["gone"]


async def test_an_erasure_that_comes_between_objects_and_rows_leaves_no_object(
    room: Room,
) -> None:
    async def erased() -> None:
        await erase(room, 1)

    await room.lay(b"one")
    assert await room.settling(pictures(), AfterTheLast(room.folder, erased)).step() == 1
    assert set((await everything_of(room, OF_A_REPORTER)).values()) == {0}
    assert room.objects() == []
    assert await room.said() == ["MediaRemoved"]


async def test_evidence_of_an_erased_reporters_complaint_is_cleared(room: Room) -> None:
    await erase(room, 1)
    await room.settled(pictures(), origin=MediaOrigin.EVIDENCE)
    assert await states(room) == ["cleared"]
