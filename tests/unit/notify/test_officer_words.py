"""Which messages carry officers' words, and which wait for them."""

from typing import Any
from uuid import UUID

import pytest

from services.notify.domain import Lease
from services.notify.sending.officer_words import apart_without_words, wanted
from shared.events.routing import (
    CaseCompleted,
    CaseMerged,
    CaseRejected,
    CitizenQuestioned,
    WorkStarted,
)
from shared.events.vocabulary import RejectionReason
from tests.builders import a_case_event, a_complaint, a_complaint_id
from tests.unit.notify.cases import a_case, a_delivery, told

REF, OTHER = UUID(int=71), UUID(int=72)


def a_lease(seq: int, ref: UUID | None = None, number: int = 1, erased: bool = False) -> Lease:
    case = a_case(complaint_id=a_complaint_id(number), erased=erased)
    return Lease(a_delivery(complaint_id=case.complaint_id, words_ref=ref), case, seq)


@pytest.mark.parametrize(
    ("event", "ref"),
    [
        (a_case_event(CitizenQuestioned, question_ref=REF), REF),
        (a_case_event(CaseRejected, reason=RejectionReason.OFF_TOPIC, note_ref=REF), REF),
        (a_case_event(CaseRejected, reason=RejectionReason.OFF_TOPIC), None),
        (a_case_event(CaseCompleted, follow_up_ref=REF), REF),
        (a_case_event(WorkStarted), None),
        (a_case_event(CaseMerged, head_complaint_id=OTHER), None),
    ],
)
def test_a_message_knows_which_words_it_carries(event: Any, ref: UUID | None) -> None:
    assert told(a_complaint("sms"), event)[-1].words_ref == ref


def test_words_are_asked_for_once_and_not_for_who_is_erased() -> None:
    leases = [a_lease(1, REF), a_lease(2, REF, 2), a_lease(3, OTHER, 3, erased=True), a_lease(4)]
    assert wanted(leases) == [REF]


def test_a_message_whose_words_were_answered_does_not_wait_for_those_of_others() -> None:
    missing, answered, withheld = a_lease(1, REF), a_lease(2, OTHER, 2), a_lease(3, None, 3)
    now, later = apart_without_words([missing, answered, withheld], {REF})
    assert (now, later) == ([answered, withheld], [missing])


def test_an_erased_reporter_waits_for_no_words() -> None:
    erased = a_lease(1, REF, erased=True)
    assert apart_without_words([erased], {REF}) == ([erased], [])
