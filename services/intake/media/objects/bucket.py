"""The store of objects: a folder, or a bucket of any kind that obstore knows.

The library's blocking calls run in threads: its own async face can abort the interpreter when the
process ends.
"""

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from shared.errors import Transient

T = TypeVar("T")

NAMES_AT_ONCE = 1000


class Bucket:
    """Objects by name. Every call raises Transient while the store is away or silent."""

    def __init__(self, url: str, options: Mapping[str, str], seconds: float) -> None:
        """``url``: ``file:///folder`` or of a bucket; opens nothing. ``options``: credentials and
        addresses, as obstore names them. ``seconds``: how long a call may take."""
        self._url = url
        self._options = dict(options)
        self._seconds = seconds
        self._folder = Path(url.removeprefix("file://")) if url.startswith("file://") else None
        self._opened: Any = None

    async def put(self, name: str, data: bytes) -> None:
        """Returns when the object would outlive a loss of power."""
        await self._call(lambda: self._put(name, data))

    async def get(self, name: str) -> bytes | None:
        """The object; None when there is none."""
        return await self._call(lambda: self._get(name))

    async def delete(self, names: Sequence[str]) -> None:
        """Objects that are not there are no error."""
        await self._call(lambda: self._delete(names))

    async def names(self, after: str, limit: int) -> list[tuple[str, datetime]]:
        """Names in their order from behind ``after``, and when each was written, UTC."""
        return await self._call(lambda: self._names(after, limit))

    async def _call(self, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.to_thread(work)
        except (BaseError, OSError, TimeoutError) as error:
            raise Transient(f"the store of pictures is away: {type(error).__name__}") from None

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
        return from_url(self._url, config=options, client_options=client)

    def _put(self, name: str, data: bytes) -> None:
        obstore.put(self._store, name, data)
        if self._folder is not None:
            _sync(self._folder / name)
            _sync(self._folder)

    def _get(self, name: str) -> bytes | None:
        try:
            return bytes(obstore.get(self._store, name).bytes())
        except FileNotFoundError:
            return None

    def _delete(self, names: Sequence[str]) -> None:
        for name in names:
            try:
                obstore.delete(self._store, name)
            except FileNotFoundError:
                continue
        if self._folder is not None:
            _sync(self._folder)

    def _names(self, after: str, limit: int) -> list[tuple[str, datetime]]:
        found = self._in_folder() if self._folder is not None else self._in_bucket(after)
        later = ((name, at) for name, at in found if name > after)
        return [pair for pair, _ in zip(later, range(limit), strict=False)]

    def _in_folder(self) -> Iterator[tuple[str, datetime]]:
        """Also what a write that was killed has left behind, which the library hides."""
        assert self._folder is not None  # noqa: S101 (for the type checker)
        self._open()
        with os.scandir(self._folder) as entries:
            found = [(each.name, each.stat().st_mtime) for each in entries]
        for name, at in sorted(found):
            yield name, datetime.fromtimestamp(at, UTC)

    def _in_bucket(self, after: str) -> Iterator[tuple[str, datetime]]:
        for page in obstore.list(self._store, offset=after or None, chunk_size=NAMES_AT_ONCE):
            for each in sorted(page, key=lambda found: found["path"]):
                yield each["path"], each["last_modified"]


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
