"""The key of the look-up is changed while citizens look: a code opens its case before, during and
after, and the old key is needed by nothing in the end."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from deploy.keys.kinds import KINDS
from deploy.keys.survey import rows_needing
from services.tracking.digests import DigestsClaim
from services.tracking.rehashing import Rehashing
from shared.codes import tracking_digest
from shared.key_ring import NamedKey
from shared.shared_keys import LOOKUP
from tests.builders import a_complaint_id, in_envelope, shared_keys
from tests.integration.tracking.conftest import (
    LOOKUP_KEY,
    Tracking,
    a_handler,
    code_of,
    doors,
    unnamed_key,
)

NEW = bytes(range(64, 96))
OLD_ID = unnamed_key().first.id
OLD, BOTH, NEW_ALONE = (
    LOOKUP_KEY.hex(),
    f"new:{NEW.hex()} {OLD_ID}:{LOOKUP_KEY.hex()}",
    f"new:{NEW.hex()}",
)
"""The ring before the change, as `crm keys use` leaves it, and as `crm keys retire` does."""


def new_digest(number: int = 1) -> str:
    return tracking_digest(NEW, code_of(number))


def known_to_intake(tracking: Tracking, *numbers: int) -> None:
    tracking.intake.digests |= {a_complaint_id(each): (new_digest(each), "new") for each in numbers}


def under(tracking: Tracking, ring: str) -> Tracking:
    """The same service, told other keys."""
    keys = shared_keys(LOOKUP, ring)
    return replace(
        tracking,
        http=doors(tracking.works, tracking.issuer, tracking.around, keys=keys),
        handler=a_handler(tracking.around, keys),
    )


def rehashing(tracking: Tracking, ring: str = BOTH, batch: int = 2) -> Rehashing:
    keys = shared_keys(LOOKUP, ring)
    return Rehashing(tracking.works, keys, DigestsClaim(tracking.around.intake_client, keys), batch)


async def heard(tracking: Tracking, *numbers: int, **fields: Any) -> None:
    for number in numbers:
        await tracking.hear(in_envelope(tracking.received(number, **fields), number))


async def all_looked_at(task: Rehashing) -> int:
    """Cases until the last one."""
    looked = 0
    while found := await task.step():
        looked += found
    return looked


async def needing(tracking: Tracking, key_id: str) -> Any:
    """As `crm keys retire` asks it."""
    url = tracking.works.engine.url.set(drivername="postgresql")
    place = SimpleNamespace(database_url=lambda _: url.render_as_string(hide_password=False))
    return await rows_needing(place, KINDS["tracking-lookup"], NamedKey(key_id, ""))


async def opens(tracking: Tracking, number: int) -> bool:
    return (await tracking.track(code_of(number))).status_code == 200


async def test_a_code_opens_its_case_before_during_and_after_the_change(tracking: Tracking) -> None:
    during, after = under(tracking, BOTH), under(tracking, NEW_ALONE)
    await heard(tracking, 1, 2, 3)
    await heard(during, 4, tracking_digest=new_digest(4), lookup_key_id="new")
    assert [await opens(during, number) for number in (1, 2, 3, 4)] == [True] * 4
    assert (await needing(tracking, OLD_ID), await needing(tracking, "new")) == (3, 1)
    known_to_intake(tracking, 1, 2, 3)
    assert await all_looked_at(rehashing(tracking)) == 4
    assert (await needing(tracking, OLD_ID), await needing(tracking, "new")) == (0, 4)
    assert [await opens(after, number) for number in (1, 2, 3, 4)] == [True] * 4
    assert await all_looked_at(rehashing(tracking)) == 4, "it begins again from the first"


async def test_nothing_is_looked_at_while_there_is_one_key(tracking: Tracking) -> None:
    await heard(tracking, 1)
    assert await all_looked_at(rehashing(tracking, OLD)) == 0


async def test_a_case_that_intake_does_not_know_stays_and_its_neighbours_go_on(
    tracking: Tracking,
) -> None:
    await heard(tracking, 1, 2, 3)
    known_to_intake(tracking, 1, 3)
    await all_looked_at(rehashing(tracking))
    assert await needing(tracking, OLD_ID) == 1
    assert [await opens(under(tracking, BOTH), number) for number in (1, 2, 3)] == [True] * 3


async def test_after_a_rebuild_events_by_a_key_that_was_retired_open_their_cases(
    tracking: Tracking,
) -> None:
    """The stream tells the digests of their day; intake is asked for those of now."""
    known_to_intake(tracking, 1, 2)
    rebuilt = under(tracking, NEW_ALONE)
    await heard(rebuilt, 1)
    await heard(rebuilt, 2, lookup_key_id="another-old-one")
    assert [await opens(rebuilt, number) for number in (1, 2)] == [True, True]
    rows = await tracking.rows("tracking_digest, lookup_key_id")
    assert [row["lookup_key_id"] for row in rows] == ["new", "new"]


async def test_a_case_goes_on_as_before_after_its_digest_was_changed(tracking: Tracking) -> None:
    await heard(tracking, 1)
    known_to_intake(tracking, 1)
    before = await tracking.rows()
    await all_looked_at(rehashing(tracking))
    changed = {"tracking_digest": new_digest(1), "lookup_key_id": "new"}
    assert await tracking.rows() == [{**before[0], **changed}]


@pytest.mark.parametrize("ring", [OLD, BOTH])
async def test_an_unknown_code_is_unknown_under_every_key(tracking: Tracking, ring: str) -> None:
    await heard(tracking, 1)
    assert not await opens(under(tracking, ring), 2)
