"""Who answers for a month unfinished, and to which part: pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from services.sla.clocks import Holding
from shared.events.sla import HoldingShare

SHARE_PARTS = 10_000
"""Shares are whole ten-thousandths, so that they add up to 1 exactly."""


def holding_shares(
    holdings: Iterable[Holding], start: datetime, end: datetime
) -> tuple[HoldingShare, ...]:
    """Each unit's part of the time the case was held between ``start`` and ``end``.

    Largest remainder: the shares are whole ten-thousandths and add up to 1; between equal
    remainders the unit that came first gets the rest. Empty when nobody held it.
    """
    held = _held(holdings, start, end)
    total = sum(held.values(), timedelta())
    if not total:
        return ()
    parts = {unit: divmod(SHARE_PARTS * span, total) for unit, span in held.items()}
    missing = SHARE_PARTS - sum(whole for whole, _ in parts.values())
    favoured = set(sorted(parts, key=lambda unit: parts[unit][1], reverse=True)[:missing])
    return tuple(
        HoldingShare(
            unit_id=unit,
            held_seconds=held[unit] // timedelta(seconds=1),
            share=(whole + (unit in favoured)) / SHARE_PARTS,
        )
        for unit, (whole, _) in parts.items()
    )


def _held(holdings: Iterable[Holding], start: datetime, end: datetime) -> dict[str, timedelta]:
    held: dict[str, timedelta] = {}
    for holding in holdings:
        since, until = max(holding.since, start), min(holding.until or end, end)
        if until > since:
            held[holding.unit_id] = held.get(holding.unit_id, timedelta()) + (until - since)
    return held
