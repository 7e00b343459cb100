"""The work on a case: plan, start, question, later date, follow-up. Pure.

Each function is the effect of a row in `transitions.TRANSITIONS`. The case that it gets has the
state and version after the command already, as the row says; ``former_state`` is the one before.
Raises Malformed for what the command says. The guard beside it says what stands against the
command whatever it says.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.routing.case.checks import Effect, note_id, own_work, promise, subject
from services.routing.case.commands import (
    ApproveExtension,
    ApprovePlan,
    AskCitizen,
    RefuseExtension,
    RequestExtension,
    ReturnPlan,
    StartWork,
    SubmitFollowUp,
    SubmitPlan,
)
from services.routing.case.reasons import (
    EVIDENCE_NOT_READY,
    NO_LATER_DATE,
    NO_REQUEST,
    NOT_EVIDENCE,
    PHOTO_NEEDED,
    PLAN_NEEDED,
    QUESTION_OPEN,
    REQUEST_OPEN,
    requests_used_up,
)
from services.routing.domain import (
    ABOUT_SERVICE,
    Case,
    CaseMedia,
    Category,
    Context,
    MediaState,
    state_fact,
)
from shared.errors import Conflict, DomainError, Forbidden, Malformed, NotReady
from shared.events.routing import (
    CitizenQuestioned,
    ExtensionApproved,
    ExtensionRefused,
    ExtensionRequested,
    FollowUpSubmitted,
    PlanApproved,
    PlanReturned,
    PlanSubmitted,
    WorkStarted,
)
from shared.events.vocabulary import CaseState, MediaKind, MediaOrigin

EXTENSIONS_AT_MOST = 2


def submit_plan(case: Case, command: SubmitPlan, context: Context) -> Effect:
    complete_by = promise(command.complete_by, context)
    plan = note_id(context)
    after = replace(
        case,
        accepted=True,
        plan_ref=plan,
        plan_author=subject(context),
        plan_from=case.former_state,
    )
    return after, state_fact(PlanSubmitted, after, context, plan_ref=plan, complete_by=complete_by)


def plan_judgement_barred(case: Case, context: Context) -> Forbidden | None:
    return own_work(case.plan_author, context)


def approve_plan(case: Case, _: ApprovePlan, context: Context) -> Effect:
    after = replace(case, plan_approved=True, plan_from=None)
    return after, state_fact(PlanApproved, after, context, plan_ref=case.plan_ref)


def return_plan(case: Case, _: ReturnPlan, context: Context) -> Effect:
    after = replace(
        case, state=case.plan_from or CaseState.RECEIVED, plan_ref=None, plan_author=None,
        plan_from=None,
    )  # fmt: skip
    return after, state_fact(
        PlanReturned, after, context, plan_ref=case.plan_ref, note_ref=note_id(context)
    )


def _category(case: Case, context: Context) -> Category | None:
    """Whose rules hold. For every case about officials they are the same: a plan or a later date
    that only some categories know would tell the stream which category it is."""
    slug = ABOUT_SERVICE if case.discreet else case.category
    return context.categories.get(slug) if slug else None


def start_barred(case: Case, context: Context) -> Conflict | None:
    category = _category(case, context)
    # After a refusal the work is repeated: its plan was approved before, or none was needed then. A
    # rule that came later must not ask for a plan here, because no plan can be submitted any more.
    begins = case.state is not CaseState.FOLLOW_UP_REFUSED
    if begins and category is not None and category.plan_required and not case.plan_approved:
        return Conflict(PLAN_NEEDED)
    return None


def start(case: Case, _: StartWork, context: Context) -> Effect:
    after = replace(case, accepted=True)
    return after, state_fact(WorkStarted, after, context)


def question_barred(case: Case, _: Context) -> Conflict | None:
    waits = case.question_ref is not None and not case.question_expired
    return Conflict(QUESTION_OPEN) if waits else None


def ask(case: Case, _: AskCitizen, context: Context) -> Effect:
    question = note_id(context)
    after = replace(
        case, question_ref=question, question_expired=False, questions=case.questions + 1
    )
    return after, state_fact(CitizenQuestioned, after, context, question_ref=question)


def request_barred(case: Case, context: Context) -> Conflict | None:
    category = _category(case, context)
    if category is None or not category.allows_extension:
        return Conflict(NO_LATER_DATE)
    if case.extension_until is not None:
        return Conflict(REQUEST_OPEN)
    if case.extensions >= EXTENSIONS_AT_MOST:
        return Conflict(requests_used_up(EXTENSIONS_AT_MOST))
    return None


def request_extension(case: Case, command: RequestExtension, context: Context) -> Effect:
    until = promise(command.complete_by, context)
    number = case.extensions + 1
    after = replace(
        case, extensions=number, extension_author=subject(context), extension_until=until
    )
    return after, state_fact(
        ExtensionRequested, after, context,
        complete_by=until, note_ref=note_id(context), number=number,
    )  # fmt: skip


def decision_barred(case: Case, context: Context) -> DomainError | None:
    if case.extension_until is None:
        return Conflict(NO_REQUEST)
    return own_work(case.extension_author, context)


def approve_extension(case: Case, _: ApproveExtension, context: Context) -> Effect:
    after = replace(case, extension_author=None, extension_until=None)
    return after, state_fact(
        ExtensionApproved, after, context, complete_by=case.extension_until, number=case.extensions
    )


def refuse_extension(case: Case, _: RefuseExtension, context: Context) -> Effect:
    after = replace(case, extension_author=None, extension_until=None)
    return after, state_fact(
        ExtensionRefused, after, context, note_ref=note_id(context), number=case.extensions
    )


def _evidence(case: Case, command: SubmitFollowUp, context: Context) -> tuple[UUID, ...]:
    """The pictures that the follow-up names, each once. One of which nothing was heard yet may have
    been taken in a moment ago."""
    refs = tuple(dict.fromkeys(command.media))
    files = [file for ref in refs if (file := context.media.get(ref)) is not None]
    if any(not _proves(file, case) for file in files):
        raise Malformed(NOT_EVIDENCE, field="media")
    if len(files) < len(refs) or any(file.state is MediaState.RECEIVED for file in files):
        raise NotReady(EVIDENCE_NOT_READY, field="media")
    category = _category(case, context)
    needed = category is not None and category.needs_photo(case.received_at)
    if needed and not _pictures(files):
        raise Malformed(PHOTO_NEEDED, field="media")
    return refs


def _proves(file: CaseMedia, case: Case) -> bool:
    """Whether it is evidence of this case that can be shown, or may become so."""
    of_case = file.complaint_id == case.complaint_id and file.origin is MediaOrigin.EVIDENCE
    return of_case and file.state in (MediaState.RECEIVED, MediaState.CLEARED)


def _pictures(files: Sequence[CaseMedia]) -> Sequence[CaseMedia]:
    return [file for file in files if file.kind is MediaKind.PICTURE]


def submit_follow_up(case: Case, command: SubmitFollowUp, context: Context) -> Effect:
    reference, media = note_id(context), _evidence(case, command, context)
    after = replace(
        case,
        follow_up_ref=reference,
        follow_up_author=subject(context),
        evidence=media,
        extension_author=None,
        extension_until=None,
        question_ref=None,
        question_expired=False,
    )
    return after, state_fact(
        FollowUpSubmitted, after, context,
        follow_up_ref=reference, evidence_count=len(command.evidence) + len(media),
        media_refs=media,
    )  # fmt: skip
