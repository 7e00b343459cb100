"""The page of a case, and what it says after its reader has answered the officer's question."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from fastapi import Response

from services.tracking.answers import ANSWER_AT_MOST
from services.tracking.lookup import Found
from services.tracking.web.case_page import compose
from services.tracking.web.rendering import TrackingPages
from services.tracking.web.words import Words
from shared.clock import Clock
from shared.errors import Conflict, DomainError, Malformed, NotFound, Transient

STATUS: Mapping[str, int] = {
    "answer_text": 422,
    "answer_closed": 409,
    "answer_other": 409,
    "answer_gone": 410,
    "answer_away": 503,
}
"""By problem; each has a text, and a heading of the same name, in every language."""


class CaseFinder(Protocol):
    async def find(self, typed: str) -> Found | None:
        """The case of the code ``typed``. Raises Transient."""


class AnswerTaker(Protocol):
    async def give(self, code: str, text: str) -> None:
        """Returns once the answer is filed. Raises DomainError or Transient."""


@dataclass(frozen=True, slots=True)
class AnswerOutcome:
    """What became of an answer; ``text``: the words that were not taken, to be kept in the form."""

    taken: bool = False
    problem: str | None = None
    text: str = ""

    @property
    def status(self) -> int:
        return STATUS[self.problem] if self.problem else 200


NOTHING_SENT = AnswerOutcome()


@dataclass(frozen=True, slots=True)
class Answering:
    pages: TrackingPages
    lookup: CaseFinder
    answers: AnswerTaker
    clock: Clock

    def case(
        self, words: Words, code: str, found: Found, outcome: AnswerOutcome = NOTHING_SENT
    ) -> Response:
        """The page of a case that was found."""
        case = compose(
            found.case, words, self.clock(), found.spoken, found.pictures, found.delayed_since
        )
        return self._show("case.html", words, code, outcome, case=case)

    async def take(self, words: Words, code: str, text: str) -> Response:
        """Hands the answer over and says what became of it."""
        try:
            await self.answers.give(code, text)
        except NotFound:
            return self.pages.show("form.html", words, 404, code=code, problem="not_found")
        except (DomainError, Transient) as error:
            return await self._after(
                words, code, AnswerOutcome(problem=problem_of(error), text=text)
            )
        return await self._after(words, code, AnswerOutcome(taken=True))

    async def _after(self, words: Words, code: str, outcome: AnswerOutcome) -> Response:
        """The case with the outcome; the outcome alone where the case cannot be shown now."""
        try:
            found = await self.lookup.find(code)
        except Transient:
            found = None
        if found is None:
            return self._show("answer.html", words, code, outcome)
        return self.case(words, code, found, outcome)

    def _show(
        self, name: str, words: Words, code: str, outcome: AnswerOutcome, **values: object
    ) -> Response:
        return self.pages.show(
            name, words, outcome.status, code=code, answer=outcome,
            answer_at_most=ANSWER_AT_MOST, **values,
        )  # fmt: skip


def problem_of(error: DomainError | Transient) -> str:
    """A key of ``STATUS``."""
    match error:
        case Malformed():
            return "answer_text"
        case Conflict(field="text"):
            return "answer_other"
        case Conflict():
            return "answer_closed"
        case DomainError():
            return "answer_gone"
    return "answer_away"
