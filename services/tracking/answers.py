"""The answer of a code's holder to the open question: handed to intake, kept nowhere."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from services.tracking.lookup import Asked
from shared.auth import ServiceTokens
from shared.errors import Conflict, Gone, Malformed, NotFound, Transient
from shared.outbound import OutboundClient

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

    The status of a refusal says what the citizen is to do, so the bare answer is looked at.
    ``seconds``: what intake has for it, to the last byte.
    """

    questions: Questions
    client: OutboundClient
    tokens: ServiceTokens
    intake_url: str
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
        _check(await self._status(body))

    async def _status(self, body: dict[str, str]) -> int:
        headers = {"authorization": f"Bearer {self.tokens.sign('intake')}"}
        url = f"{self.intake_url.rstrip('/')}{ANSWERS_PATH}"
        try:
            async with asyncio.timeout(self.seconds):
                answer = await self.client.request("POST", url, headers=headers, json=body)
        except TimeoutError:
            raise Transient("intake did not answer in time") from None
        return answer.status


def _check(status: int) -> None:
    match status:
        case 200:
            return
        case 409:
            raise Conflict("This question has another answer already.", field="text")
        case 410:
            raise Gone("The reporter was erased: nothing more is kept.", field="code")
        case 413 | 422:
            raise Malformed(f"Write 1 to {ANSWER_AT_MOST} characters.", field="text")
        case _:
            # Also 401, 403 and 404: a wrong key or URL of ours, which no citizen can put right.
            raise Transient(f"intake answered {status}")
