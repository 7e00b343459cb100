"""As many different photographs as a load needs, made within a second.

To draw each of them would take minutes. A JPEG with a restart marker after each row of blocks
(ITU-T T.81, E.1.4) can be cut between these rows: the upper rows of one scene and the lower rows of
another are a photograph of its own, in bytes and in pixels, and nothing is encoded anew.
"""

from __future__ import annotations

import io
import random
import re
from itertools import pairwise, permutations

WIDE, HIGH = 1632, 1224
"""2 megapixels."""
SCENES = 8
GRAIN = 0.05
QUALITY = 80
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_SCAN, _END = b"\xff\xda", b"\xff\xd9"


class Album:
    """Photographs by number, from 0 to ``len(album) - 1``; of each number always the same."""

    def __init__(self, wide: int = WIDE, high: int = HIGH, scenes: int = SCENES) -> None:
        drawn = [_drawn(wide, high, seed) for seed in range(scenes)]
        self._head = drawn[0][0]
        self._rows = [rows for _, rows in drawn]
        self._pairs = tuple(permutations(range(scenes), 2))
        self._cuts = len(self._rows[0]) - 1

    def __len__(self) -> int:
        return len(self._pairs) * self._cuts

    def photograph(self, number: int) -> bytes:
        """A JPEG; at the size of a load about 300 kB. Raises IndexError where there is none."""
        if not 0 <= number < len(self):
            raise IndexError(f"photograph {number} of {len(self)}")
        cut, pair = divmod(number, len(self._pairs))
        upper, lower = self._pairs[pair]
        rows = self._rows[upper][: cut + 1] + self._rows[lower][cut + 1 :]
        return self._head + b"".join(rows) + _END


def _drawn(wide: int, high: int, seed: int) -> tuple[bytes, list[bytes]]:
    """All before the first row of blocks, and the rows; each but the first begins with its marker.

    Soft colours and grain: as many bytes, and as much work for a codec, as of a street.
    """
    from PIL import Image

    chance = random.Random(seed)  # noqa: S311 (a picture, and no secret)
    small = Image.frombytes("RGB", (60, 45), chance.randbytes(60 * 45 * 3))
    grain = Image.frombytes("L", (wide, high), chance.randbytes(wide * high)).convert("RGB")
    scene = small.resize((wide, high), Image.Resampling.BICUBIC)
    made = io.BytesIO()
    Image.blend(scene, grain, GRAIN).save(made, "JPEG", quality=QUALITY, restart_marker_rows=1)
    data = made.getvalue().removesuffix(_END)
    scan = data.index(_SCAN) + 2
    first = scan + int.from_bytes(data[scan : scan + 2], "big")
    starts = [first, *(each.start() for each in _RESTART.finditer(data, first)), len(data)]
    rows = [data[at:end] for at, end in pairwise(starts)]
    return data[:first], rows
