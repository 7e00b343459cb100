"""Whether the bytes that a child handed back are a bare JPEG and nothing more. Pure.

The child opened a stranger's file: it may be the stranger's by now. So what it made is read again
where no codec runs. A JPEG of ours has a JFIF head without thumbnail, tables, one frame, one scan,
and ends with its end; there is no place left for a comment, a profile, a position or a page.
"""

import re
from types import MappingProxyType

JFIF = re.compile(rb"JFIF\0\x01[\x00-\x02][\x00-\x02]....\0\0", re.DOTALL)
"""Version, unit and density; the thumbnail is 0 by 0 pixels."""

_APP0, _DQT, _DHT, _SOF0, _SOS, _EOI = 0xE0, 0xDB, 0xC4, 0xC0, 0xDA, b"\xff\xd9"
_MARK_IN_SCAN = re.compile(rb"\xff[^\x00]")


def _bare_head(body: bytes) -> bool:
    return JFIF.fullmatch(body) is not None


def _quantization(body: bytes) -> bool:
    """One or more tables of 8 bits."""
    return len(body) % 65 == 0 and all(each <= 3 for each in body[::65])


def _huffman(body: bytes) -> bool:
    """One or more tables, each as long as its counts say."""
    at = 0
    while at + 17 <= len(body):
        if body[at] & 0xEF > 3:
            return False
        at += 17 + sum(body[at + 1 : at + 17])
    return at == len(body)


def _scan_head(body: bytes) -> bool:
    """Three components in one sequential scan."""
    return len(body) == 10 and body[0] == 3 and body[-3:] == b"\x00\x3f\x00"


_CHECKS = MappingProxyType({
    _APP0: _bare_head, _DQT: _quantization, _DHT: _huffman, _SOS: _scan_head,
})  # fmt: skip


def is_bare_jpeg(data: bytes, width: int, height: int) -> bool:
    """Whether it is a baseline JPEG in three colours of that size, without anything else in it."""
    at, heads, frames = 2, 0, 0
    if data[:2] != b"\xff\xd8":
        return False
    while at + 4 <= len(data) and data[at] == 0xFF:
        mark, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + length]
        if length < 2 or len(body) != length - 2:
            return False
        heads, frames = heads + (mark == _APP0), frames + (mark == _SOF0)
        if mark == _SOF0:
            good = _frame(body, width, height)
        else:
            good = mark in _CHECKS and _CHECKS[mark](body)
        if not good or heads > 1 or frames > 1:
            return False
        at += 2 + length
        if mark == _SOS:
            return heads == frames == 1 and _ends_with_its_end(data, at)
    return False


def _frame(body: bytes, width: int, height: int) -> bool:
    sides = (int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big"))
    return len(body) == 15 and body[0] == 8 and body[5] == 3 and sides == (width, height)


def _ends_with_its_end(data: bytes, at: int) -> bool:
    """Whether the first mark after the start of the scan is the last thing of the file."""
    found = _MARK_IN_SCAN.search(data, at)
    return found is not None and found.group() == _EOI and found.end() == len(data)
