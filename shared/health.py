"""Health means progress: a task that has not beaten for a while is not well, however alive."""

from collections.abc import Callable
from time import monotonic


class Heart:
    """One task's sign of life. ``trouble`` names what it is waiting for, None when it is well."""

    def __init__(self, name: str, patience: float, now: Callable[[], float] = monotonic) -> None:
        """``patience``: seconds without a beat after which the task counts as stuck."""
        self.name = name
        self.trouble: str | None = None
        self._patience = patience
        self._now = now
        self._last: float | None = None

    def beat(self) -> None:
        """Progress was made."""
        self._last = self._now()
        self.trouble = None

    @property
    def well(self) -> bool:
        return self.status == "ok"

    @property
    def status(self) -> str:
        """``ok``, ``starting``, ``stuck`` or the trouble the task named."""
        if self.trouble:
            return self.trouble
        if self._last is None:
            return "starting"
        return "ok" if self._now() - self._last <= self._patience else "stuck"


class Health:
    """All hearts of a process."""

    def __init__(self) -> None:
        self._hearts: list[Heart] = []
        self._notes: dict[str, str] = {}

    def heart(self, name: str, patience: float = 15.0) -> Heart:
        heart = Heart(name, patience)
        self._hearts.append(heart)
        return heart

    def note(self, name: str, trouble: str | None) -> None:
        """What is wrong about ``name`` and keeps nobody from working; None: nothing any more."""
        if trouble is None:
            self._notes.pop(name, None)
        else:
            self._notes[name] = trouble

    @property
    def ready(self) -> bool:
        return all(heart.well for heart in self._hearts)

    def report(self) -> dict[str, str]:
        """Task name to status, for the health answer."""
        return {heart.name: heart.status for heart in self._hearts} | self._notes
