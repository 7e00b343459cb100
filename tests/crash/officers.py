"""Officers at work on some of the accepted complaints, by routing's interface or at the console.

Through the interface they do as a real client does: read the case, send the command with the
version that was read as If-Match, send it again when there is no answer, and on a 404, 409 or 412
read the case again to see whether it took effect, or whether somebody else was there first and they
must decide anew. At the console they fill in the forms of the pages.
"""

import asyncio
import itertools
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from deploy.local.tokens import Role
from deploy.rehearsal.scenes import street
from deploy.running import Answered, RunningStack
from shared.errors import Transient
from tests.crash import console_acts
from tests.crash.books import Deed
from tests.crash.clerks import Clerk, GaveUp, Staff
from tests.crash.takeover import Served, Stage

BIRO = "biro-pemerintahan"
PATIENCE_SECONDS = 1800.0
"""An officer gives up after this; a command given up counts as stuck. A trial's faults last for
more than half of it: database, broker and store are frozen by turns most of the time, and a result
with a picture needs all of them. Stuck is what has no answer when they are over."""

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 2.0
READ_AGAIN = frozenset({404, 409, 412})
PASSING = frozenset({401, 408, 425, 429})
"""401 too: to a replica whose clock has jumped a good token is one of another time."""


LATE_EVERY, AGAIN_EVERY, SIGN_OUT_EVERY = 4, 5, 11
"""Of the acts at the console: at each such one a colleague is too late, the form is sent a second
time after its answer, the officer signs out afterwards and comes back."""

PICTURED_EVERY = 2
"""Of the results that are handed in by the interface: one with a picture of the work."""

ACTS = Stage("acts", "routing")

Case = Mapping[str, Any]
Who = Literal["holder", "biro", "triage"]


@dataclass(frozen=True, slots=True)
class Task:
    """A command of a story. ``begin``: start, or a plan where the category needs one."""

    verb: str
    event: str
    who: Who = "holder"
    body: Callable[[], dict[str, Any]] = dict


def _plan() -> dict[str, Any]:
    until = datetime.now(UTC) + timedelta(days=3)
    return {"plan": "Regu datang besok.", "complete_by": until.isoformat()}


def _to(unit: str) -> Callable[[], dict[str, Any]]:
    return lambda: {"to_unit": unit, "note": "Wewenang unit tersebut."}


ACCEPT = Task("accept", "CaseAccepted")
START = Task("start", "WorkStarted")
PLAN = (
    Task("plan", "PlanSubmitted", body=_plan),
    Task("plan/approve", "PlanApproved", "biro"),
)
FOLLOW_UP = Task("follow-up", "FollowUpSubmitted", body=lambda: {"text": "Sudah dikerjakan."})
VALIDATE = Task("validation", "CaseCompleted", "biro")
REFUSE = Task("follow-up/refuse", "FollowUpRefused", "biro", lambda: {"reason": "Belum tuntas."})
REJECT = Task("reject", "CaseRejected", body=lambda: {"reason": "off_topic"})
ASK = Task("question", "CitizenQuestioned", body=lambda: {"question": "Di sisi mana?"})
COORDINATE = Task("coordinate", "CaseCoordinated", body=_to("satpol-pp"))
TO_DINAS = Task("coordinate", "CaseCoordinated", body=_to("dinas-bina-marga"))
DELEGATE = Task("delegate", "CaseDelegated", body=_to("sudin-bina-marga-31.74"))
REOPEN = Task("reopen", "CaseReopened", "biro", lambda: {"reason": "new_facts"})
ASSIGN = Task("assign", "CaseRouted", "triage")
BEGIN = Task("begin", "")
DONE = (BEGIN, FOLLOW_UP, VALIDATE)

STORIES: Mapping[str, Sequence[Task]] = {
    "completed": (ACCEPT, *DONE),
    "repeated": (ACCEPT, BEGIN, FOLLOW_UP, REFUSE, START, FOLLOW_UP, VALIDATE),
    "rejected": (REJECT,),
    "reopened": (ACCEPT, *DONE, REOPEN, REJECT),
    "coordinated": (ACCEPT, COORDINATE, *DONE),
    "delegated": (TO_DINAS, DELEGATE, *DONE),
    "questioned": (ASK, *DONE),
    "erased": (ACCEPT, *DONE),
}
"""Lives of a case. In ``questioned`` the citizen answers, in ``erased`` the reporter is erased,
at any moment meanwhile."""


class Officers:
    """All officers. Each command through the interface is given by one who gives no other; at the
    console the same ones work on many cases."""

    def __init__(self, stack: RunningStack, seed: int, staff: Staff | None = None) -> None:
        """``staff``: every second story is lived at the console by these; None: no story is."""
        self.deeds: list[Deed] = []
        self.handed_over: set[UUID] = set()
        """Files of evidence that media has acknowledged."""
        self.served: list[Served] = []
        self._stack = stack
        self._staff = staff
        self._stories = itertools.count()
        self._results = itertools.count()
        self._turns = itertools.count(1)
        self._chance = random.Random(seed)
        self._numbers = itertools.count(1)
        self._run = f"{int(time.time() * 1000):d}"
        self._planned: frozenset[str] | None = None

    async def live(self, complaint_id: UUID, story: str) -> None:
        """The whole story; it ends early when a command is refused for good."""
        staff = self._staff if next(self._stories) % 2 else None
        for task in STORIES[story]:
            steps = await self._steps(complaint_id) if task is BEGIN else (task,)
            for step in steps:
                if not await self._do(complaint_id, step, staff):
                    return

    async def _steps(self, complaint_id: UUID) -> Sequence[Task]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        case = await self._read(complaint_id, deadline)
        if self._planned is None:
            found = await self._ask("GET", "/v1/categories", deadline)
            rows = found.body["items"]
            self._planned = frozenset(row["slug"] for row in rows if row["plan_required"])
        return PLAN if case["category"] in self._planned else (START,)

    async def place(self, staff: Staff, stop: asyncio.Event) -> None:
        """The triage desk at the console: one case after the other is given to a unit."""
        placed, waiting = set[UUID](), list[UUID]()
        while not stop.is_set():
            await asyncio.sleep(LONGEST_PAUSE)
            clerk = staff.clerk("triage_officer", "triage")
            async with clerk.busy, clerk.in_time():
                waiting = await console_acts.waiting(clerk, time.monotonic() + PATIENCE_SECONDS)
            for complaint_id in [each for each in waiting if each not in placed][:1]:
                placed.add(complaint_id)
                await self._do(complaint_id, ASSIGN, staff)

    async def _do(self, complaint_id: UUID, task: Task, staff: Staff | None) -> bool:
        subject = f"crash-{self._run}-{next(self._numbers)}"
        deed = Deed(complaint_id, task.verb, task.event, subject, "unanswered")
        if staff is None:
            done = await self._noted(deed, lambda deed: self._act(deed, task))
            return done.is_done
        try:
            return (await self._do_at_console(deed, task, staff)).is_done
        except GaveUp as error:
            self.deeds.append(replace(deed, last=str(error)))
            return False

    async def _noted(self, deed: Deed, give: Callable[[Deed], Awaitable[Deed]]) -> Deed:
        """The command stands among the deeds from its beginning on."""
        place = len(self.deeds)
        self.deeds.append(deed)
        try:
            self.deeds[place] = await give(deed)
        except GaveUp as error:
            self.deeds[place] = replace(deed, last=str(error))
        return self.deeds[place]

    async def _do_at_console(self, deed: Deed, task: Task, staff: Staff) -> Deed:
        """Of some acts a colleague has the form open too, and sends it when it is too late."""
        turn = next(self._turns)
        deadline = time.monotonic() + PATIENCE_SECONDS
        seen = await self._read(deed.complaint_id, deadline)
        clerk = staff.clerk(*self._seat(task.who, seen))
        deed = replace(deed, verb=f"console: {task.verb}", subject=clerk.subject)
        late = turn % LATE_EVERY == 0
        colleagues = await self._open(staff.colleague(clerk), deed, task) if late else None
        done = await self._noted(deed, lambda deed: self._at_console(deed, task, clerk, turn))
        if colleagues is not None:
            own = replace(deed, subject=colleagues.clerk.subject)
            await self._noted(own, lambda deed: self._send_late(deed, colleagues))
        if turn % SIGN_OUT_EVERY == 0:
            async with clerk.busy, clerk.in_time():
                await clerk.sign_out(time.monotonic() + PATIENCE_SECONDS)
                await clerk.open("/kotak", time.monotonic() + PATIENCE_SECONDS)
        return done

    async def _open(self, clerk: Clerk, deed: Deed, task: Task) -> console_acts.Open:
        async with clerk.busy:
            return await console_acts.opened(
                clerk, deed.complaint_id, task.verb, task.body(),
                time.monotonic() + PATIENCE_SECONDS,
            )  # fmt: skip

    async def _send_late(self, deed: Deed, page: console_acts.Open) -> Deed:
        async with page.clerk.busy:
            said, last = await page.send(time.monotonic() + PATIENCE_SECONDS)
        page.clerk.figures.count(said)
        return replace(deed, outcome=said, last=last)

    async def _at_console(self, deed: Deed, task: Task, clerk: Clerk, turn: int) -> Deed:
        deadline = time.monotonic() + PATIENCE_SECONDS
        first = seen = await self._read(deed.complaint_id, deadline)
        while True:
            page = await self._open(clerk, deed, task)
            async with clerk.busy:
                said, last = await page.send(deadline, again=turn % AGAIN_EVERY == 0)
            clerk.figures.count(said)
            if said == "answered":
                return replace(deed, outcome="answered")
            now = await self._read(deed.complaint_id, deadline)
            if _done(task, now, first) is not None:
                return replace(deed, outcome="found")
            if now["version"] == seen["version"]:
                return replace(deed, outcome="refused", last=last)
            seen = now

    async def _act(self, deed: Deed, task: Task) -> Deed:
        deadline = time.monotonic() + PATIENCE_SECONDS
        first = seen = await self._read(deed.complaint_id, deadline)
        body, began = task.body() | await self._besides(task, first, deed), time.time()
        while True:
            answer = await self._ask(
                "POST", f"/v1/cases/{deed.complaint_id}/{task.verb}", deadline,
                self._token(task.who, seen, deed.subject), body, seen["version"],
            )  # fmt: skip
            if answer.accepted:
                self.served.append(Served(ACTS, began, time.time()))
                return replace(deed, outcome="answered", version=answer.body["version"])
            now = seen
            if answer.status in READ_AGAIN:
                now = await self._read(deed.complaint_id, deadline)
                if (version := _done(task, now, first)) is not None:
                    return replace(deed, outcome="found", version=version)
            if now["version"] == seen["version"]:
                return replace(deed, outcome="refused", last=str(answer.status))
            seen = now

    async def _besides(self, task: Task, seen: Case, deed: Deed) -> dict[str, Any]:
        """What the command says of pictures of the work: some results bring one, and the reviewer
        names all that was found of them."""
        if task is VALIDATE:
            return {"accepted_flags": _found(seen)}
        if task is FOLLOW_UP and next(self._results) % PICTURED_EVERY == 0:
            return {"media": await self._hand_over(seen, deed)}
        return {}

    async def _hand_over(self, seen: Case, deed: Deed) -> list[str]:
        """A picture of the work, handed over until media has acknowledged it. It is named when
        routing has heard that it is harmless."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        picture = street(deed.subject, mended=True)
        answer = await self._heard(
            lambda: self._stack.hand_over(
                str(deed.complaint_id), picture, self._token("holder", seen, deed.subject),
                deed.subject,
            ),
            deadline, also=READ_AGAIN,
        )  # fmt: skip
        if not answer.accepted:
            raise GaveUp(f"a picture: {answer.status}")
        ref = answer.body["media_ref"]
        self.handed_over.add(UUID(ref))
        while ref not in _cleared(await self._read(deed.complaint_id, deadline)):
            await self._pause(FIRST_PAUSE, deadline, "a picture waits")
        return [ref]

    async def _read(self, complaint_id: UUID, deadline: float) -> Case:
        """The case as the Biro sees it, once routing has opened it."""
        token = self._stack.token("biro", BIRO, "crash-reader")
        while True:
            answer = await self._ask("GET", f"/v1/cases/{complaint_id}", deadline, token)
            if answer.accepted:
                return answer.body
            await self._pause(0.3, deadline, str(answer.status))

    def _token(self, who: Who, seen: Case, subject: str) -> str:
        return self._stack.token(*self._seat(who, seen), subject)

    def _seat(self, who: Who, seen: Case) -> tuple[Role, str]:
        """The role and unit of whoever gives a command."""
        if who == "biro":
            return "biro", BIRO
        unit = "triage" if who == "triage" else seen["unit_id"]
        return ("triage_officer" if unit == "triage" else "unit_officer"), unit

    async def _ask(
        self,
        method: str,
        path: str,
        deadline: float,
        token: str | None = None,
        body: Mapping[str, Any] | None = None,
        version: int | None = None,
    ) -> Answered:
        """Until there is an answer that will not pass by itself."""
        token = token or self._stack.token("auditor", BIRO)
        if method == "GET":
            return await self._heard(lambda: self._stack.get("routing", path, token), deadline)
        return await self._heard(
            lambda: self._stack.post("routing", path, body or {}, token, version), deadline
        )

    async def _heard(
        self,
        ask: Callable[[], Awaitable[Answered]],
        deadline: float,
        also: frozenset[int] = frozenset(),
    ) -> Answered:
        """As above. ``also``: what passes here besides."""
        pause = FIRST_PAUSE
        while True:
            last = "no answer"
            try:
                answer = await ask()
            except (Transient, OSError):
                pass
            else:
                last = str(answer.status)
                if answer.status < 500 and answer.status not in PASSING | also:
                    return answer
            await self._pause(pause * (0.5 + self._chance.random()), deadline, last)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _pause(self, seconds: float, deadline: float, last: str) -> None:
        if time.monotonic() > deadline:
            raise GaveUp(last)
        await asyncio.sleep(seconds)


def _cleared(case: Case) -> set[str]:
    """Refs of the case's evidence that can be named."""
    return {
        file["ref"]
        for file in case["media"]
        if file["origin"] == "evidence" and file["state"] == "cleared"
    }


def _found(case: Case) -> list[dict[str, str]]:
    return [
        {"media_ref": file["ref"], "flag": found["flag"]}
        for file in case["media"]
        if file["origin"] == "evidence"
        for found in file["flags"]
    ]


def _done(task: Task, now: Case, first: Case) -> int | None:
    """The version that the command made, if it is in the history since ``first`` was read.

    Nobody else gives this command on this case, so the event alone tells.
    """
    for step in now["history"]:
        if step["version"] > first["version"] and step["event"] == task.event:
            return int(step["version"])
    return None
