"""What stays the same of a picture that is cropped, re-encoded, turned round, brightened. Pure.

A part of a picture becomes 64 bits: it is shrunk to 24 by 24 greys, and each of the 8 by 8 lowest
frequencies of its cosine transform is above their median or not. A picture keeps twelve such
windows, so that a crop of another finds one that shows the same; it asks with four. Two
fingerprints are compared by bits first and by greys then: bits alone call two empty roads the same.

An index needs no scan: the bits fall into three bands, and of two pictures that differ in few
bits one band mostly differs in none but those nearest to the median. So 36 keys are stored, and
1,536 are asked for at once.
"""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import product
from math import cos, pi, sqrt
from operator import mul
from statistics import median
from typing import NamedTuple

from PIL import Image

from services.intake.media.clearing.outcome import Asked, Fingerprint

SIDE = 24
FREQUENCIES = 8
GREY = 40
ENOUGH = 256
"""So many pixels on the longest side hold all of the lowest frequencies."""
BITS = FREQUENCIES * FREQUENCIES
BANDS = 3
WEAKEST = 7
NEAR = 16
"""So many bits of 64 may differ before the greys are compared at all."""
SAME = 0.9
"""From this correlation of greys on, a reviewer is shown both pictures."""
FLAT = 3.0
"""A line at a border or a whole picture whose greys deviate less shows nothing."""
MOST_TRIMMED = 0.3

_COSINES = tuple(
    tuple(cos(pi / (2 * SIDE) * each * (2 * at + 1)) for at in range(SIDE))
    for each in range(1, FREQUENCIES + 1)
)


class Window(NamedTuple):
    """A part of a picture, in fractions of its sides."""

    left: float
    top: float
    right: float
    bottom: float


FULL = Window(0, 0, 1, 1)
TOP_OFF = Window(0, 0.1, 1, 1)
BOTTOM_OFF = Window(0, 0, 1, 0.9)
WINDOWS = (
    FULL,
    TOP_OFF,
    BOTTOM_OFF,
    *(Window(x, y, x + 0.9, y + 0.9) for x, y in product((0, 0.05, 0.1), repeat=2)),
)


def digest_of(rgb: Image.Image) -> bytes:
    """SHA-256 of the size and the pixels."""
    return hashlib.sha256(repr(rgb.size).encode() + rgb.tobytes()).digest()


def fingerprint(rgb: Image.Image) -> Fingerprint | None:
    """Of an upright picture, at any size from 256 pixels on; None when it shows nothing."""
    grey = trimmed(rgb.reduce(max(1, max(rgb.size) // ENOUGH)).convert("L"))
    small = grey.resize((GREY, GREY), Image.Resampling.BOX)
    if deviation(small.tobytes()) < FLAT:
        return None
    spectra = [_spectrum(grey, window) for window in WINDOWS]
    asked = (spectra[0], _mirrored(spectra[0]), spectra[1], spectra[2])
    return Fingerprint(
        digest=digest_of(rgb),
        hashes=tuple(_bits(each) for each in spectra),
        asked=tuple(Asked(_bits(each), _weakest(each)) for each in asked),
        grey=small.tobytes(),
    )


def deviation(values: bytes) -> float:
    mean = sum(values) / len(values)
    return sqrt(sum(map(mul, values, values)) / len(values) - mean * mean + 1e-9)


def trimmed(grey: Image.Image) -> Image.Image:
    """Without flat lines at its borders: bars of a player, a screenshot's or a messenger's edge."""
    width, height = grey.size
    rows, columns = _lines(grey, (64, height)), _lines(grey.transpose(_ON_SIDE), (64, width))
    top, bottom = _flat_at_ends(rows)
    left, right = _flat_at_ends(columns)
    return grey.crop((left, top, width - right, height - bottom))


_ON_SIDE = Image.Transpose.TRANSPOSE


def _lines(grey: Image.Image, size: tuple[int, int]) -> list[bytes]:
    """Each line of a picture, at a fixed number of samples."""
    samples, count = size
    shrunk = grey.resize(size, Image.Resampling.NEAREST).tobytes()
    return [shrunk[at * samples : (at + 1) * samples] for at in range(count)]


def _flat_at_ends(lines: Sequence[bytes]) -> tuple[int, int]:
    """How many lines are flat from the first on, and from the last on."""
    most = int(len(lines) * MOST_TRIMMED)
    return _flat_run(lines[:most]), _flat_run(lines[::-1][:most])


def _flat_run(lines: Iterable[bytes]) -> int:
    run = 0
    for line in lines:
        if deviation(line) >= FLAT:
            break
        run += 1
    return run


# --- bits --------------------------------------------------------------------------------


def _spectrum(grey: Image.Image, window: Window) -> list[float]:
    """The lowest 8 by 8 frequencies of a part, without those that are constant along a side."""
    width, height = grey.size
    box = (
        window.left * width, window.top * height, window.right * width, window.bottom * height,
    )  # fmt: skip
    part = grey.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=box, reducing_gap=2.0)
    values = part.tobytes()
    rows = [values[at : at + SIDE] for at in range(0, SIDE * SIDE, SIDE)]
    across = [[sum(map(mul, wave, row)) for row in rows] for wave in _COSINES]
    return [sum(map(mul, wave, column)) for wave in _COSINES for column in across]


def _mirrored(spectrum: Sequence[float]) -> list[float]:
    """The spectrum of the picture turned left to right: waves that are odd across change sign."""
    return [value if at % FREQUENCIES % 2 else -value for at, value in enumerate(spectrum)]


def _bits(spectrum: Sequence[float]) -> int:
    middle = median(spectrum)
    return sum(1 << at for at, value in enumerate(spectrum) if value > middle)


def _weakest(spectrum: Sequence[float]) -> tuple[tuple[int, ...], ...]:
    """For each band its bits that are nearest to the median."""
    middle = median(spectrum)

    def distance(bit: int) -> float:
        return abs(spectrum[bit] - middle)

    return tuple(
        tuple(sorted(range(band, BITS, BANDS), key=distance)[:WEAKEST]) for band in range(BANDS)
    )


# --- keys of the index -------------------------------------------------------------------

_BAND_BITS = tuple(tuple(range(band, BITS, BANDS)) for band in range(BANDS))
"""Every third bit: 22, 21 and 21, so that no band is one corner of the spectrum."""


def _key(hashed: int, band: int) -> int:
    """A band's bits below its number: at most 24 bits."""
    bits = (hashed >> bit & 1 for bit in _BAND_BITS[band])
    return band << 22 | sum(value << at for at, value in enumerate(bits))


def keys_stored(of: Fingerprint) -> list[int]:
    """36 keys of an index: three for each of ``hashes``, in their order."""
    return [_key(hashed, band) for hashed in of.hashes for band in range(BANDS)]


def keys_asked(of: Fingerprint) -> list[int]:
    """1,536 keys, some twice: one of them is stored of nearly every picture that is the same."""
    return [
        key
        for part in of.asked
        for band, weakest in enumerate(part.weakest)
        for key in _flipped(_key(part.hash, band), [bit // BANDS for bit in weakest])
    ]


def _flipped(key: int, places: Iterable[int]) -> list[int]:
    """The key with every choice of these bits turned over."""
    keys = [key]
    for place in places:
        keys += [each ^ 1 << place for each in keys]
    return keys


# --- comparing ---------------------------------------------------------------------------


def same(asked: Fingerprint, stored: Fingerprint) -> float:
    """From 0.0 to 1.0: how alike the greys of the parts are whose bits are near, at best; 1.0 for
    the same pixels, 0.0 when no part is near. From ``SAME`` on they show the same."""
    if asked.digest == stored.digest:
        return 1.0
    near = (
        (part, window)
        for part, of in enumerate(asked.asked)
        for window, hashed in enumerate(stored.hashes)
        if (of.hash ^ hashed).bit_count() <= NEAR
    )
    likes = (
        correlation(_asked_grey(asked, part), _cut(stored.grey, WINDOWS[window]))
        for part, window in near
    )
    return max(likes, default=0.0)


def _asked_grey(of: Fingerprint, part: int) -> bytes:
    windows = (FULL, FULL, TOP_OFF, BOTTOM_OFF)
    grey = _cut(of.grey, windows[part])
    if part != 1:
        return grey
    return b"".join(grey[at : at + GREY][::-1] for at in range(0, GREY * GREY, GREY))


def _cut(grey: bytes, window: Window) -> bytes:
    """A part of the greys, stretched to 40 by 40 again."""
    if window == FULL:
        return grey
    whole = Image.frombytes("L", (GREY, GREY), grey)
    left, top, right, bottom = (side * GREY for side in window)
    box = (left, top, right, bottom)
    part = whole.resize((GREY, GREY), Image.Resampling.BILINEAR, box=box)
    return part.tobytes()


def correlation(one: bytes, other: bytes) -> float:
    """Pearson's, of greys; 0.0 when it is negative or one of them is flat."""
    count = len(one)
    mean, its = sum(one) / count, sum(other) / count
    spread, its_spread = deviation(one), deviation(other)
    if min(spread, its_spread) < FLAT:
        return 0.0
    together = sum(map(mul, one, other)) / count - mean * its
    like: float = together / (spread * its_spread)
    return max(0.0, min(1.0, like))
