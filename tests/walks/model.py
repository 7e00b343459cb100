"""What must become of a case, by hand: the stages of the domain, and what each act changes.

`expected` says with which status a request is answered, `act` and the functions of the citizen what
the case is afterwards. Nothing here is read from the code that is judged; who may give a command in
which state stands in the table of `tests.unit.routing.machine`, which is written by hand too.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from deploy.local.tokens import Role
from shared.events.vocabulary import CaseState
from tests.unit.routing.machine import AFTER, WHO

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


MANGGARAI, TEBET = "31.74.01.1007", "31.74.01.1001"
DINAS, SUDIN = "dinas-bina-marga", "sudin-bina-marga-31.74"
BIRO, INSPEKTORAT, DESK = "biro-pemerintahan", "inspektorat", "triage"
UNITS = {MANGGARAI, TEBET, DINAS, SUDIN, BIRO, INSPEKTORAT}
"""Those that a case may be handed to; the triage desk takes none."""
BENEATH = {DINAS: {SUDIN}}
"""Of the units here, who may delegate to whom."""
WORKERS = {"unit_officer", "triage_officer", "biro"}
OBJECTION_DAYS = 10
LATER_DATES = 2


@dataclass(frozen=True)
class Officer:
    role: Role
    unit: str
    subject: str


@dataclass(frozen=True)
class Request:
    """A command as it is sent. ``seen``: the version in If-Match; None: without one; -1: no ETag of
    ours."""

    officer: Officer
    verb: str
    body: Any
    seen: int | None


@dataclass
class CaseModel:
    """A case as it must be. ``needs_plan``, ``later_dates``: what its category says."""

    holder: str
    about: str | None = None
    needs_plan: bool = False
    later_dates: bool = False
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
    author: str | None = None
    closed_at: datetime | None = None
    head: "CaseModel | None" = field(default=None, repr=False)
    words_on_their_way: bool = False
    """The citizen has written what no event has told yet."""
    erased: bool = False

    @property
    def judge(self) -> str:
        """The Biro judges; its own work the Inspektorat."""
        return INSPEKTORAT if self.holder == BIRO else BIRO

    @property
    def has_something_to_judge(self) -> bool:
        return (
            self.state in (S.PLANNED, S.AWAITING_VALIDATION, S.VERIFYING, S.COMPLETED, S.REJECTED)
            or self.extension_author is not None
        )

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
        judges = self._judged_by(officer) and self.has_something_to_judge
        cleared = officer.role in ("biro", "auditor", "admin") and self.about is None
        inspects = (officer.role, officer.unit) == ("auditor", INSPEKTORAT)
        return works or judges or cleared or inspects


# --- how a request is answered -------------------------------------------------------------

OPEN = 200


def expected(case: CaseModel, other: CaseModel, request: Request, now: datetime) -> int:
    """The status of the answer. ``other``: the case that it may be merged into."""
    officer = request.officer
    if officer.role not in WORKERS:
        return 403
    if request.seen is None:
        return 428
    if request.seen < 0:
        return 412
    if "surprise" in request.body:
        return 422
    if not case.is_seen_by(officer):
        return 404
    if request.seen != case.version:
        return 412
    return _by_the_machine(case, other, request, now)


def _by_the_machine(case: CaseModel, other: CaseModel, request: Request, now: datetime) -> int:
    cell = WHO[request.verb, case.state]
    if not cell:
        return 409
    if not set(cell.upper()) & set(case.relations(request.officer)):
        return 403
    return _barred(case, other, request) or _content(case, other, request, now) or OPEN


def _barred(case: CaseModel, other: CaseModel, request: Request) -> int:
    """What stands against it whatever it says; 0: nothing does."""
    if request.verb == "merge":
        return 409 * (other.head is case)
    bar = _BARS.get(request.verb)
    return bar(case, request.officer.subject) if bar else 0


def _start_is_barred(case: CaseModel) -> bool:
    begins = case.state is not S.FOLLOW_UP_REFUSED
    return begins and case.needs_plan and not case.plan_approved


def _later_date_is_barred(case: CaseModel) -> bool:
    used_up = case.extensions >= LATER_DATES
    return not case.later_dates or case.extension_author is not None or used_up


def _decision_is_barred(case: CaseModel, me: str) -> int:
    return 409 if case.extension_author is None else 403 * (case.extension_author == me)


def _rejection_is_barred(case: CaseModel) -> bool:
    return case.state is not S.RECEIVED and (not case.expired or _not_silent(case))


_BARS: dict[str, Callable[[CaseModel, str], int]] = {
    "accept": lambda case, _: 409 * case.accepted,
    "delegate": lambda case, _: 409 * (case.holder not in BENEATH),
    "return": lambda case, _: 409 * (case.sender is None),
    "plan/approve": lambda case, me: 403 * (case.plan_author == me),
    "plan/return": lambda case, me: 403 * (case.plan_author == me),
    "start": lambda case, _: 409 * _start_is_barred(case),
    "question": lambda case, _: 409 * (case.question and not case.expired),
    "extension": lambda case, _: 409 * _later_date_is_barred(case),
    "extension/approve": _decision_is_barred,
    "extension/refuse": _decision_is_barred,
    "verification": lambda case, me: 403 * (case.author == me),
    "validation": lambda case, me: 403 * (case.author == me),
    "follow-up/refuse": lambda case, me: 403 * (case.author == me),
    "reject": lambda case, _: 409 * _rejection_is_barred(case),
}
"""By verb: what stands against it, for the officer of that subject."""


def _not_silent(case: CaseModel) -> bool:
    """The citizen was not asked, or the answer may still come, or something has come."""
    waits = case.question and not case.expired
    return not case.questions or waits or case.words_on_their_way


def _content(case: CaseModel, other: CaseModel, request: Request, now: datetime) -> int:
    """What is wrong with what it says; 0: nothing is."""
    body = request.body
    match request.verb:
        case "coordinate":
            return _receiver(case, body["to_unit"]) or 409 * (body["to_unit"] == case.holder)
        case "delegate":
            beneath = BENEATH[case.holder]
            return _receiver(case, body["to_unit"]) or 409 * (body["to_unit"] not in beneath)
        case "assign":
            return _receiver(case, body["unit"]) or 422 * (body["category"] != "sampah")
        case "plan" | "extension":
            return 422 * (datetime.fromisoformat(body["complete_by"]) <= now)
        case "reject":
            if body["reason"] == "incomplete":
                return 409 * _not_silent(case)
            return 409 * (case.state is not S.RECEIVED)
        case "reopen":
            return _reopening(case, body, now)
        case "merge":
            return _merger(case, other, request)
    return 0


def _receiver(case: CaseModel, unit: str) -> int:
    if unit not in UNITS:
        return 422
    return 409 * (unit == case.about)


def _reopening(case: CaseModel, body: Any, now: datetime) -> int:
    fits = {
        "citizen_objection": S.COMPLETED, "suspected_fraud": S.COMPLETED, "appeal": S.REJECTED,
        "new_facts": case.state,
    }[body["reason"]]  # fmt: skip
    assert case.closed_at is not None
    late = now - case.closed_at > timedelta(days=OBJECTION_DAYS)
    of_citizen = body["reason"] in ("citizen_objection", "appeal")
    to_unit = body.get("to_unit")
    stays = body["reason"] == "suspected_fraud" and to_unit in (None, case.holder)
    if fits is not case.state or (of_citizen and late) or stays:
        return 409
    return _receiver(case, to_unit) if to_unit else 0


def _merger(case: CaseModel, other: CaseModel, request: Request) -> int:
    if request.body["head"] != "the other" or not other.is_seen_by(request.officer):
        return 422
    return 409 * (other.state in CLOSED)


# --- what it changes -----------------------------------------------------------------------


def act(case: CaseModel, other: CaseModel, request: Request, now: datetime) -> None:
    """The case after a command that was accepted, and the case that is merged into it."""
    before = case.state
    after = AFTER[request.verb]
    case.version += 1
    if after == "back":
        case.state = case.plan_from or S.RECEIVED
    elif after != "same":
        case.state = S(after)
    _change(case, other, request, before)
    if request.verb in ("validation", "reject", "merge"):
        _close(case, now)
    if other.head is case and request.verb in ("validation", "reject", "reopen"):
        other.version += 1  # Its reporter hears of it too.


def _change(case: CaseModel, other: CaseModel, request: Request, before: CaseState) -> None:
    verb, body, me = request.verb, request.body, request.officer.subject
    if verb in ("coordinate", "delegate"):
        _hand_over(case, body["to_unit"], sender=case.holder, watcher=case.holder)
    elif verb == "return":
        assert case.sender is not None
        _hand_over(case, case.sender, sender=None, watcher=case.holder)
    elif verb == "assign":
        _hand_over(case, body["unit"], sender=None, watcher=None)
        # Rubbish needs no plan and allows no later date; nor does a case about officials.
        case.needs_plan = case.later_dates = False
    elif verb == "reopen":
        _hand_over(case, body.get("to_unit") or case.holder, sender=None, watcher=None)
        case.author = case.closed_at = None
    elif verb in ("merge", "split"):
        case.head, case.closed_at = other if verb == "merge" else None, None
    elif verb.startswith("plan"):
        _plan(case, verb, me, before)
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
    elif verb == "extension":
        case.extensions, case.extension_author = case.extensions + 1, me
    elif verb.startswith("extension/"):
        case.extension_author = None
    elif verb == "follow-up":
        case.author = me
        _nothing_is_open(case)


def _hand_over(case: CaseModel, unit: str, sender: str | None, watcher: str | None) -> None:
    if watcher is not None:
        case.watchers = {*case.watchers, watcher} - {unit}
    case.holder, case.sender, case.accepted = unit, sender, False
    case.plan_author = case.plan_from = case.extension_author = None
    case.plan_approved = False


def _nothing_is_open(case: CaseModel) -> None:
    case.question = case.expired = False
    case.extension_author = None


def _close(case: CaseModel, now: datetime) -> None:
    case.closed_at = now
    _nothing_is_open(case)


# --- what the citizen and time do ----------------------------------------------------------


def write(case: CaseModel, *, is_answer: bool) -> None:
    """Words of the citizen's have come. ``is_answer``: neither an edit nor from a machine."""
    case.words_on_their_way = False
    if is_answer and case.question and case.state not in CLOSED:
        case.question = case.expired = False
        case.version += 1


def withdraw(case: CaseModel, other: CaseModel, now: datetime) -> None:
    if case.state not in WITHDRAWABLE:
        return
    case.state, case.head = S.WITHDRAWN, None
    case.version += 1
    _close(case, now)
    if other.head is case:
        other.state, other.head, other.closed_at = S.RECEIVED, None, None
        other.version += 1


def expire_question(case: CaseModel) -> None:
    case.expired = case.question
