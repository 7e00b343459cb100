"""How a case ends and begins again: judge, reject, reopen, merge, split. Pure.

Each function is the effect of a row in `transitions.TRANSITIONS`. The case that it gets has the
state and version after the command already, as the row says; ``former_state`` is the one before.
Raises Conflict and Malformed for what the command says. The guard beside it says what stands
against the command whatever it says.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from services.routing.case.checks import Effect, handed_over, note_id, own_work, receiver
from services.routing.case.commands import (
    MergeCase,
    OrderVerification,
    RefuseFollowUp,
    RejectCase,
    ReopenCase,
    SplitCase,
    ValidateFollowUp,
)
from services.routing.case.reasons import (
    ABOUT_ANOTHER,
    ANSWER_AWAITED,
    DRAWN_FOR_SITE_CHECK,
    HAS_MERGED,
    HEAD_CLOSED,
    NEW_WORDS,
    NOT_ASKED,
    ONLY_INCOMPLETE,
    SAME_UNIT,
    WORK_BEGUN,
    fits_another_state,
    flags_not_named,
    objection_over,
)
from services.routing.domain import Case, Context, closed, split_off, state_fact
from shared.errors import Conflict, DomainError, Forbidden, Malformed
from shared.events.routing import (
    AcceptedFlag,
    CaseCompleted,
    CaseMerged,
    CaseRejected,
    CaseReopened,
    FollowUpRefused,
    VerificationOrdered,
)
from shared.events.vocabulary import (
    CLOSED_STATES,
    CaseState,
    MediaFlag,
    RejectionReason,
    ReopenReason,
)

OBJECTION_WINDOW = timedelta(days=10)
"""How long a citizen may object or appeal after the case was closed (as LAPOR! gives)."""
REOPENED_FROM: Mapping[ReopenReason, CaseState | None] = {
    ReopenReason.CITIZEN_OBJECTION: CaseState.COMPLETED,
    ReopenReason.SUSPECTED_FRAUD: CaseState.COMPLETED,
    ReopenReason.APPEAL: CaseState.REJECTED,
    ReopenReason.NEW_FACTS: None,
}
"""The state that a case must have been in for this reason. None: completed or rejected."""
CITIZENS_REASONS = frozenset({ReopenReason.CITIZEN_OBJECTION, ReopenReason.APPEAL})
"""Reasons that are the citizen's right, and end with the window for it."""


def objection_until(case: Case) -> datetime | None:
    """When the citizen's right to object or to appeal ends; None for a case without it."""
    answered = case.state in (CaseState.COMPLETED, CaseState.REJECTED)
    return case.closed_at + OBJECTION_WINDOW if answered and case.closed_at else None


def judgement_barred(case: Case, context: Context) -> Forbidden | None:
    return own_work(case.follow_up_author, context)


def validation_barred(case: Case, context: Context) -> DomainError | None:
    """Of a case that was drawn the work is looked at where it was done, before it is accepted."""
    unseen = context.drawn and case.state is CaseState.AWAITING_VALIDATION
    barred = judgement_barred(case, context)
    return barred or (Conflict(DRAWN_FOR_SITE_CHECK) if unseen else None)


def verify(case: Case, _: OrderVerification, context: Context) -> Effect:
    return case, state_fact(VerificationOrdered, case, context)


def validate(case: Case, command: ValidateFollowUp, context: Context) -> Effect:
    found = _found(case, context)
    named = {(each.media_ref, each.flag) for each in command.accepted_flags}
    missing = [each for each in found if each not in named]
    if missing:
        raise Conflict(flags_not_named(missing), field="accepted_flags")
    after = closed(case, context.now)
    accepted = tuple(AcceptedFlag(media_ref=ref, flag=flag) for ref, flag in found)
    return after, state_fact(
        CaseCompleted, after, context, follow_up_ref=case.follow_up_ref, accepted_flags=accepted
    )


def _found(case: Case, context: Context) -> list[tuple[UUID, MediaFlag]]:
    """What was found in the pictures of the follow-up. No machine decides on it: a person does."""
    files = [file for ref in case.evidence if (file := context.media.get(ref)) is not None]
    return [(file.ref, flag) for file in files for flag in file.flags]


def refuse_follow_up(case: Case, _: RefuseFollowUp, context: Context) -> Effect:
    return case, state_fact(FollowUpRefused, case, context, note_ref=note_id(context))


def rejection_barred(case: Case, context: Context) -> Conflict | None:
    """Once work has been taken on, a case is rejected for the citizen's silence alone."""
    if case.state is CaseState.RECEIVED:
        return None
    return _silence_barred(case, context) if case.question_expired else Conflict(WORK_BEGUN)


def reject(case: Case, command: RejectCase, context: Context) -> Effect:
    for_silence = command.reason is RejectionReason.INCOMPLETE
    if for_silence and (barred := _silence_barred(case, context)) is not None:
        raise barred
    if not for_silence and case.former_state is not CaseState.RECEIVED:
        raise Conflict(ONLY_INCOMPLETE, field="reason")
    after = closed(case, context.now)
    return after, state_fact(
        CaseRejected, after, context, reason=command.reason, note_ref=context.note_id
    )


def _silence_barred(case: Case, context: Context) -> Conflict | None:
    """An answer that intake has filed may not have reached the case yet."""
    if not case.questions:
        return Conflict(NOT_ASKED, field="reason")
    if case.question_ref is not None and not case.question_expired:
        return Conflict(ANSWER_AWAITED, field="reason")
    if context.filed - set(case.content_refs):
        return Conflict(NEW_WORDS, field="reason")
    return None


def _check_reopening(case: Case, command: ReopenCase, context: Context) -> None:
    wanted = REOPENED_FROM[command.reason]
    if wanted is not None and case.former_state is not wanted:
        raise Conflict(fits_another_state(wanted), field="reason")
    late = case.closed_at is not None and context.now - case.closed_at > OBJECTION_WINDOW
    if command.reason in CITIZENS_REASONS and late:
        raise Conflict(objection_over(OBJECTION_WINDOW.days), field="reason")
    fraud = command.reason is ReopenReason.SUSPECTED_FRAUD
    if fraud and command.to_unit in (None, case.unit_id):
        raise Conflict(SAME_UNIT, field="to_unit")


def reopen(case: Case, command: ReopenCase, context: Context) -> Effect:
    _check_reopening(case, command, context)
    to_unit = case.unit_id
    if command.to_unit is not None:
        to_unit = receiver(case, command.to_unit, "to_unit", context)
    after = replace(
        handed_over(case, to_unit, None), follow_up_ref=None, follow_up_author=None, evidence=(),
        closed_at=None,
    )  # fmt: skip
    return after, state_fact(
        CaseReopened, after, context, reason=command.reason, note_ref=context.note_id
    )


def merger_barred(_: Case, context: Context) -> Conflict | None:
    return Conflict(HAS_MERGED) if context.has_children else None


def merge(case: Case, command: MergeCase, context: Context) -> Effect:
    head = context.head
    if head is None or head.complaint_id == case.complaint_id:
        raise Malformed("No such case to merge into.", field="head")
    barred = head_barred(case, head)
    if barred is not None:
        raise barred
    after = replace(closed(case, context.now), head_id=head.complaint_id)
    return after, state_fact(CaseMerged, after, context, head_complaint_id=head.complaint_id)


class Head(Protocol):
    """What is asked of a case that another is to follow."""

    @property
    def state(self) -> str: ...
    @property
    def about_unit(self) -> str | None: ...
    @property
    def restricted(self) -> bool: ...


def head_barred(case: Case, head: Head) -> Conflict | None:
    """Why ``case`` cannot be merged into ``head``; None: nothing of the head stands against it."""
    if head.state in CLOSED_STATES:
        return Conflict(HEAD_CLOSED, field="head")
    if (case.about_unit, case.restricted) != (head.about_unit, head.restricted):
        # The stream tells which cases were merged: of a public head it tells place and category.
        return Conflict(ABOUT_ANOTHER, field="head")
    return None


def split(case: Case, _: SplitCase, context: Context) -> Effect:
    return split_off(case, context)
