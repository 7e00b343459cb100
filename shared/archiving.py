"""Archives months of events: files first, then the floor, then the rows go (docs/decisions/0091).

May be cut off at any moment and run again. All services go on working meanwhile.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from shared import archive, archived_rows
from shared.archive import ArchivedEvent, ArchivedMonth, MonthFile, first_id, month_of, next_month
from shared.archived_rows import AT_ONCE
from shared.database import STREAM, create_engine, transient_database_errors
from shared.errors import NotYetArchivable

_LOWEST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Participant:
    """A service that has the tables of the bus. ``emits``: events are recorded in its outbox.
    ``hears``: types of events that it applies, without their versions."""

    url: str
    emits: bool
    hears: frozenset[str]


async def archive_months(
    participants: Mapping[str, Participant],
    folder: Path,
    before: date,
    said: Callable[[str], None] = lambda line: None,
) -> int:
    """Archives what was recorded before the first day of the month ``before``; returns how many
    events. ``participants``: all services with tables of the bus, by schema. ``said`` is told of
    each month.

    Raises NotYetArchivable, and no row of the month that it names is changed; ArchiveSpoiled when
    an earlier file is not what it was; Transient.
    """
    done = 0
    with transient_database_errors():
        async with AsyncExitStack() as stack:
            services = [
                await stack.enter_async_context(_opened(name, each))
                for name, each in participants.items()
            ]
            for month in await _months(services, before):
                events = await _archive_month(services, folder, month)
                done += events
                said(f"{month:%Y-%m}: {events} events")
    return done


async def _months(services: Sequence["_Service"], before: date) -> list[date]:
    """Those with something to be archived or to be deleted, in order. Also those that are archived
    and that a service whose tables are new must be asked about."""
    floors = [await each.floor() for each in services]
    lowest = min(floors, key=lambda floor: floor.int)
    begun = [
        month
        for each in services
        for month in await each.begun()
        if first_id(next_month(month)).int > lowest.int or month in await each.started()
    ]
    found, month = [], min(begun, default=before)
    while month < before:
        found.append(month)
        month = next_month(month)
    return found


async def _archive_month(services: Sequence["_Service"], folder: Path, month: date) -> int:
    """Nothing is noted before all is on the disk and applied, and no row goes before that."""
    below = first_id(next_month(month))
    behind = [each for each in services if not await each.has(below)]
    for each in behind:
        await each.close(month, below)
    made = {each.name: await each.write(folder, month, below) for each in behind}
    for emitter in services:
        path = await emitter.file(folder, month, made.get(emitter.name))
        for hearer in behind:
            await hearer.refuse_what_is_not_applied(emitter.name, month, path)
    for each in behind:
        await each.note(below, made[each.name])
    for each in services:
        await each.delete(folder, below)
    return sum(each.events for each in made.values())


class _Service:
    """One service's tables."""

    def __init__(self, name: str, participant: Participant, engine: AsyncEngine) -> None:
        self.name = name
        self._participant = participant
        self._engine = engine

    async def begun(self) -> list[date]:
        """Months that are archived, and that of the oldest event that is not."""
        async with self._engine.connect() as connection:
            noted = await archived_rows.months(connection)
            oldest = await archived_rows.oldest_event(connection)
        first = [month_of(oldest)] if oldest and self._participant.emits else []
        return [*(each.month for each in noted), *first]

    async def started(self) -> list[date]:
        async with self._engine.connect() as connection:
            return await archived_rows.started(connection)

    async def floor(self) -> UUID:
        """Events with lower ids count as applied."""
        async with self._engine.connect() as connection:
            return await archived_rows.floor(connection) or _LOWEST

    async def has(self, below: UUID) -> bool:
        """Whether the month before this id is archived here."""
        return (await self.floor()).int >= below.int

    async def close(self, month: date, below: UUID) -> None:
        """Raises NotYetArchivable when an event is not on the bus."""
        async with self._engine.begin() as connection:
            await archived_rows.close(connection, below)
        async with self._engine.connect() as connection:
            count = await archived_rows.unpublished(connection, below)
        if count:
            raise NotYetArchivable(
                f"{self.name} has {count} events of {month:%Y-%m} that are not on the bus:"
                f" 'crm rows list' names those that the bus refuses; nothing of it was archived"
            )

    async def write(self, folder: Path, month: date, below: UUID) -> ArchivedMonth:
        if not self._participant.emits:
            return ArchivedMonth(month, 0, None)
        with MonthFile(folder, self.name, month) as file:
            async with self._engine.connect() as connection:
                async for row in archived_rows.stream(connection, below):
                    file.add(row)
        return file.finish()

    async def file(self, folder: Path, month: date, made: ArchivedMonth | None) -> Path | None:
        """The file of the month, made just now or by an earlier run; None: there were no events.
        Raises ArchiveSpoiled."""
        async with self._engine.connect() as connection:
            noted = await archived_rows.months(connection)
        of_month = [each for each in (made, *noted) if each and each.month == month]
        return next(iter(archive.verified(folder, self.name, of_month[:1])), None)

    async def refuse_what_is_not_applied(
        self, emitter: str, month: date, path: Path | None
    ) -> None:
        """Raises NotYetArchivable: below the floor it would count as applied, and be lost."""
        if path is None or not self._participant.hears:
            return
        async with self._engine.connect() as connection:
            for events in _pieces(archive.read(path)):
                heard = {each.event_id: each for each in events if self._hears(each)}
                missing = await archived_rows.not_applied(connection, heard.keys())
                if missing:
                    raise NotYetArchivable(
                        f"{self.name} has not applied {heard[missing[0]].type} of {emitter} of"
                        f" {month:%Y-%m}: see 'crm parked list'; what it has never been sent 'crm"
                        f" bus rebuild' brings; nothing of that month was archived"
                    )

    def _hears(self, event: ArchivedEvent) -> bool:
        return event.type.rpartition(".v")[0] in self._participant.hears

    async def note(self, below: UUID, made: ArchivedMonth) -> None:
        async with self._engine.begin() as connection:
            await archived_rows.note(connection, below, made)
        async with self._engine.begin() as connection:
            await archived_rows.wait_for_claims(connection)

    async def delete(self, folder: Path, below: UUID) -> None:
        """What is archived and was not deleted yet, by few rows at a time."""
        async with self._engine.connect() as connection:
            started = set(await archived_rows.started(connection))
            noted = [each for each in await archived_rows.months(connection)
                     if each.month in started]  # fmt: skip
        if not noted:
            return
        for path in archive.verified(folder, self.name, noted):
            for events in _pieces(archive.read(path)):
                async with self._engine.begin() as connection:
                    await archived_rows.delete_events(connection, [each.seq for each in events])
        await self._delete_claims(below)
        async with self._engine.begin() as connection:
            await archived_rows.note_deleted(connection, below)

    async def _delete_claims(self, below: UUID) -> None:
        after: UUID | None = _LOWEST
        while after is not None:
            async with self._engine.begin() as connection:
                after = await archived_rows.delete_claims(connection, after, below)


def _pieces(events: Iterable[ArchivedEvent]) -> Iterator[list[ArchivedEvent]]:
    whole = iter(events)
    while piece := list(islice(whole, AT_ONCE)):
        yield piece


@asynccontextmanager
async def _opened(name: str, participant: Participant) -> AsyncIterator[_Service]:
    engine = create_engine(participant.url, name, pool_size=1, bounds=STREAM)
    try:
        yield _Service(name, participant, engine)
    finally:
        await engine.dispose()
