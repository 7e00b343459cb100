"""Which words of officers may leave the office: decided by the note's verb and what came of it."""

import pytest

from services.routing.case.commands import AskCitizen, RejectCase, SubmitFollowUp
from services.routing.case.disclosure import ADDRESSED_BY, standing
from services.routing.case.transitions import TRANSITIONS

ADDRESSED = {("question", "CitizenQuestioned"), ("reject", "CaseRejected")}
ADDRESSED |= {("follow-up", "CaseCompleted")}
VERBS = sorted({command.verb for command in TRANSITIONS})
EVENTS = (
    "CaseCoordinated", "CaseDelegated", "CaseReturned", "PlanSubmitted", "PlanApproved",
    "PlanReturned", "CitizenQuestioned", "ExtensionRequested", "ExtensionRefused",
    "FollowUpSubmitted", "FollowUpRefused", "CaseCompleted", "CaseRejected", "CaseReopened",
)  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_only_a_question_a_rejections_note_and_a_completed_follow_up_are_handed_out(
    verb: str,
) -> None:
    handed_out = {(verb, event) for event in EVENTS if standing(verb, [event], False) == "ok"}
    assert handed_out == {pair for pair in ADDRESSED if pair[0] == verb}


def test_a_follow_up_is_among_officers_until_the_case_is_completed_on_it() -> None:
    assert standing("follow-up", ["FollowUpSubmitted"], False) == "private"
    assert standing("follow-up", ["FollowUpSubmitted", "CaseCompleted"], False) == "ok"


def test_words_to_a_reporter_who_is_erased_go_to_nobody() -> None:
    assert standing("question", ["CitizenQuestioned"], True) == "gone"
    assert standing("return", ["CaseReturned"], True) == "private"


@pytest.mark.parametrize(
    ("command", "field"), [(AskCitizen, "question"), (SubmitFollowUp, "text"), (RejectCase, "note")]
)
def test_the_contract_tells_officers_which_words_the_reporter_reads(
    command: type[AskCitizen], field: str
) -> None:
    assert command.verb in ADDRESSED_BY
    described = command.model_json_schema()["properties"][field]["description"]
    assert "Shown to the reporter" in described
