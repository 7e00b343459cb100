from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from services.intake.erasing import ErasureRequest, ask, asked_again, confirm, withdraw
from shared.errors import Conflict, CrmError, Forbidden, Gone
from shared.two_persons import expire
from tests.builders import at

DAY = timedelta(hours=24)
REQUEST = ask(UUID(int=1), UUID(int=2), "admin-1", "Permintaan pelapor.", at(), DAY)
CONFIRMED = confirm(REQUEST, "admin-2", "Diperiksa.", at(1))
WITHDRAWN = withdraw(REQUEST, "admin-2", "Keliru.", at(1))
EXPIRED = expire(REQUEST, at(25))


def test_two_persons_and_two_reasons_stand_in_a_confirmed_request() -> None:
    assert replace(
        REQUEST, outcome="confirmed", settled_by="admin-2", settled_note="Diperiksa.",
        settled_at=at(1),
    ) == CONFIRMED  # fmt: skip


def test_a_request_waits_a_day_and_not_a_moment_longer() -> None:
    assert REQUEST.waits(at(24) - timedelta(microseconds=1))
    assert not REQUEST.waits(at(24))
    assert not any(each.waits(at(2)) for each in (CONFIRMED, WITHDRAWN, EXPIRED))


@pytest.mark.parametrize(
    ("request_", "by", "hours", "error"),
    [
        (REQUEST, "admin-1", 1, Forbidden),
        (REQUEST, "admin-2", 24, Conflict),
        (REQUEST, "admin-1", 24, Conflict),
        (CONFIRMED, "admin-3", 2, Gone),
        (WITHDRAWN, "admin-3", 2, Conflict),
        (EXPIRED, "admin-3", 2, Conflict),
    ],
)
def test_what_cannot_be_confirmed(
    request_: ErasureRequest, by: str, hours: int, error: type[CrmError]
) -> None:
    with pytest.raises(error):
        confirm(request_, by, "Diperiksa.", at(hours))


def test_either_person_may_withdraw_a_request_until_it_is_settled() -> None:
    for by in ("admin-1", "admin-2"):
        withdrawn = withdraw(REQUEST, by, "Keliru.", at(1))
        assert (withdrawn.outcome, withdrawn.settled_by) == ("withdrawn", by)
    assert withdraw(WITHDRAWN, "admin-1", "Keliru.", at(2)) == WITHDRAWN
    for late, error in ((CONFIRMED, Gone), (EXPIRED, Conflict)):
        with pytest.raises(error):
            withdraw(late, "admin-1", "Keliru.", at(2))


def test_whoever_asked_may_ask_again_and_another_confirms_instead() -> None:
    assert asked_again(REQUEST, "admin-1") == REQUEST
    with pytest.raises(Conflict, match="Confirm that request"):
        asked_again(REQUEST, "admin-2")
