"""Complaints as platforms send them: at a rate, over several channels, again until accepted.

A platform that got no answer, or one that asks for patience, sends the same message again under
the same id. Some send again what was accepted already; that must change nothing. Some complaints
have a story: officers act on them, their authors add to them or take them back, an administrator
erases who reported.
"""

import asyncio
import itertools
import json
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote_plus
from uuid import UUID

import aiosmtplib

from deploy.rehearsal.callers import (
    PHONE,
    TEBET_TIMUR,
    Mail,
    WireRequest,
    a_text_of_its_own,
    wire_request,
)
from deploy.rehearsal.scenes import street
from deploy.running import Answered, RunningStack
from shared.codes import reply_token
from shared.errors import Transient
from tests.builders import first_key
from tests.crash import console_acts
from tests.crash.citizens import deleted, edited, mailed, posted_by, with_picture
from tests.crash.clerks import GaveUp, Staff
from tests.crash.facts import Filed
from tests.crash.officers import BIRO, STORIES, Officers
from tests.crash.sending import Sending, Told, passes
from tests.crash.takeover import Served, Stage

CHANNELS = (
    "jaki", "qlue", "lapor_1708", "sms", "twitter", "email", "facebook", "balai_warga",
)  # fmt: skip
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 1.0
"""Between the tries of one sender: a takeover is known to no more than the longest."""
PATIENCE_SECONDS = 300.0
"""A platform gives up after this; a complaint given up counts as stuck. In a trial the database may
be frozen several times, up to a minute each, with hardly a moment between."""

REDELIVER_EVERY = 5
OF_RECEIPTS = (*STORIES, None, None, None)
OF_POSTS: Mapping[str, Sequence[str | None]] = {
    "facebook": ("edited", "deleted", None),
    "twitter": ("deleted", None, None),
}
"""What becomes of a complaint: on channels whose answer tells its id, and on the others."""

FILING = Stage("filing", "intake")

COUNTERS: Mapping[str, tuple[str, str]] = {
    "kelurahan": (TEBET_TIMUR.kelurahan_code, "sampah"),
    "pendopo": (BIRO, ""),
}
"""Unit and category of what is told at a counter, by channel. Without a category or a place it is
for the triage desk to say whose it is."""

AT_COUNTERS = 6
"""Where there are clerks, each such complaint is told at a counter, if nothing else is said."""

PICTURED = frozenset({"jaki", "email", "qlue", "twitter", "facebook"})
"""Channels of which some complaints bring a picture: beside the report, in the mail, or at the
platform, where it is fetched."""
PICTURED_EVERY = 2

LONGEST_WAIT = 2.0
"""Seconds until a citizen or an administrator comes in between the officers."""


class Load:
    """The platforms of several channels. Ids are unique over the life of this object."""

    def __init__(
        self,
        stack: RunningStack,
        seed: int = 0,
        with_story: float = 1.0,
        staff: Staff | None = None,
        at_counters: int = AT_COUNTERS,
        first: int = 1,
        pictured_every: int = PICTURED_EVERY,
    ) -> None:
        """``with_story``: the share of complaints that may have a story. ``staff``: who works at
        the console, where anybody does. ``at_counters``: each such complaint is told there.
        ``first``: number of the first complaint; by it reporters differ from those of other loads.
        ``pictured_every``: each such complaint of a channel that has pictures brings one.
        """
        self._stack = stack
        self._staff = staff
        self._with_story = with_story
        self._at_counters = at_counters
        self._pictured_every = pictured_every
        self._run = f"{int(time.time() * 1000):d}"
        self._numbers = itertools.count(first)
        self._random = random.Random(seed)
        # Of its own: how often somebody must wait depends on the machine, the stories must not.
        self._chance = random.Random(seed)
        self._secrets = stack.credentials.channel_secrets
        self.officers = Officers(stack, seed, staff)
        self._all: list[Sending] = []
        self._served: list[Served] = []
        self.answered: dict[UUID, datetime] = {}
        """When a complaint was accepted whose sender was told its id."""

    @property
    def accepted(self) -> int:
        """How many complaints were accepted so far."""
        return sum(each.accepted for each in self._all)

    @property
    def sent(self) -> int:
        """How many were sent so far, accepted or not."""
        return len(self._all)

    @property
    def served(self) -> list[Served]:
        """How long complaints and commands waited for their answer."""
        return [*self._served, *self.officers.served]

    @property
    def codes(self) -> list[str]:
        """The tracking codes that senders were told so far."""
        return [each.code for each in self._all if each.code]

    def filed(self) -> list[Filed]:
        """Everything that was ever sent."""
        return [each.filed() for each in self._all]

    def activity(self) -> str:
        """How much was done besides filing complaints."""
        done = Counter(
            f"{deed.outcome}({deed.verb}: {deed.last})" if deed.last else deed.outcome
            for deed in self.officers.deeds
        )
        commands = " ".join(f"{outcome}={count}" for outcome, count in sorted(done.items()))
        return (
            f"commands: {commands or 'none'};"
            f" supplements={sum(each.supplements for each in self._all)}"
            f" withdrawals={sum(each.withdrawn for each in self._all)}"
            f" erasures={sum(each.erased for each in self._all)}"
            f" files={sum(each.accepted and each.pictured for each in self._all)}"
            f" evidence={len(self.officers.handed_over)}"
        )

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
        """Complaints at ``rate`` per second until ``stop``; returns when all have their answer.
        What a busy machine sends too late it sends at once: citizens do not wait for it."""
        first, began = len(self._all), time.monotonic()
        async with asyncio.TaskGroup() as platforms:
            while not stop.is_set():
                platforms.create_task(self._deliver(self._next()))
                due = began + (len(self._all) - first) / rate
                await asyncio.sleep(max(0.0, due - time.monotonic()))
        return [each.filed() for each in self._all[first:]]

    async def send_plain(self, channel: str) -> Filed:
        """One complaint that has no story."""
        sending = self._new(channel, next(self._numbers), None)
        await self._deliver(sending)
        return sending.filed()

    def without_story(self) -> list[Sending]:
        """Accepted complaints whose sender was told their id, and with which nobody does more; in
        the order in which they were sent, those with a picture first."""
        found = [each for each in self._all if each.complaint_id and each.story is None]
        return sorted(found, key=lambda each: not each.pictured)

    async def erase(self, sendings: Sequence[Sending]) -> None:
        """Administrators erase who has sent these; returns when it is confirmed."""
        await asyncio.gather(
            *(self._erase(each, each.complaint_id) for each in sendings if each.complaint_id)
        )

    def _next(self) -> Sending:
        number = next(self._numbers)
        if self._staff is not None and number % self._at_counters == 0:
            return self._at_counter(number)
        channel = CHANNELS[number % len(CHANNELS)]
        return self._new(channel, number, self._a_story(channel))

    def _new(self, channel: str, number: int, story: str | None) -> Sending:
        external_id = f"{self._run}{number:05d}"
        pictured = channel in PICTURED and number // len(CHANNELS) % self._pictured_every == 0
        request = wire_request(
            channel,
            self._secrets,
            external_id=external_id,
            text=a_text_of_its_own(channel, external_id),
            operator_token=None,
            now=datetime.now(UTC),
            photographs=self._stack.url("outside") if pictured else None,
        )
        if pictured and isinstance(request, Mail):
            request = with_picture(request, street(external_id))
        request, thread = self._with_own_reporter(channel, external_id, request, number)
        self._all.append(
            Sending(channel, external_id, request, thread, story=story, pictured=pictured)
        )
        return self._all[-1]

    def _at_counter(self, number: int) -> Sending:
        channel = [*COUNTERS][number // self._at_counters % len(COUNTERS)]
        external_id = f"{self._run}{number:05d}"
        unit, category = COUNTERS[channel]
        words = a_text_of_its_own(channel, external_id)
        told = Told(unit, words, f"+62811{number % 10_000_000:07d}", category)
        self._all.append(Sending(channel, external_id, told))
        return self._all[-1]

    def _a_story(self, channel: str) -> str | None:
        """Drawn when the complaint is made, so that the seed alone decides."""
        if self._random.random() >= self._with_story:
            return None
        told = channel in ("jaki", "qlue", "lapor_1708", "balai_warga")
        return self._random.choice(OF_RECEIPTS if told else OF_POSTS.get(channel, (None,)))

    def _with_own_reporter(
        self, channel: str, external_id: str, request: WireRequest | Mail, number: int
    ) -> tuple[WireRequest | Mail, str | None]:
        """On channels whose answer names no report number each complaint gets a reporter of its
        own: the confirmation is the only thing that tells which complaint it became."""
        match channel, request:
            case "sms", WireRequest():
                phone = f"+62811{number % 10_000_000:07d}"
                path = request.path.replace(quote_plus(PHONE), quote_plus(phone))
                return replace(request, path=path), phone
            case "twitter", WireRequest():
                user = str(2_000_000_000 + number)
                secret = self._stack.credentials.channel_secrets["twitter"]["consumer_secret"]
                return posted_by(request, user, secret), user
            case "facebook", _:
                return request, external_id
            case "email", _:
                return request, f"<{external_id}@example.org>"
            case _:
                return request, None

    async def _deliver(self, sending: Sending) -> None:
        if isinstance(sending.request, Told):
            await self._enter(sending, sending.request)
        else:
            await self._submit(sending, sending.request)

    async def _enter(self, sending: Sending, told: Told) -> None:
        assert self._staff is not None
        clerk = self._staff.clerk("desk_officer", told.unit)
        async with clerk.busy:
            deadline = time.monotonic() + PATIENCE_SECONDS
            try:
                receipt = await console_acts.enter(
                    clerk, told.words, told.phone, told.category, deadline,
                    again=len(self._all) % REDELIVER_EVERY == 0,
                )  # fmt: skip
            except GaveUp as error:
                receipt = str(error)
        if isinstance(receipt, str):
            sending.last = receipt
            return
        self._staff.figures.entered += 1
        sending.accepted = True
        sending.numbers |= receipt.numbers
        sending.code = receipt.code

    async def _submit(self, sending: Sending, request: WireRequest | Mail) -> None:
        again = len(self._all) % REDELIVER_EVERY == 0
        began = time.time()
        answer = await self._until_answered(request)
        if answer is None or not answer.accepted:
            sending.last = "no answer" if answer is None else str(answer.status)
            return
        self._served.append(Served(FILING, began, time.time()))
        sending.note(answer)
        if sending.complaint_id is not None:
            self.answered[sending.complaint_id] = datetime.now(UTC)
        if again and (answer := await self._ask(request)) and answer.accepted:
            sending.note(answer)
        if sending.story is not None:
            await self._live(sending, sending.story)

    async def _until_answered(self, request: WireRequest | Mail) -> Answered | None:
        """Sends until accepted, refused for good, or out of patience; the last answer."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        pause = FIRST_PAUSE
        while True:
            answer = await self._ask(request)
            over = time.monotonic() > deadline
            if answer is not None and (answer.accepted or over):
                return answer
            if over or (answer and not passes(answer.status, isinstance(request, Mail))):
                return answer
            await asyncio.sleep(pause * (0.5 + self._chance.random()))
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _live(self, sending: Sending, story: str) -> None:
        if story == "edited":
            await self._add(sending, edited(self._secrets, sending.external_id, "Sudah dua hari."))
        elif story == "deleted":
            request = deleted(self._secrets, sending.channel, sending.external_id)
            sending.withdrawn = await self._wish(sending, request)
        elif sending.complaint_id is not None:
            work = [self.officers.live(sending.complaint_id, story)]
            if story == "questioned":
                work.append(self._answer(sending, sending.complaint_id))
            if story == "erased":
                work.append(self._erase(sending, sending.complaint_id))
            await asyncio.gather(*work)

    async def _answer(self, sending: Sending, complaint_id: UUID) -> None:
        await asyncio.sleep(self._chance.uniform(0, LONGEST_WAIT))
        number = min(sending.numbers)
        key = first_key(self._stack.credentials.tracking_code_key)
        token = reply_token(key, complaint_id)
        mail_id = f"answer-{sending.external_id}"
        await self._add(sending, mailed(self._secrets, number, token, mail_id, datetime.now(UTC)))

    async def _erase(self, sending: Sending, complaint_id: UUID) -> None:
        """Asked for by one administrator, confirmed by another. Gone after a lost answer means
        that the first confirmation was heard."""
        await asyncio.sleep(self._chance.uniform(0, LONGEST_WAIT))
        wish = {"complaint_id": str(complaint_id), "note": "Permintaan pelapor."}
        asked = await self._until_answered(self._by_admin("crash-admin-1", "", wish))
        if asked is None or not asked.accepted:
            sending.waiting.append(f"{sending.story}: nobody could ask for the erasure")
            return
        confirm = f"/{asked.body['erasure_id']}/confirm"
        request = self._by_admin("crash-admin-2", confirm, {"note": "Sudah diperiksa."})
        sending.erased = await self._wish(sending, request, also=410)

    def _by_admin(self, subject: str, path: str, body: dict[str, str]) -> WireRequest:
        token = self._stack.token("admin", BIRO, subject)
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        return WireRequest(
            "POST", f"/internal/v1/erasures{path}", headers, json.dumps(body).encode()
        )

    async def _add(self, sending: Sending, request: WireRequest | Mail) -> None:
        """A supplement; sent twice, as a nervous platform does."""
        sending.supplements += await self._wish(sending, request)
        await self._ask(request)

    async def _wish(self, sending: Sending, request: WireRequest | Mail, also: int = 0) -> bool:
        """Whether it was accepted; what has no answer in the end is noted as waiting."""
        answer = await self._until_answered(request)
        if answer is not None and (answer.accepted or answer.status == also):
            return True
        last = "no answer" if answer is None else str(answer.status)
        sending.waiting.append(f"{sending.story}: {last}")
        return False

    async def _ask(self, request: WireRequest | Mail) -> Answered | None:
        """What the door answered; None when there was no answer."""
        try:
            if isinstance(request, Mail):
                return await self._stack.post_mail(request)
            return await self._stack.send(request)
        except (Transient, aiosmtplib.SMTPException, OSError):
            return None
