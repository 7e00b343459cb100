"""A whole list, page by page, as the inbox reads it.

Each page is a transaction of its own. So nobody holds a connection while a file is written, none is
silent for longer than the server allows, and a list of any length is read in short statements. What
changes meanwhile may be missing; nothing stands there twice, because each page begins behind the
last row of the one before.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from services.routing.domain import Case
from services.routing.work.store import Wanted, read_list
from shared.visibility import Sight
from shared.work import Works

PIECE = 500
"""Cases that are read and written at once. The one before is still held while a piece is read, so
that two lie in memory. By pieces of a thousand a list of 100,000 took a quarter to a third longer,
and the inbox waited nearly twice as long beside a spreadsheet."""


async def pieces(
    works: Works, wanted: Wanted, sight: Sight, now: datetime
) -> AsyncIterator[Sequence[Case]]:
    """All of the list in its order."""
    after = None
    while True:
        async with works.read(sight) as connection:
            found = await read_list(connection, wanted, sight, now, after, PIECE)
        yield found.cases
        if len(found.cases) < PIECE:
            return
        after = found.places[found.cases[-1].complaint_id]
