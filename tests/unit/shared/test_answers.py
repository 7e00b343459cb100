"""What another service answers is read item by item."""

from typing import Any, Literal

import pytest
from pydantic import BaseModel

from shared.answers import items_of, read_items
from shared.errors import Transient


class Parcel(BaseModel):
    number: int
    status: Literal["ok", "gone"]


def test_an_item_that_is_not_understood_costs_itself_alone() -> None:
    items: list[Any] = [
        {"number": 1, "status": "ok"},
        {"number": 2, "status": "a status of the next release"},
        "no parcel at all",
        {"number": 4, "status": "gone"},
    ]
    read, unreadable = read_items(Parcel, items)
    assert [parcel.number for parcel in read] == [1, 4]
    assert unreadable == 2


def test_an_empty_list_is_an_answer() -> None:
    assert read_items(Parcel, items_of({"parcels": []}, "parcels", "post")) == ([], 0)


@pytest.mark.parametrize("answer", [None, [], {}, {"parcels": None}, {"parcels": {"1": "ok"}}])
def test_an_answer_without_its_list_is_asked_for_again_and_not_quoted(answer: Any) -> None:
    with pytest.raises(Transient, match=r"\Apost answered without a list of parcels\Z"):
        items_of(answer, "parcels", "post")
