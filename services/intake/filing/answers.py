"""An answer to an officer's question, given by the tracking code and handed over by tracking.

The answer becomes a supplement on the complaint's own channel. Its id is made from the question's
ref, so that an answer that is sent twice is filed once.
"""

from dataclasses import dataclass
from uuid import UUID

from fastapi import Request

from services.intake import store
from services.intake.channels.submission import Supplement
from services.intake.codes import Codes
from services.intake.domain import Complaint
from services.intake.filing.reception import Reception
from shared.errors import Conflict, Gone, NotFound
from shared.visibility import SYSTEM
from shared.work import Works


@dataclass(frozen=True, slots=True)
class Answers:
    """Files answers as all supplements are filed."""

    works: Works
    reception: Reception
    codes: Codes

    async def take(
        self, request: Request, complaint_id: UUID, question_ref: UUID, text: str
    ) -> None:
        """Returns when the answer is committed, now or before.

        Raises NotFound for an unknown complaint, Gone for an erased one, Conflict when the
        question has another answer, Malformed for words that cannot be filed, Transient.
        """
        complaint = await self._complaint(complaint_id)
        words = Supplement(
            channel=complaint.channel,
            external_id=f"answer:{question_ref}",
            text=text,
            kind="answer",
            # Who calls has checked the tracking code: that is the proof.
            reply_tokens=(self.codes.reply_token(complaint_id),),
        )
        raw = await self.reception.raw(request)
        await self.reception.file(raw, (words,), scope="answers")
        await self._check_filed(complaint_id, words)

    async def _complaint(self, complaint_id: UUID) -> Complaint:
        async with self.works.read(SYSTEM) as connection:
            found = await store.load_many(connection, [complaint_id], lock=False)
        if complaint_id not in found:
            raise NotFound("There is no such complaint.", field="complaint_id")
        if not found[complaint_id].takes_supplements:
            raise _erased()
        return found[complaint_id]

    async def _check_filed(self, complaint_id: UUID, words: Supplement) -> None:
        """Looks after the commit: of two answers sent at once, the one not filed is refused."""
        digest = self.codes.message_digest(words.channel, words.external_id)
        async with self.works.read(SYSTEM) as connection:
            content = await store.find_content(connection, digest)
        # Nothing was filed, or its words are gone: the reporter was erased meanwhile.
        if content is None or content.text is None:
            raise _erased()
        if (content.complaint_id, content.text) != (complaint_id, words.text):
            raise Conflict("This question has another answer already.", field="text")


def _erased() -> Gone:
    return Gone("The reporter is erased: nothing more is kept.", field="complaint_id")
