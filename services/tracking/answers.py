"""The answer of a code's holder to the open question: handed to intake, kept nowhere."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from services.tracking.lookup import Asked
from shared.errors import Conflict, DomainError, Gone, Malformed, NotFound, Transient
from shared.outbound import Refused, ServiceClient

ANSWERS_PATH = "/internal/v1/answers"
ANSWER_AT_MOST = 10_000
"""Characters; intake takes no more."""

NO_QUESTION = "No question is open. If you have just answered it, your answer was taken."


class Questions(Protocol):
    async def asked(self, typed: str) -> Asked | None:
        """What the holder of the code ``typed`` is asked. Raises Transient."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Calls intake with bounded patience and outside any transaction.

    ``seconds``: what intake has for it, to the last byte.
    """

    questions: Questions
    intake: ServiceClient
    seconds: float

    async def give(self, code: str, text: str) -> None:
        """Returns once intake has committed the answer; the same text again does no harm.

        Raises NotFound for an unknown code, Conflict when no question is open or it has another
        answer, Malformed for words that cannot be filed, Gone, Transient when nobody knows.
        """
        asked = await self.questions.asked(code)
        if asked is None:
            raise NotFound("No complaint has this code. Check each character.", field="code")
        if asked.question_ref is None:
            raise Conflict(NO_QUESTION, field="code")
        body = {
            "complaint_id": str(asked.complaint_id),
            "question_ref": str(asked.question_ref),
            "text": text,
        }
        try:
            async with asyncio.timeout(self.seconds):
                await self.intake.post(ANSWERS_PATH, body)
        except TimeoutError:
            raise Transient("intake did not answer in time") from None
        except Refused as refusal:
            raise _told(refusal.status) from None


def _told(status: int) -> DomainError | Transient:
    """What the citizen is told of intake's refusal."""
    match status:
        case 409:
            return Conflict("This question has another answer already.", field="text")
        case 410:
            return Gone("The reporter was erased: nothing more is kept.", field="code")
        case 413 | 422:
            return Malformed(f"Write 1 to {ANSWER_AT_MOST} characters.", field="text")
    return Transient(f"intake answered {status}")
