"""Under what tracking codes are found now, claimed from intake, which alone can make them.

A key may be retired while the stream still tells digests by it: after a rebuild, old events are
read again. Their cases are kept under digests by the key that writes now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.answers import Asked, claimed
from shared.events.event import Envelope
from shared.events.intake import ComplaintReceived
from shared.shared_keys import SharedKeys

CLAIM_PATH = "/internal/v1/tracking-digests/claim"


class Digest(BaseModel):
    """As in ComplaintReceived."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    complaint_id: UUID
    status: Literal["ok"]
    tracking_digest: str
    lookup_key_id: str


ClaimedDigests: TypeAlias = Mapping[UUID, Digest]
"""By complaint. What intake does not know is missing."""


@dataclass(frozen=True, slots=True)
class DigestsClaim:
    intake: Asked
    keys: SharedKeys

    async def claim(self, envelopes: Sequence[Envelope]) -> ClaimedDigests:
        """Of the complaints received in ``envelopes`` whose digest is by a key that is not held.
        Raises Transient while intake is away."""
        events = (envelope.event for envelope in envelopes)
        foreign = (
            event.complaint_id
            for event in events
            if isinstance(event, ComplaintReceived) and self.keys.named(event.lookup_key_id) is None
        )
        return await self.of(list(dict.fromkeys(foreign)))

    async def of(self, complaints: Sequence[UUID]) -> ClaimedDigests:
        """Raises Transient while intake is away."""
        ids = [str(each) for each in complaints]
        items = await claimed(
            self.intake, "intake", CLAIM_PATH, "complaint_ids", ids, "digests", Digest
        )
        return {item.complaint_id: item for item in items}


def with_digest(envelope: Envelope, claimed: ClaimedDigests) -> Envelope:
    """The envelope, its event with the digest that was claimed."""
    event = envelope.event
    if not isinstance(event, ComplaintReceived) or event.complaint_id not in claimed:
        return envelope
    digest = claimed[event.complaint_id]
    named = {"tracking_digest": digest.tracking_digest, "lookup_key_id": digest.lookup_key_id}
    return replace(envelope, event=event.model_copy(update=named))
