"""Tracking knows whom a complaint is about, though the stream does not say so."""

import pytest

from shared.errors import Transient
from shared.events.holders import WITHHELD_HOLDER, Holder
from shared.events.routing import CaseCoordinated
from shared.events.vocabulary import UnitKind
from tests.builders import a_case_event, a_complaint, a_complaint_id, in_envelope
from tests.integration.tracking.conftest import Tracking

WHOM = "about_unit, restricted, citizen_category, declared_kelurahan"
CAMAT, LURAH = "31.74.01", "31.74.01.1001"


async def test_what_the_stream_does_not_say_of_a_case_stands_in_its_row(tracking: Tracking) -> None:
    about = tracking.facts.silent(
        number=1, about_unit=CAMAT, category="pungli", kelurahan_code=LURAH
    )
    restricted = tracking.facts.silent(number=2, restricted=True)
    open_one = a_complaint(number=3, category="jalan")
    batch = [in_envelope(event, n) for n, event in enumerate((about, restricted, open_one), 1)]
    for _ in range(2):
        await tracking.hear(*batch)
    assert [tuple(row.values()) for row in await tracking.rows(WHOM)] == [
        (CAMAT, False, "pungli", LURAH),
        (None, True, "sampah", None),
        (None, False, "jalan", None),
    ]


async def test_while_intake_is_away_the_batch_waits(tracking: Tracking) -> None:
    silent = in_envelope(tracking.facts.silent())
    tracking.facts.away = True
    with pytest.raises(Transient):
        await tracking.hear(silent)
    assert await tracking.rows(WHOM) == []
    tracking.facts.away = False
    assert await tracking.hear(silent) == 1


async def test_the_holder_that_the_stream_does_not_name_finds_the_case(tracking: Tracking) -> None:
    camat = Holder(unit_id=CAMAT, unit_name="Kecamatan Tebet", unit_kind=UnitKind.KECAMATAN)
    tracking.around.routing.holders.known[a_complaint_id(), 2] = camat
    silent = tracking.facts.silent(about_unit=LURAH)
    passed = a_case_event(
        CaseCoordinated, case_version=2, from_unit_id="inspektorat", **WITHHELD_HOLDER
    )
    tracking.around.routing.holders.away = True
    with pytest.raises(Transient):
        await tracking.hear(in_envelope(silent, 1), in_envelope(passed, 2))
    tracking.around.routing.holders.away = False
    await tracking.hear(in_envelope(silent, 1), in_envelope(passed, 2))
    [row] = await tracking.rows("unit_id, unit_name")
    assert tuple(row.values()) == (CAMAT, "Kecamatan Tebet")
    found = await tracking.asked("/v1/cases", "unit_officer", CAMAT)
    assert len(found.json()["cases"]) == 1
