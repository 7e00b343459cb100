"""What ``POST /v1/track`` answers: a case as its reporter sees it, and how it becomes that."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.tracking.categories import category_name
from services.tracking.disclosure import (
    ExtensionState,
    NextStep,
    Outcome,
    OutcomeKind,
    OwnFile,
    OwnKind,
    OwnWords,
    Question,
    QuestionState,
    next_steps,
    objection_until,
)
from services.tracking.lookup import Found
from services.tracking.pictures import Links, Picture
from services.tracking.spoken import WITHHELD, Said, Spoken, WordsStatus
from shared.events.vocabulary import (
    CaseState,
    Channel,
    MediaKind,
    MediaRefusal,
    NotificationTemplate,
    RejectionReason,
)
from shared.web.labels import CASE_STATE_LABELS, MEDIA_REFUSAL_ADVICE


class TrackedStage(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    state: CaseState
    label: str
    at: datetime
    unit: str | None


class TrackedNotification(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    template: NotificationTemplate
    channel: Channel
    at: datetime
    outcome: str


class TrackedWords(BaseModel):
    """Somebody's words. ``text`` is null unless ``status`` is *ok*.

    *erased*: on the reporter's wish. *withheld*: there are none that may be told. *unavailable*:
    they cannot be had now.
    """

    status: WordsStatus
    text: str | None = Field(repr=False)

    @classmethod
    def of(cls, said: Said) -> "TrackedWords":
        return cls(status=said.status, text=said.text)


class TrackedPlace(BaseModel):
    """A place as the reporter gave it. ``latitude``, ``longitude``: WGS84 degrees, both or none."""

    model_config = ConfigDict(from_attributes=True)

    address: str | None = Field(repr=False)
    latitude: float | None = Field(repr=False)
    longitude: float | None = Field(repr=False)


class TrackedOwnWords(TrackedWords):
    """What the reporter wrote. ``place``: what came with it; null also while the words are not
    shown."""

    kind: OwnKind
    at: datetime
    place: TrackedPlace | None


class TrackedQuestion(TrackedWords):
    """An officer's question and the reporter's answer.

    ``time_over``: the time to answer is over; while the state is *open* it may be answered.
    """

    at: datetime
    state: QuestionState
    time_over: bool
    answered_at: datetime | None
    answer: TrackedWords | None


class TrackedOutcome(BaseModel):
    """How the case ended, or that it was opened again. ``reason``: RejectionReason or ReopenReason;
    ``note``: the officer's words."""

    kind: OutcomeKind
    at: datetime
    reason: str | None
    note: TrackedWords | None
    evidence_count: int


class TrackedExtension(BaseModel):
    """A later due date that the unit asked for, and what became of it."""

    model_config = ConfigDict(from_attributes=True)

    asked_at: datetime
    until: datetime
    state: ExtensionState
    decided_at: datetime | None


class TrackedPicture(BaseModel):
    """A file and what became of it; ``number``: its place among the files of its message, or among
    the evidence, from 1.

    *checking*: nobody sees it until it is made harmless. *shown*: ``links`` open it until
    ``expires_at``; ask again for new ones. *locked*: a document or a video, which officers alone
    open. *refused*: it was not kept; ``advice`` says why and what to do. *removed*: it was there
    and is no more. *unavailable*: it cannot be had now.
    """

    number: int
    state: Literal["checking", "shown", "locked", "refused", "removed", "unavailable"]
    kind: MediaKind | None
    reason: MediaRefusal | None
    advice: str | None
    links: Links | None = Field(repr=False)
    expires_at: datetime | None


class TrackedOwnPicture(TrackedPicture):
    """A file that the reporter sent. ``at``: with the message of then."""

    at: datetime


class TrackedCase(BaseModel):
    """Where a complaint stands, for the holder of its code: the whole of their own case.

    ``confidential``: the public and other units do not see it. ``restricted``: it shows stages,
    dates, the answer, an open question and what became of files only; all else is null or empty.
    ``question``, ``note``: an officer's words to the reporter, the open question and the answer
    that stands (of a rejection or of the completed work). ``words_unavailable``: there are words,
    and they cannot be had now; ask again in a moment.
    ``merged``: it follows another case, whose state, unit, dates and answers are shown.
    ``original_due_at``: null unless an extension has moved the due date to another day.
    ``delayed_since``: since then there is news of the case that cannot be shown yet, and what
    stands here may be out of date; null where it is not.
    ``pictures``: the files that the reporter sent; of a restricted case what became of each, and no
    links. ``evidence``: pictures of the accepted work, of a public case. ``pictures_unavailable``:
    there are some that cannot be had now; ask again in a moment.
    ``next``: what the reporter can do; ``objection_until``: until when they may object or appeal.
    """

    state: CaseState
    label: str
    confidential: bool
    merged: bool
    received_at: datetime
    due_at: datetime | None
    original_due_at: datetime | None
    closed_at: datetime | None
    stages: list[TrackedStage]
    report_number: str | None
    channel: Channel | None
    category: str | None
    area: str | None
    unit: str | None
    question_open: bool
    question: str | None
    note: str | None
    words_unavailable: bool
    rejection: RejectionReason | None
    notifications: list[TrackedNotification]
    restricted: bool
    erased: bool
    category_label: str | None
    place: TrackedPlace | None
    own_words: list[TrackedOwnWords]
    questions: list[TrackedQuestion]
    outcomes: list[TrackedOutcome]
    evidence_count: int
    pictures: list[TrackedOwnPicture]
    evidence: list[TrackedPicture]
    pictures_unavailable: bool
    extensions: list[TrackedExtension]
    next: list[NextStep]
    objection_until: datetime | None
    delayed_since: datetime | None

    @classmethod
    def of(cls, found: Found, now: datetime) -> "TrackedCase":
        case, spoken = found.case, found.spoken
        own_words = [_own_words(words, spoken) for words in case.own_words]
        return cls(
            state=case.state,
            label=CASE_STATE_LABELS[case.state],
            confidential=case.confidential,
            merged=case.merged,
            received_at=case.received_at,
            due_at=case.due_at,
            original_due_at=case.original_due_at,
            closed_at=case.closed_at,
            stages=[
                TrackedStage(state=s.state, label=CASE_STATE_LABELS[s.state], at=s.at, unit=s.unit)
                for s in case.stages
            ],
            report_number=case.report_number,
            channel=case.channel,
            category=case.category,
            area=case.area,
            unit=case.unit,
            question_open=case.question_open,
            question=spoken.of(case.question_ref).text,
            note=spoken.of(case.note_ref).text,
            words_unavailable=spoken.away,
            rejection=case.rejection,
            notifications=[TrackedNotification.model_validate(n) for n in case.notices],
            restricted=case.restricted,
            erased=case.erased,
            category_label=category_name(case.category) if case.category else None,
            place=own_words[0].place if own_words else None,
            own_words=own_words,
            questions=[_question(question, spoken) for question in case.questions],
            outcomes=[_outcome(outcome, spoken) for outcome in case.outcomes],
            evidence_count=case.evidence_count,
            pictures=[_own_picture(file, found.pictures.of(file)) for file in case.files],
            evidence=[
                TrackedPicture(number=number, **_told(picture))
                for number, picture in enumerate(found.pictures.evidence.values(), start=1)
            ],
            pictures_unavailable=found.pictures.away,
            extensions=[TrackedExtension.model_validate(e) for e in case.extensions],
            next=list(next_steps(case, now)),
            objection_until=objection_until(case),
            delayed_since=found.delayed_since,
        )


def _told(picture: Picture) -> dict[str, Any]:
    """All that is told of a picture besides its place."""
    return {
        "state": picture.state,
        "kind": picture.kind,
        "reason": picture.reason,
        "advice": MEDIA_REFUSAL_ADVICE[picture.reason] if picture.reason else None,
        "links": picture.links,
        "expires_at": picture.expires_at,
    }


def _own_picture(file: OwnFile, picture: Picture) -> TrackedOwnPicture:
    return TrackedOwnPicture(number=file.number, at=file.at, **_told(picture))


def _own_words(words: OwnWords, spoken: Spoken) -> TrackedOwnWords:
    said = spoken.of(words.ref)
    place = TrackedPlace.model_validate(said.place) if said.place else None
    return TrackedOwnWords(
        kind=words.kind, at=words.at, status=said.status, text=said.text, place=place
    )


def _question(question: Question, spoken: Spoken) -> TrackedQuestion:
    said = spoken.of(question.ref) if question.ref else WITHHELD
    answer = question.answer_ref
    return TrackedQuestion(
        status=said.status,
        text=said.text,
        at=question.at,
        state=question.state,
        time_over=question.time_over,
        answered_at=question.answered_at,
        answer=TrackedWords.of(spoken.of(answer)) if answer else None,
    )


def _outcome(outcome: Outcome, spoken: Spoken) -> TrackedOutcome:
    note = outcome.note_ref
    return TrackedOutcome(
        kind=outcome.kind,
        at=outcome.at,
        reason=outcome.reason,
        note=TrackedWords.of(spoken.of(note)) if note else None,
        evidence_count=outcome.evidence_count,
    )
