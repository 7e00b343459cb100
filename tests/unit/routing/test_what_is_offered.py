"""What an officer is offered is accepted, and what is not is refused for the reason that he read.

Random cases, officers and commands with a valid body. A command is open if and only if it is then
accepted with some body; one that is not open is refused for the same reason with every body.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.routing.case import reasons
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
from services.routing.case.relations import Relation, relations
from services.routing.case.transitions import TRANSITIONS, act, openings
from services.routing.domain import Actor, Case, Category, Context
from services.routing.work.views import not_allowed
from shared.errors import Conflict, DomainError, Forbidden, Reason
from shared.events.vocabulary import (
    CLOSED_STATES,
    CaseState,
    MediaFlag,
    RejectionReason,
    ReopenReason,
)
from tests.builders import T0
from tests.unit.routing.cases import (
    BINA_MARGA,
    BIRO_OFFICER,
    CATEGORIES,
    COMMANDS,
    HEAD,
    INSPECTOR,
    MANGGARAI,
    SUDIN_BINA_MARGA,
    TEBET_TIMUR,
    TRIAGE_OFFICER,
    UNITS,
    a_case,
    a_context,
    a_head,
    an_officer,
)

S = CaseState
NOW = T0 + timedelta(days=20)
SOON = NOW + timedelta(days=9)
REF, WORDS, NEW = UUID(int=32), UUID(int=11), UUID(int=12)
TO_UNITS = (TEBET_TIMUR, MANGGARAI, BINA_MARGA, SUDIN_BINA_MARGA, "inspektorat")
BODIES: tuple[Command, ...] = (
    *(command for command in COMMANDS if not isinstance(command, SubmitPlan | RequestExtension)),
    SubmitPlan(plan="Perbaikan", complete_by=SOON),
    RequestExtension(reason="Menunggu material", complete_by=SOON),
    *(CoordinateCase(to_unit=unit) for unit in TO_UNITS),
    *(DelegateCase(to_unit=unit) for unit in (*TO_UNITS, "sudin-pendidikan-1-31.74")),
    *(RejectCase(reason=reason) for reason in RejectionReason),
    *(ReopenCase(reason=reason, to_unit=unit)
      for reason in ReopenReason for unit in (None, *TO_UNITS)),
    *(AssignFromTriage(unit=unit, category="sampah") for unit in TO_UNITS),
)  # fmt: skip
"""Valid bodies; for each command at least one that fits every case in which it is open."""

OFFICERS = (
    an_officer(), an_officer(subject="p2"), an_officer(MANGGARAI), an_officer(BINA_MARGA),
    an_officer(SUDIN_BINA_MARGA), TRIAGE_OFFICER, BIRO_OFFICER, INSPECTOR,
    an_officer("biro-pemerintahan", "biro", "b2"), an_officer("inspektorat", "auditor", "a1"),
    an_officer("biro-pemerintahan", "admin", "d1"),
)  # fmt: skip
SUBJECTS = st.sampled_from([None, *(officer.subject for officer in OFFICERS)])
NEEDS_A_PLAN = {
    **CATEGORIES.categories, "pohon": Category("pohon", "Pohon", BINA_MARGA, plan_required=True),
}  # fmt: skip


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any case that may be stored, the improbable ones too."""
    state = draw(st.sampled_from(CaseState))
    asked = state not in CLOSED_STATES and draw(st.booleans())
    return a_case(
        state,
        unit_id=draw(st.sampled_from([*TO_UNITS, "triage", "biro-pemerintahan"])),
        about_unit=draw(
            st.sampled_from([None, None, MANGGARAI, BINA_MARGA, "biro-pemerintahan", "inspektorat"])
        ),
        category=draw(st.sampled_from(["sampah", "jalan", "pohon", "no-longer", None])),
        accepted=draw(st.booleans()),
        sender=draw(st.sampled_from([None, MANGGARAI])),
        plan_ref=REF if state is S.PLANNED else draw(st.sampled_from([None, REF])),
        plan_author=draw(SUBJECTS),
        plan_approved=draw(st.booleans()),
        question_ref=REF if asked else None,
        question_expired=asked and draw(st.booleans()),
        questions=1 if asked else draw(st.integers(0, 1)),
        extensions=draw(st.integers(0, 2)),
        extension_author=draw(SUBJECTS),
        extension_until=draw(st.sampled_from([None, SOON])),
        follow_up_ref=REF,
        follow_up_author=draw(SUBJECTS),
        closed_at=draw(st.sampled_from([NOW, T0])) if state in CLOSED_STATES else None,
        head_id=HEAD if state is S.MERGED else None,
    )


def officers_of(case: Case) -> tuple[Actor, ...]:
    """Those to whom something may be open, more often than others."""
    own = [officer for officer in OFFICERS if relations(case, officer, UNITS)]
    return (*OFFICERS, *own, *own, *own)


def known_of(case: Case, officer: Actor, **known: Any) -> Context:
    head = a_head(about_unit=case.about_unit, restricted=case.restricted)
    return a_context(officer, now=NOW, categories=NEEDS_A_PLAN, head=head, **known)


def refusals_of(kind: type[Command], case: Case, context: Context) -> list[DomainError | None]:
    """How each valid body of the command is answered; None: it is accepted."""
    answers: list[DomainError | None] = []
    for body in BODIES:
        if isinstance(body, kind):
            try:
                act(case, body, context)
                answers.append(None)
            except DomainError as refusal:
                answers.append(refusal)
    return answers


def told(refusal: DomainError) -> tuple[type[DomainError], Reason | None, str]:
    return type(refusal), refusal.reason, refusal.detail


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    case=cases(),
    data=st.data(),
    has_children=st.booleans(),
    filed=st.sampled_from([frozenset(), frozenset({WORDS}), frozenset({WORDS, NEW})]),
)
def test_a_command_is_offered_if_and_only_if_it_is_then_accepted(
    case: Case, data: st.DataObject, has_children: bool, filed: frozenset[UUID]
) -> None:
    officer = data.draw(st.sampled_from(officers_of(case)))
    context = known_of(case, officer, has_children=has_children, filed=filed)
    for kind, refusal in openings(case, context).items():
        answers = refusals_of(kind, case, context)
        if refusal is None:
            assert None in answers, kind
            assert all(answer.field for answer in answers if answer is not None), kind
        else:
            assert refusal.reason is not None, kind
            assert {told(answer) for answer in answers if answer} == {told(refusal)}, kind
            assert None not in answers, kind


def test_every_command_has_a_valid_body_here() -> None:
    assert {type(body) for body in BODIES} == set(TRANSITIONS)


SILENT: dict[str, Any] = {"question_ref": REF, "question_expired": True, "questions": 1}
GUARDS: tuple[tuple[type[Command], Case, Actor, dict[str, Any], type[DomainError], str], ...] = (
    (AcceptCase, a_case(accepted=True), an_officer(), {}, Conflict, "accepted_already"),
    (AcceptCase, a_case(), BIRO_OFFICER, {}, Forbidden, "not_yours"),
    (AcceptCase, a_case(S.PLANNED), an_officer(), {}, Conflict, "wrong_state"),
    (DelegateCase, a_case(), an_officer(), {}, Conflict, "no_unit_beneath"),
    (ReturnCase, a_case(S.COORDINATED), an_officer(), {}, Conflict, "not_passed_on"),
    (StartWork, a_case(category="pohon"), an_officer(), {}, Conflict, "plan_needed"),
    (AskCitizen, a_case(question_ref=REF, questions=1), an_officer(), {}, Conflict,
     "question_open"),
    (RequestExtension, a_case(S.IN_PROGRESS), an_officer(), {}, Conflict, "no_later_date"),
    (RequestExtension, a_case(S.IN_PROGRESS, category="jalan", extension_until=SOON), an_officer(),
     {}, Conflict, "request_open"),
    (ApproveExtension, a_case(S.IN_PROGRESS), BIRO_OFFICER, {}, Conflict, "no_request"),
    (RequestExtension, a_case(S.IN_PROGRESS, category="jalan", extensions=2), an_officer(), {},
     Conflict, "requests_used_up"),
    (ValidateFollowUp, a_case(S.VERIFYING, follow_up_author="b1"), BIRO_OFFICER, {}, Forbidden,
     "four_eyes"),
    (RejectCase, a_case(S.IN_PROGRESS, **SILENT), an_officer(), {"filed": frozenset({NEW})},
     Conflict, "new_words"),
    (MergeCase, a_case(), an_officer(), {"has_children": True}, Conflict, "has_merged"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "case", "officer", "known", "error", "code"), GUARDS, ids=[row[5] for row in GUARDS]
)
def test_what_is_not_open_says_why(
    kind: type[Command],
    case: Case,
    officer: Actor,
    known: dict[str, Any],
    error: type[DomainError],
    code: str,
) -> None:
    found = openings(case, known_of(case, officer, **known))
    [shown] = [each for each in not_allowed(found) if each.command == kind.verb]
    assert (shown.code, shown.status) == (code, error.status)
    assert shown.detail
    assert shown.detail_id


def test_each_reason_has_a_code_of_its_own_and_says_it_in_two_languages() -> None:
    fixed = [each for each in vars(reasons).values() if isinstance(each, Reason)]
    made = [
        reasons.wrong_state(S.RECEIVED, frozenset({S.MERGED})),
        reasons.not_yours(frozenset({Relation.HOLDER, Relation.TRIAGE})),
        reasons.requests_used_up(2), reasons.fits_another_state(S.REJECTED),
        reasons.objection_over(10),
        reasons.flags_not_named([(HEAD, MediaFlag.FAR)]),
    ]  # fmt: skip
    codes = [each.code for each in (*fixed, *made)]
    assert len(set(codes)) == len(codes) == 37
    assert all(each.en != each.id and each.id.endswith(".") for each in (*fixed, *made))
    assert made[1].id == "Hanya meja triase atau unit pemegang yang boleh melakukannya."
