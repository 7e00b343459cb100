"""Facts are claimed only of complaints of which the stream is silent, and read item by item."""

from typing import Any
from uuid import UUID

import pytest

from shared.errors import Reject, Transient
from shared.events.event import Envelope
from shared.events.facts import Facts, facts_of
from shared.facts_claim import FactsClaim
from tests.builders import a_complaint, a_complaint_id, a_routing, a_silent_complaint, in_envelope
from tests.facts import ToldFacts

CAMAT = "31.74.01"


def silent(number: int) -> Envelope:
    return in_envelope(a_silent_complaint(number=number)[0], number)


async def test_only_those_are_asked_for_of_which_the_stream_is_silent() -> None:
    intake = ToldFacts()
    quiet: dict[str, Any] = {"category": None, "geotagged": False}
    others = [
        a_complaint(number=2),
        a_complaint(number=3, confidential=True),
        a_complaint(number=4, **quiet),
        a_complaint(number=5, **quiet, confidential=True, kelurahan_code="31.74.01.1001"),
        a_routing(number=6),
    ]
    heard = [in_envelope(event, number) for number, event in enumerate(others, 2)]
    assert await FactsClaim(intake).claim(heard) == {}
    assert intake.claims == []
    await FactsClaim(intake).claim([*heard, silent(1), silent(7), silent(1)])
    assert intake.claims == [[a_complaint_id(1), a_complaint_id(7)]]


async def test_a_large_batch_is_claimed_500_at_a_time() -> None:
    intake = ToldFacts()
    found = await FactsClaim(intake).claim([silent(number) for number in range(1, 1002)])
    assert [len(call) for call in intake.claims] == [500, 500, 1]
    assert len(found) == 1001


@pytest.mark.parametrize(
    "item",
    [
        None,
        "ok",
        {"status": "ok"},
        {"complaint_id": str(a_complaint_id(2)), "status": "unknown"},
        {"complaint_id": str(a_complaint_id(2)), "status": "sealed", "about_unit": CAMAT},
        {"complaint_id": str(a_complaint_id(2)), "status": "ok", "about_unit": 7},
    ],
)
async def test_what_cannot_be_read_costs_its_own_complaint_alone(item: Any) -> None:
    intake = ToldFacts()
    intake.items[a_complaint_id(2)] = item
    intake.known[a_complaint_id(1)] = Facts(about_unit=CAMAT)
    found = await FactsClaim(intake).claim([silent(1), silent(2), silent(3)])
    assert set(found) == {a_complaint_id(1), a_complaint_id(3)}
    assert found[a_complaint_id(1)].about_unit == CAMAT
    with pytest.raises(Reject, match="unknown_facts"):
        facts_of(a_silent_complaint(number=2)[0], found)


@pytest.mark.parametrize("answer", [None, [], {}, {"facts": None}, {"contents": []}])
async def test_an_answer_that_is_no_list_of_facts_is_waited_out(answer: Any) -> None:
    class Answering:
        async def post(self, path: str, body: Any) -> Any:
            return answer

    with pytest.raises(Transient):
        await FactsClaim(Answering()).claim([silent(1)])


def test_what_the_stream_tells_is_not_asked_for_again() -> None:
    told = a_complaint(category="jalan", kelurahan_code="31.74.01.1001", entered_by_unit=CAMAT)
    assert facts_of(told, {UUID(int=1): Facts(about_unit="dinas-sosial")}) == Facts(
        category="jalan", geotagged=True, kelurahan_code="31.74.01.1001", entered_by_unit=CAMAT
    )
