"""Seeded cases: plausible, the same again, and as many as the figures need."""

from collections import Counter
from datetime import UTC, datetime

from services.routing.case.stage import stage_of
from services.routing.seeding.city import City
from services.routing.seeding.lives import BLOCK, DAYS, Life, Period, block
from services.routing.store import read_case, write_case
from shared.clock import JAKARTA
from shared.events.vocabulary import CLOSED_STATES
from tests.integration.routing.world import ATLAS

UNTIL = datetime(2026, 11, 26, tzinfo=JAKARTA)
CITY = City.of(ATLAS, ATLAS.categories.at(UNTIL.date()).categories)
COUNT = 2 * BLOCK
PERIOD = Period(COUNT, UNTIL)
LIVES = [life for number in range(COUNT // BLOCK) for life in block(CITY, PERIOD, 1, number)]
CASES = [life.case for life in LIVES]


def seeded(seed: int, number: int) -> list[Life]:
    return list(block(CITY, PERIOD, seed, number))


def test_the_same_seed_gives_the_same_cases_in_whatever_order_blocks_are_made() -> None:
    assert seeded(1, 1) == LIVES[BLOCK:]
    assert seeded(2, 1) != LIVES[BLOCK:]


def test_they_come_in_the_order_of_two_years_and_their_numbers_count_up_within_a_day() -> None:
    times = [case.received_at for case in CASES]
    assert times == sorted(times)
    assert (UNTIL - times[0]).days == DAYS - 1
    assert times[-1] < UNTIL
    for case in CASES:
        day = f"{case.received_at.astimezone(JAKARTA):%y%m%d}"
        assert case.report_number.startswith(f"JK{day}"), case
    assert len({case.report_number for case in CASES}) == COUNT
    first_of_days = Counter(case.report_number[-4:] for case in CASES)["0001"]
    assert first_of_days == DAYS


def test_an_id_tells_the_moment_of_its_case() -> None:
    for case in CASES[::97]:
        assert case.complaint_id.version == 7
        moment = datetime.fromtimestamp((case.complaint_id.int >> 80) / 1000, UTC)
        assert abs((moment - case.received_at).total_seconds()) < 0.002


def test_nearly_all_are_closed_and_two_archives_are_full() -> None:
    closed = [case for case in CASES if case.state in CLOSED_STATES]
    assert 0.955 < len(closed) / COUNT < 0.985
    held = Counter(case.unit_id for case in closed)
    assert held["31.74.01.1001"] > 0.1 * COUNT
    assert held["triage"] > 0.1 * COUNT
    assert all(case.closed_at is not None and case.closed_at <= UNTIL for case in closed)
    stages = {stage_of(case) for case in CASES}
    assert stages == {None, "new", "in_hand", "waiting"}


def test_what_is_stored_of_them_is_read_again() -> None:
    for case in CASES[::97]:
        assert read_case(write_case(case)) == case


def test_a_period_of_few_cases_is_one_of_days_without_any() -> None:
    few = Period(3, UNTIL)
    [*lives] = block(CITY, few, 1, 0)
    assert [life.case.report_number[-4:] for life in lives] == ["0001"] * 3
