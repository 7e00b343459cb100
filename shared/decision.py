"""What a pure ``decide`` says."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.events.event import Event

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Decision(Generic[S]):
    """What a pure ``decide`` says: the state after it and the facts that came of it."""

    state: S
    events: tuple[Event, ...] = ()
