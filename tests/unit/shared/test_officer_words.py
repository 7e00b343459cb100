"""Officers' words, claimed from routing and made readable."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Transient
from shared.officer_words import claim_officer_words, readable

REF = UUID(int=71)


class Answering:
    """A routing that answers every claim alike."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    async def post(self, path: str, body: Any) -> Any:
        return self._answer


@pytest.mark.parametrize("status", ["private", "gone", "unknown"])
async def test_words_that_are_not_handed_out_are_missing(status: str) -> None:
    note = {"ref": str(REF), "status": status, "text": None, "complaint_id": None}
    assert await claim_officer_words(Answering({"notes": [note]}), [REF]) == {}


@pytest.mark.parametrize("answer", [{}, [], {"notes": [{"ref": str(REF), "status": "fine"}]}])
async def test_an_answer_that_is_not_in_the_contract_is_waited_out(answer: Any) -> None:
    with pytest.raises(Transient):
        await claim_officer_words(Answering(answer), [REF])


@given(st.text())
def test_words_are_lines_without_control_characters(words: str) -> None:
    shown = readable(words)
    assert not [c for c in shown if c != "\n" and (c < " " or "\x7f" <= c <= "\x9f")]
    assert readable(shown) == shown


def test_lines_of_an_officer_stay_lines() -> None:
    assert readable(" Satu.\r\nDua.\r\x07Tiga.\t\n") == "Satu.\nDua.\nTiga."
