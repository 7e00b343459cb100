"""How far a consumer is behind: counted from when the end of the log was first seen."""

from shared.bus import Partition, Place, Record
from shared.lag import Backlog, Lag

ONE, TWO = Partition("t", 1), Partition("t", 2)


def record(offset: int) -> Record:
    return Record(ONE, offset, None, (), b"")


def test_who_has_applied_everything_is_behind_by_nothing() -> None:
    lag = Lag()
    lag.saw({ONE: Place(7, 7)}, (), 100.0)
    assert lag.backlogs(500.0) == {1: Backlog(0, 0.0)}


def test_a_batch_in_hand_counts_until_it_is_applied() -> None:
    lag = Lag()
    lag.saw({ONE: Place(3, 3)}, (), 100.0)
    lag.saw({ONE: Place(5, 5)}, [record(3), record(4)], 110.0)
    assert lag.backlogs(140.0) == {1: Backlog(2, 30.0)}
    lag.applied({ONE: 5})
    assert lag.backlogs(150.0) == {1: Backlog(0, 0.0)}


def test_what_was_applied_of_a_growing_log_makes_the_backlog_younger() -> None:
    lag = Lag()
    lag.saw({ONE: Place(0, 0)}, (), 0.0)
    lag.saw({ONE: Place(1, 10)}, [record(0)], 10.0)
    lag.saw({ONE: Place(1, 20)}, [record(0)], 20.0)
    assert lag.backlogs(30.0) == {1: Backlog(20, 20.0)}
    lag.applied({ONE: 10})
    assert lag.backlogs(30.0) == {1: Backlog(10, 10.0)}


def test_ends_that_follow_each_other_within_a_second_are_one() -> None:
    lag = Lag()
    lag.saw({ONE: Place(0, 0)}, (), 0.0)
    for step in range(1, 101):
        lag.saw({ONE: Place(0, step)}, (), step / 100)
    lag.saw({ONE: Place(0, 200)}, (), 10.0)
    assert len(lag._ends[ONE]) <= 4
    assert lag.backlogs(12.0) == {1: Backlog(200, 11.99)}


def test_who_starts_with_a_backlog_counts_from_its_start() -> None:
    lag = Lag()
    lag.saw({ONE: Place(500, 900)}, [record(100)], 50.0)
    assert lag.backlogs(60.0) == {1: Backlog(800, 10.0)}


def test_a_partition_that_was_taken_away_is_not_told() -> None:
    lag = Lag()
    lag.saw({ONE: Place(0, 5), TWO: Place(4, 4)}, (), 0.0)
    lag.applied({ONE: 5, Partition("t", 3): 9})
    lag.saw({TWO: Place(4, 4)}, (), 1.0)
    assert lag.backlogs(2.0) == {2: Backlog(0, 0.0)}
    lag.saw({ONE: Place(2, 5), TWO: Place(4, 4)}, (), 3.0)
    assert lag.backlogs(4.0)[1] == Backlog(3, 1.0), "it comes back as the group left it"


def test_a_log_that_was_made_anew_is_behind_by_what_it_has() -> None:
    lag = Lag()
    lag.saw({ONE: Place(900, 900)}, (), 0.0)
    lag.saw({ONE: Place(1, 4)}, [record(0)], 10.0)
    assert lag.backlogs(15.0) == {1: Backlog(4, 5.0)}
    lag.applied({ONE: 4})
    assert lag.backlogs(20.0) == {1: Backlog(0, 0.0)}
