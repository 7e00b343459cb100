"""New keys come into force without a restart: the files of secrets are looked at again and again.

What was a variable stays as it is until a restart. A file that cannot be read, or a folder that is
away, leaves the keys that there are: a mistake in it must not take a running process down.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar

from pydantic import ValidationError

from shared.clock import Clock
from shared.errors import StopTheLine
from shared.settings import ProcessSettings
from shared.telemetry import Metrics, describe, get_logger

NAME = "keys"
KEY_SECONDS = 5.0
"""Between two looks."""

S = TypeVar("S", bound=ProcessSettings)
Held: TypeAlias = Mapping[str, tuple[str, ...]]
"""By kind the ids of the keys that a holder has, the one that writes first."""
Holder: TypeAlias = Callable[[S], Held]
"""Takes the keys out of the settings. Raises ValueError for what is no key."""


class KeyBook(Generic[S]):
    """Which keys a process holds, and when each was used last; told as metrics."""

    def __init__(self, metrics: Metrics, clock: Clock) -> None:
        self._metrics = metrics
        self._clock = clock
        self._holders: list[Holder[S]] = []

    def hold(self, holder: Holder[S], settings: S) -> None:
        """Takes the keys now, and again whenever their files change."""
        self._holders.append(holder)
        self._metrics.tell_keys(holder(settings))

    def replace(self, settings: S) -> None:
        """Raises ValueError for what is no key."""
        for holder in self._holders:
            self._metrics.tell_keys(holder(settings))

    def used(self, kind: str, key_id: str) -> None:
        self._metrics.count_key(kind, key_id, self._clock().timestamp())


class KeyWatch(Generic[S]):
    """Looks whether the files of secrets are others than before."""

    def __init__(self, folder: Path, reread: Callable[[], S], book: KeyBook[S]) -> None:
        self._folder = folder
        self._reread = reread
        self._book = book
        self._seen = self._stamp()
        self._log = get_logger(NAME)

    async def step(self) -> int:
        """Always 0: it rests until the next look."""
        try:
            stamp = self._stamp()
            if stamp != self._seen:
                self._book.replace(self._reread())
                self._seen = stamp
                self._log.info("keys_read")
        except (ValidationError, ValueError, StopTheLine, OSError) as error:
            self._log.error("keys_not_read", error=describe(error))
        return 0

    def _stamp(self) -> frozenset[tuple[str, int, int]]:
        """A secret of Kubernetes is changed by another link, a file of ours by another inode."""
        found = ((each.name, each.stat()) for each in self._folder.iterdir() if each.is_file())
        return frozenset((name, stat.st_ino, stat.st_mtime_ns) for name, stat in found)
