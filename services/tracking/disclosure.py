"""What the holder of a tracking code is shown: pure.

The code is a secret and its holder counts as the reporter, so they see the whole of their own case,
whether it is *rahasia* or not. A complaint about officials is the exception: its page shows stages,
dates, the answer and the question that is open, because a page that somebody else glimpses must
not tell who complained of whom; of its files it tells what became of each and shows none. Pictures
of the work are shown once it is accepted, of public cases alone. Officers' persons and internal
notes are shown to nobody.

A merged case shows how its head stands and what its head was answered; never what the head's
reporter wrote or was asked. Should the head be confidential or restricted, its unit is not told to
those who were merged into it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from services.tracking.domain import (
    Act,
    CaseRecord,
    FileOutcome,
    Notice,
    SettledFile,
    Stage,
    SupplementKind,
)
from shared.clock import JAKARTA
from shared.events.routing import (
    CaseCompleted,
    CaseRejected,
    CaseReopened,
    CitizenAnswered,
    CitizenQuestioned,
    ExtensionApproved,
    ExtensionRefused,
    ExtensionRequested,
)
from shared.events.vocabulary import (
    CLOSED_STATES,
    CaseState,
    Channel,
    MediaKind,
    MediaRefusal,
    RejectionReason,
)

OBJECTION_WINDOW: Final = timedelta(days=10)
"""How long the reporter may object or appeal after the case was closed; routing keeps the rule."""

ANSWERED: Final = frozenset({CaseState.COMPLETED, CaseState.REJECTED})
"""States in which an answer stands, and may be objected to."""

OwnKind = Literal["complaint"] | SupplementKind
QuestionState = Literal["open", "answered", "unanswered"]
OutcomeKind = Literal["completed", "rejected", "reopened"]
ExtensionState = Literal["requested", "approved", "refused"]
NextStep = Literal["answer", "object", "appeal"]
FileState = Literal["checking"] | FileOutcome


@dataclass(frozen=True, slots=True)
class PublicStage:
    """``event``: the catalogue's name of what began it; ``unit``: the holder's public name."""

    state: CaseState
    event: str
    at: datetime
    unit: str | None


@dataclass(frozen=True, slots=True)
class OwnWords:
    """A message of the reporter's. ``ref`` None: a release before kept no reference to it."""

    ref: UUID | None
    kind: OwnKind
    at: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """A question to the reporter; its words, and those of the answer, by reference.

    time_over: the time to answer has passed; an open question may be answered all the same.
    ref and answer_ref are None where the words are not shown.
    """

    ref: UUID | None
    at: datetime
    state: QuestionState = "unanswered"
    time_over: bool = False
    answered_at: datetime | None = None
    answer_ref: UUID | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the case ended, or why it was opened again. ``note_ref``: the officer's words."""

    kind: OutcomeKind
    at: datetime
    reason: str | None
    note_ref: UUID | None
    evidence_count: int


@dataclass(frozen=True, slots=True)
class Extension:
    """A later due date, ``until``, that the unit asked for."""

    asked_at: datetime
    until: datetime
    state: ExtensionState = "requested"
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file of the reporter's and what became of it.

    checking: nobody sees it until it is made harmless. ref is None where it is not shown.
    """

    ref: UUID | None
    at: datetime
    number: int
    state: FileState = "checking"
    kind: MediaKind | None = None
    reason: MediaRefusal | None = None


@dataclass(frozen=True, slots=True)
class PublicCase:
    """What is shown; words by reference, to be claimed from routing and intake.

    restricted: stages, dates, the answer, an open question and what became of the reporter's files
    only; all else is None or empty.
    original_due_at: None unless an extension has moved the due date to another day.
    paused: the due date moves on while a question waits for its answer.
    note_ref, rejection, evidence_count, evidence_refs: the answer that stands.
    """

    restricted: bool
    confidential: bool
    state: CaseState
    received_at: datetime
    due_at: datetime | None
    original_due_at: datetime | None
    closed_at: datetime | None
    stages: tuple[PublicStage, ...]
    paused: bool = False
    merged: bool = False
    erased: bool = False
    question_open: bool = False
    question_ref: UUID | None = None
    questions: tuple[Question, ...] = ()
    note_ref: UUID | None = None
    rejection: RejectionReason | None = None
    evidence_count: int = 0
    evidence_refs: tuple[UUID, ...] = ()
    files: tuple[OwnFile, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    extensions: tuple[Extension, ...] = ()
    report_number: str | None = None
    channel: Channel | None = None
    category: str | None = None
    area: str | None = None
    unit: str | None = None
    own_words: tuple[OwnWords, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def officers_refs(self) -> tuple[UUID, ...]:
        """Officers' words that are shown, each once."""
        asked = [question.ref for question in self.questions]
        told = [outcome.note_ref for outcome in self.outcomes]
        return _each_once(self.question_ref, self.note_ref, *asked, *told)

    @property
    def own_refs(self) -> tuple[UUID, ...]:
        """The reporter's words that are shown, each once; none of them are left when erased."""
        if self.erased:
            return ()
        answers = [question.answer_ref for question in self.questions]
        return _each_once(*(words.ref for words in self.own_words), *answers)

    @property
    def shown_files(self) -> tuple[UUID, ...]:
        """The reporter's files that can be seen, or may be by now."""
        seen = ("checking", "shown")
        return _each_once(*(file.ref for file in self.files if file.state in seen))


def _each_once(*refs: UUID | None) -> tuple[UUID, ...]:
    return tuple(dict.fromkeys(ref for ref in refs if ref is not None))


def disclose(chain: Sequence[CaseRecord]) -> PublicCase | None:
    """``chain``: the case of the code, then those it was merged into, nearest first.

    None when there is no such case, or nothing of it has been received yet.
    """
    if not chain or chain[0].received_at is None:
        return None
    own, head = chain[0], chain[-1]
    restricted = _is_restricted(own)
    unit_hidden = restricted or any(_hides_its_unit(view) for view in chain[1:])
    case = PublicCase(
        restricted=restricted,
        confidential=own.confidential or restricted,
        state=head.state,
        received_at=chain[0].received_at,
        due_at=head.due_at,
        original_due_at=_original_due(head),
        closed_at=head.closed_at,
        stages=_stages(own, head, restricted, unit_hidden),
        paused=_is_paused(head),
        merged=head is not own,
        erased=own.erased,
        # The question was put to the head's reporter, not to those who were merged into it. Of an
        # erased reporter no answer could be kept.
        question_open=own.question_open and not own.erased,
        question_ref=None if own.erased else own.open_question,
        questions=_questions(own),
        note_ref=head.note_ref if head.state in ANSWERED else None,
        rejection=head.rejection if head.state == CaseState.REJECTED else None,
        evidence_count=head.evidence_count if head.state == CaseState.COMPLETED else 0,
        evidence_refs=_evidence(chain),
        files=_own_files(own),
        outcomes=_outcomes(_told(own, head)),
        extensions=_extensions(head),
    )
    return _dates_alone(case) if restricted else _with_details(case, own, head, unit_hidden)


def _is_paused(view: CaseRecord) -> bool:
    waits = view.question_open and view.open_question not in view.lapsed_questions
    return waits and view.question_pauses


def objection_until(case: PublicCase) -> datetime | None:
    """Until when the reporter may object or appeal; None where there is nothing to object to."""
    if case.state not in ANSWERED or case.erased or case.closed_at is None:
        return None
    return case.closed_at + OBJECTION_WINDOW


def next_steps(case: PublicCase, now: datetime) -> tuple[NextStep, ...]:
    """What the reporter can do at ``now``."""
    if case.question_open:
        return ("answer",)
    until = objection_until(case)
    if until is None or now > until:
        return ()
    return ("object",) if case.state == CaseState.COMPLETED else ("appeal",)


def _is_restricted(view: CaseRecord) -> bool:
    """Whether the complaint concerns officials."""
    return view.restricted


def _hides_its_unit(head: CaseRecord) -> bool:
    return head.confidential or _is_restricted(head)


def _dates_alone(case: PublicCase) -> PublicCase:
    """Questions without words, but for the open one: the words name the one complained of."""
    questions = tuple(
        replace(each, ref=each.ref if each.state == "open" else None, answer_ref=None)
        for each in case.questions
    )
    files = tuple(replace(each, ref=None, kind=None) for each in case.files)
    return replace(case, questions=questions, files=files)


def _with_details(
    case: PublicCase, own: CaseRecord, head: CaseRecord, unit_hidden: bool
) -> PublicCase:
    return replace(
        case,
        report_number=own.report_number,
        channel=own.channel,
        category=own.category,
        area=own.area_name,
        unit=None if unit_hidden else head.unit_name,
        own_words=_own_words(own, case.received_at),
        notices=own.notices,
    )


def _own_words(own: CaseRecord, received_at: datetime) -> tuple[OwnWords, ...]:
    complaint = OwnWords(own.content_ref, "complaint", received_at)
    return (complaint, *(OwnWords(each.ref, each.kind, each.at) for each in own.supplements))


# --- files -------------------------------------------------------------------------------


def _evidence(chain: Sequence[CaseRecord]) -> tuple[UUID, ...]:
    """Of work that was accepted. Where the reporter's or the head's case is not public, a picture
    of the place would tell more of it than its words do."""
    head = chain[-1]
    hidden = any(view.confidential or _is_restricted(view) for view in chain)
    return () if hidden or head.state != CaseState.COMPLETED else head.evidence_refs


def _own_files(own: CaseRecord) -> tuple[OwnFile, ...]:
    """None are left of an erased reporter."""
    if own.erased:
        return ()
    settled = {each.ref: each for each in own.settled_files}
    return tuple(
        _with_outcome(OwnFile(file.ref, file.at, file.number), settled.get(file.ref))
        for file in own.files
    )


def _with_outcome(file: OwnFile, settled: SettledFile | None) -> OwnFile:
    if settled is None:
        return file
    return replace(file, state=settled.outcome, kind=settled.kind, reason=settled.reason)


# --- dates -------------------------------------------------------------------------------


def _original_due(view: CaseRecord) -> datetime | None:
    due, original = view.due_at, view.original_due_at
    if not view.due_extended or due is None or original is None:
        return None
    same_day = due.astimezone(JAKARTA).date() == original.astimezone(JAKARTA).date()
    return None if same_day else original


def _merged_at(own: CaseRecord) -> datetime:
    """A merged case's last stage is its merger."""
    return own.stages[-1].at


def _stages(
    own: CaseRecord, head: CaseRecord, restricted: bool, unit_hidden: bool
) -> tuple[PublicStage, ...]:
    """The stages of the case itself up to its merger, then the later ones of its head."""
    shown = tuple(_public(stage, restricted) for stage in own.stages)
    if head is own:
        return shown
    later = (stage for stage in head.stages if stage.at > _merged_at(own))
    return shown + tuple(_public(stage, unit_hidden) for stage in later)


def _public(stage: Stage, unit_hidden: bool) -> PublicStage:
    unit = None if unit_hidden else stage.unit_name
    return PublicStage(stage.state, stage.event, stage.at, unit)


# --- acts --------------------------------------------------------------------------------


def _told(own: CaseRecord, head: CaseRecord) -> tuple[Act, ...]:
    """The acts of the case itself up to its merger, then the later ones of its head.

    The head's answers are stated for those who were merged into it as well; each is shown once.
    """
    if head is own:
        return own.acts
    merged_at = _merged_at(own)
    before = tuple(act for act in own.acts if act.at <= merged_at)
    return before + tuple(act for act in head.acts if act.at > merged_at)


_OUTCOMES: Final[dict[str, OutcomeKind]] = {
    CaseCompleted.__name__: "completed",
    CaseRejected.__name__: "rejected",
    CaseReopened.__name__: "reopened",
}
_DECISIONS: Final[dict[str, ExtensionState]] = {
    ExtensionApproved.__name__: "approved",
    ExtensionRefused.__name__: "refused",
}


def _outcomes(acts: Sequence[Act]) -> tuple[Outcome, ...]:
    return tuple(
        Outcome(_OUTCOMES[act.event], act.at, act.reason, act.ref, act.evidence_count)
        for act in acts
        if act.event in _OUTCOMES
    )


def _questions(own: CaseRecord) -> tuple[Question, ...]:
    """In their order. Routing lets one question be open at a time: an answer is the last one's."""
    found: list[Question] = []
    for act in own.acts:
        if act.event == CitizenQuestioned.__name__:
            is_open = act.ref == own.question_ref and not own.erased
            state: QuestionState = "open" if is_open else "unanswered"
            found.append(Question(act.ref, act.at, state, act.ref in own.lapsed_questions))
        elif act.event == CitizenAnswered.__name__ and found:
            found[-1] = replace(found[-1], state="answered", answered_at=act.at, answer_ref=act.ref)
    return tuple(found)


def _extensions(head: CaseRecord) -> tuple[Extension, ...]:
    """In their order; without those that lapsed: another unit got the case, the work was filed, or
    the case ended before they were decided."""
    found: list[Extension] = []
    for act in head.acts:
        undecided = found.pop() if found and found[-1].state == "requested" else None
        if act.event == ExtensionRequested.__name__ and act.until is not None:
            found.append(Extension(act.at, act.until))
        elif act.event in _DECISIONS and undecided is not None:
            state = _DECISIONS[act.event]
            found.append(replace(undecided, state=state, decided_at=act.at))
        elif act.event not in _OUTCOMES and undecided is not None:
            found.append(undecided)
    waits = head.extension == "requested" and head.state not in CLOSED_STATES
    if found and found[-1].state == "requested" and not waits:
        found.pop()
    return tuple(found)
