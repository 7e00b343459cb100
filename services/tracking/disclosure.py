"""What the holder of a tracking code is shown: pure.

Nothing of it identifies the reporter. Of a report that is *rahasia*, or that concerns
officials, only stages and dates are shown, and the question that is open: it is put to the holder
of the code, and nobody else could answer it (docs/decisions/0012). A merged case shows how its
head stands; should the head be confidential, its unit is not told to those who were merged into it
either.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.tracking.domain import CaseRecord, Notice, Stage
from shared.events.vocabulary import CaseState, Channel, RejectionReason


@dataclass(frozen=True, slots=True)
class PublicStage:
    """``event``: the catalogue's name of what began it; ``unit``: the holder's public name."""

    state: CaseState
    event: str
    at: datetime
    unit: str | None


@dataclass(frozen=True, slots=True)
class PublicCase:
    """``discreet``: stages, dates and an open question only; all else is None, False or empty.

    question_ref, note_ref: the officer's words to show; they are claimed from routing.
    """

    discreet: bool
    state: CaseState
    received_at: datetime
    due_at: datetime | None
    original_due_at: datetime | None
    closed_at: datetime | None
    stages: tuple[PublicStage, ...]
    merged: bool = False
    report_number: str | None = None
    channel: Channel | None = None
    category: str | None = None
    area: str | None = None
    unit: str | None = None
    question_open: bool = False
    question_ref: UUID | None = None
    note_ref: UUID | None = None
    rejection: RejectionReason | None = None
    notices: tuple[Notice, ...] = ()


def disclose(chain: Sequence[CaseRecord]) -> PublicCase | None:
    """``chain``: the case of the code, then those it was merged into, nearest first.

    None when there is no such case, or nothing of it has been received yet.
    """
    if not chain or chain[0].received_at is None:
        return None
    own, head = chain[0], chain[-1]
    discreet = any(view.confidential or view.restricted for view in chain)
    dates = PublicCase(
        discreet=discreet,
        state=head.state,
        received_at=chain[0].received_at,
        due_at=head.due_at,
        original_due_at=head.original_due_at,
        closed_at=head.closed_at,
        stages=tuple(_public(stage, discreet) for stage in _stages(own, head)),
        merged=head is not own,
        # The question was put to the head's reporter, not to those who were merged into it.
        question_open=own.question_open,
        question_ref=own.question_ref,
    )
    return dates if discreet else _with_details(dates, own, head)


def _with_details(dates: PublicCase, own: CaseRecord, head: CaseRecord) -> PublicCase:
    return replace(
        dates,
        report_number=own.report_number,
        channel=own.channel,
        category=own.category,
        area=own.area_name,
        unit=head.unit_name,
        note_ref=head.note_ref,
        rejection=head.rejection,
        notices=own.notices,
    )


def _stages(own: CaseRecord, head: CaseRecord) -> tuple[Stage, ...]:
    """The stages of the case itself up to its merger, then the later ones of its head."""
    if head is own:
        return own.stages
    merged_at = own.stages[-1].at
    return own.stages + tuple(stage for stage in head.stages if stage.at > merged_at)


def _public(stage: Stage, discreet: bool) -> PublicStage:
    unit = None if discreet else stage.unit_name
    return PublicStage(stage.state, stage.event, stage.at, unit)
