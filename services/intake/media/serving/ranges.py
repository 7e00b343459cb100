"""The one range of bytes that is served (RFC 9110, 14). Pure."""

import re
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """From ``start`` up to and without ``stop``, of a file of ``size`` bytes."""

    start: int
    stop: int
    size: int

    @property
    def length(self) -> int:
        return self.stop - self.start

    @property
    def content_range(self) -> str:
        """As the header ``Content-Range`` says it."""
        return f"bytes {self.start}-{self.stop - 1}/{self.size}"


class Unsatisfiable(ValueError):
    """The range begins behind the end of the file."""


def whole(size: int) -> ByteRange:
    return ByteRange(0, size, size)


def asked_range(header: str | None, size: int) -> ByteRange | None:
    """The range that the header ``Range`` asks for; None where the whole is to be sent: without a
    header, and for what is no range, another unit or several ranges, all of which a server may
    ignore (RFC 9110, 14.2). Raises Unsatisfiable."""
    found = _ONE_RANGE.fullmatch(header) if header else None
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        return _suffix(int(last), size)
    start, stop = int(first), int(last) + 1 if last else size
    if stop <= start and last:
        return None
    if start >= size:
        raise Unsatisfiable
    return ByteRange(start, min(stop, size), size)


def _suffix(length: int, size: int) -> ByteRange:
    if not length or not size:
        raise Unsatisfiable
    return ByteRange(max(size - length, 0), size, size)


@dataclass(frozen=True, slots=True)
class Cut:
    """A part of a chunk: the bytes from ``start`` up to and without ``stop`` of chunk ``number``,
    which is the last one or not."""

    number: int
    start: int
    stop: int
    last: bool


def cuts(lengths: list[int], asked: ByteRange) -> list[Cut]:
    """Which chunks hold the range, and which part of each. ``lengths``: bytes of each chunk."""
    found, begins = [], 0
    for number, length in enumerate(lengths):
        start, stop = max(asked.start - begins, 0), min(asked.stop - begins, length)
        if start < stop:
            found.append(Cut(number, start, stop, number == len(lengths) - 1))
        begins += length
    return found
