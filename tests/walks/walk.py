"""One walk: two cases that belong together, and what officers, a citizen and time do to them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import httpx
from hypothesis import strategies as st

from shared.case_file import faults
from shared.events.event import Event
from shared.events.intake import (
    ComplaintReceived,
    ComplaintSupplemented,
    ComplaintWithdrawn,
    ReporterErased,
)
from shared.events.sla import QuestionExpired
from shared.events.vocabulary import CaseState
from tests.builders import a_complaint, a_complaint_id
from tests.walks import model
from tests.walks.model import (
    BIRO,
    DESK,
    DINAS,
    INSPEKTORAT,
    MANGGARAI,
    OPEN,
    SUDIN,
    TEBET,
    WORKERS,
    CaseModel,
    Officer,
    Request,
    act,
    expected,
    is_legal,
)
from tests.walks.office import AUDITOR, Office

OFFICERS = (
    Officer("unit_officer", MANGGARAI, "m1"), Officer("unit_officer", MANGGARAI, "m2"),
    Officer("unit_officer", TEBET, "t1"), Officer("unit_officer", DINAS, "d1"),
    Officer("unit_officer", SUDIN, "s1"), Officer("unit_officer", INSPEKTORAT, "i1"),
    Officer("unit_officer", BIRO, "u1"), Officer("triage_officer", DESK, "x1"),
    Officer("biro", BIRO, "b1"), Officer("biro", BIRO, "b2"),
    Officer("desk_officer", MANGGARAI, "l1"), Officer("admin", BIRO, "a1"),
    Officer("auditor", BIRO, "r1"), AUDITOR,
)  # fmt: skip

BODIES: tuple[tuple[str, Any], ...] = (
    ("accept", {}), ("return", {"reason": "Bukan wilayah kami"}),
    *(("coordinate", {"to_unit": unit})
      for unit in (DINAS, TEBET, MANGGARAI, INSPEKTORAT, BIRO, DESK, "dinas-sihir")),
    *(("delegate", {"to_unit": unit, "note": "Segera"}) for unit in (SUDIN, TEBET, "dinas-sihir")),
    ("plan", {"plan": "Dua regu", "complete_by": "later"}),
    ("plan", {"plan": "Kemarin", "complete_by": "now"}),
    ("plan/approve", {}), ("plan/return", {"reason": "Siapa?"}), ("start", {}),
    ("start", {"surprise": True}), ("question", {"question": "Di sisi mana?"}),
    ("extension", {"reason": "Material", "complete_by": "later"}),
    ("extension", {"reason": "Material", "complete_by": "now"}),
    ("extension/approve", {}), ("extension/refuse", {"reason": "Material ada"}),
    ("follow-up", {"text": "Sudah", "evidence": [
        {"sha256": "0" * 64, "media_type": "image/jpeg", "taken_at": None}]}),
    ("verification", {}), ("validation", {}), ("follow-up/refuse", {"reason": "Belum rapi"}),
    ("reject", {"reason": "off_topic"}), ("reject", {"reason": "incomplete", "note": "Diam"}),
    ("reopen", {"reason": "new_facts"}), ("reopen", {"reason": "citizen_objection"}),
    ("reopen", {"reason": "appeal", "to_unit": "dinas-sihir"}), ("reopen", {"reason": "appeal"}),
    ("reopen", {"reason": "suspected_fraud"}),
    ("reopen", {"reason": "suspected_fraud", "to_unit": TEBET}),
    ("merge", {"head": "the other"}), ("merge", {"head": "itself"}), ("merge", {"head": "none"}),
    ("split", {}), ("assign", {"unit": MANGGARAI, "category": "sampah"}),
    ("assign", {"unit": "dinas-sihir", "category": "sampah"}),
    ("assign", {"unit": TEBET, "category": "sihir"}),
)  # fmt: skip
"""Every command, rightly and wrongly said. ``later``, ``now`` and heads: filled in when sent."""

TYPES = {
    403: "forbidden", 404: "not-found", 409: "conflict", 412: "stale-version", 422: "malformed",
    428: "version-required",
}  # fmt: skip
"""The problem's type by status: of all that an officer may be refused here."""


@dataclass(frozen=True)
class Kind:
    """Of complaints. ``holder``: who must have the case at first."""

    name: str
    holder: str
    about: str | None = None
    is_road: bool = False

    def received(self, office: Office, number: int) -> ComplaintReceived:
        if self.about:
            return office.world.letters.facts.silent(
                number=number, about_unit=self.about, restricted=True
            )
        return a_complaint(
            number=number, geotagged=False, category="jalan" if self.is_road else "sampah",
            kelurahan_code=None if self.holder == DESK else MANGGARAI,
        )  # fmt: skip


KINDS = (
    Kind("of a kelurahan", MANGGARAI),
    Kind("of a road", SUDIN, is_road=True),
    Kind("without a place", DESK),
    Kind("about officials", INSPEKTORAT, about=MANGGARAI),
)


@dataclass(frozen=True)
class Move:
    """What is tried next. ``ahead``: a command that brings the case on; ``open``: one that the
    model lets pass; ``barred``: one that the model refuses to somebody who sees the case as it is;
    ``any``: any by anybody; ``again``: the last request once more; ``read``: the case by anybody;
    else what a citizen or time does. ``pick`` chooses among what there is; ``seen``: the version
    that is sent."""

    what: str
    main: bool
    pick: int
    seen: str


MOVES = st.builds(
    Move,
    st.sampled_from(
        ["rest"] + ["ahead"] * 7 + ["open"] * 7 + ["barred"] * 8 + ["any"] * 3
        + ["again", "read", "answer", "answer", "machine", "writes", "silence", "silence"]
        + ["withdraw", "erase"]
    ),
    st.sampled_from([True, True, True, False]),
    st.integers(0, 9999),
    st.sampled_from(["now"] * 12 + ["stale", "none", "odd"]),
)  # fmt: skip
LENGTH = 12
WALKS = st.tuples(st.sampled_from(KINDS), st.lists(MOVES, min_size=LENGTH, max_size=LENGTH))
AHEAD = ("validation", "follow-up", "start", "plan/approve", "plan", "assign", "split", "reopen")
"""Commands that bring a case on, the last stage first."""


class WrongTurn(AssertionError):
    """The system did what the model does not allow."""


@dataclass
class Side:
    """One of the two cases: what it is called, and what must be true of it."""

    id: UUID
    model: CaseModel
    last: Request | None = None
    pending: UUID | None = None
    """What the citizen has written and no event has told."""
    states: list[CaseState] = field(default_factory=lambda: [CaseState.RECEIVED])


@dataclass
class Walk:
    office: Office
    kind: Kind
    moves: Sequence[Move]
    sides: tuple[Side, Side]
    trail: list[str] = field(default_factory=list)
    """What was done, for whoever must find out."""

    @classmethod
    def of(cls, office: Office, kind: Kind, moves: Sequence[Move]) -> "Walk":
        def side() -> Side:
            made = CaseModel(kind.holder, kind.about, kind.is_road, kind.is_road)
            return Side(a_complaint_id(office.number()), made)

        return cls(office, kind, moves, (side(), side()), [kind.name])

    def received(self) -> list[ComplaintReceived]:
        first = a_complaint_id().int - 1
        return [self.kind.received(self.office, side.id.int - first) for side in self.sides]

    def pair(self, move: Move) -> tuple[Side, Side]:
        """The case that is meant, and the other."""
        first, second = self.sides
        return (first, second) if move.main else (second, first)

    # --- what the citizen and time do --------------------------------------------------------

    async def event(self, move: Move) -> Event | None:
        """What is told of this move on the stream, and done to the model."""
        side, other = self.pair(move)
        now = self.office.now
        named = {"complaint_id": side.id, "at": now}
        self.trail.append(f"{move.what} {self._name(side)}")
        match move.what:
            case "answer" | "machine":
                ref = side.pending or UUID(int=self.office.number())
                side.pending = None
                kind = "answer" if move.pick % 3 else "edit"
                automatic = move.what == "machine"
                model.write(side.model, is_answer=kind == "answer" and not automatic)
                self._went(side)
                return ComplaintSupplemented(
                    **named, content_ref=ref, kind=kind, automatic=automatic
                )
            case "writes":
                side.pending = side.pending or UUID(int=self.office.number())
                self.office.world.letters.filed[side.id] = [side.pending]
                side.model.words_on_their_way = True
            case "silence":
                question = await self.office.open_question(side.id)
                # One time in three an earlier question's time ends, which changes nothing.
                if question is None or move.pick % 3 == 0:
                    question = UUID(int=1)
                else:
                    model.expire_question(side.model)
                return QuestionExpired(
                    **named, due_at=now, question_ref=question, case_version=side.model.version
                )
            case "withdraw" if move.pick % 2 == 0:
                model.withdraw(side.model, other.model, now)
                self._went(side)
                self._went(other)
                return ComplaintWithdrawn(**named, source="citizen")
            case "erase":
                side.model.erased = True
                return ReporterErased(**named, reporter_ref=UUID(int=self.office.number()))
        return None

    # --- what officers do ----------------------------------------------------------------------

    async def command(self, move: Move) -> None:
        side, other = self.pair(move)
        if move.what == "read":
            await self._read(side, OFFICERS[move.pick % len(OFFICERS)])
            return
        request = self._request(move, side, other)
        if request is None:
            return
        side.last = request
        await self._send(side, other, request)

    def _request(self, move: Move, side: Side, other: Side) -> Request | None:
        version = side.model.version
        if move.what == "again":
            return side.last
        if move.what in ("ahead", "open", "barred"):
            found = [each for each in self._all(version) if self._fits(move, each, side, other)]
            return self._choice(move, found)
        seen = {"now": version, "stale": version - 1, "none": None, "odd": -1}[move.seen]
        choice = list(self._all(seen))
        return choice[move.pick * 7919 % len(choice)]

    def _choice(self, move: Move, found: Sequence[Request]) -> Request | None:
        """Each verb is as likely as the others, however many ways there are to say it."""
        verbs = list(dict.fromkeys(each.verb for each in found))
        if not verbs:
            return None
        ahead = next((verb for verb in AHEAD if verb in verbs), None)
        verb = ahead if ahead and move.what == "ahead" else verbs[move.pick % len(verbs)]
        choice = [each for each in found if each.verb == verb]
        return choice[move.pick // len(verbs) % len(choice)]

    def _all(self, seen: int | None) -> Iterator[Request]:
        for verb, said in BODIES:
            body = {**said}
            if "complete_by" in said:
                later = timedelta(days=3) if said["complete_by"] == "later" else timedelta(0)
                body["complete_by"] = (self.office.now + later).isoformat()
            for officer in OFFICERS:
                yield Request(officer, verb, body, seen)

    def _fits(self, move: Move, request: Request, side: Side, other: Side) -> bool:
        """Whether the model lets the request pass; of a move that is barred, whether it does not
        though its officer is something to the case."""
        if request.officer.role not in WORKERS or not side.model.relations(request.officer):
            return False
        status = expected(side.model, other.model, request, self.office.now)
        return status != OPEN if move.what == "barred" else status == OPEN

    async def _send(self, side: Side, other: Side, request: Request) -> None:
        now = self.office.now
        wanted = expected(side.model, other.model, request, now)
        self.trail.append(
            f"{request.officer.subject} {request.verb} {self._name(side)} {request.body}"
            f" If-Match {request.seen} -> {wanted}"
        )
        body = {**request.body}
        if "head" in body:
            heads = {"the other": other.id, "itself": side.id, "none": UUID(int=0)}
            body["head"] = str(heads[body["head"]])
        path = f"/v1/cases/{side.id}/{request.verb}"
        answer = await self.office.ask(request.officer, "POST", path, request.seen, body)
        self.office.tally[f"{wanted}"] += 1
        self._check(answer.status_code == wanted, f"{answer.status_code} {answer.text}")
        if wanted != OPEN:
            self._check_refusal(answer)
            return
        act(side.model, other.model, request, now)
        self._went(side)
        self._check_view(side, answer)

    async def _read(self, side: Side, officer: Officer) -> None:
        seen = side.model.is_seen_by(officer)
        wanted = 403 if officer.role == "desk_officer" else 200 if seen else 404
        self.trail.append(f"{officer.subject} reads {self._name(side)} -> {wanted}")
        answer = await self.office.ask(officer, "GET", f"/v1/cases/{side.id}")
        self._check(answer.status_code == wanted, f"{answer.status_code} {answer.text}")
        if wanted == OPEN:
            self._check_view(side, answer)
            self._check(len(answer.json()["history"]) == side.model.version, "its history")
        else:
            self._check_refusal(answer)

    # --- what must be true -----------------------------------------------------------------------

    async def check_files(self) -> None:
        """The chain of each case holds, and its steps are those that the model has taken."""
        for side in self.sides:
            answer = await self.office.ask(AUDITOR, "GET", f"/v1/cases/{side.id}/file")
            self._check(answer.status_code == OPEN, answer.text)
            signed = answer.json()
            found = faults(signed, [self.office.key.jwk])
            self._check(not found, f"{self._name(side)}: {found}")
            steps = [CaseState(step["state"]) for step in signed["file"]["steps"]]
            self._check(len(steps) == side.model.version, f"{self._name(side)}: {steps}")
            wrong = [f"{a} to {b}" for a, b in pairwise(steps) if not is_legal(a, b)]
            self._check(not wrong, f"{self._name(side)}: {wrong}")
            self._check(steps[-1] is side.model.state, f"{self._name(side)}: {steps[-1]}")

    def _check_view(self, side: Side, answer: httpx.Response) -> None:
        told, case = answer.json(), side.model
        self._check(answer.headers["etag"] == f'"{case.version}"', answer.headers["etag"])
        found = (
            told["state"], told["version"], told["unit_id"], told["accepted"],
            told["question_open"], told["question_expired"], told["extension_until"] is not None,
            told["head_id"] is not None,
        )  # fmt: skip
        wanted = (
            case.state, case.version, case.holder, case.accepted, case.question, case.expired,
            case.extension_author is not None, case.head is not None,
        )  # fmt: skip
        self._check(found == wanted, f"{self._name(side)} is {found}, and must be {wanted}")

    def _check_refusal(self, answer: httpx.Response) -> None:
        problem = answer.json()
        known = f"https://crm.jakarta.go.id/problems/{TYPES.get(answer.status_code)}"
        self._check(problem["type"] == known, f"{problem}")
        self._check(answer.headers["content-type"] == "application/problem+json", "its media type")
        self._check(problem["status"] == answer.status_code and problem["detail"], f"{problem}")

    def _went(self, side: Side) -> None:
        """The model itself goes legal ways alone: else it is the model that is wrong."""
        before, after = side.states[-1], side.model.state
        self._check(is_legal(before, after), f"the model went from {before} to {after}")
        side.states.append(after)
        self.office.tally[f"{before} -> {after}"] += before is not after

    def _name(self, side: Side) -> str:
        return "the case" if side is self.sides[0] else "the other"

    def _check(self, holds: object, what: str) -> None:
        if not holds:
            raise WrongTurn("\n".join([*self.trail, f"=> {what}"]))
