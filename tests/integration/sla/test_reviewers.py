"""Who judges is asked of routing: once a batch, and outside of any transaction."""

import pytest

from shared.errors import Reject, Transient
from shared.events.event import Envelope
from shared.events.routing import CaseAccepted, CaseRouted, FollowUpSubmitted, PlanSubmitted
from tests.builders import a_complaint, a_complaint_id, at, in_envelope
from tests.integration.sla.conftest import Sla
from tests.unit.sla.story import DINAS, KELURAHAN, case_event

JUDGES = "SELECT complaint_id, unit_id FROM clocks WHERE clock = 'plan_check' ORDER BY 1"


def planned(number: int, unit: str = KELURAHAN) -> list[Envelope]:
    """Received, routed, and a plan is submitted."""
    events = [
        a_complaint(number=number),
        case_event(CaseRouted, number, at=at(hours=1), case_version=1, unit_id=unit),
        case_event(PlanSubmitted, number, at=at(hours=2), case_version=2, unit_id=unit),
    ]
    return [in_envelope(event, number * 100 + place) for place, event in enumerate(events)]


async def test_the_judges_of_a_whole_batch_are_asked_for_in_one_call(sla: Sla) -> None:
    follow_up = case_event(FollowUpSubmitted, at=at(hours=3), case_version=3)
    await sla.hear([*planned(1), *planned(2, DINAS), in_envelope(follow_up, 900)])
    assert sla.routing.claims == [[KELURAHAN, DINAS]]
    assert await sla.rows(JUDGES) == [
        (a_complaint_id(1), "biro-pemerintahan"),
        (a_complaint_id(2), "biro-pemerintahan"),
    ]


async def test_nothing_is_asked_where_nothing_is_judged(sla: Sla) -> None:
    received, routed, _ = planned(1)
    accepted = case_event(CaseAccepted, at=at(hours=2), case_version=2)
    await sla.hear([received, routed, in_envelope(accepted, 900)])
    assert sla.routing.claims == []


@pytest.mark.parametrize("status", [404, 500, 503])
async def test_while_routing_is_away_the_batch_waits(sla: Sla, status: int) -> None:
    sla.routing.status = status
    with pytest.raises(Transient):
        await sla.hear(planned(1))
    assert await sla.rows("SELECT 1 FROM cases") == []
    sla.routing.status = 200
    await sla.hear(planned(1))
    assert len(await sla.rows(JUDGES)) == 1


async def test_a_case_that_routing_does_not_know_costs_its_own_event_only(sla: Sla) -> None:
    sla.routing.unknown.add(str(a_complaint_id(2)))
    await sla.hear([*planned(1), *planned(2)[:2], *planned(3)])
    with pytest.raises(Reject, match="unknown_reviewer"):
        await sla.hear(planned(2)[2:])
    assert [row[0] for row in await sla.rows(JUDGES)] == [a_complaint_id(1), a_complaint_id(3)]
    sla.routing.unknown.clear()
    await sla.hear(planned(2)[2:])
    assert len(await sla.rows(JUDGES)) == 3


@pytest.mark.parametrize("item", [None, {"status": "ok"}, "ok"])
async def test_an_item_that_cannot_be_read_is_as_good_as_unknown(sla: Sla, item: object) -> None:
    sla.routing.items[str(a_complaint_id(2))] = item
    prepared = await sla.handler.prepare([*planned(1), *planned(2)])
    assert dict(prepared.reviewers) == {(a_complaint_id(1), KELURAHAN): "biro-pemerintahan"}
