"""One clock for all replicas: the database's, whatever the machine of a process says."""

from datetime import timedelta
from itertools import pairwise

from shared.clock import DatabaseClock
from tests.builders import T0

HOURS_AHEAD = T0 + timedelta(hours=3)
MOMENT = timedelta(milliseconds=1)


class Ticks:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def a_clock(ticks: Ticks) -> DatabaseClock:
    return DatabaseClock(ticks, lambda: HOURS_AHEAD)


def test_what_the_database_said_is_counted_on_until_its_next_answer() -> None:
    ticks = Ticks()
    clock = a_clock(ticks)
    clock.told(T0, 999.9, 1000.1)
    ticks.now = 1090.5
    assert clock() == T0 + timedelta(seconds=90.5)


def test_a_machine_whose_clock_is_hours_ahead_is_believed_by_nobody_who_can_ask() -> None:
    ticks = Ticks()
    clock = a_clock(ticks)
    assert clock() == HOURS_AHEAD
    clock.told(T0, ticks(), ticks())
    assert clock() == T0


def test_the_way_to_the_database_and_back_makes_no_time_jump() -> None:
    ticks = Ticks()
    clock = a_clock(ticks)
    clock.told(T0, 1000.0, 1000.0)
    clock.told(T0 + 20 * MOMENT, 1000.0, 1000.1)
    assert clock() == T0


def test_a_database_whose_clock_was_set_is_followed() -> None:
    ticks = Ticks()
    clock = a_clock(ticks)
    clock.told(T0, 1000.0, 1000.0)
    clock.told(T0 - timedelta(minutes=5), 1000.0, 1000.1)
    assert abs(clock() - (T0 - timedelta(minutes=5))) <= 50 * MOMENT


def test_what_is_not_known_yet_is_told_to_nobody() -> None:
    ticks = Ticks()
    clock = a_clock(ticks)
    assert clock.known() is None
    clock.told(T0, ticks(), ticks())
    assert clock.known() == T0


def test_answers_in_whole_seconds_draw_time_to_the_truth_and_never_throw_it_to_and_fro() -> None:
    ticks = Ticks()
    clock = a_clock(ticks)
    zero = T0 - timedelta(seconds=ticks())
    errors = []
    for number in range(200):
        ticks.now = 1000.0 + 0.7371 * number
        true = zero + timedelta(seconds=ticks())
        clock.told(true.replace(microsecond=0) + 500 * MOMENT, ticks() - 0.5, ticks() + 0.5)
        errors.append((clock() - true) / MOMENT)
    assert abs(errors[0]) <= 500
    assert abs(errors[-1]) < 20
    assert all(abs(later) <= abs(earlier) + 0.01 for earlier, later in pairwise(errors))
    assert all(error * errors[0] >= 0 for error in errors), "no answer throws time past the truth"
