"""Officers' words to the holder of a code: asked of routing while a page is made, kept nowhere."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from services.tracking.disclosure import PublicCase
from shared.errors import Reject, Transient
from shared.officer_words import Routing, claim_officer_words
from shared.telemetry import describe, get_logger


@dataclass(frozen=True, slots=True)
class Spoken:
    """What officers said. ``away``: there are words, and routing could not be asked for them."""

    question: str | None = field(default=None, repr=False)
    note: str | None = field(default=None, repr=False)
    away: bool = False


class OfficerWords:
    """Claims words with little patience: the rest of the page does not wait for them."""

    def __init__(self, routing: Routing, seconds: float) -> None:
        self._routing = routing
        self._seconds = seconds
        self._log = get_logger("tracking")

    async def about(self, case: PublicCase) -> Spoken:
        """The words of ``case``; raises nothing that routing can cause."""
        refs = [ref for ref in (case.question_ref, case.note_ref) if ref is not None]
        if not refs:
            return Spoken()
        try:
            async with asyncio.timeout(self._seconds):
                claimed = await claim_officer_words(self._routing, refs)
        except (Transient, Reject, TimeoutError) as error:
            self._log.warning("words_not_to_be_had", error=describe(error))
            return Spoken(away=True)
        said, unclear = claimed.said, len(claimed.not_understood)
        if unclear:
            self._log.warning("words_not_understood", count=unclear)
        return Spoken(
            _said(said, case.question_ref), _said(said, case.note_ref), away=bool(unclear)
        )


def _said(said: Mapping[UUID, str], ref: UUID | None) -> str | None:
    return said.get(ref) if ref is not None else None
