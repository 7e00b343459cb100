"""Whose hands a case is in: routing says it."""

from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.auth import Operator
from shared.errors import NotFound, Transient

HANDS_PATH = "/internal/v1/hands/claim"


class Routing(Protocol):
    """A client that is signed for routing (`shared.outbound.ServiceClient`)."""

    async def post(self, path: str, body: Any) -> Any:
        """POST JSON, get JSON. Raises Transient, or Refused for this very request."""


class _Hands(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    status: Literal["ok", "unknown"]
    since: datetime | None = None


class Hands:
    """Asks routing anew for each file: a case may have gone on to another unit."""

    def __init__(self, routing: Routing) -> None:
        self._routing = routing

    async def since(self, officer: Operator, complaint_id: UUID) -> datetime | None:
        """When the officer's unit first held the open case that it holds; None when routing does
        not say.

        Raises NotFound for any other case, Transient while routing is away.
        """
        asked = {
            "role": officer.role.value,
            "unit": officer.unit,
            "complaint_id": str(complaint_id),
        }
        answer = await self._routing.post(HANDS_PATH, asked)
        try:
            found = _Hands.model_validate(answer)
        except ValidationError:
            raise Transient("routing's answer about a case cannot be read") from None
        if found.status == "unknown":
            raise NotFound("Name an open case that your unit holds.", field="complaint_id")
        return found.since
