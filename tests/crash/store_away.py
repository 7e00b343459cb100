"""A folder of pictures that cannot be reached for a while, as a disk of the network may be."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


@contextmanager
def store_away(folder: Path) -> Iterator[None]:
    """In its place stands a file, so that whoever wants to write makes no second folder there. The
    two change places at one instant (renameat2 of Linux)."""
    folder.mkdir(mode=0o700, exist_ok=True)
    aside = folder.with_name(f"{folder.name}.away")
    aside.touch()
    _exchange(folder, aside)
    try:
        yield
    finally:
        _exchange(folder, aside)
        aside.unlink()


def _exchange(one: Path, other: Path) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    paths = (_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other))
    if libc.renameat2(*paths, _RENAME_EXCHANGE) != 0:
        raise OSError(ctypes.get_errno(), "two files could not change places")
