"""Batches as they stand in Kafka's log, written out by hand from the format's description."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from gzip import compress

from shared.kafka import CODECS


@dataclass(frozen=True)
class Written:
    """A record as somebody wrote it, who need not have kept to UTF-8."""

    key: bytes | None = b"k"
    value: bytes | None = b"{}"
    headers: Sequence[tuple[bytes, bytes | None]] = ()


def varint(number: int) -> bytes:
    rest, out = (number << 1) ^ (number >> 63), bytearray()
    while rest >= 0x80:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*out, rest])


def sized(content: bytes | None) -> bytes:
    return varint(-1) if content is None else varint(len(content)) + content


def record(delta: int, written: Written) -> bytes:
    headers = b"".join(sized(name) + sized(content) for name, content in written.headers)
    body = (
        b"\0" + varint(0) + varint(delta) + sized(written.key) + sized(written.value)
        + varint(len(written.headers)) + headers
    )  # fmt: skip
    return varint(len(body)) + body


def batch(
    records: Sequence[Written],
    base: int = 0,
    *,
    codec: int = 0,
    control: bool = False,
    body: bytes | None = None,
) -> bytes:
    """A batch that begins at the offset ``base``; ``body`` stands in the place of its records."""
    plain = b"".join(record(delta, each) for delta, each in enumerate(records))
    body = (compress(plain) if codec == 1 else plain) if body is None else body
    attributes, last = codec | (0x20 if control else 0), len(records) - 1
    counted = struct.pack(">hiqqqhii", attributes, last, 0, 0, -1, -1, -1, len(records)) + body
    crc = CODECS.crc32c(counted)
    framed = struct.pack(">ibI", 0, 2, crc) + counted
    return struct.pack(">qi", base, len(framed)) + framed
