"""Evidence that was seen before is found: in other cases, and with the reporter."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.intake.media.clearing.fingerprint import fingerprint, keys_asked
from services.intake.media.proof.store import NEAREST, nearest, signed
from shared.visibility import SYSTEM
from tests.integration.intake.evidence.conftest import Room
from tests.integration.intake.evidence.test_findings import place_of
from tests.integration.intake.evidence.told import a_picture
from tests.streets import CHANGES, street


async def handed_over(room: Room, case: UUID, name: bytes, shown: Any) -> dict[str, Any]:
    room.told.outcomes[name] = a_picture(shown)
    answer = await room.hand_over(case, name)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def settled(room: Room, ref: UUID) -> None:
    async with asyncio.timeout(30):
        while await room.rows("SELECT 1 FROM files WHERE ref = $1 AND state = 'waiting'", ref):
            await asyncio.sleep(0.02)


async def test_evidence_of_another_case_is_found_though_it_was_changed(room: Room) -> None:
    first, second, third = [await room.a_case(number) for number in "123"]
    async with room.settling():
        assert (await handed_over(room, first, b"a", street(1)))["flags"] == []
        assert (await handed_over(room, second, b"b", street(2)))["flags"] == []
        changed = CHANGES["all at once"](street(1))
        said = await handed_over(room, third, b"c", changed)
    assert said["flags"] == ["reused"]
    [row] = await room.rows("SELECT * FROM findings")
    assert (str(row["ref"]), row["flag"]) == (said["media_ref"], "reused")
    assert row["other_complaint_id"] == first
    assert [event["flags"] for event in await room.events()] == [[], [], ["reused"]]


async def test_the_same_picture_twice_in_one_case_is_not_reused(room: Room) -> None:
    case = await room.a_case("1")
    async with room.settling():
        await handed_over(room, case, b"a", street(1))
        assert (await handed_over(room, case, b"b", street(1)))["flags"] == []


async def test_the_reporters_own_picture_is_found_and_another_reporters_is_not(
    room: Room,
) -> None:
    case, other = await room.a_case("1"), await room.a_case("2")
    room.told.outcomes[b"from the reporter"] = a_picture(street(1))
    async with room.settling():
        await settled(room, await room.report_with_a_picture(case, b"from the reporter"))
        elsewhere = await handed_over(room, other, b"a", street(1))
        assert elsewhere["flags"] == []
        mirrored = CHANGES["mirrored"](street(1))
        said = await handed_over(room, case, b"b", mirrored)
    assert said["flags"] == ["reused", "reporters_picture"]
    rows = await room.rows("SELECT flag, other_complaint_id FROM findings ORDER BY flag")
    assert [tuple(row) for row in rows] == [("reporters_picture", None), ("reused", other)]


async def test_nothing_of_a_reporters_picture_is_in_the_index_and_no_digest_of_it_is_kept(
    room: Room,
) -> None:
    case = await room.a_case("1")
    room.told.outcomes[b"from the reporter"] = a_picture(street(1))
    async with room.settling():
        ref = await room.report_with_a_picture(case, b"from the reporter")
        await settled(room, ref)
        evidence = await handed_over(room, case, b"a", street(2))
    marks = await room.rows("SELECT ref, digest FROM fingerprints")
    assert {row["ref"]: row["digest"] is None for row in marks} == {
        ref: True,
        UUID(evidence["media_ref"]): False,
    }
    keys = await room.rows("SELECT DISTINCT ref FROM fingerprint_keys")
    assert [str(row["ref"]) for row in keys] == [evidence["media_ref"]]


async def test_an_erased_reporters_fingerprint_is_gone_and_the_units_stays(room: Room) -> None:
    case, other = await room.a_case("1"), await room.a_case("2")
    room.told.outcomes[b"from the reporter"] = a_picture(street(1))
    async with room.settling():
        await settled(room, await room.report_with_a_picture(case, b"from the reporter"))
        await handed_over(room, case, b"a", street(2))
        for _ in range(2):
            await room.erase(case)
        assert [row["origin"] for row in await room.rows("SELECT origin FROM fingerprints")] == [
            "evidence"
        ]
        assert (await handed_over(room, case, b"b", street(1)))["flags"] == []
        assert (await handed_over(room, other, b"c", street(2)))["flags"] == ["reused"]


async def test_of_two_that_are_the_same_and_come_at_once_one_is_found(room: Room) -> None:
    """Two replicas settle them side by side; whoever comes second finds the first."""
    cases = [await room.a_case(number) for number in "12"]
    room.told.outcomes[b"a"] = a_picture(street(1))
    async with room.settling(), room.second_replica():
        answers = await asyncio.gather(*(room.hand_over(case, b"a") for case in cases))
    assert sorted(answer.json()["flags"] for answer in answers) == [[], ["reused"]]


async def test_who_asks_for_links_is_told_the_other_case_and_where_it_was_taken(
    room: Room,
) -> None:
    first, second, third = [await room.a_case(number) for number in "123"]
    latitude, longitude = await place_of(room, third)
    room.told.outcomes[b"c"] = a_picture(
        street(1), latitude=latitude, longitude=longitude, software="GIMP 3"
    )
    async with room.settling():
        await handed_over(room, first, b"a", street(1))
        await handed_over(room, second, b"b", street(1))
        ref = (await room.hand_over(third, b"c")).json()["media_ref"]
    [told] = await room.links(ref)
    assert told["taken_near"] == "yes"
    others = sorted([str(first), str(second)])
    assert told["flags"] == [
        *({"flag": "reused", "other_complaint_id": other} for other in others),
        {"flag": "edited", "other_complaint_id": None},
    ]


PICTURES = 3000
SCANS = (
    "SELECT seq_scan FROM pg_stat_xact_user_tables"
    " WHERE schemaname = 'media' AND relname = 'fingerprint_keys' AND idx_scan > 0"
)


async def test_a_look_up_reads_the_index_and_never_all_rows(room: Room) -> None:
    """A table that the statistics call small would be read whole; so would a large one, as long as
    they do not know of it yet."""
    asked = fingerprint(street(1))
    assert asked is not None
    await room.rows(
        "INSERT INTO fingerprint_keys SELECT (random() * 12582912)::int, (random() * 9e18)::bigint,"
        f" gen_random_uuid() FROM generate_series(1, {PICTURES * 36})"
    )
    # Where there are no pictures at all, no keys are read either.
    await room.rows(
        "INSERT INTO fingerprints (ref, complaint_id, origin, hashes, grey)"
        " SELECT ref, ref, 'evidence', ARRAY[0]::bigint[], '' FROM fingerprint_keys LIMIT 1"
    )
    values = {
        "keys": sorted(set(keys_asked(asked))), "near": 16, "own": UUID(int=1), "limit": 40,
        **{f"hash_{at}": signed(part.hash) for at, part in enumerate(asked.asked)},
    }  # fmt: skip
    async with room.works.read(SYSTEM) as connection:
        await nearest(connection, asked, UUID(int=1))
        scans = await connection.execute(text(SCANS))
        assert scans.one().seq_scan == 0
        await connection.execute(text("SELECT set_config('enable_seqscan', 'off', true)"))
        plan = await connection.execute(text(f"EXPLAIN {NEAREST.text}"), values)
        told = "\n".join(row[0] for row in plan)
    assert "using ix_fingerprint_keys_key on fingerprint_keys" in told, told
    assert "Seq Scan" not in told, told


@pytest.mark.parametrize("bits", [0, 1, 2**63 - 1, 2**63, 2**64 - 1])
def test_64_bits_come_back_from_their_column_as_they_went(bits: int) -> None:
    assert signed(bits) % (1 << 64) == bits
    assert -(2**63) <= signed(bits) < 2**63
