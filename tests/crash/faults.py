"""What can befall a running system: a fault is a value, drawn by a seeded source of chance."""

import random
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Literal

Kind = Literal["kill", "freeze", "backends", "gateways", "clock", "away"]
Place = Literal["replica", "postgres", "broker", "outside", "service", "clock", "store"]

SHORTEST_SECONDS = 5.0
GATEWAYS_SAY = ("503", "429", "403", "hang")
JUMPS = ("+3h", "-3h")


@dataclass(frozen=True, slots=True)
class Fault:
    """kill: SIGKILL. freeze: SIGSTOP, and SIGCONT after ``seconds``. backends: the database ends
    all sessions of a service. gateways: the outside world answers ``how`` for ``seconds``.
    clock: the process's clock jumps by ``how`` and after ``seconds`` back. away: pictures can be
    neither laid down nor had for ``seconds``.

    target: the name of a process, for ``backends`` that of a service.
    """

    kind: Kind
    place: Place
    target: str
    seconds: float = 0.0
    how: str = ""

    @property
    def label(self) -> str:
        """What faults of this kind are counted by."""
        if self.kind in ("kill", "freeze", "away"):
            return f"{self.kind} {self.place}"
        return {"backends": "end sessions", "gateways": f"gateways {self.how}"}.get(
            self.kind, f"clock {self.how}"
        )

    @property
    def holds(self) -> frozenset[str]:
        """Processes that no other fault may hit before this one is over."""
        return frozenset({self.target}) | ({"postgres"} if self.kind == "backends" else set())

    def __str__(self) -> str:
        length = f" {self.seconds:.0f} s" if self.seconds else ""
        return f"{self.label}: {self.target}{length}"


@dataclass(frozen=True, slots=True)
class Card:
    kind: Kind
    place: Place


DECK = (
    *[Card("kill", "replica"), Card("freeze", "replica")] * 4,
    *[Card("kill", "postgres"), Card("freeze", "postgres")],
    *[Card("kill", "broker"), Card("freeze", "broker")],
    *[Card("kill", "outside"), Card("freeze", "outside")],
    Card("away", "store"),
    *[Card("gateways", "outside"), Card("backends", "service"), Card("clock", "clock")] * 2,
)
"""One round: every kind occurs, what has replicas most often."""


class Dealer:
    """Deals the deck round after round. Chance decides order, targets and lengths."""

    def __init__(
        self, chance: random.Random, places: Mapping[Place, Sequence[str]], longest: float
    ) -> None:
        """``places``: whom faults can hit. A place that is missing or empty is not hit."""
        self._chance = chance
        self._places = places
        self._longest = longest
        self._round = [card for card in DECK if places.get(card.place)]
        self._cards: list[Card] = []

    def next(self, held: Set[str]) -> Fault | None:
        """The next fault that hits none of ``held``; None when all would. A card that cannot be
        played now waits; when none of the round's cards can, another round begins."""
        fault = self._from_hand(held)
        if fault is None:
            self._cards = self._chance.sample(self._round, len(self._round))
            fault = self._from_hand(held)
        return fault

    def _from_hand(self, held: Set[str]) -> Fault | None:
        for place, card in enumerate(self._cards):
            if (fault := self._drawn(card, held)) is not None:
                del self._cards[place]
                return fault
        return None

    def _drawn(self, card: Card, held: Set[str]) -> Fault | None:
        free = [name for name in self._places[card.place] if name not in held]
        if not free:
            return None
        lasts = card.kind not in ("kill", "backends")
        how = {"gateways": GATEWAYS_SAY, "clock": JUMPS}.get(card.kind, ("",))
        fault = Fault(
            card.kind,
            card.place,
            self._chance.choice(free),
            self._chance.uniform(SHORTEST_SECONDS, self._longest) if lasts else 0.0,
            self._chance.choice(how),
        )
        return None if fault.holds & held else fault
