"""A message that left the system, as the outside world has it."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.codes import find_report_numbers

_CODE = re.compile(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class OutsideMessage:
    """One message that reached a reporter. threads: all it can be matched by.

    key: the idempotency key it came under; ``repeats``: how often that key came again.
    """

    kind: str
    key: str | None
    threads: frozenset[str] = field(repr=False)
    numbers: frozenset[str]
    codes: frozenset[str] = field(repr=False)
    body: str = field(repr=False)
    repeats: int = 0
    received_at: datetime | None = None

    @property
    def delivery_id(self) -> UUID | None:
        """Notify's delivery, which every provider is given as the key (mail: in Message-ID)."""
        found = _UUID.search(self.key or "")
        return UUID(found[0]) if found else None


def seen_outside(message: dict[str, Any]) -> OutsideMessage:
    """One of the messages that the outside world lists."""
    headers = message["payload"].get("headers", {})
    threads = {message["to"], headers.get("In-Reply-To")} - {None, ""}
    # Mail says the number in its subject, a webhook in its fields.
    everything = f"{message['body']}\n{message['payload']}"
    return OutsideMessage(
        kind=message["kind"],
        key=message["key"],
        threads=frozenset(threads),
        numbers=frozenset(find_report_numbers(everything)),
        codes=frozenset(_CODE.findall(everything)),
        body=message["body"],
        repeats=message["repeats"],
        received_at=datetime.fromisoformat(message["received_at"]),
    )
