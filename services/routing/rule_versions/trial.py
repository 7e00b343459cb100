"""What a version of the rules would decide otherwise, shown by past complaints. Pure.

Both versions read the same words on the same day. A complaint keeps the category that its reporter
chose and, where it has no point, the kelurahan that it was found to lie in; what else was known of
it at the door is not asked for again.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from services.routing.domain import Routed
from services.routing.placing.atlas import Atlas
from services.routing.placing.rules import Content, Tables, without_reading
from services.routing.rule_versions.failures import FAILURES
from shared.events.facts import Facts
from shared.events.vocabulary import Channel
from shared.units import Duty

Pair: TypeAlias = tuple[str | None, str | None]
"""Before and after."""


@dataclass(frozen=True, slots=True)
class Past:
    """A complaint that came in. ``category``: as its reporter chose it."""

    complaint_id: UUID
    channel: str
    category: str | None
    kelurahan_code: str | None
    content_ref: UUID


@dataclass
class Outcome:
    """Counts of complaints. ``unread``: those whose words are gone, about which nothing is said.
    ``failed``: those at which a rule of the newer version failed."""

    cases: int = 0
    unread: int = 0
    changed: int = 0
    failed: int = 0
    by_category: Counter[Pair] = field(default_factory=Counter)
    by_unit: Counter[Pair] = field(default_factory=Counter)


def try_out(
    texts: Sequence[tuple[Past, Content | None]], before: Atlas, after: Atlas, now: datetime
) -> Outcome:
    """The atlases must be of this thread: a reader is for one. ``texts``: None for words that are
    gone."""
    found = Outcome()
    old, new = before.tables(now), after.tables(now)
    for past, content in texts:
        found.cases += 1
        if content is None:
            found.unread += 1
            continue
        was, _ = _decided(past, content, before, old)
        would_be, failed = _decided(past, content, after, new)
        found.failed += failed
        found.changed += was != would_be
        if was[0] != would_be[0]:
            found.by_category[was[0], would_be[0]] += 1
        if was[1] != would_be[1]:
            found.by_unit[was[1], would_be[1]] += 1
    return found


def _decided(
    past: Past, content: Content, atlas: Atlas, tables: Tables
) -> tuple[tuple[str | None, str], bool]:
    """Category and unit, and whether a rule has failed."""
    pointed = content.latitude is not None
    facts = Facts(
        category=past.category,
        geotagged=pointed,
        kelurahan_code=None if pointed else past.kelurahan_code,
    )
    failed = False
    try:
        routing, _ = atlas.route(Channel(past.channel), facts, content, tables)
    except FAILURES:
        routing, failed = without_reading(facts, tables), True
    triage = tables.units.of_duty(Duty.TRIAGE).id
    unit = routing.unit_id if isinstance(routing, Routed) else triage
    return (routing.category, unit), failed
