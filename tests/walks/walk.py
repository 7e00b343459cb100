"""One walk: two cases that belong together, and what officers, a citizen and time do to them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import httpx
from hypothesis import strategies as st

from shared.events.event import Event
from shared.events.intake import (
    ComplaintReceived,
    ComplaintSupplemented,
    ComplaintWithdrawn,
    ReporterErased,
)
from shared.events.sla import QuestionExpired
from shared.events.vocabulary import CaseState
from tests.builders import a_complaint_id
from tests.walks import answers, model
from tests.walks.kinds import BODIES, OFFICERS, PAIRS, THEMES, Kind, Theme
from tests.walks.model import (
    MALFORMED,
    NOT_SEEN,
    WORKERS,
    CaseModel,
    Officer,
    Refusal,
    Request,
    act,
    is_legal,
    misformed,
    openings,
    refused,
)
from tests.walks.office import Office

WHATS = ["ahead"] * 10 + ["open"] * 4 + ["barred"] * 9 + ["any"] * 2 + ["again"] * 3 + ["read"] * 5
CITIZENS = ["citizen"] * 7


@dataclass(frozen=True)
class Move:
    """What is tried next. ``ahead``: a command of the walk's theme, or one that brings the case on;
    ``open``: one that the model lets pass; ``barred``: one that the model refuses to somebody who
    works on the case; ``any``: any by anybody; ``again``: the last request once more; ``read``: the
    case by somebody; ``citizen``: what a citizen or time does. ``pick`` chooses among what there
    is; ``seen``: the version that is sent."""

    what: str
    main: bool
    pick: int
    seen: str


MOVES = st.builds(
    Move,
    st.sampled_from(WHATS + CITIZENS),
    st.sampled_from([True, True, True, False]),
    st.integers(0, 10**6),
    st.sampled_from(["now"] * 12 + ["stale", "early", "none", "odd"]),
)
LENGTH = 11
BEGINNINGS = [(theme, pair) for theme in THEMES for pair in (*theme.pairs * 6, *PAIRS)]
WALKS = st.tuples(st.sampled_from(BEGINNINGS), st.lists(MOVES, min_size=LENGTH, max_size=LENGTH))
Drawn = tuple[tuple[Theme, tuple[Kind, Kind]], Sequence[Move]]
AHEAD = ("validation", "follow-up", "start", "plan/approve", "plan", "assign", "split", "reopen")
"""Commands that bring a case on, the last stage first."""
COMMON = {"wrong_state", "not_yours"}
"""Refusals that nearly every case has many of."""
ADDRESSED = {"CitizenQuestioned", "CaseRejected", "CaseCompleted"}
"""Events after which the citizen may read the officer's words that they name."""


class WrongTurn(AssertionError):
    """The system did what the model does not allow."""


@dataclass
class Served:
    """What was answered under a key. ``gone``: the reporter was erased since."""

    request: Request
    answer: httpx.Response
    gone: bool = False


@dataclass
class Side:
    """One of the two cases: what must be true of it, and what was asked about it."""

    kind: Kind
    model: CaseModel
    last: Request | None = None
    pending: UUID | None = None
    """What the citizen has written and no event has told."""
    served: dict[tuple[Officer, str], Served] = field(default_factory=dict)

    @property
    def id(self) -> UUID:
        return self.model.id

    @classmethod
    def of(cls, kind: Kind, number: int) -> "Side":
        case = CaseModel(a_complaint_id(number), kind.holder, kind.category, kind.about)
        model.receive(case)
        return cls(kind, case)


@dataclass
class Walk:
    office: Office
    theme: Theme
    moves: Sequence[Move]
    sides: tuple[Side, Side]
    trail: list[str] = field(default_factory=list)
    """What was done, for whoever must find out."""

    @classmethod
    def of(cls, office: Office, drawn: Drawn) -> "Walk":
        (theme, kinds), moves = drawn
        first, second = (Side.of(kind, office.number()) for kind in kinds)
        names = f"{kinds[0].name}, beside one {kinds[1].name}; {theme.name}"
        return cls(office, theme, moves, (first, second), [names])

    def received(self) -> list[ComplaintReceived]:
        first, facts = a_complaint_id().int - 1, self.office.world.letters.facts
        return [side.kind.received(facts, side.id.int - first) for side in self.sides]

    def pair(self, move: Move) -> tuple[Side, Side]:
        """The case that is meant, and the other."""
        first, second = self.sides
        return (first, second) if move.main else (second, first)

    # --- what the citizen and time do --------------------------------------------------------

    async def event(self, move: Move) -> Event | None:
        """What is told of this move on the stream, and done to the model."""
        side, other = self.pair(move)
        what = self.theme.citizen[move.pick % len(self.theme.citizen)]
        self.trail.append(f"{what} {self._name(side)}")
        named = {"complaint_id": side.id, "at": self.office.now}
        match what:
            case "answer" | "edit" | "machine":
                return self._words(side, what)
            case "writes":
                side.pending = side.pending or UUID(int=self.office.number())
                self.office.world.letters.filed[side.id] = [side.pending]
                side.model.words_on_their_way = True
            case "silence":
                return await self._silence(side)
            case "old silence":
                # The time for an earlier question ends, which changes nothing.
                earlier = {"question_ref": UUID(int=1), "case_version": 1}
                return QuestionExpired(**named, due_at=self.office.now, **earlier)
            case "withdraw":
                model.withdraw(side.model, other.model, self.office.now)
                return ComplaintWithdrawn(**named, source="citizen")
            case "erase":
                side.model.erased = True
                for served in side.served.values():
                    served.gone = True
                return ReporterErased(**named, reporter_ref=UUID(int=self.office.number()))
        return None

    def _words(self, side: Side, what: str) -> ComplaintSupplemented:
        ref = side.pending or UUID(int=self.office.number())
        side.pending, automatic = None, what == "machine"
        model.write(side.model, ref, is_answer=what == "answer", automatic=automatic)
        return ComplaintSupplemented(
            complaint_id=side.id, at=self.office.now, content_ref=ref,
            kind="edit" if what == "edit" else "answer", automatic=automatic,
        )  # fmt: skip

    async def _silence(self, side: Side) -> QuestionExpired | None:
        question = await self.office.open_question(side.id)
        self._check(self._differs(question is not None, side.model.question, "its question"))
        if question is None:
            return None
        model.expire_question(side.model)
        return QuestionExpired(
            complaint_id=side.id, at=self.office.now, due_at=self.office.now,
            question_ref=question, case_version=side.model.version,
        )  # fmt: skip

    # --- what officers do ----------------------------------------------------------------------

    async def command(self, move: Move) -> None:
        side, other = self.pair(move)
        if move.what == "read":
            await self._read(side, other, self._reader(move, side))
            return
        request = self._request(move, side, other)
        if request is None:
            return
        side.last = request
        await self._send(side, other, request)

    def _reader(self, move: Move, side: Side) -> Officer:
        """Three times of four one who works on the case or judges it."""
        near = [each for each in OFFICERS if side.model.relations(each)]
        among = near if near and move.pick % 4 else OFFICERS
        return among[move.pick // 4 % len(among)]

    def _request(self, move: Move, side: Side, other: Side) -> Request | None:
        version = side.model.version
        key = None if move.pick % 3 else f"k{self.office.number()}"
        if move.what == "again":
            return side.last and self._again(move, side.last, version)
        if move.what in ("ahead", "open", "barred"):
            found = list(self._found(move, side, other))
            chosen = self._barred(move, found) if move.what == "barred" else self._open(move, found)
            return chosen and replace(chosen, key=key)
        seen = {"now": version, "stale": version - 1, "early": version + 1, "none": None, "odd": -1}
        verb, body = BODIES[move.pick // 2 % len(BODIES)]
        officer = OFFICERS[move.pick // 97 % len(OFFICERS)]
        return Request(officer, verb, body, seen[move.seen], self.office.now, key)

    def _again(self, move: Move, last: Request, version: int) -> Request:
        """The same; or by a colleague, or saying something else, under the same key; or anew."""
        colleagues = [each for each in OFFICERS if each.unit == last.officer.unit]
        verb, body = BODIES[move.pick // 4 % len(BODIES)]
        anew = replace(last, seen=version, at=self.office.now)
        return (
            last,
            replace(anew, officer=colleagues[move.pick // 4 % len(colleagues)]),
            replace(last, verb=verb, body=body),
            replace(anew, key=None),
        )[move.pick % 4]

    def _found(
        self, move: Move, side: Side, other: Side
    ) -> Iterator[tuple[Request, Refusal | None]]:
        """What those who are something to the case, or whose unit watches it, might ask; of a move
        that is barred what is refused, else what is not."""
        case, barred = side.model, move.what == "barred"
        near = [each for each in OFFICERS if self._is_near(each, case)]
        for officer in near:
            # What stands against a verb is asked once, and not for each way to say it.
            bars = dict(openings(case, other.model, officer, heard_all=True))
            seen = case.is_seen_by(officer)
            for verb, body in BODIES:
                if not barred and bars[verb]:
                    continue
                request = Request(officer, verb, body, case.version, self.office.now)
                bar = misformed(request) or (bars[verb] if seen else NOT_SEEN)
                bar = bar or refused(case, other.model, request, self.office.now)
                if (bar is not None) == barred:
                    yield request, bar

    def _is_near(self, officer: Officer, case: CaseModel) -> bool:
        watches = officer.role in WORKERS and officer.unit in case.watchers
        return bool(case.relations(officer)) or watches

    def _open(self, move: Move, found: Sequence[tuple[Request, Refusal | None]]) -> Request | None:
        """Each verb is as likely as the others, however many ways there are to say it."""
        verbs = list(dict.fromkeys(request.verb for request, _ in found))
        if move.what == "ahead":
            of_theme = [verb for verb in verbs if verb in self.theme.verbs]
            verbs = of_theme or [verb for verb in AHEAD if verb in verbs][:1] or verbs
        return _among(verbs, move.pick, [(request.verb, request) for request, _ in found])

    def _barred(
        self, move: Move, found: Sequence[tuple[Request, Refusal | None]]
    ) -> Request | None:
        """Each reason is as likely as the others, and then each verb; one time in four one of those
        that are always there."""
        reasons = list(dict.fromkeys(bar.why for _, bar in found if bar))
        rare = [why for why in reasons if why not in COMMON]
        why = _one_of(rare if rare and move.pick % 4 else reasons, move.pick // 4)
        fitting = [(request.verb, request) for request, bar in found if bar and bar.why == why]
        verbs = list(dict.fromkeys(verb for verb, _ in fitting))
        return _among(verbs, move.pick // 64, fitting)

    async def _send(self, side: Side, other: Side, request: Request) -> None:
        now, case = self.office.now, side.model
        slot = request.officer, request.key or ""
        served = side.served.get(slot) if request.key else None
        bar = misformed(request)
        if bar is None and served is not None:
            bar = _repeated(served, request)
        elif bar is None:
            bar = refused(case, other.model, request, now)
        self.trail.append(
            f"{request.officer.subject} {request.officer.unit} {request.verb} {self._name(side)}"
            f" {request.body} If-Match {request.seen} {request.key} -> {bar or 'served'}"
        )
        answer = await self.office.ask(
            request.officer, "POST", f"/v1/cases/{side.id}/{request.verb}", request.seen,
            self._said(side, other, request), request.key,
        )  # fmt: skip
        self.office.tally[bar.why if bar else "served"] += 1
        if bar is not None:
            self._check(answers.of_refusal(answer, bar))
        elif served is not None:
            self._check(self._differs(answer.content, served.answer.content, "what is repeated"))
            self._check(
                self._differs(answer.headers["etag"], served.answer.headers["etag"], "etag")
            )
        else:
            self._check(self._differs(answer.status_code, 200, answer.text))
            act(case, other.model, request, now)
            self._went(side)
            self._check(answers.of_view(answer, case, other.model, request.officer, False))
            side.served[slot] = Served(request, answer)

    def _said(self, side: Side, other: Side, request: Request) -> Any:
        """The body as it is sent."""
        body = {**request.body}
        if "complete_by" in body:
            body["complete_by"] = request.promise.isoformat()
        if "head" in body:
            heads = {"the other": other.id, "itself": side.id, "none": UUID(int=0)}
            body["head"] = str(heads[body["head"]])
        return body

    async def _read(self, side: Side, other: Side, officer: Officer) -> None:
        seen = side.model.is_seen_by(officer)
        bar = None if seen else NOT_SEEN
        if officer.role == "desk_officer":
            bar = Refusal(403, "role_needed")
        self.trail.append(
            f"{officer.subject} {officer.unit} reads {self._name(side)} -> {bar or 'seen'}"
        )
        answer = await self.office.ask(officer, "GET", f"/v1/cases/{side.id}")
        self.office.tally["read" if bar is None else bar.why] += 1
        if bar is not None:
            self._check(answers.of_refusal(answer, bar))
            return
        self._check(self._differs(answer.status_code, 200, answer.text))
        self._check(answers.of_detail(answer, side.model, other.model, officer))

    # --- what must be true at the end ------------------------------------------------------------

    async def notes(self) -> dict[UUID, str]:
        """Officers' words by their reference, and what of them the citizen may be given. On the way
        their files are held against the model, and every second time the cases too."""
        found: dict[UUID, str] = {}
        for side, other in (self.sides, self.sides[::-1]):
            if len(side.model.steps) > 1:
                if self.moves[-1].pick % 2:
                    await self._read(side, other, self._reader(self.moves[-1], side))
                found |= _notes_of(side.model, await self._file(side))
        return found

    async def _file(self, side: Side) -> list[Any]:
        """The steps of the case's file, as somebody reads it who sees the case."""
        reader = next(each for each in reversed(OFFICERS) if side.model.is_seen_by(each)
                      and each.role != "desk_officer")  # fmt: skip
        answer = await self.office.ask(reader, "GET", f"/v1/cases/{side.id}/file")
        self._check(self._differs(answer.status_code, 200, answer.text))
        signed = answer.json()
        self.trail.append(f"{reader.subject} reads the file of {self._name(side)}")
        self._check(answers.of_file(signed, side.model, self.office.key.jwk))
        steps: list[Any] = signed["file"]["steps"]
        return steps

    def check_stream(self, told: Mapping[UUID, list[Mapping[str, Any]]]) -> None:
        """``told``: the events of the outbox, by complaint."""
        for side in self.sides:
            self.trail.append(f"what is told of {self._name(side)}")
            self._check(answers.of_stream(told.get(side.id, []), side.model))

    def check_notes(self, wanted: Mapping[UUID, str], found: Mapping[UUID, str]) -> None:
        for ref, standing in wanted.items():
            self._check(self._differs(found[ref], standing, f"the words {ref}"))

    def _went(self, side: Side) -> None:
        """The model itself goes legal ways alone: else it is the model that is wrong."""
        *_, before, after = (step.state for step in side.model.steps)
        self._check([] if is_legal(before, after) else [f"the model: {before} to {after}"])
        if before is not after:
            self.office.tally[f"{before} -> {after}"] += 1

    def _name(self, side: Side) -> str:
        return "the case" if side is self.sides[0] else "the other"

    def _differs(self, found: object, wanted: object, what: str) -> list[str]:
        return [] if found == wanted else [f"{what}: {found!r}, and must be {wanted!r}"]

    def _check(self, wrong: Iterable[str]) -> None:
        if found := list(wrong):
            raise WrongTurn("\n".join([*self.trail, *(f"=> {each}" for each in found)]))


def _repeated(served: Served, request: Request) -> Refusal | None:
    """None: the first answer is given again."""
    if replace(request, key=None) != replace(served.request, key=None):
        return MALFORMED
    return Refusal(410, "(erased)") if served.gone else None


def _one_of(choice: Sequence[str], pick: int) -> str | None:
    return choice[pick % len(choice)] if choice else None


def _among(verbs: Sequence[str], pick: int, said: Sequence[tuple[str, Request]]) -> Request | None:
    """A request with one of the verbs."""
    verb = _one_of(verbs, pick)
    choice = [request for each, request in said if each == verb]
    return choice[pick // max(1, len(verbs)) % len(choice)] if choice else None


def _notes_of(case: CaseModel, steps: Sequence[Any]) -> dict[UUID, str]:
    """Of the words of this case's own steps: ``ok`` what is addressed to the citizen, ``gone`` when
    he is erased, ``private`` all that officers tell each other."""
    own = [step for step in steps if step["note_id"] and step["state"] != CaseState.MERGED]
    addressed = {step["note_id"] for step in own if step["event"] in ADDRESSED}
    standing = "gone" if case.erased else "ok"
    return {
        UUID(step["note_id"]): standing if step["note_id"] in addressed else "private"
        for step in own
    }
