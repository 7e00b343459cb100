"""The page of a found case as plain values for its template: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from services.tracking.disclosure import PublicCase, PublicStage
from services.tracking.officer_words import Spoken
from services.tracking.web.words import Words, channel_name
from shared.events.vocabulary import CLOSED_STATES, CaseState

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
_UNASSIGNED: Final = frozenset({"ComplaintReceived", "CaseTriaged"})


@dataclass(frozen=True, slots=True)
class Step:
    """A station of the rail; ``status``: done, current or future."""

    name: str
    status: Literal["done", "current", "future"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the timeline."""

    title: str
    detail: str | None
    date: str
    time: str
    iso: str


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, in words and for machines."""

    date: str
    time: str
    iso: str


@dataclass(frozen=True, slots=True)
class CasePage:
    tone: Tone
    label: str
    headline: str
    following: str
    steps: tuple[Step, ...]
    report_number: str | None
    facts: tuple[tuple[str, str], ...]
    received: Moment
    due: Moment | None
    original_due: Moment | None
    overdue: bool
    closed: Moment | None
    discreet: bool
    merged: bool
    question_open: bool
    question: str | None
    question_away: bool
    note_heading: str
    note: str | None
    note_away: bool
    reason: str | None
    timeline: tuple[Entry, ...]
    notices: tuple[Entry, ...]


def compose(case: PublicCase, words: Words, now: datetime, spoken: Spoken = _SILENCE) -> CasePage:
    """What the page of ``case`` shows at ``now``, in the language of ``words``."""
    is_open = case.state not in CLOSED_STATES
    done = case.state == CaseState.COMPLETED
    moved = case.due_at != case.original_due_at
    return CasePage(
        tone=_tone(case),
        label=words.labels[case.state],
        headline=words.headlines[case.state],
        following=words.following[case.state],
        steps=_steps(case, words.rail),
        report_number=case.report_number,
        facts=_facts(case, words),
        received=_moment(case.received_at, words),
        due=_moment(case.due_at, words) if case.due_at else None,
        original_due=(
            _moment(case.original_due_at, words) if case.original_due_at and moved else None
        ),
        overdue=is_open and case.due_at is not None and case.due_at <= now,
        closed=_moment(case.closed_at, words) if case.closed_at else None,
        discreet=case.discreet,
        merged=case.merged,
        question_open=case.question_open and is_open,
        question=spoken.question,
        question_away=spoken.away and case.question_ref is not None,
        note_heading=words.texts["note_done" if done else "note"],
        note=spoken.note,
        note_away=spoken.away and case.note_ref is not None,
        reason=words.rejections[case.rejection] if case.rejection else None,
        timeline=tuple(_entry(stage, words) for stage in reversed(case.stages)),
        notices=_notices(case, words),
    )


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


def _facts(case: PublicCase, words: Words) -> tuple[tuple[str, str], ...]:
    channel = channel_name(case.channel) if case.channel else None
    facts = (("holder", case.unit), ("area", case.area), ("channel", channel))
    return tuple((words.texts[name], value) for name, value in facts if value)


def _moment(at: datetime, words: Words) -> Moment:
    return Moment(words.date(at), words.time(at), at.isoformat())


def _entry(stage: PublicStage, words: Words) -> Entry:
    label = words.labels[stage.state]
    title = words.events.get(stage.event, label)
    detail = stage.unit if stage.unit else None
    return Entry(title, detail, words.date(stage.at), words.time(stage.at), stage.at.isoformat())


def _notices(case: PublicCase, words: Words) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            words.notices[notice.template],
            words.outcomes[notice.outcome],
            words.date(notice.at),
            words.time(notice.at),
            notice.at.isoformat(),
        )
        for notice in reversed(case.notices)
    )
