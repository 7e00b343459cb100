"""Whose messages an officer may read: those of the cases that he sees.

Notify does not know who holds a case, because it hears few of a case's events. Routing knows, and
is asked for each officer who is not cleared to read anyway.
"""

from typing import Any, Protocol
from uuid import UUID

from shared.answers import items_of
from shared.auth import Operator, Role
from shared.units import Units
from shared.visibility import Clearance, Sight, care_of

CLAIM_PATH = "/internal/v1/sights/claim"
CLEARED = (Role.ADMIN, Role.AUDITOR)
"""What notify keeps of a case tells by itself whether they may read it."""
READERS = (*CLEARED, Role.UNIT_OFFICER, Role.TRIAGE_OFFICER, Role.BIRO)


class Routing(Protocol):
    """A client that is signed for routing (`shared.outbound.ServiceClient`)."""

    async def post(self, path: str, body: Any) -> Any: ...


class MessageReaders:
    """Who may read the messages of which case."""

    def __init__(self, routing: Routing, units: Units) -> None:
        self._routing = routing
        self._units = units

    async def sight(self, officer: Operator, complaint_id: UUID) -> Sight:
        """By which the messages of this one case are read; one that sees nothing where routing
        says no. Raises Transient while routing is away."""
        if officer.role in CLEARED:
            return care_of(officer, self._units)
        lineage = self._units.lineage(officer.unit)
        if not await self._is_seen(officer, complaint_id):
            return Sight(lineage)
        # What is about the officer's own unit stays hidden here too.
        return Sight(lineage, clearance=Clearance.ALL)

    async def _is_seen(self, officer: Operator, complaint_id: UUID) -> bool:
        asked = {
            "role": officer.role.value,
            "unit": officer.unit,
            "complaint_ids": [str(complaint_id)],
        }
        answer = await self._routing.post(CLAIM_PATH, asked)
        return str(complaint_id) in items_of(answer, "seen", "routing")
