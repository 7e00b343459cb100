"""By what the index of the words finds cases besides their words. Pure.

One index holds words and keys together, so that a search never reads what the officer may not see,
nor what the filters leave out. The keys only find: whether a case is shown is decided by the rule
of visibility in the same query.
"""

from collections.abc import Sequence
from datetime import UTC, date

from services.routing.domain import Case
from shared.events.vocabulary import CLOSED_STATES
from shared.visibility import CaseFacts, Clearance, Sight

UNRESTRICTED = "*"
OPEN = "o"
_SEPARATOR = "."


def keys_of(case: Case, facts: CaseFacts) -> list[str]:
    """All keys of a case, sorted. ``facts``: what the rule of visibility asks of it."""
    units = (facts.holder, facts.reviewer, *facts.watchers)
    found = {unit_key(unit) for unit in units if unit is not None}
    found |= {watcher_key(unit) for unit in facts.watchers}
    day = case.received_at.astimezone(UTC).date()
    found |= {state_key(case.state), channel_key(case.channel), day_key(day), month_key(day)}
    found |= set() if case.restricted else {UNRESTRICTED}
    found |= set() if case.state in CLOSED_STATES else {OPEN}
    found |= {category_key(case.category)} if case.category else set()
    found |= set(map(area_key, _areas(case.kelurahan_code or "")))
    return sorted(found)


def seen_by(sight: Sight) -> list[str] | None:
    """Keys of which a case has one if the sight sees it; None: it sees all."""
    if sight.clearance is Clearance.ALL:
        return None
    units = {sight.works_for, sight.judges_for} - {None}
    cleared = [UNRESTRICTED] if sight.clearance is Clearance.UNRESTRICTED else []
    return [*(unit_key(unit) for unit in sorted(filter(None, units))), *cleared]


def day_key(day: date) -> str:
    return "d" + day.isoformat().replace("-", "")


def month_key(day: date) -> str:
    return "m" + day.isoformat()[:7].replace("-", "")


def unit_key(unit_id: str) -> str:
    """Of a unit that has a ground to see the case."""
    return f"u{unit_id}"


def watcher_key(unit_id: str) -> str:
    """Of a unit that has passed the case on."""
    return f"w{unit_id}"


def state_key(state: str) -> str:
    return f"s{state}"


def category_key(slug: str) -> str:
    return f"c{slug}"


def channel_key(channel: str) -> str:
    return f"h{channel}"


def area_key(code: str) -> str:
    """``code``: of an area of any level."""
    return f"a{code}"


def _areas(code: str) -> Sequence[str]:
    """``31.74.01.1001 -> 31, 31.74, 31.74.01, 31.74.01.1001``"""
    parts = code.split(_SEPARATOR) if code else []
    return [_SEPARATOR.join(parts[:level]) for level in range(1, len(parts) + 1)]
