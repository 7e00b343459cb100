"""What must become of a case, by hand: the stages of the domain, and what each act changes.

`refused` says why a request is refused, or that it is served; `act` and the functions of the
citizen what the case is afterwards, and what is told of it. Nothing here is read from the code
that is judged; who may give a command in which state stands in the table of
`tests.unit.routing.machine`, which is written by hand too.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from deploy.local.tokens import Role
from shared.events.vocabulary import CaseState
from tests.unit.routing.machine import AFTER, VERBS, WHO

S = CaseState

STAGES: dict[CaseState, set[CaseState]] = {
    S.RECEIVED: {S.COORDINATED, S.DELEGATED, S.PLANNED, S.IN_PROGRESS, S.REJECTED, S.MERGED},
    S.COORDINATED: {S.RECEIVED, S.COORDINATED, S.DELEGATED, S.PLANNED, S.IN_PROGRESS},
    S.DELEGATED: {S.PLANNED, S.IN_PROGRESS, S.RECEIVED},
    S.PLANNED: {S.IN_PROGRESS, S.RECEIVED, S.COORDINATED, S.DELEGATED},
    S.IN_PROGRESS: {S.AWAITING_VALIDATION, S.COORDINATED, S.DELEGATED},
    S.AWAITING_VALIDATION: {S.COMPLETED, S.FOLLOW_UP_REFUSED, S.VERIFYING},
    S.VERIFYING: {S.COMPLETED, S.FOLLOW_UP_REFUSED},
    S.FOLLOW_UP_REFUSED: {S.IN_PROGRESS},
    S.COMPLETED: {S.RECEIVED},
    S.REJECTED: {S.RECEIVED},
    S.MERGED: {S.RECEIVED},
    S.WITHDRAWN: set(),
}
"""The table of stages of the domain, section D: from each state to those that it may be moved on
to."""
FOR_SILENCE = {S.COORDINATED, S.DELEGATED, S.IN_PROGRESS}
"""From these a case is rejected too, as incomplete after a question that stayed unanswered."""
WITHDRAWABLE = set(STAGES) - {S.COMPLETED, S.REJECTED, S.WITHDRAWN}
"""The citizen may take these back: what is open, and what was merged."""
CLOSED = {S.COMPLETED, S.REJECTED, S.MERGED, S.WITHDRAWN}


def is_legal(before: CaseState, after: CaseState) -> bool:
    """Whether one step may lead from a state to another, or leave it as it is."""
    legal = {before, *STAGES[before]}
    if before in FOR_SILENCE:
        legal.add(S.REJECTED)
    if before in WITHDRAWABLE:
        legal.add(S.WITHDRAWN)
    return after in legal


MANGGARAI, TEBET, ISLAND = "31.74.01.1007", "31.74.01.1001", "31.01.01.1001"
DINAS, SUDIN = "dinas-bina-marga", "sudin-bina-marga-31.74"
BIRO, INSPEKTORAT, DESK = "biro-pemerintahan", "inspektorat", "triage"
UNITS = {MANGGARAI, TEBET, DINAS, SUDIN, BIRO, INSPEKTORAT}
"""Those that a case may be handed to; the triage desk takes none."""
BENEATH = {DINAS: {SUDIN}}
"""Of the units here, who may delegate to whom."""
WORKERS = {"unit_officer", "triage_officer", "biro"}
OBJECTION_DAYS = 10
LATER_DATES = 2
NEEDS_PLAN, LATER_DATE = {"jalan"}, {"jalan", "jaringan-listrik"}
"""Categories whose work needs an approved plan, and those that allow a later date."""
CATEGORIES = {"sampah", "jalan", "jaringan-listrik"}
A_YEAR = timedelta(days=366)
PROMISES = {
    "later": timedelta(days=3), "latest": A_YEAR, "now": timedelta(0),
    "too late": A_YEAR + timedelta(seconds=1),
}  # fmt: skip
"""How far away work is promised to be done; what is not in the future, or further away than a year,
is no promise."""


@dataclass(frozen=True)
class Officer:
    role: Role
    unit: str
    subject: str


@dataclass(frozen=True)
class Request:
    """A command as it is worded ``at`` that time. ``seen``: the version in If-Match; None: without
    one; -1: no ETag of ours. ``key``: of a request that is to be served once; None: without one."""

    officer: Officer
    verb: str
    body: Any
    seen: int | None
    at: datetime
    key: str | None = None

    @property
    def promise(self) -> datetime:
        """When the work is to be done."""
        return self.at + PROMISES[self.body["complete_by"]]


@dataclass(frozen=True)
class Refusal:
    """``why``: the published code of the refusal, where there is one; else a word of this model."""

    status: int
    why: str

    @property
    def code(self) -> str | None:
        return None if self.why.startswith("(") else self.why


@dataclass(frozen=True)
class Step:
    """What is told of a case's step. ``standing``: what is open after it. ``facts``: what the event
    says beside."""

    event: str
    version: int
    state: CaseState
    unit: str
    actor_unit: str | None
    standing: dict[str, Any]
    facts: dict[str, Any]


@dataclass
class CaseModel:
    """A case as it must be."""

    id: UUID
    holder: str
    category: str
    about: str | None = None
    state: CaseState = S.RECEIVED
    version: int = 1
    accepted: bool = False
    sender: str | None = None
    watchers: set[str] = field(default_factory=set)
    plan_author: str | None = None
    plan_from: CaseState | None = None
    plan_approved: bool = False
    question: bool = False
    expired: bool = False
    questions: int = 0
    extensions: int = 0
    extension_author: str | None = None
    extension_until: datetime | None = None
    author: str | None = None
    closed_at: datetime | None = None
    head: "CaseModel | None" = field(default=None, repr=False)
    words_on_their_way: bool = False
    """The citizen has written what no event has told yet."""
    unread: list[UUID] = field(default_factory=list)
    erased: bool = False
    steps: list[Step] = field(default_factory=list, repr=False)

    @property
    def needs_plan(self) -> bool:
        """A complaint about officials follows no rule of its category."""
        return self.about is None and self.category in NEEDS_PLAN

    @property
    def later_dates(self) -> bool:
        return self.about is None and self.category in LATER_DATE

    @property
    def judge(self) -> str:
        """The Biro judges; its own work, and what is about itself, the Inspektorat. That one never
        judges a complaint about itself."""
        own = BIRO in (self.holder, self.about)
        return INSPEKTORAT if own and self.about != INSPEKTORAT else BIRO

    @property
    def awaits_judgement(self) -> bool:
        filed = self.state in (S.PLANNED, S.AWAITING_VALIDATION, S.VERIFYING)
        return filed or self.extension_author is not None

    def relations(self, officer: Officer) -> str:
        """The letters of what an officer is to the case."""
        if officer.unit == self.about:
            return ""
        holds = officer.role in ("unit_officer", "biro") and officer.unit == self.holder
        places = officer.role == "triage_officer" and officer.unit == self.holder
        return "H" * holds + "T" * places + "R" * self._judged_by(officer)

    def _judged_by(self, officer: Officer) -> bool:
        judges = officer.role == "biro" or (officer.role, officer.unit) == (
            "unit_officer", INSPEKTORAT,
        )  # fmt: skip
        return judges and officer.unit == self.judge

    def is_seen_by(self, officer: Officer) -> bool:
        if officer.unit == self.about:
            return False
        works = officer.role in WORKERS and officer.unit in {self.holder, *self.watchers}
        to_judge = self.awaits_judgement or self.state in (S.COMPLETED, S.REJECTED)
        cleared = officer.role in ("biro", "auditor", "admin") and self.about is None
        inspects = (officer.role, officer.unit) == ("auditor", INSPEKTORAT)
        return works or (self._judged_by(officer) and to_judge) or cleared or inspects

    @property
    def objection_until(self) -> datetime | None:
        if self.state not in (S.COMPLETED, S.REJECTED) or self.closed_at is None:
            return None
        return self.closed_at + timedelta(days=OBJECTION_DAYS)

    @property
    def under_judgement(self) -> str | None:
        """The event that the judge has to decide on now."""
        if not self.awaits_judgement:
            return None
        if self.state is S.PLANNED:
            return "PlanSubmitted"
        filed = self.state in (S.AWAITING_VALIDATION, S.VERIFYING)
        return "FollowUpSubmitted" if filed else "ExtensionRequested"


# --- how a request is answered -------------------------------------------------------------

NOT_SEEN = Refusal(404, "(not seen)")
STALE = Refusal(412, "(stale version)")
MALFORMED = Refusal(422, "(malformed)")
NO_SUCH_UNIT = Refusal(422, "(no such unit)")
NO_SUCH_CATEGORY = Refusal(422, "(no such category)")
NO_SUCH_HEAD = Refusal(422, "(no such head)")
NO_PROMISE = Refusal(422, "(no promise)")
FOUR_EYES = Refusal(403, "four_eyes")


def refused(case: CaseModel, other: CaseModel, request: Request, now: datetime) -> Refusal | None:
    """None: the request is served. ``other``: the case that it may be merged into."""
    if not case.is_seen_by(request.officer):
        return NOT_SEEN
    if request.seen != case.version:
        return STALE
    return opening(case, other, request.officer, request.verb) or _content(
        case, other, request, now
    )


def misformed(request: Request) -> Refusal | None:
    """What is wrong with the request, whatever case it is for."""
    if request.officer.role not in WORKERS:
        return Refusal(403, "role_needed")
    if request.seen is None:
        return Refusal(428, "(no version)")
    if request.seen < 0:
        return Refusal(412, "(no version of ours)")
    return MALFORMED if "surprise" in request.body else None


def opening(
    case: CaseModel, other: CaseModel, officer: Officer, verb: str, heard_all: bool = True
) -> Refusal | None:
    """What stands against a command whatever it says. ``heard_all``: words that the citizen has
    filed are known, also those that no event has told."""
    if officer.role not in WORKERS:
        return Refusal(403, "role_needed")
    cell = WHO[verb, case.state]
    if not cell:
        return Refusal(409, "wrong_state")
    if not set(cell.upper()) & set(case.relations(officer)):
        return Refusal(403, "not_yours")
    if verb == "merge":
        return Refusal(409, "has_merged") if other.head is case else None
    if verb == "reject":
        return _rejection_bar(case, case.words_on_their_way and heard_all)
    bar = _BARS.get(verb)
    return bar(case, officer.subject) if bar else None


def openings(
    case: CaseModel, other: CaseModel, officer: Officer, heard_all: bool
) -> Iterator[tuple[str, Refusal | None]]:
    for verb in VERBS:
        yield verb, opening(case, other, officer, verb, heard_all)


def _if(bars: object, why: str) -> Refusal | None:
    return Refusal(409, why) if bars else None


def _rejection_bar(case: CaseModel, new_words: bool) -> Refusal | None:
    if case.state is S.RECEIVED:
        return None
    if not case.expired:
        return Refusal(409, "work_begun")
    return _silence_bar(case, new_words)


def _silence_bar(case: CaseModel, new_words: bool) -> Refusal | None:
    """The citizen was not asked, or the answer may still come, or something has come."""
    if not case.questions:
        return Refusal(409, "not_asked")
    if case.question and not case.expired:
        return Refusal(409, "answer_awaited")
    return _if(new_words, "new_words")


def _later_date_bar(case: CaseModel, _: str) -> Refusal | None:
    if not case.later_dates:
        return Refusal(409, "no_later_date")
    if case.extension_author is not None:
        return Refusal(409, "request_open")
    return _if(case.extensions >= LATER_DATES, "requests_used_up")


def _decision_bar(case: CaseModel, me: str) -> Refusal | None:
    if case.extension_author is None:
        return Refusal(409, "no_request")
    return FOUR_EYES if case.extension_author == me else None


def _start_bar(case: CaseModel, _: str) -> Refusal | None:
    begins = case.state is not S.FOLLOW_UP_REFUSED
    return _if(begins and case.needs_plan and not case.plan_approved, "plan_needed")


_BARS: dict[str, Callable[[CaseModel, str], Refusal | None]] = {
    "accept": lambda case, _: _if(case.accepted, "accepted_already"),
    "delegate": lambda case, _: _if(case.holder not in BENEATH, "no_unit_beneath"),
    "return": lambda case, _: _if(case.sender is None, "not_passed_on"),
    "plan/approve": lambda case, me: FOUR_EYES if case.plan_author == me else None,
    "plan/return": lambda case, me: FOUR_EYES if case.plan_author == me else None,
    "start": _start_bar,
    "question": lambda case, _: _if(case.question and not case.expired, "question_open"),
    "extension": _later_date_bar,
    "extension/approve": _decision_bar,
    "extension/refuse": _decision_bar,
    "verification": lambda case, me: FOUR_EYES if case.author == me else None,
    "validation": lambda case, me: FOUR_EYES if case.author == me else None,
    "follow-up/refuse": lambda case, me: FOUR_EYES if case.author == me else None,
}
"""By verb: what stands against it, for the officer of that subject."""


def _content(case: CaseModel, other: CaseModel, request: Request, now: datetime) -> Refusal | None:
    """What is wrong with what it says."""
    body = request.body
    match request.verb:
        case "coordinate":
            same = body["to_unit"] == case.holder
            return _receiver_bar(case, body["to_unit"]) or _if(same, "held_already")
        case "delegate":
            beneath = body["to_unit"] in BENEATH[case.holder]
            return _receiver_bar(case, body["to_unit"]) or _if(not beneath, "not_beneath")
        case "assign":
            known = body["category"] in CATEGORIES
            return _receiver_bar(case, body["unit"]) or (None if known else NO_SUCH_CATEGORY)
        case "plan" | "extension":
            return None if now < request.promise <= now + A_YEAR else NO_PROMISE
        case "reject" if body["reason"] == "incomplete":
            return _silence_bar(case, case.words_on_their_way)
        case "reject":
            return _if(case.state is not S.RECEIVED, "only_incomplete")
        case "reopen":
            return _reopening_bar(case, body, now)
        case "merge":
            return _merger_bar(case, other, request)
    return None


def _receiver_bar(case: CaseModel, unit: str) -> Refusal | None:
    return _if(unit == case.about, "complained_of") if unit in UNITS else NO_SUCH_UNIT


def _reopening_bar(case: CaseModel, body: Any, now: datetime) -> Refusal | None:
    reason, to_unit = body["reason"], body.get("to_unit")
    fits = {
        "citizen_objection": S.COMPLETED, "suspected_fraud": S.COMPLETED, "appeal": S.REJECTED,
        "new_facts": case.state,
    }[reason]  # fmt: skip
    if fits is not case.state:
        return Refusal(409, "fits_another_state")
    until = case.objection_until
    if reason in ("citizen_objection", "appeal") and until is not None and now > until:
        return Refusal(409, "objection_over")
    if reason == "suspected_fraud" and to_unit in (None, case.holder):
        return Refusal(409, "same_unit")
    return _receiver_bar(case, to_unit) if to_unit else None


def _merger_bar(case: CaseModel, other: CaseModel, request: Request) -> Refusal | None:
    if request.body["head"] != "the other" or not other.is_seen_by(request.officer):
        return NO_SUCH_HEAD
    if other.state in CLOSED:
        return Refusal(409, "head_closed")
    return _if(other.about != case.about, "about_another")


# --- what it changes -----------------------------------------------------------------------

EVENTS = {
    "accept": "CaseAccepted", "coordinate": "CaseCoordinated", "delegate": "CaseDelegated",
    "return": "CaseReturned", "plan": "PlanSubmitted", "plan/approve": "PlanApproved",
    "plan/return": "PlanReturned", "start": "WorkStarted", "question": "CitizenQuestioned",
    "extension": "ExtensionRequested", "extension/approve": "ExtensionApproved",
    "extension/refuse": "ExtensionRefused", "follow-up": "FollowUpSubmitted",
    "verification": "VerificationOrdered", "validation": "CaseCompleted",
    "follow-up/refuse": "FollowUpRefused", "reject": "CaseRejected", "reopen": "CaseReopened",
    "merge": "CaseMerged", "split": "CaseSplit", "assign": "CaseRouted",
}  # fmt: skip
"""By verb: the event that tells of it."""


def receive(case: CaseModel) -> None:
    """A unit was found, or the triage desk must find one."""
    _tell(case, "CaseTriaged" if case.holder == DESK else "CaseRouted")


def act(case: CaseModel, other: CaseModel, request: Request, now: datetime) -> None:
    """The case after a command that was accepted, and the case that is merged into it."""
    before, after, by = case.state, AFTER[request.verb], request.officer.unit
    facts = _facts(case, other, request)
    if after == "back":
        case.state = case.plan_from or S.RECEIVED
    elif after != "same":
        case.state = S(after)
    _change(case, other, request, before)
    if request.verb in ("validation", "reject", "merge"):
        _close(case, now)
    event = EVENTS[request.verb]
    _go_on(case, event, by, **facts)
    if other.head is case and request.verb in ("validation", "reject", "reopen"):
        # Its reporter hears of it too.
        _go_on(other, event, by, **facts)


def _facts(case: CaseModel, other: CaseModel, request: Request) -> dict[str, Any]:
    """What the event says beside where the case stands."""
    body, verb = request.body, request.verb
    if verb in ("coordinate", "delegate", "return"):
        return {"from_unit_id": case.holder}
    if verb == "plan":
        return {"complete_by": request.promise}
    if verb == "extension":
        return {"complete_by": request.promise, "number": case.extensions + 1}
    if verb == "extension/approve":
        return {"complete_by": case.extension_until, "number": case.extensions}
    if verb == "extension/refuse":
        return {"number": case.extensions}
    if verb == "follow-up":
        return {"evidence_count": len(body["evidence"]), "media_refs": []}
    if verb == "validation":
        return {"accepted_flags": []}
    if verb in ("reject", "reopen"):
        return {"reason": body["reason"]}
    if verb in ("merge", "split"):
        return {"head_complaint_id": str(other.id)}
    return {"category": body["category"], "routed_by": "triage"} if verb == "assign" else {}


def _change(case: CaseModel, other: CaseModel, request: Request, before: CaseState) -> None:
    verb, body, me = request.verb, request.body, request.officer.subject
    if verb in ("coordinate", "delegate"):
        _hand_over(case, body["to_unit"], sender=case.holder, watcher=case.holder)
    elif verb == "return":
        assert case.sender is not None
        _hand_over(case, case.sender, sender=None, watcher=case.holder)
    elif verb == "assign":
        _hand_over(case, body["unit"], sender=None, watcher=None)
        case.category = body["category"]
    elif verb == "reopen":
        _hand_over(case, body.get("to_unit") or case.holder, sender=None, watcher=None)
        case.author = case.closed_at = None
    elif verb in ("merge", "split"):
        case.head, case.closed_at = other if verb == "merge" else None, None
    elif verb.startswith("plan"):
        _plan(case, verb, me, before)
    elif verb == "extension":
        case.extensions, case.extension_author = case.extensions + 1, me
        case.extension_until = request.promise
    else:
        _work(case, verb, me)


def _plan(case: CaseModel, verb: str, me: str, before: CaseState) -> None:
    if verb == "plan":
        case.accepted, case.plan_author, case.plan_from = True, me, before
    elif verb == "plan/approve":
        case.plan_approved, case.plan_from = True, None
    else:
        case.plan_author = case.plan_from = None


def _work(case: CaseModel, verb: str, me: str) -> None:
    if verb in ("accept", "start"):
        case.accepted = True
    elif verb == "question":
        case.question, case.expired, case.questions = True, False, case.questions + 1
    elif verb.startswith("extension/"):
        case.extension_author = case.extension_until = None
    elif verb == "follow-up":
        case.author = me
        _nothing_is_open(case)


def _hand_over(case: CaseModel, unit: str, sender: str | None, watcher: str | None) -> None:
    if watcher is not None:
        case.watchers = {*case.watchers, watcher} - {unit}
    case.holder, case.sender, case.accepted = unit, sender, False
    case.plan_author = case.plan_from = case.extension_author = case.extension_until = None
    case.plan_approved = False


def _nothing_is_open(case: CaseModel) -> None:
    case.question = case.expired = False
    case.extension_author = case.extension_until = None


def _close(case: CaseModel, now: datetime) -> None:
    case.closed_at = now
    _nothing_is_open(case)


def _go_on(case: CaseModel, event: str, by: str | None = None, **facts: Any) -> None:
    case.version += 1
    _tell(case, event, by, **facts)


def _tell(case: CaseModel, event: str, by: str | None = None, **facts: Any) -> None:
    standing = {
        "accepted": case.accepted, "planned": case.plan_author is not None,
        "asks_for_time": case.extension_author is not None, "question_ref": case.question,
        "head_complaint_id": str(case.head.id) if case.head else None,
        "closed_at": case.closed_at,
    }  # fmt: skip
    step = Step(event, case.version, case.state, case.holder, by, standing, facts)
    case.steps.append(step)


def on_the_stream(case: CaseModel, step: Step) -> Step:
    """What others are told of a step: whom a complaint about officials is about can be guessed from
    who holds it, unless that is a desk for all of them; and a unit that is suspected does not read
    it."""
    facts = dict(step.facts)
    if "from_unit_id" in facts:
        facts["from_unit_id"] = _told_of(case, facts["from_unit_id"])
    if facts.get("reason") == "suspected_fraud":
        facts["reason"] = "new_facts"
    if case.about is not None and "category" in facts:
        facts["category"] = "keluhan-pelayanan"
    unit = _told_of(case, step.unit)
    return Step(step.event, step.version, step.state, unit, None, step.standing, facts)


def _told_of(case: CaseModel, unit: str) -> str:
    points_at = case.about not in (None, INSPEKTORAT) and unit not in (INSPEKTORAT, DESK)
    return "withheld" if points_at else unit


# --- what the citizen and time do ----------------------------------------------------------


def write(case: CaseModel, ref: UUID, *, is_answer: bool, automatic: bool) -> None:
    """Words of the citizen's have come. ``is_answer``: neither an edit nor from a machine."""
    case.words_on_their_way = False
    if not automatic:
        case.unread.append(ref)
    if is_answer and case.question and case.state not in CLOSED:
        case.question = case.expired = False
        _go_on(case, "CitizenAnswered", content_ref=str(ref))


def withdraw(case: CaseModel, other: CaseModel, now: datetime) -> None:
    if case.state not in WITHDRAWABLE:
        return
    case.state, case.head = S.WITHDRAWN, None
    _close(case, now)
    _go_on(case, "CaseWithdrawn", source="citizen")
    if other.head is case:
        other.state, other.head, other.closed_at = S.RECEIVED, None, None
        _go_on(other, "CaseSplit", head_complaint_id=str(case.id))


def expire_question(case: CaseModel) -> None:
    case.expired = case.question
