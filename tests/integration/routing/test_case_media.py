"""What routing keeps of a case's files, in whatever order the stream tells of them."""

from itertools import permutations
from uuid import UUID

import pytest

from services.routing.domain import CaseMedia, MediaState
from services.routing.media import store as media
from shared.events.event import Event
from shared.events.intake import MediaReceived
from shared.events.media import MediaCleared, MediaRefused, MediaRemoved
from shared.events.vocabulary import MediaFlag, MediaKind, MediaOrigin, MediaRefusal
from shared.visibility import SYSTEM
from tests.builders import T0, a_complaint, a_complaint_id, at
from tests.integration.routing.world import World
from tests.unit.routing.cases import MANGGARAI

ONE = a_complaint_id(1)
WORDS = UUID(int=21)
FIRST, SECOND, PROOF = UUID(int=41), UUID(int=42), UUID(int=43)


def received(*refs: UUID) -> MediaReceived:
    return MediaReceived(complaint_id=ONE, at=T0, content_ref=WORDS, refs=refs)


def cleared(ref: UUID, **fields: object) -> MediaCleared:
    said = {"origin": "reporter", "kind": "picture", "content_ref": WORDS, **fields}
    return MediaCleared.model_validate({"complaint_id": ONE, "at": at(1), "ref": ref, **said})


def refused(ref: UUID) -> MediaRefused:
    return MediaRefused(
        complaint_id=ONE, at=at(1), ref=ref, origin=MediaOrigin.REPORTER, content_ref=WORDS,
        reason=MediaRefusal.DAMAGED,
    )  # fmt: skip


def removed(ref: UUID) -> MediaRemoved:
    return MediaRemoved(
        complaint_id=ONE, at=at(2), ref=ref, origin=MediaOrigin.REPORTER, content_ref=WORDS
    )


async def files_of(world: World) -> list[CaseMedia]:
    case = await world.case(ONE)
    async with world.works.read(SYSTEM) as connection:
        return await media.of_case(connection, case)


async def test_each_file_of_a_message_is_known_by_its_place(world: World) -> None:
    await world.hear_twice(a_complaint(kelurahan_code=MANGGARAI), received(FIRST, SECOND))
    found = [(each.ref, each.number, each.state) for each in await files_of(world)]
    assert found == [(FIRST, 1, MediaState.RECEIVED), (SECOND, 2, MediaState.RECEIVED)]


@pytest.mark.parametrize(
    "told", [*permutations([received(FIRST), cleared(FIRST), removed(FIRST)])], ids=range(6)
)
async def test_in_whatever_order_two_services_tell_of_a_file_it_never_goes_back(
    world: World, told: tuple[Event, ...]
) -> None:
    said: list[Event] = [a_complaint(kelurahan_code=MANGGARAI)]
    for event in told:
        said.append(event)
        await world.hear_twice(*said)
    [file] = await files_of(world)
    assert file.state is MediaState.REMOVED
    assert (file.number, file.content_ref) == (1, WORDS)


async def test_files_are_kept_that_are_told_of_before_there_is_a_case(world: World) -> None:
    await world.hear_twice(cleared(FIRST))
    assert await world.rows("SELECT 1 FROM cases") == []
    await world.hear_twice(cleared(FIRST), a_complaint(kelurahan_code=MANGGARAI), received(FIRST))
    [file] = await files_of(world)
    assert (file.state, file.kind) == (MediaState.CLEARED, MediaKind.PICTURE)


async def test_a_document_that_a_scanner_finds_clean_is_locked_no_more(world: World) -> None:
    said = [
        a_complaint(kelurahan_code=MANGGARAI),
        cleared(FIRST, kind="document", locked=True),
        cleared(SECOND, kind="document", locked=True),
        cleared(FIRST, kind="document"),
    ]
    await world.hear_twice(*said)
    states = {each.ref: each.state for each in await files_of(world)}
    assert states == {FIRST: MediaState.CLEARED, SECOND: MediaState.LOCKED}


async def test_what_is_refused_says_why_and_evidence_says_what_was_found(world: World) -> None:
    flags = (MediaFlag.REUSED, MediaFlag.FAR)
    proof = cleared(PROOF, origin="evidence", content_ref=None, flags=flags)
    await world.hear_twice(a_complaint(kelurahan_code=MANGGARAI), proof, refused(FIRST))
    found = await files_of(world)
    assert [each.ref for each in found] == [FIRST, PROOF], "the reporter's first"
    assert [each.reason for each in found] == [MediaRefusal.DAMAGED, None]
    assert found[1].flags == flags
