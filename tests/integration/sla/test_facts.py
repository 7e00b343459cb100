"""Sla knows whom a complaint is about, though the stream does not say so."""

import pytest

from shared.errors import Reject, Transient
from tests.builders import a_complaint, a_complaint_id, in_envelope
from tests.integration.sla.conftest import Sla

WHOM = "SELECT about_unit, restricted FROM cases ORDER BY complaint_id"
CAMAT = "31.74.01"


async def test_whom_a_case_is_about_stands_in_columns_of_its_row(sla: Sla) -> None:
    batch = [
        in_envelope(sla.facts.silent(number=1, about_unit=CAMAT), 1),
        in_envelope(sla.facts.silent(number=2, restricted=True), 2),
        in_envelope(a_complaint(number=3), 3),
    ]
    for _ in range(2):
        await sla.hear(batch)
    assert await sla.rows(WHOM) == [(CAMAT, False), (None, True), (None, False)]
    assert sla.facts.claims == [[a_complaint_id(1), a_complaint_id(2)]] * 2


async def test_while_intake_is_away_the_batch_waits(sla: Sla) -> None:
    batch = [in_envelope(a_complaint(number=2), 2), in_envelope(sla.facts.silent(), 1)]
    sla.facts.away = True
    with pytest.raises(Transient):
        await sla.hear(batch)
    assert await sla.rows(WHOM) == []
    sla.facts.away = False
    await sla.hear(batch)
    assert len(await sla.rows(WHOM)) == 2


async def test_a_complaint_that_intake_does_not_know_costs_its_own_event_only(sla: Sla) -> None:
    sla.facts.unknown.add(a_complaint_id(1))
    with pytest.raises(Reject, match="unknown_facts"):
        await sla.hear([in_envelope(sla.facts.silent(), 1)])
    await sla.hear([in_envelope(a_complaint(number=2), 2)])
    assert await sla.rows(WHOM) == [(None, False)]
