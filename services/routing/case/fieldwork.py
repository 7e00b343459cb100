"""The work on a case: plan, start, question, later date, follow-up. Pure.

Each function is the effect of a row in `transitions.TRANSITIONS`. The case that it gets has the
state and version after the command already, as the row says; ``former_state`` is the one before.
Raises Conflict, Forbidden (four eyes), Malformed.
"""

from dataclasses import replace
from datetime import datetime

from services.routing.case.checks import Effect, note_id, promise, refuse_author, subject
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
from services.routing.domain import ABOUT_SERVICE, Case, Category, Context, state_fact
from shared.errors import Conflict
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
from shared.events.vocabulary import CaseState

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


def approve_plan(case: Case, _: ApprovePlan, context: Context) -> Effect:
    refuse_author(case.plan_author, context)
    after = replace(case, plan_approved=True, plan_from=None)
    return after, state_fact(PlanApproved, after, context, plan_ref=case.plan_ref)


def return_plan(case: Case, _: ReturnPlan, context: Context) -> Effect:
    refuse_author(case.plan_author, context)
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


def start(case: Case, _: StartWork, context: Context) -> Effect:
    category = _category(case, context)
    # After a refusal the work is repeated: its plan was approved before, or none was needed then. A
    # rule that came later must not ask for a plan here, because no plan can be submitted any more.
    begins = case.former_state is not CaseState.FOLLOW_UP_REFUSED
    if begins and category is not None and category.plan_required and not case.plan_approved:
        raise Conflict("This category needs an approved plan first. Submit a plan.")
    after = replace(case, accepted=True)
    return after, state_fact(WorkStarted, after, context)


def ask(case: Case, _: AskCitizen, context: Context) -> Effect:
    if case.question_ref is not None and not case.question_expired:
        raise Conflict("A question is open. Wait for its answer.")
    question = note_id(context)
    after = replace(
        case, question_ref=question, question_expired=False, questions=case.questions + 1
    )
    return after, state_fact(CitizenQuestioned, after, context, question_ref=question)


def request_extension(case: Case, command: RequestExtension, context: Context) -> Effect:
    category = _category(case, context)
    if category is None or not category.allows_extension:
        raise Conflict("This category allows no later date.")
    if case.extension_until is not None:
        raise Conflict("A request for a later date waits for its answer.")
    if case.extensions >= EXTENSIONS_AT_MOST:
        raise Conflict(f"A later date may be asked for {EXTENSIONS_AT_MOST} times at most.")
    until = promise(command.complete_by, context)
    number = case.extensions + 1
    after = replace(
        case, extensions=number, extension_author=subject(context), extension_until=until
    )
    return after, state_fact(
        ExtensionRequested, after, context,
        complete_by=until, note_ref=note_id(context), number=number,
    )  # fmt: skip


def _open_extension(case: Case, context: Context) -> datetime:
    if case.extension_until is None:
        raise Conflict("No request for a later date is open.")
    refuse_author(case.extension_author, context)
    return case.extension_until


def approve_extension(case: Case, _: ApproveExtension, context: Context) -> Effect:
    until = _open_extension(case, context)
    after = replace(case, extension_author=None, extension_until=None)
    return after, state_fact(
        ExtensionApproved, after, context, complete_by=until, number=case.extensions
    )


def refuse_extension(case: Case, _: RefuseExtension, context: Context) -> Effect:
    _open_extension(case, context)
    after = replace(case, extension_author=None, extension_until=None)
    return after, state_fact(
        ExtensionRefused, after, context, note_ref=note_id(context), number=case.extensions
    )


def submit_follow_up(case: Case, command: SubmitFollowUp, context: Context) -> Effect:
    reference = note_id(context)
    after = replace(
        case,
        follow_up_ref=reference,
        follow_up_author=subject(context),
        extension_author=None,
        extension_until=None,
        question_ref=None,
        question_expired=False,
    )
    return after, state_fact(
        FollowUpSubmitted, after, context,
        follow_up_ref=reference, evidence_count=len(command.evidence),
    )  # fmt: skip
