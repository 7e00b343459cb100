"""A line for each step of the drill, with its seconds."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Tell = Callable[[str], None]


class Progress:
    def __init__(self, say: Tell) -> None:
        self._say = say
        self._began = time.monotonic()

    def tell(self, line: str) -> None:
        """What was found within a step."""
        self._say(f"{'':>9}  {line}")

    @contextmanager
    def step(self, name: str) -> Iterator[Tell]:
        """Says the name first, and the seconds when it is done."""
        began = time.monotonic()
        self._say(f"{began - self._began:7.1f} s  {name} ...")
        yield self.tell
        self._say(f"{'':>9}  {name}: {time.monotonic() - began:.1f} s")
