"""Routing, sla and tracking hold the same open after every path of the state machine.

Each event is heard twice. What is compared: the state, the holder, who may judge, who watches, the
open question and the end of its time, a request for a later date, a plan, the acceptance, the
closing, the merger; the follow-up's limit, its pause and its warnings; the nearest limit that runs;
the evaluation; the judges' clocks. Notify holds nothing open: it keeps what was said.
"""

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.routing.domain import Routed, Triaged
from shared.events.vocabulary import CaseState, TriageReason
from tests.unit.routing.cases import BINA_MARGA, MANGGARAI, TEBET_TIMUR
from tests.unit.routing.machine import VERBS
from tests.unit.stream.readers import MOVES, Known, disagreements, heard, kind_of, passes, received

PLACED = (
    Routed(TEBET_TIMUR, "sampah", "kelurahan-of-the-point", 1, 0.9),
    Routed(BINA_MARGA, "jalan", "category-dinas", 1, 0.9),
    Triaged(TriageReason.NO_PLACE, "sampah"),
)
OVERSEEN = Routed("inspektorat", "keluhan-pelayanan", "oversight", 1, 1.0)

ONLY_STATED_TODAY = {
    "stands in tracking", "warned in tracking", "evaluation in tracking", "stands in routing",
    "next in routing",
}  # fmt: skip
"""What a reader could not know of an earlier release's events, and guessed."""


Lived = tuple[Known, tuple[str, ...]]
"""A complaint, and what has happened to it."""


def test_all_hold_the_same_open_in_every_reachable_state_after_every_move() -> None:
    """From each kind of case that can be reached: all that officers, citizen, head and time do."""
    waiting: list[Lived] = [(received(found), ()) for found in PLACED]
    kinds = {kind_of(known) for known, _ in waiting}
    while waiting:
        known, path = waiting.pop(0)
        for name, move in MOVES.items():
            moved = move(known)
            if moved is None:
                continue
            after = heard(moved)
            assert disagreements(after) == {}, (*path, name)
            late = heard(passes(0)(heard(passes(11)(moved))))
            assert disagreements(late) == {}, (*path, name, "heard when the ticker had passed")
            if kind_of(after) not in kinds:
                kinds.add(kind_of(after))
                waiting.append((after, (*path, name)))
    assert {kind[0] for kind in kinds} == set(CaseState)


def test_the_moves_are_every_command_and_what_comes_in_between() -> None:
    assert len(MOVES) >= len(VERBS)


MOVED = st.lists(st.tuples(st.sampled_from(sorted(MOVES)), st.booleans()), max_size=25)
"""What happens, and whether everybody hears of it before the next thing happens."""
unhurried = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def lived(start: Known, moves: Sequence[tuple[str, bool]]) -> Known:
    known = start
    for name, at_once in moves:
        known = MOVES[name](known) or known
        known = heard(known) if at_once else known
    return heard(passes(0)(heard(known)))


@settings(unhurried, max_examples=250)
@given(
    found=st.sampled_from((*PLACED, OVERSEEN)),
    about=st.sampled_from([None, MANGGARAI]),
    moves=MOVED,
)
def test_all_hold_the_same_open_however_late_they_hear(
    found: Routed | Triaged, about: str | None, moves: list[tuple[str, bool]]
) -> None:
    assert disagreements(lived(received(found, about), moves)) == {}


@settings(unhurried, max_examples=150)
@given(found=st.sampled_from(PLACED), moves=MOVED)
def test_events_that_do_not_say_what_they_leave_open_mean_what_they_meant(
    found: Routed | Triaged, moves: list[tuple[str, bool]]
) -> None:
    known = lived(received(found, plainly=True), moves)
    assert set(disagreements(known)) <= ONLY_STATED_TODAY
