"""The original of a message is shown to one administrator after another has agreed. Pure.

It shows who reported, and all that they sent. What an officer reads of a complaint may lack
something that a machine could not read; then a person may look, with a reason, and never alone.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared import two_persons
from shared.errors import Conflict, Forbidden


@dataclass(frozen=True, slots=True, kw_only=True)
class Reveal(two_persons.Request):
    """A wish to read originals. ``expires_at``: so long it may be confirmed, and they be read.

    ``about_unit``, ``restricted``: of the complaint, for the rule of who sees it.
    """

    reveal_id: UUID
    complaint_id: UUID
    about_unit: str | None
    restricted: bool


def confirm(reveal: Reveal, by: str, note: str, now: datetime) -> Reveal:
    """As `two_persons.confirm`; whoever has confirmed it may say so again."""
    two_persons.check_in_time(reveal, now)
    if reveal.settled_by == by:
        return reveal
    return two_persons.confirm(reveal, by, note, now)


def check_readable(reveal: Reveal, by: str, now: datetime) -> None:
    """Whether ``by`` may read the originals now. Raises Forbidden for another than who asked,
    Conflict for a request that nobody has confirmed or that is over."""
    two_persons.check_in_time(reveal, now)
    if reveal.asked_by != by:
        raise Forbidden("Only who asked for it may read it. Make a request of your own.")
    if reveal.outcome != "confirmed":
        raise Conflict("No second administrator has confirmed it yet.")
