"""Processes whose clock can be made to jump, by libfaketime (Debian's package of that name)."""

import os
from collections.abc import Sequence
from pathlib import Path

IN_TIME = "+0"
INSTALL = "apt-get install --no-install-recommends libfaketime"


def libfaketime() -> Path | None:
    """The variant for processes with threads; None where it is not installed."""
    return next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


def notice() -> str:
    """What the summary of a run says about it."""
    found = libfaketime() is not None
    return "clocks: they jump" if found else f"clocks: NONE OF THEM JUMPED ({INSTALL})"


class Clocks:
    """``names``: the processes that read their clock out of a file; none without the library."""

    def __init__(self, home: Path, names: Sequence[str]) -> None:
        self._home = home
        self._library = libfaketime()
        self.names = tuple(names) if self._library else ()
        for name in self.names:
            self.jump(name, IN_TIME)

    def jump(self, name: str, by: str) -> None:
        """``by``: as libfaketime writes it, ``+3h``; the process sees it within a second."""
        self._home.mkdir(exist_ok=True)
        part = self._home / f".{name}"
        part.write_text(f"{by}\n")
        part.replace(self._home / name)

    def settings(self, name: str) -> dict[str, str]:
        """What the process must be started with."""
        if self._library is None or name not in self.names:
            return {}
        return {
            "LD_PRELOAD": os.fspath(self._library),
            "FAKETIME_TIMESTAMP_FILE": os.fspath(self._home / name),
            "FAKETIME_CACHE_DURATION": "1",
            # Who has a wrong clock still measures truly how long something takes.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
