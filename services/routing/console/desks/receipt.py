"""The paper that a reporter takes home: what stands on it, and its QR code. Pure."""

from datetime import datetime, timedelta
from typing import Final

import segno
from pydantic import BaseModel, ConfigDict

QUIET: Final = 4
"""Light modules around a code (ISO/IEC 18004)."""


class Receipt(BaseModel):
    """A receipt as it waits, sealed, for the page that prints it. ``due``: the day by which the
    city has promised a follow-up. ``files``: how many were handed over. Name and
    contact of the reporter are in none of it."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    number: str
    code: str
    received_at: datetime
    due: datetime
    category: str | None
    place: str | None
    desk: str
    files: int = 0


def promised(received_at: datetime, days: int) -> datetime:
    return received_at + timedelta(days=days)


def in_fours(code: str) -> str:
    """A tracking code as people read it aloud: groups of four."""
    plain = "".join(each for each in code if each.isalnum())
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))


class QrCode(BaseModel):
    """``side``: of the square, in modules; ``path``: of an SVG, one square per dark module."""

    side: int
    path: str


def qr_code(address: str) -> QrCode:
    """Of an address that holds no secret. Runs of dark modules are one stroke each."""
    matrix = segno.make(address, error="m", micro=False).matrix
    strokes = [
        f"M{start + QUIET} {row + QUIET}h{length}v1h-{length}z"
        for row, line in enumerate(matrix)
        for start, length in _runs(line)
    ]
    return QrCode(side=len(matrix) + 2 * QUIET, path="".join(strokes))


def _runs(line: bytes | bytearray) -> list[tuple[int, int]]:
    """``(first, length)`` of each run of dark modules."""
    found: list[tuple[int, int]] = []
    for at, dark in enumerate(line):
        if not dark:
            continue
        if found and sum(found[-1]) == at:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((at, 1))
    return found
