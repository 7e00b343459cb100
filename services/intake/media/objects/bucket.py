"""The store of objects: a folder, or a bucket of any kind that obstore knows.

The library's blocking calls run in threads: its own async face can abort the interpreter when the
process ends.
"""

import asyncio
import contextlib
import heapq
import itertools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from shared.errors import Transient

T = TypeVar("T")

NAMES_AT_ONCE = 1000


def sync(path: Path) -> None:
    """Returns when a file, or the names in a folder, would outlive a loss of power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Bucket:
    """Objects by name. Every call raises Transient while the store is away or silent."""

    def __init__(
        self,
        url: str,
        options: Mapping[str, str],
        seconds: float,
        sync: Callable[[Path], None] = sync,
        what: str = "the store of pictures",
    ) -> None:
        """``url``: ``file:///folder`` or of a bucket; opens nothing. ``options``: credentials and
        addresses, as obstore names them. ``seconds``: how long a call may take. ``sync``:
        of a folder, which the library does not bring to the disk. ``what``: its name in
        sentences."""
        self._url = url
        self._options = dict(options)
        self._seconds = seconds
        self._sync = sync
        self._what = what
        self._folder = Path(url.removeprefix("file://")) if url.startswith("file://") else None
        self._opened: Any = None

    async def put(self, objects: Mapping[str, bytes]) -> None:
        """Returns when all of these would outlive a loss of power. Some may lie there where it
        raises."""
        await self._call(lambda: self._put(objects))

    async def get(self, name: str) -> bytes | None:
        """The object; None when there is none."""
        return await self._call(lambda: self._get(name))

    async def holds(self, name: str) -> bool:
        """Whether there is such an object."""
        return await self._call(lambda: self._holds(name))

    async def delete(self, names: Sequence[str]) -> None:
        """Objects that are not there are no error."""
        await self._call(lambda: self._delete(names))

    async def names(self, after: str, limit: int) -> list[tuple[str, datetime]]:
        """At most ``limit`` names in the order of their bytes from behind ``after``, and when each
        was written, UTC. Fewer only where there are no more."""
        return await self._call(lambda: self._names(after, limit))

    async def _call(self, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.to_thread(work)
        except (BaseError, OSError, TimeoutError) as error:
            raise Transient(f"{self._what} is away: {type(error).__name__}") from None

    @property
    def _store(self) -> Any:
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    def _open(self) -> Any:
        if self._folder is not None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return LocalStore(self._folder)
        # Of which kind the bucket is stands in its address, so that no signature of the library
        # says which options it takes.
        options: Any = self._options
        client: Any = {"timeout": f"{self._seconds}s", "allow_http": True}
        # By itself the library tries for three minutes: the threads of calls that nobody waits for
        # any more would take those of the others.
        seconds = timedelta(seconds=self._seconds)
        retries: Any = {"max_retries": 2, "retry_timeout": seconds}
        return from_url(self._url, config=options, client_options=client, retry_config=retries)

    def _put(self, objects: Mapping[str, bytes]) -> None:
        for name, data in objects.items():
            # In one piece: what is left of an upload in parts that was cut off stands in no list.
            obstore.put(self._store, name, data, use_multipart=False)
        if self._folder is not None:
            # After the last: the first one's way to the disk takes the others along.
            for name in objects:
                self._sync(self._folder / name)
            self._sync(self._folder)

    def _get(self, name: str) -> bytes | None:
        try:
            return bytes(obstore.get(self._store, name).bytes())
        except FileNotFoundError:
            return None

    def _holds(self, name: str) -> bool:
        try:
            obstore.head(self._store, name)
        except FileNotFoundError:
            return False
        return True

    def _delete(self, names: Sequence[str]) -> None:
        if self._folder is None:
            self._delete_from_bucket(names)
            return
        # Not by the library: it takes no name of a write that was cut off.
        self._open()
        for name in names:
            (self._folder / name).unlink(missing_ok=True)
        self._sync(self._folder)

    def _delete_from_bucket(self, names: Sequence[str]) -> None:
        try:
            obstore.delete(self._store, list(names))
        except FileNotFoundError:
            # Some stores mind that one is not there, and leave the others.
            for name in names:
                with contextlib.suppress(FileNotFoundError):
                    obstore.delete(self._store, name)

    def _names(self, after: str, limit: int) -> list[tuple[str, datetime]]:
        if self._folder is not None:
            return self._in_folder(self._folder, after, limit)
        found = ((name, at) for name, at in self._in_bucket(after) if name > after)
        return list(itertools.islice(found, limit))

    def _in_folder(self, folder: Path, after: str, limit: int) -> list[tuple[str, datetime]]:
        """Also what a write that was cut off has left behind, which the library hides."""
        self._open()
        with os.scandir(folder) as entries:
            later = (entry.name for entry in entries if entry.name > after and entry.is_file())
            names = heapq.nsmallest(limit, later)
        found = []
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                written = (folder / name).stat().st_mtime
                found.append((name, datetime.fromtimestamp(written, UTC)))
        return found

    def _in_bucket(self, after: str) -> Iterator[tuple[str, datetime]]:
        for page in obstore.list(self._store, offset=after or None, chunk_size=NAMES_AT_ONCE):
            for each in sorted(page, key=lambda found: found["path"]):
                yield each["path"], each["last_modified"]
