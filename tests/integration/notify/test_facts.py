"""Notify knows whom a complaint is about, though the stream does not say so."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text

from shared.errors import Transient
from shared.visibility import SYSTEM
from tests.builders import a_complaint, in_envelope
from tests.integration.notify.bench import Bench

CAMAT = "31.74.01"


async def whom(bench: Bench) -> Sequence[Any]:
    async with bench.works.read(SYSTEM) as connection:
        query = text("SELECT about_unit, restricted FROM cases ORDER BY complaint_id")
        return [tuple(row) for row in await connection.execute(query)]


async def test_whom_a_case_is_about_stands_in_columns_of_its_row(bench: Bench) -> None:
    about = bench.facts.silent(number=1, about_unit=CAMAT)
    restricted = bench.facts.silent(number=2, restricted=True)
    batch = [in_envelope(e, n) for n, e in enumerate((about, restricted, a_complaint(number=3)), 1)]
    for _ in range(2):
        await bench.hear(*batch)
    assert await whom(bench) == [(CAMAT, False), (None, True), (None, False)]


async def test_while_intake_is_away_the_batch_waits(bench: Bench) -> None:
    silent = in_envelope(bench.facts.silent())
    bench.facts.away = True
    with pytest.raises(Transient):
        await bench.hear(silent)
    assert await whom(bench) == []
    bench.facts.away = False
    await bench.hear(silent)
    assert len(await whom(bench)) == 1
