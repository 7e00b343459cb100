"""Which unsent messages a later one about the same case makes pointless."""

from itertools import product

import pytest

from services.notify.domain import Lease, is_pointless
from shared.events.vocabulary import NotificationTemplate as T
from tests.unit.notify.cases import a_case, a_delivery

POINTLESS = {
    (T.ROUTED, T.COMPLETED), (T.IN_PROGRESS, T.COMPLETED), (T.EXTENDED, T.COMPLETED),
    (T.QUESTION, T.COMPLETED),
    (T.ROUTED, T.REJECTED), (T.IN_PROGRESS, T.REJECTED), (T.EXTENDED, T.REJECTED),
    (T.QUESTION, T.REJECTED),
    (T.ROUTED, T.WITHDRAWN), (T.IN_PROGRESS, T.WITHDRAWN), (T.EXTENDED, T.WITHDRAWN),
    (T.QUESTION, T.WITHDRAWN),
    (T.FILE_REFUSED, T.COMPLETED), (T.FILE_REFUSED, T.REJECTED), (T.FILE_REFUSED, T.WITHDRAWN),
    (T.EXTENDED, T.EXTENDED),
}  # fmt: skip
"""(what waits, what came later), by hand."""

ALWAYS_TOLD = {T.CONFIRMATION, T.COMPLETED, T.REJECTED, T.REOPENED, T.MERGED, T.WITHDRAWN}


def a_lease(template: T, *later: T, erased: bool = False) -> Lease:
    return Lease(a_delivery(template=template), a_case(erased=erased), 1, frozenset(later))


@pytest.mark.parametrize(("template", "later"), list(product(T, T)))
def test_news_of_work_end_with_the_case_and_nothing_else_is_dropped(template: T, later: T) -> None:
    assert is_pointless(a_lease(template, later)) == ((template, later) in POINTLESS)


@pytest.mark.parametrize("template", sorted(ALWAYS_TOLD))
def test_a_receipt_an_outcome_and_an_answer_are_told_whatever_came_later(template: T) -> None:
    assert not is_pointless(a_lease(template, *T))


def test_a_question_of_a_case_that_is_open_is_asked_however_late() -> None:
    still_open = set(T) - {T.COMPLETED, T.REJECTED, T.WITHDRAWN}
    assert not is_pointless(a_lease(T.QUESTION, *still_open))


def test_what_waits_for_an_erased_reporter_ends_as_erased() -> None:
    assert not is_pointless(a_lease(T.IN_PROGRESS, T.COMPLETED, erased=True))
