"""Officers' words to the holder of a code, claimed from routing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.tracking.spoken import UNAVAILABLE, Said
from shared.officer_words import Routing, claim_officer_words


@dataclass(frozen=True, slots=True)
class OfficerWords:
    routing: Routing

    async def claim(self, refs: Sequence[UUID]) -> Mapping[UUID, Said]:
        """By ref, without those that have no words to be told. Raises Transient or Reject."""
        claimed = await claim_officer_words(self.routing, refs)
        said = {ref: Said("ok", text) for ref, text in claimed.said.items()}
        return said | dict.fromkeys(claimed.not_understood, UNAVAILABLE)
