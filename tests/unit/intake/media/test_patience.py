"""How long a picture is asked for: oracles by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from services.intake.media.fetching.asking import Declined, Unfetchable
from services.intake.media.fetching.patience import AskAgain, GiveUp, Next, after_failure
from shared.errors import CrmError, Reject, Transient
from shared.events.vocabulary import MediaRefusal
from shared.outbound import NotPublic

WANTED = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
AWAY = Transient("no answer")
REFUSED = Declined("the source answered 404")


def after(error: CrmError, attempts: int, later: timedelta = timedelta(0)) -> Next:
    """With the longest pause that chance allows."""
    return after_failure(error, attempts, WANTED, WANTED + later, 1.0)


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(1, 5), (2, 10), (3, 20), (4, 40), (5, 80), (10, 2560), (11, 3600), (90, 3600)],
)
def test_a_source_that_is_away_is_asked_after_ever_longer_pauses(
    attempts: int, seconds: int
) -> None:
    assert after(AWAY, attempts) == AskAgain(WANTED + timedelta(seconds=seconds))


def test_a_source_that_is_away_is_asked_for_three_days() -> None:
    assert isinstance(after(AWAY, 90, timedelta(days=3, seconds=-1)), AskAgain)
    assert after(AWAY, 90, timedelta(days=3)) == GiveUp(MediaRefusal.NOT_FETCHED)


def test_a_name_that_leads_inside_today_may_lead_outside_tomorrow() -> None:
    assert isinstance(after(NotPublic("no address"), 20, timedelta(days=2)), AskAgain)


def test_a_source_that_says_that_it_has_no_such_picture_is_asked_six_times() -> None:
    assert isinstance(after(REFUSED, 5), AskAgain)
    assert after(REFUSED, 6) == GiveUp(MediaRefusal.NOT_FETCHED)


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        ("too_large", MediaRefusal.TOO_LARGE),
        ("empty", MediaRefusal.EMPTY),
        ("not_allowed", MediaRefusal.NOT_FETCHED),
        ("no_address", MediaRefusal.NOT_FETCHED),
        ("sent_on_too_often", MediaRefusal.NOT_FETCHED),
    ],
)
def test_what_can_never_be_had_is_given_up_at_once(cause: str, reason: MediaRefusal) -> None:
    assert after(Unfetchable(cause), 1) == GiveUp(reason)


def test_an_address_that_does_not_open_is_given_up_at_once() -> None:
    assert after(Reject("unreadable"), 1) == GiveUp(MediaRefusal.NOT_FETCHED)
