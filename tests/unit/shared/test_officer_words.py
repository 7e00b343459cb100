"""Officers' words, claimed from routing and made readable."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Transient
from shared.officer_words import ClaimedWords, claim_officer_words, readable

REF, OTHER = UUID(int=71), UUID(int=72)


class Answering:
    """A routing that answers every claim alike."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    async def post(self, path: str, body: Any) -> Any:
        return self._answer


def a_note(**fields: Any) -> dict[str, Any]:
    return {"ref": str(REF), "status": "ok", "text": "Sudah diangkut.", **fields}


async def claimed(*notes: Any) -> ClaimedWords:
    return await claim_officer_words(Answering({"notes": [*notes]}), [REF, OTHER])


async def test_words_that_may_be_told_are_found_by_their_ref() -> None:
    words = await claimed(a_note(), a_note(ref=str(OTHER), text="Di gang mana?"))
    assert words.said == {REF: "Sudah diangkut.", OTHER: "Di gang mana?"}
    assert words.not_understood == frozenset()


@pytest.mark.parametrize("status", ["private", "gone", "unknown"])
async def test_words_that_are_not_handed_out_are_known_to_be_missing(status: str) -> None:
    withheld = a_note(ref=str(OTHER), status=status, text=None)
    words = await claimed(a_note(), withheld)
    assert (dict(words.said), words.not_understood) == ({REF: "Sudah diangkut."}, frozenset())


async def test_words_that_may_not_be_told_are_not_told_though_they_are_sent() -> None:
    words = await claimed(a_note(), a_note(ref=str(OTHER), status="private"))
    assert OTHER not in words.said


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(a_note(status="held_back"), id="an unknown status"),
        pytest.param(a_note(text=None), id="words that may be told, without the words"),
        pytest.param(a_note(text=["Sudah", "diangkut."]), id="words of another shape"),
        pytest.param(a_note(ref="71"), id="a ref of another shape"),
        pytest.param("Sudah diangkut.", id="no item at all"),
    ],
)
async def test_an_item_that_is_not_understood_costs_its_own_words_alone(item: Any) -> None:
    words = await claimed(item, a_note(ref=str(OTHER), text="Di gang mana?"))
    assert words.said == {OTHER: "Di gang mana?"}
    assert words.not_understood == {REF}


async def test_words_of_which_routing_says_nothing_are_not_understood() -> None:
    assert (await claimed(a_note())).not_understood == {OTHER}


@pytest.mark.parametrize("answer", [{}, [], None, {"notes": "fine"}])
async def test_an_answer_without_a_list_of_notes_is_waited_out(answer: Any) -> None:
    with pytest.raises(Transient, match="routing answered without a list of notes"):
        await claim_officer_words(Answering(answer), [REF])


async def test_words_are_in_no_repr() -> None:
    assert "diangkut" not in repr(await claimed(a_note()))


@given(st.text())
def test_words_are_lines_without_control_characters(words: str) -> None:
    shown = readable(words)
    assert not [c for c in shown if c != "\n" and (c < " " or "\x7f" <= c <= "\x9f")]
    assert readable(shown) == shown


def test_lines_of_an_officer_stay_lines() -> None:
    assert readable(" Satu.\r\nDua.\r\x07Tiga.\t\n") == "Satu.\nDua.\nTiga."
