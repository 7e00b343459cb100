"""Kafka's log, read batch by batch and record by record: for what the client gives up on.

Pure. The client refuses a whole answer of the broker for one byte in it. Here every record that can
be read is read, and each that cannot is named with its place and its bytes. The format is Kafka's
RecordBatch of magic 2 (https://kafka.apache.org/documentation/#recordbatch).
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from shared.bus import Partition, Record

_HEADER = struct.Struct(">qiibIhiqqqhii")
"""Base offset, length, leader epoch, magic, CRC, attributes, last offset delta, first and last
timestamp, producer id, its epoch, base sequence, count of records."""

_FRAME = struct.Struct(">qi")
_CRC_COVERS = 21
"""The checksum is of what comes after so many bytes."""

_MAGIC = 2
_CODEC, _CONTROL = 0x07, 0x20


@dataclass(frozen=True, slots=True)
class Codecs:
    """What the format leaves to libraries.

    ``crc32c``: of bytes. ``decompress``: a batch's records, by the number of their codec (0: none);
    None when they cannot be had.
    """

    crc32c: Callable[[bytes], int]
    decompress: Callable[[int, bytes], bytes | None]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a partition's log: batches as the broker sent them, the last perhaps cut off.

    ``position``: what comes before it was read already. ``high``: where the log ends.
    """

    partition: Partition
    position: int
    high: int
    log: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in a piece, in order, and where the next piece begins."""

    records: list[Record]
    next_offset: int


def read(piece: Piece, codecs: Codecs, limit: int) -> Reading:
    """At most ``limit`` records of ``piece``, those that cannot be read among them."""
    found: list[Record] = []
    position = piece.position
    for raw, following in _batches(piece.log):
        batch = _Batch(piece.partition, position, raw)
        end = min(batch.end, piece.high if following is None else following)
        found.extend(batch.records(end, codecs))
        # Also past what holds no event: a transaction's mark, records that were compacted away.
        position = max(position, end, *(record.next_offset for record in found[-1:]))
        if len(found) >= limit:
            return Reading(found[:limit], found[limit - 1].next_offset)
    return Reading(found, position)


def _batches(log: bytes) -> Iterator[tuple[bytes, int | None]]:
    """Each whole batch, and the offset with which the next one begins when that can be seen.

    A length that cannot be true ends it: all the rest is one batch, which will not be readable.
    """
    at = 0
    while at + _FRAME.size <= len(log):
        end = at + _whole(log, at)
        if end < at + _HEADER.size:
            yield log[at:], None
            return
        if end > len(log):
            return
        seen = end + 8 <= len(log)
        yield log[at:end], struct.unpack_from(">q", log, end)[0] if seen else None
        at = end


def _whole(log: bytes, at: int) -> int:
    """How many bytes the batch that begins at ``at`` says it has."""
    length: int = _FRAME.unpack_from(log, at)[1]
    return _FRAME.size + length


class _Batch:
    """One batch, of which everything before ``position`` was read already."""

    def __init__(self, partition: Partition, position: int, raw: bytes) -> None:
        self._partition = partition
        self._position = position
        self._raw = raw
        header = _HEADER.unpack(raw[: _HEADER.size].ljust(_HEADER.size, b"\0"))
        self._base, self._magic, self._crc, self._attributes = header[0], *header[3:6]
        self._count = header[12]
        self.end = self._base + header[6] + 1
        """The offset after it, if its header is true."""

    def records(self, end: int, codecs: Codecs) -> Iterator[Record]:
        """From its position on, the last before ``end``."""
        if (damage := self._damage(codecs)) is not None:
            # At least one offset is passed, whatever a damaged header says. What is met twice is
            # parked twice; what is passed unseen would be lost.
            yield self._unreadable(max(end, self._position + 1), damage)
        elif self._position < end and not self._attributes & _CONTROL:
            yield from self._read(end, codecs)

    def _damage(self, codecs: Codecs) -> str | None:
        """Why nothing in this batch can be believed, None when its checksum is right."""
        if len(self._raw) < _HEADER.size or len(self._raw) != _whole(self._raw, 0):
            return "the length of its batch is damaged"
        if self._magic != _MAGIC:
            return f"format {self._magic} of Kafka's log is not known"
        if self._crc != codecs.crc32c(self._raw[_CRC_COVERS:]):
            return "the checksum of its batch is wrong"
        return None

    def _read(self, end: int, codecs: Codecs) -> Iterator[Record]:
        codec = self._attributes & _CODEC
        body = codecs.decompress(codec, self._raw[_HEADER.size :])
        if body is None:
            yield self._unreadable(end, f"its batch cannot be decompressed: codec {codec}")
            return
        at = 0
        for _ in range(self._count):
            try:
                record, at = _record(self._partition, self._base, body, at)
            except (ValueError, IndexError):
                if self._position < end:
                    yield self._unreadable(end, "the structure of a record in its batch is damaged")
                return
            if self._position <= record.offset < end:
                yield record
                self._position = record.next_offset

    def _unreadable(self, end: int, why: str) -> Record:
        return Record(self._partition, self._position, None, (), self._raw, why, end - 1)


def _record(partition: Partition, base: int, body: bytes, at: int) -> tuple[Record, int]:
    """The record that begins at ``at``, and where the next one begins.

    Raises ValueError or IndexError when it is not built as a record is.
    """
    length, at = _varint(body, at)
    end = at + length
    _, at = _varint(body, at + 1)  # its timestamp, after its attributes
    delta, at = _varint(body, at)
    key, at = _bytes(body, at)
    value, at = _bytes(body, at)
    count, at = _varint(body, at)
    headers: list[tuple[bytes, bytes | None]] = []
    for _ in range(count):
        name, at = _bytes(body, at)
        content, at = _bytes(body, at)
        headers.append((name or b"", content))
    if at != end or delta < 0:
        raise ValueError("the record is longer or shorter than it says")
    return _named(Record(partition, base + delta, key, (), value), headers), end


def _named(record: Record, headers: list[tuple[bytes, bytes | None]]) -> Record:
    """With these headers. A name that is not UTF-8 is kept with its bytes written out."""
    names = [name.decode(errors="backslashreplace") for name, _ in headers]
    plain = all(name.encode() == raw for name, (raw, _) in zip(names, headers, strict=True))
    # Kafka knows headers without a value, whatever the clients' types say.
    pairs: list[tuple[str, Any]] = [
        (name, content) for name, (_, content) in zip(names, headers, strict=True)
    ]
    why = None if plain else "the name of a header is not UTF-8"
    return replace(record, headers=pairs, unreadable=why)


def _bytes(body: bytes, at: int) -> tuple[bytes | None, int]:
    """Length and bytes; a length of -1 stands for none."""
    length, at = _varint(body, at)
    if length == -1:
        return None, at
    if length < 0 or at + length > len(body):
        raise ValueError("a length that cannot be true")
    return body[at : at + length], at + length


def _varint(body: bytes, at: int) -> tuple[int, int]:
    """A number in groups of seven bits, the lowest first, its sign in the lowest bit (zigzag)."""
    number = shift = 0
    while shift < 70:
        byte = body[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return (number >> 1) ^ -(number & 1), at
    raise ValueError("a number without an end")
