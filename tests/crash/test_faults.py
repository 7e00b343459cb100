"""The dealer of faults: every kind in each round, nothing twice at once, the same for one seed."""

import random

from tests.crash.faults import DECK, SHORTEST_SECONDS, Dealer, Fault, Place

PLACES: dict[Place, list[str]] = {
    "replica": ["intake-1", "intake-2", "sla-1", "sla-2"],
    "service": ["intake", "sla"],
    "clock": ["sla-2"],
    "postgres": ["postgres"],
    "broker": ["broker"],
    "outside": ["outside"],
    "store": ["store"],
}


def dealt(
    seed: int = 1, count: int = len(DECK), places: dict[Place, list[str]] = PLACES
) -> list[Fault]:
    dealer = Dealer(random.Random(seed), places, longest=60)
    faults = [dealer.next(frozenset()) for _ in range(count)]
    return [fault for fault in faults if fault is not None]


def test_each_round_has_every_kind_at_every_place() -> None:
    found = {(fault.kind, fault.place) for fault in dealt()}
    assert found == {(card.kind, card.place) for card in DECK}
    assert len(found) == 12


def test_a_seed_says_all_and_another_says_something_else() -> None:
    assert dealt(3) == dealt(3)
    assert dealt(3) != dealt(4)


def test_what_a_fault_holds_no_other_hits() -> None:
    dealer = Dealer(random.Random(5), PLACES, longest=60)
    held = frozenset({"postgres", "outside", "intake-1", "sla-2"})
    for _ in range(200):
        fault = dealer.next(held)
        assert fault is not None
        assert not fault.holds & held
    assert dealer.next(frozenset(name for names in PLACES.values() for name in names)) is None


def test_sessions_are_not_ended_in_a_database_that_is_away() -> None:
    assert Fault("backends", "service", "sla").holds == {"sla", "postgres"}


def test_places_that_nothing_can_hit_are_left_out() -> None:
    found = dealt(places={**PLACES, "clock": []}, count=3 * len(DECK))
    assert {fault.kind for fault in found} == {"kill", "freeze", "backends", "gateways", "away"}


def test_freezes_last_from_five_seconds_to_the_longest() -> None:
    lengths = [fault.seconds for fault in dealt(count=300) if fault.kind == "freeze"]
    assert SHORTEST_SECONDS <= min(lengths) < 10
    assert 50 < max(lengths) <= 60
