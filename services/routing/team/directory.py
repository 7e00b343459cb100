"""Who works for a unit: whoever has shown a token of the issuer, by the name that stands in it."""

from datetime import datetime, timedelta
from uuid import UUID

from services.routing.team import store
from services.routing.team.store import Colleague
from shared.auth import Operator
from shared.work import Work

WRITTEN_EVERY = timedelta(hours=1)
"""An officer who works all day is written down once in this time."""

COLLEAGUE_FOR = timedelta(days=90)
"""So long after he was seen last an officer is listed: nobody tells us who has left."""

COLLEAGUES_AT_MOST = 500


async def noted(work: Work, officer: Operator) -> UUID:
    """The officer's opaque id; writes him down where that is news.

    Comes before cases are locked: two requests of one officer then wait in the same order.
    """
    known = await store.find_officer(work.connection, officer.subject, officer.unit)
    if known is not None and not is_news(known, officer, work.now):
        return known.officer_id
    officer_id = known.officer_id if known else work.new_id()
    return await store.write_officer(work.connection, officer_id, officer, work.now)


def is_news(known: Colleague, officer: Operator, now: datetime) -> bool:
    """Whether what the token says must be written down. Pure."""
    said = (officer.role.value, officer.name)
    return said != (known.role, known.name) or now - known.seen_at >= WRITTEN_EVERY
