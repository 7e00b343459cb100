"""What the child writes and how it is read by one who does not trust it. Pure.

An answer is the length of a head (4 bytes), the head as JSON, and the pictures one after another.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from services.intake.media.clearing.facts import LONGEST_WORDS
from services.intake.media.clearing.fingerprint import (
    BANDS,
    BITS,
    GREY,
    WEAKEST,
    WINDOWS,
)
from services.intake.media.clearing.harmless import is_bare_jpeg
from services.intake.media.clearing.outcome import (
    Asked,
    Cleared,
    Derivative,
    Facts,
    Fingerprint,
    Refused,
    Size,
)
from shared.events.vocabulary import MediaRefusal

MOST_BYTES = 16 * 1024 * 1024
"""Of an answer: three pictures without a compressible spot have nine million."""
_LONGEST_HEAD = 65_536
_LONGEST_SIDE = 2048
_ASKED = 4


class Unbelievable(ValueError):
    """An answer that no honest child writes."""


def pack(outcome: Cleared | Refused) -> bytes:
    """An answer."""
    if isinstance(outcome, Refused):
        return _framed({"refused": outcome.reason}, ())
    mark = outcome.fingerprint
    head = {
        "sizes": [[each.size, each.width, each.height, len(each.data)]
                  for each in outcome.derivatives],
        "facts": asdict(outcome.facts),
        "fingerprint": None if mark is None else {
            "digest": mark.digest.hex(),
            "hashes": mark.hashes,
            "asked": mark.asked,
            "grey": mark.grey.hex(),
        },
    }  # fmt: skip
    return _framed(head, [each.data for each in outcome.derivatives])


def _framed(head: dict[str, Any], pictures: Sequence[bytes]) -> bytes:
    written = json.dumps(head, default=datetime.isoformat).encode()
    return b"".join((len(written).to_bytes(4, "big"), written, *pictures))


def unpack(answer: bytes) -> Cleared | Refused:
    """What was answered, checked to the last byte. Raises Unbelievable."""
    length = int.from_bytes(answer[:4], "big")
    if not 0 < length <= min(_LONGEST_HEAD, len(answer) - 4):
        raise Unbelievable("an answer without a head")
    try:
        head = json.loads(answer[4 : 4 + length])
        if set(head) == {"refused"}:
            return Refused(MediaRefusal(head["refused"]))
        return Cleared(
            derivatives=_derivatives(head["sizes"], answer[4 + length :]),
            facts=_facts(head["facts"]),
            fingerprint=_fingerprint(head["fingerprint"]),
        )
    except (TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise Unbelievable("a head of another shape") from error
    except ValueError as error:
        raise Unbelievable("a value that no honest child writes") from error


def _need(true: bool) -> None:
    if not true:
        raise Unbelievable("a value that no honest child writes")


def _derivatives(sizes: list[list[Any]], pictures: bytes) -> tuple[Derivative, ...]:
    found, at = [], 0
    _need([each[0] for each in sizes] == list(Size))
    for name, width, height, length in sizes:
        _need(all(type(each) is int and each > 0 for each in (width, height, length)))
        _need(max(width, height) <= _LONGEST_SIDE)
        data = pictures[at : at + length]
        _need(is_bare_jpeg(data, width, height))
        found.append(Derivative(Size(name), width, height, data))
        at += length
    _need(at == len(pictures))
    return tuple(found)


_TEXTS = ("format", "software", "source_type", "generator")
_NUMBERS = ("latitude", "longitude", "error_metres")
_FLAGS = ("has_offset", "camera", "manifest")


def _facts(head: dict[str, Any]) -> Facts:
    _need(set(head) == set(Facts.__dataclass_fields__))
    _need(all(type(head[name]) is int and 0 < head[name] < 1 << 17 for name in ("width", "height")))
    _need(all(head[name] is None or _is_short(head[name]) for name in _TEXTS))
    _need(head["format"] is not None)
    _need(all(head[name] is None or _is_finite(head[name]) for name in _NUMBERS))
    _need(all(type(head[name]) is bool for name in _FLAGS))
    _need(head["thumbnail_differs"] in (None, True, False))
    taken = head["taken_at"]
    when = None if taken is None else datetime.fromisoformat(taken)
    _need(when is None or when.tzinfo is not None)
    return Facts(**{**head, "taken_at": when})


def _is_short(text: object) -> bool:
    return isinstance(text, str) and len(text) <= LONGEST_WORDS and text.isprintable()


def _is_finite(number: object) -> bool:
    return isinstance(number, int | float) and abs(number) < 1e9


def _fingerprint(head: dict[str, Any] | None) -> Fingerprint | None:
    if head is None:
        return None
    digest, grey = bytes.fromhex(head["digest"]), bytes.fromhex(head["grey"])
    _need(len(digest) == 32 and len(grey) == GREY * GREY)
    _need(len(head["hashes"]) == len(WINDOWS) and len(head["asked"]) == _ASKED)
    hashes = tuple(_hash(each) for each in head["hashes"])
    asked = tuple(Asked(_hash(bits), _weakest(weak)) for bits, weak in head["asked"])
    return Fingerprint(digest, hashes, asked, grey)


def _hash(bits: object) -> int:
    if type(bits) is not int or not 0 <= bits < 1 << BITS:
        raise Unbelievable("bits that are none")
    return bits


def _weakest(bands: list[list[Any]]) -> tuple[tuple[int, ...], ...]:
    _need(len(bands) == BANDS and all(len(band) == WEAKEST for band in bands))
    _need(all(type(bit) is int and 0 <= bit < BITS for band in bands for bit in band))
    return tuple(tuple(band) for band in bands)
