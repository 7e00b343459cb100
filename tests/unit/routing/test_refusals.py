"""What an officer is told when a command is refused: the sentence to act on, and the field."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.routing.case.checks import subject
from services.routing.case.commands import (
    AcceptCase,
    ApproveExtension,
    AskCitizen,
    AssignFromTriage,
    Command,
    CoordinateCase,
    DelegateCase,
    MergeCase,
    RejectCase,
    ReopenCase,
    RequestExtension,
    ReturnCase,
    StartWork,
    SubmitPlan,
    ValidateFollowUp,
)
from services.routing.case.transitions import act
from services.routing.domain import Actor, Case, decide
from shared.errors import Conflict, DomainError, Forbidden, Malformed, Reject
from shared.events.intake import ComplaintWithdrawn
from shared.events.vocabulary import CaseState, RejectionReason, ReopenReason
from tests.builders import T0, a_complaint_id
from tests.unit.routing.cases import (
    BINA_MARGA,
    BIRO_OFFICER,
    CATEGORIES,
    HEAD,
    MANGGARAI,
    TEBET_TIMUR,
    TRIAGE_OFFICER,
    a_case,
    a_context,
    a_head,
    an_officer,
)

S = CaseState
UNKNOWN = "No such unit. GET /v1/units lists them."
NOT_BENEATH = "Delegate only to a unit of your own. Else coordinate."
INCOMPLETE = RejectionReason.INCOMPLETE
QUESTION = UUID(int=32)
SOON = T0 + timedelta(days=9)
LATER_DATE = RequestExtension(reason="Menunggu material", complete_by=SOON)
NOBODY_SENT_IT = "No unit passed this case on. Coordinate it with the responsible one."


def reopening(reason: ReopenReason, to_unit: str | None = None) -> ReopenCase:
    return ReopenCase(reason=reason, to_unit=to_unit)


def assignment(**fields: Any) -> AssignFromTriage:
    return AssignFromTriage(**{"unit": MANGGARAI, "category": "sampah", **fields})


def closed(state: CaseState, days: int = 1) -> Case:
    return a_case(state, closed_at=T0 - timedelta(days=days))


REFUSALS: tuple[tuple[Case, Command, Actor, type[DomainError], str, str | None], ...] = (
    (a_case(accepted=True), AcceptCase(), an_officer(), Conflict,
     "The case is already accepted.", None),
    (a_case(), CoordinateCase(to_unit="nowhere"), an_officer(), Malformed, UNKNOWN, "to_unit"),
    (a_case(), CoordinateCase(to_unit=TEBET_TIMUR), an_officer(), Conflict,
     "Your unit holds the case already.", "to_unit"),
    (a_case(unit_id=BINA_MARGA), DelegateCase(to_unit="nowhere"), an_officer(BINA_MARGA), Malformed,
     UNKNOWN, "to_unit"),
    (a_case(unit_id=BINA_MARGA), DelegateCase(to_unit=MANGGARAI), an_officer(BINA_MARGA), Conflict,
     NOT_BENEATH, "to_unit"),
    (a_case(), DelegateCase(to_unit=BINA_MARGA), an_officer(), Conflict,
     "Your unit has no unit of its own for this case. Coordinate it instead.", None),
    (a_case(S.COORDINATED), ReturnCase(reason="Bukan wilayah kami"), an_officer(), Conflict,
     NOBODY_SENT_IT, None),
    (a_case(unit_id="triage"), assignment(unit="nowhere"), TRIAGE_OFFICER, Malformed,
     UNKNOWN, "unit"),
    (a_case(unit_id="triage"), assignment(category="no-such"), TRIAGE_OFFICER, Malformed,
     "No such category. GET /v1/categories lists them.", "category"),
    (a_case(unit_id="triage"), assignment(kelurahan="31.74.01"), TRIAGE_OFFICER, Malformed,
     "No such kelurahan.", "kelurahan"),
    (a_case(), SubmitPlan(plan="Perbaikan", complete_by=T0), an_officer(), Malformed,
     "Name a time in the future, within a year.", "complete_by"),
    (a_case(S.AWAITING_VALIDATION, follow_up_author="b1"), ValidateFollowUp(), BIRO_OFFICER,
     Forbidden, "Who filed it may not decide on it. Ask a colleague (four eyes).", None),
    (a_case(S.DELEGATED), CoordinateCase(to_unit=BINA_MARGA), an_officer(), Conflict,
     "The case is in state delegated (Disposisi). This is for a case in state received (Menunggu)"
     " or coordinated (Koordinasi) or in_progress (Proses).", None),
    (a_case(S.WITHDRAWN), AcceptCase(), an_officer(), Conflict,
     "The case is in state withdrawn (Dicabut). This is for a case in state received (Menunggu)"
     " or coordinated (Koordinasi) or delegated (Disposisi).", None),
    (a_case(S.IN_PROGRESS), RejectCase(reason=INCOMPLETE), an_officer(), Conflict,
     "Work has been taken on: only a question that stays unanswered lets the case be rejected.",
     None),
    (a_case(), AcceptCase(), BIRO_OFFICER, Forbidden,
     "Only the holder of the case may do this.", None),
    (a_case(), AskCitizen(question="Di mana?"), BIRO_OFFICER, Forbidden,
     "Only the holder or triage of the case may do this.", None),
    (a_case(about_unit=BINA_MARGA), CoordinateCase(to_unit=BINA_MARGA), an_officer(), Conflict,
     "The complaint is about that unit. Choose another.", "to_unit"),
    (a_case(), RejectCase(reason=INCOMPLETE), an_officer(), Conflict,
     "Ask the citizen for what is missing first.", "reason"),
    (a_case(question_ref=QUESTION, questions=1), RejectCase(reason=INCOMPLETE), an_officer(),
     Conflict, "Wait for the answer, or until the time for it is over.", "reason"),
    (a_case(S.IN_PROGRESS, question_ref=QUESTION, questions=1, question_expired=True),
     RejectCase(reason=RejectionReason.OFF_TOPIC), an_officer(), Conflict,
     "After an unanswered question only 'incomplete' fits.", "reason"),
    (a_case(question_ref=QUESTION, questions=1), AskCitizen(question="Di mana?"), an_officer(),
     Conflict, "A question is open. Wait for its answer.", None),
    (a_case(category="keluhan-pelayanan"), MergeCase(head=HEAD), an_officer(), Conflict,
     "The head is closed or merged itself. Choose an open case.", "head"),
    (a_case(about_unit=BINA_MARGA), MergeCase(head=HEAD), an_officer(), Conflict,
     "Only complaints about the same unit, or about none, belong together.", "head"),
    (a_case(S.IN_PROGRESS), LATER_DATE, an_officer(), Conflict,
     "This category allows no later date.", None),
    (a_case(S.IN_PROGRESS, category="jalan", extension_until=SOON, extensions=1), LATER_DATE,
     an_officer(), Conflict, "A request for a later date waits for its answer.", None),
    (a_case(S.IN_PROGRESS, category="jalan", extensions=2), LATER_DATE, an_officer(), Conflict,
     "A later date may be asked for 2 times at most.", None),
    (a_case(S.IN_PROGRESS), ApproveExtension(), BIRO_OFFICER, Conflict,
     "No request for a later date is open.", None),
    (closed(S.COMPLETED), reopening(ReopenReason.APPEAL), BIRO_OFFICER, Conflict,
     "This reason fits a case in state rejected (Ditolak).", "reason"),
    (closed(S.COMPLETED, 11), reopening(ReopenReason.CITIZEN_OBJECTION), BIRO_OFFICER, Conflict,
     "The 10 days for it are over. Only new facts reopen the case.", "reason"),
    (closed(S.COMPLETED), reopening(ReopenReason.SUSPECTED_FRAUD, TEBET_TIMUR), BIRO_OFFICER,
     Conflict, "On suspected fraud another unit must take the case.", "to_unit"),
    (closed(S.COMPLETED), reopening(ReopenReason.NEW_FACTS, "nowhere"), BIRO_OFFICER, Malformed,
     UNKNOWN, "to_unit"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("case", "command", "actor", "kind", "detail", "field"),
    REFUSALS,
    ids=[f"{type(row[1]).__name__}-{row[5] or row[3].__name__}" for row in REFUSALS],
)
def test_a_refusal_says_what_to_do_and_names_the_field(
    case: Case,
    command: Command,
    actor: Actor,
    kind: type[DomainError],
    detail: str,
    field: str | None,
) -> None:
    head = a_head(state=S.COMPLETED) if case.category == "keluhan-pelayanan" else a_head()
    with pytest.raises(DomainError) as refusal:
        act(case, command, a_context(actor, head=head))
    assert (type(refusal.value), refusal.value.detail, refusal.value.field) == (
        kind, detail, field,
    )  # fmt: skip


def test_a_command_that_no_officer_gives_is_refused() -> None:
    nobody = replace(a_context(), actor=None)
    for attempt in (lambda: subject(nobody), lambda: act(a_case(), AcceptCase(), nobody)):
        with pytest.raises(Forbidden) as refusal:
            attempt()
        assert refusal.value.detail == "An officer must give this command."


def test_an_assignment_states_the_triage_desks_rule_unit_and_place() -> None:
    case = a_case(unit_id="triage", kelurahan_code=None, area_name=None)
    command = assignment(unit=BINA_MARGA, category="jalan", kelurahan=MANGGARAI)
    [fact] = act(case, command, a_context(TRIAGE_OFFICER)).events
    stated = fact.model_dump(
        include={"unit_id", "category", "kelurahan_code", "area_name", "rule_id", "rule_version",
                 "confidence", "routed_by"}
    )  # fmt: skip
    assert stated == {
        "unit_id": BINA_MARGA, "category": "jalan", "kelurahan_code": MANGGARAI,
        "area_name": "Manggarai", "rule_id": "triage-desk", "rule_version": 1, "confidence": 1.0,
        "routed_by": "triage",
    }  # fmt: skip


def test_a_case_is_not_merged_into_itself_into_nothing_or_with_others_in_it() -> None:
    merge = MergeCase(head=HEAD)
    for context, detail, field in (
        (a_context(head=None), "No such case to merge into.", "head"),
        (a_context(head=a_case()), "No such case to merge into.", "head"),
        (a_context(has_children=True), "Cases were merged into this one. Split them first.", None),
    ):
        with pytest.raises(DomainError) as refusal:
            act(a_case(), merge, context)
        assert (refusal.value.detail, refusal.value.field) == (detail, field)


def test_a_category_that_needs_a_plan_says_so_before_the_work_begins() -> None:
    needs = replace(CATEGORIES.categories["jalan"], plan_required=True)
    context = a_context(categories={"jalan": needs})
    with pytest.raises(Conflict) as refusal:
        act(a_case(category="jalan"), StartWork(), context)
    assert refusal.value.detail == "This category needs an approved plan first. Submit a plan."


def test_a_command_that_must_say_why_is_refused_without_a_text() -> None:
    with pytest.raises(Malformed) as refusal:
        act(
            a_case(S.COORDINATED, sender=MANGGARAI),
            ReturnCase(reason="Bukan wilayah kami"),
            a_context(note_id=None),
        )
    assert (refusal.value.detail, refusal.value.field) == ("A text is needed.", "note")


def test_a_case_of_a_unit_that_is_no_longer_in_the_tree_is_set_aside_by_its_name() -> None:
    event = ComplaintWithdrawn(complaint_id=a_complaint_id(1), at=T0, source="citizen")
    with pytest.raises(Reject) as refusal:
        decide(a_case(unit_id="dinas-lama"), event, a_context())
    assert (refusal.value.cause, refusal.value.detail) == (
        "unknown_unit", "unit dinas-lama is not in the unit tree",
    )  # fmt: skip
