"""One incoming message's way: failure on order, repeat or new, kept, answered."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from deploy.local.settings import OutsideSecrets
from deploy.rehearsal.outside.faults import Fault, Faults
from deploy.rehearsal.outside.ledger import Ledger, Message


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message at a door, its sender already checked."""

    kind: str
    via: str
    to: str
    key: str | None
    body: str
    payload: dict[str, Any]


class Failed(Exception):
    """A failure that was ordered; what the sender is told."""

    def __init__(self, fault: Fault) -> None:
        self.status = fault.status
        self.answer = fault.answer
        self.retry_after = fault.retry_after
        super().__init__(f"ordered failure {fault.status}")


@dataclass(frozen=True)
class World:
    """Everything the doors share."""

    secrets: OutsideSecrets
    ledger: Ledger
    faults: Faults = field(default_factory=Faults)

    def kind_of(self, presented: str, keys: dict[str, str]) -> str | None:
        """The kind whose secret was presented; `keys` maps the secret's name to the kind."""
        found = None
        for name, kind in keys.items():
            secret = self.secrets.gateways.get(name, "")
            if secret and hmac.compare_digest(secret.encode(), presented.encode()):
                found = kind
        return found

    async def receive(
        self, arrival: Arrival, answer: Callable[[int], dict[str, Any]]
    ) -> dict[str, Any]:
        """Keeps the message once and gives its answer; Failed when a failure was ordered."""
        fault = self.faults.take(arrival.kind)
        if fault is None:
            return self._keep(arrival, answer)
        return await self._receive_badly(fault, arrival, answer)

    async def _receive_badly(
        self, fault: Fault, arrival: Arrival, answer: Callable[[int], dict[str, Any]]
    ) -> dict[str, Any]:
        kept = self._keep(arrival, answer) if fault.stored or not fault.status else {}
        await asyncio.sleep(fault.delay_seconds)
        if fault.status:
            raise Failed(fault)
        return kept

    def _keep(self, arrival: Arrival, answer: Callable[[int], dict[str, Any]]) -> dict[str, Any]:
        again = self.ledger.repeat(arrival.kind, arrival.key)
        if again is not None:
            return again.answer
        number = self.ledger.next_id()
        message = Message(
            id=number,
            kind=arrival.kind,
            via=arrival.via,
            to=arrival.to,
            key=arrival.key,
            body=arrival.body,
            payload=arrival.payload,
            received_at=datetime.now(UTC),
            answer=answer(number),
        )
        self.ledger.keep(message)
        return message.answer
