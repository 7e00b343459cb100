"""The record of openings."""

from uuid import UUID

from services.routing.domain import Actor, Case
from services.routing.openings import store
from services.routing.openings.store import Opened
from shared.units import Units
from shared.visibility import sight_of
from shared.work import Works


class Openings:
    """Whoever shows a case to an officer calls ``note`` before, with nothing of it said yet."""

    def __init__(self, works: Works, units: Units) -> None:
        self._works = works
        self._units = units

    async def note(self, case: Case, actor: Actor, what: Opened, reason: str | None = None) -> None:
        """That the officer opens a restricted case; of any other nothing is recorded.

        It is committed when this returns, also for a caller who hangs up before the answer. Raises
        what keeps it from being recorded: then nothing may be shown.
        """
        if not case.restricted:
            return
        async with self._works.open(sight_of(actor, self._units)) as work:
            await store.add(work.connection, work.new_id(), case, actor, what, reason, work.now)

    async def note_media(self, case: Case, actor: Actor, ref: UUID, reason: str) -> None:
        """That the officer opens a locked file, of whatever case. Committed and raised as above."""
        async with self._works.open(sight_of(actor, self._units)) as work:
            await store.add(
                work.connection, work.new_id(), case, actor, Opened.MEDIA, reason, work.now, ref
            )

    async def note_text(self, case: Case, actor: Actor, reason: str) -> None:
        """That the officer opens masked words, restricted or not. Committed and raised as above."""
        async with self._works.open(sight_of(actor, self._units)) as work:
            await store.add(
                work.connection, work.new_id(), case, actor, Opened.TEXT, reason, work.now
            )
