"""The original of a message is shown to one administrator after another has agreed. Pure.

It shows who reported, and all that they sent. What an officer reads of a complaint may lack
something that a machine could not read; then a person may look, with a reason, and never alone.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from shared.errors import Conflict, Forbidden

LIFETIME = timedelta(hours=24)
"""From the request: so long it may be confirmed, and the original be read."""


@dataclass(frozen=True, slots=True)
class Reveal:
    """A wish to read originals. ``confirmed_by``: None while it waits for a second person.

    ``about_unit``, ``restricted``: of the complaint, for the rule of who sees it. ``asked_by``,
    ``confirmed_by``: opaque subjects of two administrators. ``note``, ``confirmed_note``: on what
    ground each acted. Instants: UTC.
    """

    reveal_id: UUID
    complaint_id: UUID
    about_unit: str | None
    restricted: bool
    asked_by: str
    note: str
    asked_at: datetime
    expires_at: datetime
    confirmed_by: str | None = None
    confirmed_note: str | None = None
    confirmed_at: datetime | None = None


def confirm(reveal: Reveal, by: str, note: str, now: datetime) -> Reveal:
    """Raises Forbidden for the officer who asked, Conflict for a request that is over or was
    confirmed by somebody else."""
    _check_in_time(reveal, now)
    if reveal.asked_by == by:
        raise Forbidden("Who asked for it may not confirm it. Ask a colleague (two persons).")
    if reveal.confirmed_by == by:
        return reveal
    if reveal.confirmed_by is not None:
        raise Conflict("Another administrator has confirmed it already.")
    return replace(reveal, confirmed_by=by, confirmed_note=note, confirmed_at=now)


def check_readable(reveal: Reveal, by: str, now: datetime) -> None:
    """Whether ``by`` may read the originals now. Raises Forbidden for another than who asked,
    Conflict for a request that nobody has confirmed or that is over."""
    _check_in_time(reveal, now)
    if reveal.asked_by != by:
        raise Forbidden("Only who asked for it may read it. Make a request of your own.")
    if reveal.confirmed_by is None:
        raise Conflict("No second administrator has confirmed it yet.")


def _check_in_time(reveal: Reveal, now: datetime) -> None:
    if now >= reveal.expires_at:
        raise Conflict("The time for this request is over. Ask anew.")
