"""The demonstration: one complaint per channel through the real doors, then one case to its end.

Everything is seen from outside: what the doors answer, what officers are shown, what left.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from deploy.rehearsal.callers import DESK_UNITS, SAMPLE_TEXTS, a_text_of_its_own
from deploy.rehearsal.scenes import street
from deploy.running import RunningStack

CHANNELS = tuple(SAMPLE_TEXTS)
PATIENCE_SECONDS = 60.0
"""How long a step may take before the demonstration gives it up."""

COMPLETED_CHANNEL = "kelurahan"
WITH_PICTURES = frozenset(
    {"jaki", "qlue", "twitter", "facebook", "sms", "gubernur"} | DESK_UNITS.keys()
) - {"inspektorat"}
"""Channels whose complaint brings a picture that an officer of Biro Pemerintahan sees. A complaint
about officials is shown to those who examine it alone."""
_CODE = re.compile(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b")


@dataclass
class ChannelResult:
    """One line of the table; the field names are those of ``crm demo --json``."""

    channel: str
    accepted: bool = False
    report_number: str | None = None
    routed_to: str | None = None
    state: str | None = None
    due_at: str | None = None
    confirmed: bool = False
    trackable: bool = False
    pictures: int = 0
    """Made harmless, and seen through an officer's link."""
    complaint_id: str | None = field(default=None, repr=False)
    tracking_code: str | None = field(default=None, repr=False)

    @property
    def made_it(self) -> bool:
        shown = self.confirmed and self.trackable and self.pictured
        return bool(self.accepted and self.routed_to and self.due_at and shown)

    @property
    def pictured(self) -> bool:
        """Its picture was seen, if the channel brings one."""
        return self.pictures > 0 or self.channel not in WITH_PICTURES


@dataclass
class CompletedCase:
    """``evidence``: pictures of the work, seen on the tracking page beside the reporter's own."""

    report_number: str | None = None
    states: list[str] = field(default_factory=list)
    evidence: int = 0

    @property
    def made_it(self) -> bool:
        return bool(self.states) and self.states[-1] == "completed" and self.evidence > 0


@dataclass
class Demonstration:
    """What was seen."""

    channels: list[ChannelResult]
    completed_case: CompletedCase
    seconds: float = 0.0

    @property
    def code_to_try(self) -> str:
        """Of the case that is completed, whose page has most to show; else of any."""
        first = [line for line in self.channels if line.channel == COMPLETED_CHANNEL]
        codes = (line.tracking_code for line in (*first, *self.channels) if line.tracking_code)
        return next(codes, "")

    @property
    def made_it(self) -> bool:
        return self.completed_case.made_it and all(line.made_it for line in self.channels)

    def as_json(self) -> dict[str, Any]:
        """The content of ``crm demo --json FILE``; codes stay out of it."""
        secret = ("complaint_id", "tracking_code")
        lines = [
            {name: value for name, value in asdict(line).items() if name not in secret}
            for line in self.channels
        ]
        return {
            "channels": lines,
            "completed_case": asdict(self.completed_case),
            "seconds": round(self.seconds, 2),
        }


class Demo:
    """Runs the demonstration on a running stack; ``on_change`` is called when a line changed."""

    def __init__(
        self, stack: RunningStack, on_change: Callable[[Demonstration], None] = lambda _: None
    ) -> None:
        self._stack = stack
        self._on_change = on_change
        self._run = f"{int(time.time() * 1000):d}"
        self._began = datetime.now(UTC)
        self.seen = Demonstration([ChannelResult(name) for name in CHANNELS], CompletedCase())

    async def run(self) -> Demonstration:
        started = time.monotonic()
        await asyncio.gather(*(self._follow(line) for line in self.seen.channels))
        await self._complete()
        self.seen.seconds = time.monotonic() - started
        self._changed()
        return self.seen

    def _changed(self) -> None:
        self._on_change(self.seen)

    async def _follow(self, line: ChannelResult) -> None:
        await self._complain(line)
        if not line.accepted:
            return
        await self._until(lambda: self._find_case(line))
        await self._until(lambda: self._find_confirmation(line))
        await self._until(lambda: self._track(line))
        if line.channel in WITH_PICTURES:
            await self._until(lambda: self._see_pictures(line))

    async def _until(self, step: Callable[[], Awaitable[bool]]) -> None:
        """Ask again until the step has seen what it looks for, or patience ends."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not await step():
            if time.monotonic() > deadline:
                return
            await asyncio.sleep(0.2)
        self._changed()

    def _external_id(self, line: ChannelResult) -> str:
        return f"{self._run}{CHANNELS.index(line.channel):02d}"

    async def _complain(self, line: ChannelResult) -> None:
        external_id = self._external_id(line)
        answer = await self._stack.complain(
            line.channel,
            external_id,
            a_text_of_its_own(line.channel, external_id),
            datetime.now(UTC),
            DESK_UNITS.get(line.channel),
        )
        line.accepted = answer.accepted
        line.tracking_code = answer.body.get("tracking_code")
        self._changed()

    async def _find_case(self, line: ChannelResult) -> bool:
        # A complaint about officials is shown only to the unit that holds it.
        restricted = line.channel == "inspektorat"
        token = (
            self._stack.token("unit_officer", "inspektorat")
            if restricted
            else self._stack.token("auditor", "biro-pemerintahan")
        )
        since = (self._began - timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
        found = await self._stack.get(
            "tracking",
            f"/v1/cases?channel={line.channel}&from={since}",
            token,
        )
        cases = found.body.get("cases", [])
        if not cases or not cases[0]["unit_name"] or not cases[0]["due_at"]:
            return False
        case = cases[0]
        line.complaint_id = case["complaint_id"]
        line.report_number = case["report_number"]
        line.routed_to = case["unit_name"]
        line.state = case["state"]
        line.due_at = case["due_at"]
        return True

    async def _find_confirmation(self, line: ChannelResult) -> bool:
        messages = await self._stack.left(str(line.report_number))
        line.confirmed = bool(messages)
        codes = [code for message in messages for code in _CODE.findall(str(message))]
        line.tracking_code = line.tracking_code or next(iter(codes), None)
        return line.confirmed and line.tracking_code is not None

    async def _track(self, line: ChannelResult) -> bool:
        answer = await self._stack.post("tracking", "/v1/track", {"code": line.tracking_code or ""})
        line.trackable = answer.status == 200 and bool(answer.body.get("stages"))
        return line.trackable

    async def _see_pictures(self, line: ChannelResult) -> bool:
        """Those of a private report are locked, and opened one by one with a reason."""
        token = self._stack.token("biro", "biro-pemerintahan")
        case = await self._case(line, token)
        cleared = [file for file in case.get("media", []) if file["state"] == "cleared"]
        seen = [await self._sees(line, file, token) for file in cleared]
        line.pictures = sum(seen)
        return line.pictures > 0

    async def _sees(self, line: ChannelResult, file: dict[str, Any], token: str) -> bool:
        links = file["links"]
        if file["lock"] is not None:
            path = f"/v1/cases/{line.complaint_id}/media/{file['ref']}/open"
            reason = {"reason": "Peragaan: foto diperiksa."}
            links = (await self._stack.post("routing", path, reason, token)).body.get("links")
        return links is not None and await self._stack.shows_picture(links["large"])

    async def _complete(self) -> None:
        """One case from the kelurahan's desk to Selesai, by two people."""
        line = self.seen.channels[CHANNELS.index(COMPLETED_CHANNEL)]
        if line.complaint_id is None:
            return
        self.seen.completed_case.report_number = line.report_number
        unit = await self._holder(line)
        officer = self._stack.token("unit_officer", unit)
        reviewer = self._stack.token("biro", "biro-pemerintahan")
        for verb in ("accept", "start"):
            if not await self._command(line, verb, {}, officer):
                return
        done = {"text": "Sudah diperbaiki.", "media": await self._evidence(line, officer)}
        # Routing hears in a moment that the picture of the work was made harmless.
        await self._until(lambda: self._command(line, "follow-up", done, officer))
        accepted = {"accepted_flags": await self._flags(line, reviewer)}
        if await self._command(line, "validation", accepted, reviewer):
            await self._until(lambda: self._see_the_end(line))

    async def _evidence(self, line: ChannelResult, token: str) -> list[str]:
        """A picture of the same street with its hole filled."""
        picture = street(self._external_id(line), mended=True)
        answer = await self._stack.hand_over(str(line.complaint_id), picture, token, self._run)
        return [answer.body["media_ref"]] if answer.accepted else []

    async def _flags(self, line: ChannelResult, token: str) -> list[dict[str, str]]:
        """What is strange about the evidence. The reviewer has seen it and names each."""
        case = await self._case(line, token)
        return [
            {"media_ref": file["ref"], "flag": found["flag"]}
            for file in case.get("media", [])
            if file["origin"] == "evidence"
            for found in file["flags"]
        ]

    async def _holder(self, line: ChannelResult) -> str:
        case = await self._case(line, self._stack.token("biro", "biro-pemerintahan"))
        return str(case.get("unit_id", ""))

    async def _case(self, line: ChannelResult, token: str) -> dict[str, Any]:
        found = await self._stack.get("routing", f"/v1/cases/{line.complaint_id}", token)
        return dict(found.body)

    async def _command(
        self, line: ChannelResult, verb: str, body: dict[str, Any], token: str
    ) -> bool:
        case = await self._case(line, token)
        answer = await self._stack.post(
            "routing", f"/v1/cases/{line.complaint_id}/{verb}", body, token, case.get("version")
        )
        line.state = answer.body.get("state", line.state)
        self._changed()
        return answer.accepted

    async def _see_the_end(self, line: ChannelResult) -> bool:
        """Whether the citizen's own page shows the case as completed, with before and after."""
        answer = await self._stack.post("tracking", "/v1/track", {"code": line.tracking_code or ""})
        case = self.seen.completed_case
        case.states = [stage["state"] for stage in answer.body.get("stages", [])]
        before, after = (
            [each["links"]["large"] for each in answer.body.get(name, []) if each["links"]]
            for name in ("pictures", "evidence")
        )
        seen = [await self._stack.shows_picture(link) for link in (*before, *after)]
        case.evidence = len(after) if before and all(seen) else 0
        return case.made_it
