"""Takeover is told from what was served, and only where one fault alone could be felt."""

import pytest

from tests.crash.faults import Fault
from tests.crash.takeover import Figure, Served, Stage, Struck, figures

FILING, EVENTS, MESSAGES = (
    Stage("filing", "intake"), Stage("events", "sla"), Stage("messages", "notify"),
)  # fmt: skip
KILLED = Fault("kill", "replica", "intake-1")


def every_second(stage: Stage, gap: tuple[int, int]) -> list[Served]:
    """Something each second for ten minutes, served after 0.2 s; in the gap only at its end."""
    began, ended = gap
    return [
        Served(stage, at, max(at + 0.2, ended if began <= at < ended else 0)) for at in range(600)
    ]


def only(found: list[Figure], label: str) -> Figure:
    (figure,) = [each for each in found if each.label == label]
    return figure


def test_the_first_one_who_asked_in_vain_tells_how_long_nobody_was_served() -> None:
    struck = [Struck(KILLED, 100, 108)]
    figure = only(figures(struck, every_second(FILING, (100, 104))), "kill replica")
    assert (figure.faults, figure.alone, figure.worst) == (1, 1, 4)
    assert figure.worst_stage == "filing of intake"


def test_who_waited_already_when_it_happened_counts_from_the_fault() -> None:
    served = [Served(FILING, 95, 103)]
    assert only(figures([Struck(KILLED, 100, 108)], served), "kill replica").worst == 3


def test_what_does_not_need_the_service_is_not_counted() -> None:
    served = every_second(Stage("acts", "routing"), (100, 130))
    assert only(figures([Struck(KILLED, 100, 108)], served), "kill replica").alone == 0


def test_a_service_that_is_called_counts_as_well() -> None:
    """sla asks intake what the stream does not tell; notify asks the vault whom to write to."""
    served = every_second(EVENTS, (100, 105))
    assert only(figures([Struck(KILLED, 100, 108)], served), "kill replica").worst == 5
    frozen = Fault("freeze", "replica", "vault-2", 30)
    served = every_second(MESSAGES, (100, 106))
    assert only(figures([Struck(frozen, 100, 130)], served), "freeze replica").worst == 6


def test_what_notify_tells_of_a_message_waits_for_the_gateway_that_has_it() -> None:
    """The message has arrived outside; the gateway that hangs says so ten seconds later."""
    frozen = Fault("freeze", "broker", "broker", 11)
    hanging = Fault("gateways", "outside", "outside", 10, "hang")
    struck = [Struck(frozen, 89, 100), Struck(hanging, 108, 118)]
    served = every_second(Stage("relay", "notify"), (108, 120))
    assert only(figures(struck, served), "freeze broker").worst == pytest.approx(0.2)
    assert only(figures(struck, served), "gateways hang").worst == 2


def test_while_a_part_is_away_that_exists_once_nobody_can_take_over() -> None:
    frozen = Fault("freeze", "postgres", "postgres", 30)
    served = every_second(FILING, (100, 132))
    assert only(figures([Struck(frozen, 100, 130)], served), "freeze postgres").worst == 2


def test_of_faults_that_overlap_only_the_worst_is_told_and_apart() -> None:
    other = Fault("freeze", "replica", "intake-2", 60)
    struck = [Struck(KILLED, 100, 108), Struck(other, 99, 159)]
    figure = only(figures(struck, every_second(FILING, (100, 160))), "kill replica")
    assert (figure.alone, figure.worst, figure.overlapped) == (0, None, 60)


def test_what_the_next_fault_does_is_not_counted_and_what_the_last_one_left_is_no_figure() -> None:
    other = Fault("freeze", "postgres", "postgres", 20)
    served = every_second(FILING, (100, 104)) + every_second(FILING, (106, 130))
    struck = [Struck(KILLED, 100, 103), Struck(other, 106, 126)]
    assert only(figures(struck, served), "kill replica").worst == 4
    struck = [Struck(other, 80, 97), Struck(KILLED, 100, 103)]
    assert only(figures(struck, served), "kill replica").alone == 0


def test_a_fault_that_touches_nothing_of_it_does_not_disturb_the_figure() -> None:
    other = Fault("freeze", "replica", "tracking-1", 60)
    struck = [Struck(KILLED, 100, 108), Struck(other, 99, 159)]
    assert only(figures(struck, every_second(FILING, (100, 104))), "kill replica").worst == 4
