"""One case has so much evidence and no more, however many come at once."""

import asyncio
from collections.abc import Sequence

from services.intake.media.evidence.limits import MEGABYTE
from tests.integration.intake.evidence.conftest import Answer, Room
from tests.integration.intake.evidence.told import a_picture

MANY = 3
"""Files that the tests' case may have; and 25 MB together."""


def photo(number: int) -> bytes:
    return b"a photograph %d" % number


def refused(answers: Sequence[Answer]) -> list[tuple[int, str, str]]:
    found = [each for each in answers if each.status_code not in (201, 202)]
    return [(each.status_code, each.json()["code"], each.json()["field"]) for each in found]


FULL = (409, "evidence_files_used_up", "complaint_id")
HEAVY = (409, "evidence_bytes_used_up", "complaint_id")


async def test_a_file_more_than_a_case_may_have_is_refused_with_the_reason(hasty: Room) -> None:
    case, other = await hasty.a_case("1"), await hasty.a_case("2")
    answers = [await hasty.hand_over(case, photo(n)) for n in range(MANY + 1)]
    assert refused(answers) == [FULL]
    said = answers[-1].json()
    assert str(MANY) in said["detail"]
    assert "sudah memiliki 3 berkas" in said["detail_id"]
    assert "retry-after" not in answers[-1].headers, "it is not worth another try"
    assert (await hasty.hand_over(other, photo(9))).status_code == 202, "each case has its own"


async def test_of_many_that_come_at_once_no_more_are_taken_than_there_is_room_for(
    hasty: Room,
) -> None:
    case = await hasty.a_case("1")
    answers = await asyncio.gather(*(hasty.hand_over(case, photo(n)) for n in range(4 * MANY)))
    assert refused(answers) == [FULL] * 3 * MANY
    assert len(await hasty.rows("SELECT 1 FROM files")) == MANY


async def test_bytes_beyond_what_a_case_may_have_are_not_even_read(hasty: Room) -> None:
    case = await hasty.a_case("1")
    first, second = bytes(15 * MEGABYTE), bytes(11 * MEGABYTE)
    answers = [await hasty.hand_over(case, each) for each in (first, second, second[:-MEGABYTE])]
    assert refused(answers) == [HEAVY]
    assert "25 MB" in answers[1].json()["detail_id"]


async def test_large_files_at_once_have_no_more_room_than_one_after_the_other(hasty: Room) -> None:
    case = await hasty.a_case("1")
    large = bytes(13 * MEGABYTE)
    answers = await asyncio.gather(*(hasty.hand_over(case, large) for _ in range(3)))
    assert refused(answers) == [HEAVY] * 2
    [file] = await hasty.rows("SELECT size FROM files")
    assert file["size"] == len(large)


async def test_what_was_refused_takes_no_room_and_a_repeat_needs_none(room: Room) -> None:
    case = await room.a_case("1")
    for number in range(MANY):
        room.told.outcomes[photo(number)] = a_picture()
    async with room.settling():
        for number in range(2 * MANY):
            answer = await room.hand_over(case, b"MZ%d" % number)
            assert answer.json()["state"] == "refused"
        taken = [await room.hand_over(case, photo(n), key=f"k-{n}") for n in range(MANY)]
        again = await room.hand_over(case, photo(0), key="k-0")
    assert refused([*taken, again]) == []
    assert again.json() == taken[0].json()
