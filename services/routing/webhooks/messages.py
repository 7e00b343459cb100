"""What an agency's system is told, and how it is signed (Standard Webhooks 1.0). Pure."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from standardwebhooks.webhooks import Webhook as Signer

from services.routing.domain import EMITS, Actor, Role
from services.routing.live.change import CaseChange
from shared.units import Duty, Units
from shared.visibility import Clearance, Sight, sees, sight_of

GONE = "CaseGone"
"""The type of the last message about a case that has left the unit's sight."""
TYPES = tuple(sorted({each.__name__ for each in EMITS} | {GONE}))
_ROLES: Mapping[Duty | None, Role] = {Duty.TRIAGE: "triage_officer", Duty.REVIEW: "biro"}


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a unit's own system is told. ``events``: of which types; None: of all.

    ``generation``: of its secret. Until ``previous_until`` the one before signs too. ``failures``:
    how often in a row it could not be reached.
    """

    webhook_id: UUID
    unit_id: str
    url: str
    events: tuple[str, ...] | None
    enabled: bool
    generation: int
    changed_at: datetime
    disabled_because: str | None = None
    previous_until: datetime | None = None
    failures: int = 0
    held_until: datetime | None = None

    def wants(self, type_: str) -> bool:
        return self.enabled and (self.events is None or type_ in self.events)


@dataclass(frozen=True, slots=True)
class Message:
    """A message that is to be sent. ``body``: JSON, as it is signed."""

    webhook_id: UUID
    complaint_id: UUID
    type: str
    body: str


def sight_of_unit(unit_id: str, units: Units) -> Sight:
    """What the unit's officers have to do with; what some of them may read besides is left out."""
    unit = units.find(unit_id)
    role = _ROLES.get(unit.duty if unit else None, "unit_officer")
    return replace(sight_of(Actor("", role, unit_id), units), clearance=Clearance.NOTHING)


def messages_of(change: CaseChange, webhook: Webhook, sight: Sight) -> Iterator[Message]:
    """Of one change, in the order of what happened. ``sight``: of the webhook's unit."""
    if not sees(sight, change.after.facts):
        if change.before is not None and sees(sight, change.before.facts) and webhook.wants(GONE):
            yield _message(change, webhook, GONE, {})
        return
    for event in change.events:
        if webhook.wants(event.name):
            known = {
                "report_number": change.report_number,
                "version": event.version,
                "state": event.state,
                "unit_id": change.after.unit_id,
                "category": change.category,
            }
            yield _message(change, webhook, event.name, known)


def _message(change: CaseChange, webhook: Webhook, type_: str, known: Mapping[str, Any]) -> Message:
    body = {
        "type": type_,
        "timestamp": change.at.isoformat(),
        "data": {"complaint_id": str(change.complaint_id), **known},
    }
    return Message(webhook.webhook_id, change.complaint_id, type_, json.dumps(body))


class Secrets:
    """The secrets of all webhooks, derived from one key: none of them is stored."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, b"routing.webhooks", hashlib.sha256)

    def of(self, webhook_id: UUID, generation: int) -> str:
        """``whsec_`` and 32 bytes in base64."""
        name = f"{webhook_id}\x00{generation}".encode()
        derived = hmac.digest(self._key, name, hashlib.sha256)
        return f"whsec_{base64.b64encode(derived).decode()}"

    def headers(
        self, webhook: Webhook, message_id: UUID, body: str, now: datetime
    ) -> dict[str, str]:
        """Of a try at ``now`` (UTC); the id is the same at each try."""
        generations = [webhook.generation]
        if webhook.previous_until is not None and now < webhook.previous_until:
            generations.append(webhook.generation - 1)
        signatures = (
            Signer(self.of(webhook.webhook_id, each)).sign(str(message_id), now, body)
            for each in generations
        )
        return {
            "content-type": "application/json",
            "user-agent": "crm-jakarta-webhooks/1",
            "webhook-id": str(message_id),
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }
