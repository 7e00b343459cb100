"""What a child would say of a file, told by hand: the file's bytes name it."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from PIL import Image

from services.intake.media.clearing.fingerprint import fingerprint
from services.intake.media.clearing.outcome import (
    Cleared,
    Derivative,
    Facts,
    Outcome,
    Refused,
    Size,
)
from shared.errors import Transient
from shared.events.vocabulary import MediaRefusal

PLAIN = Facts(format="image/jpeg", width=1600, height=1200, camera=True)
"""Of a phone's picture that says neither when nor where it was taken."""

DERIVATIVES = tuple(
    Derivative(size, 1600 // share, 1200 // share, size.value.encode())
    for size, share in ((Size.LARGE, 1), (Size.MEDIUM, 2), (Size.SMALL, 8))
)


def a_picture(shown: Image.Image | None = None, **facts: object) -> Cleared:
    """A picture whose original said this of itself. ``shown``: what is to be seen; None: nothing
    that could be compared."""
    mark = fingerprint(shown) if shown else None
    return Cleared(DERIVATIVES, replace(PLAIN, **facts), mark)  # type: ignore[arg-type]


class Told:
    """Says of each file what it was told to say; of others that they are none of ours. ``busy``:
    no child can be had."""

    def __init__(self, outcomes: Mapping[bytes, Outcome] | None = None) -> None:
        self.outcomes = dict(outcomes or {})
        self.seen: list[tuple[int, bool]] = []
        self.busy = False
        self.before: Callable[[], None] = lambda: None

    async def start(self) -> None:
        """It has no children."""

    async def clear(self, data: bytes, *, evidence: bool, gives_way: bool) -> Outcome:
        self.before()
        if self.busy:
            raise Transient("no child can be had")
        self.seen.append((len(data), evidence))
        return self.outcomes.get(data[:64], Refused(MediaRefusal.TYPE))
