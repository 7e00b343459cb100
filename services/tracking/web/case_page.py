"""The page of a found case as plain values for its template: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from services.tracking.categories import category_name
from services.tracking.disclosure import (
    ANSWERED,
    Extension,
    Outcome,
    OwnWords,
    PublicCase,
    PublicStage,
    Question,
    next_steps,
    objection_until,
)
from services.tracking.pictures import Pictures
from services.tracking.spoken import Place, Said, Spoken
from services.tracking.web.photos import PhotoSection, section_of
from services.tracking.web.words import Words
from shared.events.vocabulary import CLOSED_STATES, CaseState
from shared.web.labels import channel_name

Tone = Literal["waiting", "working", "done", "stopped"]

_STEP: Final = {
    CaseState.COORDINATED: 2,
    CaseState.DELEGATED: 2,
    CaseState.PLANNED: 2,
    CaseState.IN_PROGRESS: 3,
    CaseState.FOLLOW_UP_REFUSED: 3,
    CaseState.AWAITING_VALIDATION: 4,
    CaseState.VERIFYING: 4,
    CaseState.COMPLETED: 5,
}
_SILENCE: Final = Spoken()
_NO_PICTURES: Final = Pictures()
_UNASSIGNED: Final = frozenset({"ComplaintReceived", "CaseTriaged"})
_STAGE_OF: Final = {
    "completed": "CaseCompleted",
    "rejected": "CaseRejected",
    "reopened": "CaseReopened",
}
"""What begins the stage in which an outcome is told, by its kind."""


@dataclass(frozen=True, slots=True)
class Step:
    """A station of the rail; ``status``: done, current or future."""

    name: str
    status: Literal["done", "current", "future"]


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, in words and for machines."""

    date: str
    time: str
    iso: str


@dataclass(frozen=True, slots=True)
class Passage:
    """Somebody's words, or a remark that says why they are not shown."""

    text: str | None
    remark: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """How the case ended: the reason, the officer's words, the evidence."""

    heading: str
    reason: str | None
    note: Passage | None
    evidence: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the timeline. ``answer``: what was told then, if it does not stand any more."""

    title: str
    detail: str | None
    at: Moment
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """What the reporter wrote, and the place that they named."""

    title: str
    at: Moment
    words: Passage | None
    place: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question that is not open any more, with its answer or the remark that there is none."""

    asked: Moment
    question: Passage | None
    answered: Moment | None
    answer: Passage | None
    remark: str | None


@dataclass(frozen=True, slots=True)
class Later:
    """A later date that was asked for, and what became of it."""

    until: Moment
    verdict: str
    at: Moment


@dataclass(frozen=True, slots=True)
class CasePage:
    tone: Tone
    label: str
    headline: str
    following: str
    objection_until: Moment | None
    steps: tuple[Step, ...]
    report_number: str | None
    facts: tuple[tuple[str, str], ...]
    received: Moment
    due: Moment | None
    original_due: Moment | None
    extensions: tuple[Later, ...]
    overdue: bool
    closed: Moment | None
    remarks: tuple[str, ...]
    question_open: bool
    question: Passage | None
    question_late: bool
    answer: Answer | None
    photos: PhotoSection
    letters: tuple[Letter, ...]
    exchanges: tuple[Exchange, ...]
    timeline: tuple[Entry, ...]
    notices: tuple[Entry, ...]
    delayed_since: Moment | None


def compose(
    case: PublicCase,
    words: Words,
    now: datetime,
    spoken: Spoken = _SILENCE,
    pictures: Pictures = _NO_PICTURES,
    delayed_since: datetime | None = None,
) -> CasePage:
    """What the page of ``case`` shows at ``now``, in the language of ``words``."""
    can_object = {"object", "appeal"} & set(next_steps(case, now))
    return CasePage(
        tone=_tone(case),
        label=words.labels[case.state],
        headline=words.headlines[case.state],
        following=_following(case, words, now),
        objection_until=_moment_or_none(objection_until(case), words) if can_object else None,
        steps=_steps(case, words.rail),
        report_number=case.report_number,
        facts=_facts(case, words),
        received=_moment(case.received_at, words),
        due=_moment_or_none(case.due_at, words),
        original_due=_moment_or_none(case.original_due_at, words),
        extensions=tuple(_later(each, words) for each in case.extensions),
        overdue=_overdue(case, now),
        closed=_moment_or_none(case.closed_at, words),
        remarks=_remarks(case, words),
        question_open=case.question_open,
        question=_passage(spoken.of(case.question_ref), words) if case.question_ref else None,
        question_late=any(each.state == "open" and each.time_over for each in case.questions),
        answer=_standing_answer(case, words, spoken),
        photos=section_of(case, pictures, words),
        letters=_letters(case, words, spoken),
        exchanges=tuple(
            _exchange(each, words, spoken) for each in case.questions if each.state != "open"
        ),
        timeline=_timeline(case, words, spoken),
        notices=_notices(case, words),
        delayed_since=_moment_or_none(delayed_since, words),
    )


# --- where it stands ---------------------------------------------------------------------


def _tone(case: PublicCase) -> Tone:
    if case.state == CaseState.COMPLETED:
        return "done"
    if case.state in CLOSED_STATES:
        return "stopped"
    return "waiting" if _position(case) <= 2 else "working"


def _position(case: PublicCase) -> int:
    """Where on the rail the case is, from 1; 0 when it left the rail."""
    if case.state == CaseState.RECEIVED:
        last = case.stages[-1].event if case.stages else "ComplaintReceived"
        return 1 if last in _UNASSIGNED else 2
    return _STEP.get(case.state, 0)


def _steps(case: PublicCase, rail: Sequence[str]) -> tuple[Step, ...]:
    position = _position(case)
    if position == 0:
        return ()
    finished = position == len(rail)
    return tuple(
        Step(
            name,
            "done" if place < position or finished
            else "current" if place == position
            else "future",
        )
        for place, name in enumerate(rail, start=1)
    )  # fmt: skip


def _following(case: PublicCase, words: Words, now: datetime) -> str:
    """What comes next; nobody is sent to object when the time for it is over."""
    if case.state not in ANSWERED or next_steps(case, now):
        return words.following[case.state]
    return words.texts["erased_next" if case.erased else "objection_over"]


def _overdue(case: PublicCase, now: datetime) -> bool:
    """No delay is on record while a question to the citizen keeps the clock still."""
    running = case.state not in CLOSED_STATES and not case.paused
    return running and case.due_at is not None and case.due_at <= now


def _remarks(case: PublicCase, words: Words) -> tuple[str, ...]:
    said = {
        "erased": case.erased,
        "restricted": case.restricted,
        "confidential": case.confidential and not case.restricted,
        "merged": case.merged,
    }
    return tuple(words.texts[name] for name, holds in said.items() if holds)


def _facts(case: PublicCase, words: Words) -> tuple[tuple[str, str], ...]:
    facts = {
        "holder": case.unit,
        "category": category_name(case.category) if case.category else None,
        "area": case.area,
        "channel": channel_name(case.channel) if case.channel else None,
    }
    return tuple((words.texts[name], value) for name, value in facts.items() if value)


def _later(extension: Extension, words: Words) -> Later:
    at = extension.decided_at or extension.asked_at
    verdict = words.texts[f"extension_{extension.state}"]
    return Later(_moment(extension.until, words), verdict, _moment(at, words))


# --- words -------------------------------------------------------------------------------


def _passage(said: Said, words: Words) -> Passage | None:
    """None where there are no words, or none that may be told."""
    match said.status:
        case "ok" if said.text:
            return Passage(said.text, None)
        case "erased":
            return Passage(None, words.texts["words_erased"])
        case "unavailable":
            return Passage(None, words.texts["words_away"])
    return None


def _standing_answer(case: PublicCase, words: Words, spoken: Spoken) -> Answer | None:
    note = _passage(spoken.of(case.note_ref), words) if case.note_ref else None
    reason = words.rejections[case.rejection] if case.rejection else None
    evidence = _evidence(case.evidence_count, words)
    if note is None and reason is None and evidence is None:
        return None
    done = case.state == CaseState.COMPLETED
    return Answer(words.texts["note_done" if done else "note"], reason, note, evidence)


def _evidence(count: int, words: Words) -> str | None:
    return f"{words.texts['evidence']}: {count}" if count else None


def _former_answer(outcome: Outcome, words: Words, spoken: Spoken) -> Answer:
    note = _passage(spoken.of(outcome.note_ref), words) if outcome.note_ref else None
    reason = words.reasons.get(outcome.reason) if outcome.reason else None
    return Answer("", reason, note, _evidence(outcome.evidence_count, words))


def _letters(case: PublicCase, words: Words, spoken: Spoken) -> tuple[Letter, ...]:
    """What the reporter wrote, but for the answers, which stand below their questions."""
    answers = {question.answer_ref for question in case.questions} - {None}
    return tuple(_letter(own, words, spoken) for own in case.own_words if own.ref not in answers)


def _letter(own: OwnWords, words: Words, spoken: Spoken) -> Letter:
    said = spoken.of(own.ref)
    return Letter(
        words.texts[f"own_{own.kind}"],
        _moment(own.at, words),
        _passage(said, words),
        _place(said.place, words),
    )


def _place(place: Place | None, words: Words) -> tuple[str, ...]:
    """The address, and the point with five decimals: about a metre."""
    if place is None:
        return ()
    lines = [f"{words.texts['address']}: {place.address}"] if place.address else []
    if place.latitude is not None and place.longitude is not None:
        point = f"{place.latitude:.5f}, {place.longitude:.5f}"
        lines.append(f"{words.texts['point']}: {point}")
    return tuple(lines)


def _exchange(question: Question, words: Words, spoken: Spoken) -> Exchange:
    answered = question.answered_at
    return Exchange(
        _moment(question.at, words),
        _passage(spoken.of(question.ref), words) if question.ref else None,
        _moment_or_none(answered, words),
        _passage(spoken.of(question.answer_ref), words) if question.answer_ref else None,
        None if answered else words.texts["unanswered"],
    )


# --- what happened -----------------------------------------------------------------------


def _moment(at: datetime, words: Words) -> Moment:
    return Moment(words.date(at), words.time(at), at.isoformat())


def _moment_or_none(at: datetime | None, words: Words) -> Moment | None:
    return None if at is None else _moment(at, words)


def _timeline(case: PublicCase, words: Words, spoken: Spoken) -> tuple[Entry, ...]:
    """Newest first. The answer that stands is not told twice: it has its own place."""
    former = case.outcomes[:-1] if case.state in ANSWERED else case.outcomes
    told = {(_STAGE_OF[outcome.kind], outcome.at): outcome for outcome in former}
    return tuple(
        _entry(stage, told.get((stage.event, stage.at)), words, spoken)
        for stage in reversed(case.stages)
    )


def _entry(stage: PublicStage, outcome: Outcome | None, words: Words, spoken: Spoken) -> Entry:
    title = words.events.get(stage.event, words.labels[stage.state])
    answer = _former_answer(outcome, words, spoken) if outcome else None
    return Entry(title, stage.unit, _moment(stage.at, words), answer)


def _notices(case: PublicCase, words: Words) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            words.notices[notice.template],
            words.outcomes[notice.outcome],
            _moment(notice.at, words),
        )
        for notice in reversed(case.notices)
    )
