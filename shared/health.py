"""Health means progress: a task that has not beaten for a while is not well, however alive.

Some tasks are *needed* for what callers come for, and decide whether callers are let in. The others
are only reported: a citizen's report needs no broker, so a relay that waits for one shuts no door.
"""

from collections.abc import Callable
from time import monotonic


class Heart:
    """One task's sign of life. ``trouble`` names what it is waiting for, None when it is well."""

    def __init__(
        self,
        name: str,
        patience: float,
        now: Callable[[], float] = monotonic,
        *,
        needed: bool = False,
    ) -> None:
        """``patience``: seconds without a beat after which the task counts as stuck. ``needed``:
        callers are let in only while it is well."""
        self.name = name
        self.needed = needed
        self.trouble: str | None = None
        self.patience = patience
        self._now = now
        self._last: float | None = None
        self._began = now()

    def beat(self) -> None:
        """Progress was made."""
        self._last = self._now()
        self.trouble = None

    @property
    def well(self) -> bool:
        return self.status == "ok"

    @property
    def silent_seconds(self) -> float:
        """Since the last beat; before the first, since it began."""
        return self._now() - (self._began if self._last is None else self._last)

    @property
    def status(self) -> str:
        """``ok``, ``starting``, ``stuck`` or the trouble the task named."""
        if self.trouble:
            return self.trouble
        if self._last is None:
            return "starting"
        return "ok" if self._now() - self._last <= self.patience else "stuck"


class Health:
    """All hearts of a process."""

    def __init__(self) -> None:
        self._hearts: list[Heart] = []
        self._notes: dict[str, str] = {}

    def heart(self, name: str, patience: float = 15.0, *, needed: bool = False) -> Heart:
        return self.add(Heart(name, patience, needed=needed))

    def add(self, heart: Heart) -> Heart:
        self._hearts.append(heart)
        return heart

    def note(self, name: str, trouble: str | None) -> None:
        """What is wrong about ``name`` and keeps nobody from working; None: nothing any more."""
        if trouble is None:
            self._notes.pop(name, None)
        else:
            self._notes[name] = trouble

    def silent_seconds(self, name: str) -> float:
        """Of the task of this name; 0 where there is none."""
        return max((h.silent_seconds for h in self._hearts if h.name == name), default=0.0)

    def silences(self) -> dict[str, tuple[float, float]]:
        """Task name to the seconds since its last beat and those that it has. Of tasks of one name
        (the batches of several shards) the one that is nearest to its end."""
        nearest = sorted(self._hearts, key=lambda heart: heart.silent_seconds - heart.patience)
        return {heart.name: (heart.silent_seconds, heart.patience) for heart in nearest}

    @property
    def needed(self) -> list[str]:
        """The tasks that decide."""
        return [heart.name for heart in self._hearts if heart.needed]

    @property
    def ready(self) -> bool:
        """Whether callers are to be sent here."""
        return all(heart.well for heart in self._hearts if heart.needed)

    def report(self) -> dict[str, str]:
        """Task name to status, for the health answer."""
        return {heart.name: heart.status for heart in self._hearts} | self._notes
