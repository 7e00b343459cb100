"""What the bench's figures may be, on two cores that do nothing else."""

from collections.abc import Iterator, Mapping
from typing import Any

from deploy.rehearsal.bench.verdicts import Limits
from deploy.services import NAMES

AT_LEAST: Mapping[str, float] = {
    "picture_reports_per_s": 25,
    "pictures_cleared_per_core_s": 15,
    "pictures_cleared_beside_per_s": 1,
}
"""Beside receipts: were nothing cleared, nothing would show that they do not feel it."""
AT_MOST: Mapping[str, float] = {"picture_receipt_ratio": 1.25, "place_us": 20}
"""Clearing is niced, so it takes no receipt's turn. It lays pictures down and writes rows on the
same disk, and what runs twice on the same two cores differs by a tenth."""
MEMORY = ("rss_mb", "picture_rss_mb")
MEMORY_MB = 150
"""Of each process; the child with a picture open is bounded by its own limits (0054)."""


def flat(figures: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each figure by its full name: ``rss_mb.intake``."""
    for name, value in figures.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}.{inner}", found) for inner, found in flat(value))
        else:
            yield name, value


def limits_of(figure: str) -> Limits:
    """Of a figure by its full name; most have none, because they differ from machine to machine."""
    group, _, process = figure.rpartition(".")
    if group in MEMORY and process in NAMES:
        return Limits({figure: MEMORY_MB})
    return Limits(
        {figure: AT_MOST[figure]} if figure in AT_MOST else {},
        {figure: AT_LEAST[figure]} if figure in AT_LEAST else {},
    )
