"""Complaints as platforms send them: at a rate, over several channels, again until accepted.

A platform that got no answer, or one that asks for patience, sends the same message again under
the same id. Some send again what was accepted already; that must change nothing.
"""

import asyncio
import hashlib
import hmac
import itertools
import json
import random
import time
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

import aiosmtplib

from deploy.local.callers import PHONE, SAMPLE_TEXTS, Mail, WireRequest, wire_request
from deploy.running import Answered, RunningStack
from shared.errors import Transient
from tests.crash.ledger import Filed

CHANNELS = (
    "jaki", "qlue", "lapor_1708", "sms", "twitter", "email", "facebook", "balai_warga",
)  # fmt: skip
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 3.0
PATIENCE_SECONDS = 180.0
"""A platform gives up after this; a complaint given up counts as stuck."""

REDELIVER_EVERY = 5
PASSING_STATUSES = frozenset({408, 409, 425, 429})


@dataclass(slots=True)
class Sending:
    """A message of a platform on its way, and what was answered so far."""

    channel: str
    external_id: str
    request: WireRequest | Mail = field(repr=False)
    thread: str | None = None
    accepted: bool = False
    numbers: set[str] = field(default_factory=set)
    code: str | None = field(default=None, repr=False)
    last: str = "no answer"

    def note(self, answer: Answered) -> None:
        """An accepted answer enters the ledger; a later one adds only what differs."""
        self.accepted = True
        for receipt in answer.body.get("complaints", [answer.body]):
            if "report_number" in receipt:
                self.numbers.add(receipt["report_number"])
                self.code = receipt["tracking_code"]

    def filed(self) -> Filed:
        return Filed(
            self.channel, self.external_id, self.thread, self.accepted,
            frozenset(self.numbers), self.code, None if self.accepted else self.last,
        )  # fmt: skip


class Load:
    """The platforms of several channels. Ids are unique over the life of this object."""

    def __init__(
        self, stack: RunningStack, channels: Sequence[str] = CHANNELS, seed: int = 0
    ) -> None:
        self._stack = stack
        self._channels = channels
        self._run = f"{int(time.time() * 1000):d}"
        self._numbers = itertools.count(1)
        self._random = random.Random(seed)
        self._all: list[Sending] = []

    @property
    def accepted(self) -> int:
        """How many complaints were accepted so far."""
        return sum(each.accepted for each in self._all)

    def filed(self) -> list[Filed]:
        """Everything that was ever sent."""
        return [each.filed() for each in self._all]

    async def send(self, count: int, rate: float) -> list[Filed]:
        """``count`` complaints at ``rate`` per second; returns when all have their answer."""
        sent = []
        async with asyncio.TaskGroup() as platforms:
            for _ in range(count):
                sent.append(self._next())
                platforms.create_task(self._deliver(sent[-1]))
                await asyncio.sleep(1 / rate)
        return [each.filed() for each in sent]

    async def keep_sending(self, rate: float, stop: asyncio.Event) -> list[Filed]:
        """Complaints at ``rate`` per second until ``stop``; returns when all have their answer."""
        first = len(self._all)
        async with asyncio.TaskGroup() as platforms:
            while not stop.is_set():
                platforms.create_task(self._deliver(self._next()))
                await asyncio.sleep(1 / rate)
        return [each.filed() for each in self._all[first:]]

    def _next(self) -> Sending:
        number = next(self._numbers)
        channel = self._channels[number % len(self._channels)]
        external_id = f"{self._run}{number:05d}"
        request = wire_request(
            channel,
            self._stack.credentials.channel_secrets,
            external_id=external_id,
            text=SAMPLE_TEXTS[channel],
            operator_token=None,
            now=datetime.now(UTC),
        )
        request, thread = self._with_own_reporter(channel, external_id, request, number)
        self._all.append(Sending(channel, external_id, request, thread))
        return self._all[-1]

    def _with_own_reporter(
        self, channel: str, external_id: str, request: WireRequest | Mail, number: int
    ) -> tuple[WireRequest | Mail, str | None]:
        """On channels whose answer names no report number each complaint gets a reporter of its
        own: the confirmation is the only thing that tells which complaint it became."""
        match channel, request:
            case "sms", WireRequest():
                phone = f"+62811000{number % 10000:04d}"
                path = request.path.replace(quote_plus(PHONE), quote_plus(phone))
                return replace(request, path=path), phone
            case "twitter", WireRequest():
                user = str(2_000_000_000 + number)
                secret = self._stack.credentials.channel_secrets["twitter"]["consumer_secret"]
                return _posted_by(request, user, secret), user
            case "facebook", _:
                return request, external_id
            case "email", _:
                return request, f"<{external_id}@example.org>"
            case _:
                return request, None

    async def _deliver(self, sending: Sending) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        pause = FIRST_PAUSE
        while not sending.accepted and time.monotonic() < deadline:
            if not await self._try(sending):
                return
            await asyncio.sleep(0 if sending.accepted else pause * (0.5 + self._random.random()))
            pause = min(pause * 2, LONGEST_PAUSE)
        if len(self._all) % REDELIVER_EVERY == 0:
            await self._try(sending)

    async def _try(self, sending: Sending) -> bool:
        """One try; False when the answer is a no for good."""
        answer = await self._ask(sending.request)
        if answer is None:
            sending.last = "no answer"
            return True
        if answer.accepted:
            sending.note(answer)
            return True
        sending.last = str(answer.status)
        return passes(answer.status, isinstance(sending.request, Mail))

    async def _ask(self, request: WireRequest | Mail) -> Answered | None:
        """What the door answered; None when there was no answer."""
        try:
            if isinstance(request, Mail):
                return await self._stack.post_mail(request)
            return await self._stack.send(request)
        except (Transient, aiosmtplib.SMTPException, OSError):
            return None


def passes(status: int, mail: bool) -> bool:
    """Whether a platform tries again after this answer; SMTP means the reverse by 4 and 5."""
    if mail:
        return status < 500
    return status >= 500 or status in PASSING_STATUSES


def _posted_by(request: WireRequest, user: str, secret: str) -> WireRequest:
    """The delivery of X as if another account had posted it, signed anew."""
    delivery: dict[str, Any] = json.loads(request.body)
    delivery["tweet_create_events"][0]["user"]["id_str"] = user
    body = json.dumps(delivery).encode()
    proof = b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()
    headers = {**request.headers, "x-twitter-webhooks-signature": f"sha256={proof}"}
    return replace(request, headers=headers, body=body)
