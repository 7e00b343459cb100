"""Complaints through the doors of their channels, at a rate, for as long as others need."""

import asyncio
import itertools
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from deploy.rehearsal.callers import DESK_UNITS, Mail, WireRequest, raw_mail_request, wire_request
from deploy.running import RunningStack
from tests.rules_figures.versions import SENT

AT_ONCE = 200
"""Requests on their way. More of them would only wait at intake's door."""


def in_letters(number: int) -> str:
    """A word that no data knows: no two reports are the same."""
    return "".join(chr(ord("q") + int(digit)) for digit in str(number))


@dataclass
class Sending:
    """``taken``, ``failed``: answers with 2xx, and the others."""

    running: RunningStack
    rate: float
    taken: int = 0
    failed: int = 0
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def until(self, ended: asyncio.Event) -> float:
        """Sends until then; the seconds that it took."""
        began, first = time.monotonic(), int(time.time() * 1000)
        async with asyncio.TaskGroup() as group:
            for number in itertools.count():
                await asyncio.sleep(max(0.0, began + number / self.rate - time.monotonic()))
                if ended.is_set():
                    break
                await self._room.acquire()
                group.create_task(self._send(first + number, *SENT[number % len(SENT)]))
        return time.monotonic() - began

    async def _send(self, number: int, channel: str, matter: str) -> None:
        try:
            answer = await self.running.send(self._request(number, channel, matter))
        finally:
            self._room.release()
        self.taken += answer.accepted
        self.failed += not answer.accepted

    def _request(self, number: int, channel: str, matter: str) -> WireRequest:
        unit = DESK_UNITS.get(channel)
        made = wire_request(
            channel,
            self.running.credentials.channel_secrets,
            external_id=str(number),
            text=f"{matter} ({in_letters(number % 10**7)})",
            operator_token=self.running.token("desk_officer", unit) if unit else None,
            now=datetime.now(UTC),
        )
        return raw_mail_request(made) if isinstance(made, Mail) else made
