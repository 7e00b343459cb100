"""What routing answers about judges is read item by item."""

from typing import Any
from uuid import UUID

import pytest

from services.sla.reviewers import Reviewers
from shared.errors import Transient

ONE, TWO = UUID(int=1), UUID(int=2)
BIRO = "biro-pemerintahan"


class Answering:
    """A routing that answers every claim alike, and knows how long the claims were."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.lengths: list[int] = []

    async def post(self, path: str, body: Any) -> Any:
        assert path == "/internal/v1/reviewers/claim"
        self.lengths.append(len(body["cases"]))
        return self.answer


def an_item(complaint: UUID = ONE, **fields: Any) -> dict[str, Any]:
    known = {"unit_id": "31.74.01.1001", "status": "ok", "reviewer": BIRO}
    return {"complaint_id": str(complaint), **known, **fields}


@pytest.mark.parametrize(
    "item",
    [
        an_item(TWO, status="unknown", reviewer=None),
        an_item(TWO, status="suspended"),
        an_item(TWO, reviewer=None),
        an_item(TWO, reviewer=7),
        {"status": "ok"},
        "nonsense",
    ],
)
async def test_an_item_without_a_judge_is_missing_and_the_others_are_read(item: Any) -> None:
    found = await Reviewers(Answering({"reviewers": [item, an_item()]})).claim([(ONE, "x")])
    assert found == {(ONE, "31.74.01.1001"): BIRO}


@pytest.mark.parametrize("answer", [{}, [], {"reviewers": None}, {"notes": []}])
async def test_an_answer_that_is_no_list_of_judges_is_waited_out(answer: Any) -> None:
    with pytest.raises(Transient):
        await Reviewers(Answering(answer)).claim([(ONE, "x")])


async def test_judges_are_claimed_500_at_a_time() -> None:
    routing = Answering({"reviewers": []})
    await Reviewers(routing).claim([(UUID(int=n), "x") for n in range(1001)])
    assert routing.lengths == [500, 500, 1]
