from typing import Any
from uuid import UUID

import pytest

from services.routing.contents import Contents
from shared.errors import Transient


class Answering:
    """An intake that answers every claim alike."""

    def __init__(self, answer: Any = None) -> None:
        self.batches: list[int] = []
        self._answer = answer

    async def post(self, path: str, body: Any) -> Any:
        self.batches.append(len(body["refs"]))
        if self._answer is not None:
            return self._answer
        return {
            "contents": [{"ref": ref, "status": "ok", "text": "Banjir"} for ref in body["refs"]]
        }


async def test_contents_are_claimed_500_at_a_time() -> None:
    intake = Answering()
    found = await Contents(intake).claim([UUID(int=number) for number in range(1, 1002)])
    assert intake.batches == [500, 500, 1]
    assert len(found) == 1001


@pytest.mark.parametrize("answer", [{}, {"contents": None}, {"contents": "none"}, []])
async def test_an_answer_that_is_not_in_the_contract_is_waited_out(answer: Any) -> None:
    with pytest.raises(Transient):
        await Contents(Answering(answer)).claim([UUID(int=1)])


@pytest.mark.parametrize(
    "odd",
    [
        {"ref": str(UUID(int=1)), "status": "sealed"},
        {"ref": str(UUID(int=1)), "status": "ok", "text": "Banjir", "latitude": "utara"},
        {"status": "ok", "text": "Banjir"},
        "Banjir",
        None,
    ],
)
async def test_an_item_that_cannot_be_understood_is_missing_and_the_others_are_there(
    odd: Any,
) -> None:
    good = {"ref": str(UUID(int=2)), "status": "ok", "text": "Sampah", "seal": "new"}
    found = await Contents(Answering({"contents": [odd, good]})).claim([UUID(int=1), UUID(int=2)])
    assert {ref: item.text for ref, item in found.items()} == {UUID(int=2): "Sampah"}


async def test_an_erased_content_is_empty_and_no_error() -> None:
    ref = UUID(int=1)
    erased = Answering({"contents": [{"ref": str(ref), "status": "gone", "text": None}]})
    [claimed] = (await Contents(erased).claim([ref])).values()
    assert claimed.content().text == ""


class Filing:
    """An intake that is asked what it has filed of a complaint."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer
        self.asked: list[tuple[str, Any]] = []

    async def post(self, path: str, body: Any) -> Any:
        self.asked.append((path, body))
        return self._answer


async def test_what_was_filed_is_asked_by_the_complaint() -> None:
    complaint, ref = UUID(int=1), UUID(int=2)
    intake = Filing({"complaint_id": str(complaint), "refs": [str(ref)], "more": 1})
    assert await Contents(intake).filed(complaint) == {ref}
    assert intake.asked == [("/internal/v1/contents/refs", {"complaint_id": str(complaint)})]


@pytest.mark.parametrize("answer", [{}, {"refs": None}, {"refs": ["x"]}, []])
async def test_an_answer_without_refs_is_no_silence(answer: Any) -> None:
    with pytest.raises(Transient):
        await Contents(Filing(answer)).filed(UUID(int=1))
