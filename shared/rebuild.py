"""Rebuild of the bus from the outboxes of all services.

Kafka is a bus that can be rebuilt from the system of record. All services must be stopped: a
consumer that keeps its place in the old log would skip part of the new one.
"""

from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from shared import archived_rows, outbox
from shared.archive import ArchivedEvent, read_all, verified
from shared.bus import Producer, Topic, group_of
from shared.database import STREAM, create_engine, transient_database_errors
from shared.errors import ArchiveSpoiled
from shared.kafka import LEAVE_SECONDS, KafkaAdmin, KafkaProducer
from shared.kafka_security import PLAIN_TEXT, KafkaSecurity

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Recorded:
    """An outbox row as far as its place in the order matters."""

    event_id: UUID
    complaint_id: UUID
    at: datetime
    causation_id: UUID | None
    source: str
    row: outbox.OutboxRow = field(repr=False)


def merge(histories: Sequence[Sequence[Recorded]]) -> list[Recorded]:
    """One complaint's events of all services in one order, cause before effect.

    Each service's own order is kept; an event waits until its cause is out, if its cause is
    among them at all (a command is not). Between several that may go, the earlier goes first.
    """
    queues = [deque(history) for history in histories if history]
    all_ids = {row.event_id for queue in queues for row in queue}
    out: list[Recorded] = []
    done: set[UUID] = set()
    while queues:
        free = [q for q in queues if q[0].causation_id not in all_ids - done]
        # Never empty for what our services record; a loop of causes must not lose events.
        queue = min(free or queues, key=lambda q: q[0].at)
        row = queue.popleft()
        out.append(row)
        done.add(row.event_id)
        queues = [q for q in queues if q]
    return out


async def rebuild_bus(
    urls: Mapping[str, str],
    readers: Collection[str],
    bootstrap: str,
    topic: Topic,
    *,
    idempotence: bool = True,
    security: KafkaSecurity = PLAIN_TEXT,
    progress: Callable[[int], None] = lambda done: None,
    archive: Path | None = None,
) -> int:
    """Publish every recorded event again into a new, empty topic; returns how many.

    ``urls``: database by service that publishes. ``readers``: all services that hear, also those
    that publish nothing: one that kept its place in the old log would miss as many events of the
    new one (the vault an erasure). Raises InUse while somebody reads, and nothing is done then;
    Transient when broker or database go away: start anew. ``archive``: where the files of archived
    months are; ArchiveSpoiled where one is missing or is another, and nothing is done then.
    """
    files = await archived_files(urls, archive)
    await empty_topic(bootstrap, topic, readers, security=security)
    producer = KafkaProducer(bootstrap, topic.name, idempotence, security)
    try:
        return await republish(urls, producer, progress, files)
    finally:
        await producer.stop()


async def empty_topic(
    bootstrap: str,
    topic: Topic,
    readers: Collection[str],
    patience: float = LEAVE_SECONDS,
    security: KafkaSecurity = PLAIN_TEXT,
) -> None:
    """A new topic in the place of the old one, from whose beginning all ``readers`` will read.
    Raises InUse, and changes nothing, when one still reads after ``patience`` seconds."""
    groups = [group_of(service) for service in readers]
    async with KafkaAdmin(bootstrap, security) as admin:
        # First, because a group with members cannot be deleted: then the old log is still there.
        await admin.delete_groups(groups, patience)
        await admin.delete_topic(topic.name)
        # Again: a service that was started in between may have stored a place in the old log.
        await admin.delete_groups(groups)
        await admin.create_topic(topic)


async def archived_files(
    urls: Mapping[str, str], archive: Path | None
) -> Mapping[str, Sequence[Path]]:
    """By service, each read and found to be what was archived. Raises ArchiveSpoiled."""
    found = {}
    for service, url in urls.items():
        engine = create_engine(url, service, pool_size=1)
        with transient_database_errors():
            async with engine.connect() as connection:
                months = await archived_rows.months(connection)
        await engine.dispose()
        found[service] = verified(archive, service, months)
    return found


async def republish(
    urls: Mapping[str, str],
    producer: Producer,
    progress: Callable[[int], None],
    files: Mapping[str, Sequence[Path]] | None = None,
) -> int:
    """``files``: of events that the outboxes hold no longer, by service. Raises Transient. A row
    that the bus refuses is set aside in the schema of its emitter with what stands behind it, and
    everything else is published."""
    done = 0
    batch: list[tuple[str, outbox.OutboxRow]] = []
    refused: list[outbox.Refused] = []
    async for rows in _by_complaint(urls, files or {}):
        batch.extend((row.source, row.row) for row in merge(rows))
        if len(batch) >= BATCH:
            done += await _send(producer, batch, refused)
            batch = []
            progress(done)
    done += await _send(producer, batch, refused)
    progress(done)
    _refuse_to_hold([each for each in refused if isinstance(each.row, ArchivedEvent)])
    await _hold(urls, refused)
    return done


async def _send(
    producer: Producer,
    batch: Sequence[tuple[str, outbox.OutboxRow]],
    refused: list[outbox.Refused],
) -> int:
    """Whole complaints: what stands behind a refused row is in the same batch."""
    sent, more = await outbox.send(producer, batch)
    refused.extend(more)
    return len(sent)


def _refuse_to_hold(refused: Sequence[outbox.Refused]) -> None:
    """What is set aside waits in the outbox, and an archived event is there no longer."""
    if refused:
        raise ArchiveSpoiled(
            f"the bus refuses {len(refused)} archived events of {refused[0].source}"
            f" ({refused[0].cause}) that it has taken before: let it take what it took, and rebuild"
            " again"
        )


async def _hold(urls: Mapping[str, str], refused: Sequence[outbox.Refused]) -> None:
    for source in sorted({each.source for each in refused}):
        engine = create_engine(urls[source], source, pool_size=1)
        async with engine.begin() as connection:
            await outbox.hold(connection, [each for each in refused if each.source == source])
        await engine.dispose()


async def _by_complaint(
    urls: Mapping[str, str], files: Mapping[str, Sequence[Path]]
) -> AsyncIterator[list[list[Recorded]]]:
    """All services' histories of one complaint after the other; holds one complaint at a time."""
    async with AsyncExitStack() as stack:
        streams = [
            await _open(stack, service, url, files.get(service, ()))
            for service, url in urls.items()
        ]
        heads = [await anext(stream, None) for stream in streams]
        while any(heads):
            current = min(head[0].complaint_id for head in heads if head)
            histories = []
            for place, head in enumerate(heads):
                if head and head[0].complaint_id == current:
                    histories.append(head)
                    heads[place] = await anext(streams[place], None)
            yield histories


async def _open(
    stack: AsyncExitStack, service: str, url: str, files: Sequence[Path]
) -> AsyncIterator[list[Recorded]]:
    engine = create_engine(url, service, pool_size=1, bounds=STREAM)
    stack.push_async_callback(engine.dispose)
    connection = await stack.enter_async_context(engine.connect())
    rows = outbox.stream_all(connection)
    return _grouped(_together(read_all(files), rows) if files else rows, service)


async def _together(
    archived: Iterator[ArchivedEvent], rows: AsyncIterator[outbox.OutboxRow]
) -> AsyncIterator[outbox.OutboxRow]:
    """What files and outbox hold, in the outbox's order. A month whose rows are not all deleted is
    in both: each event comes once."""
    event = next(archived, None)
    async for row in rows:
        place = (row.complaint_id.int, row.seq)
        while event is not None and event.place < place:
            yield event
            event = next(archived, None)
        if event is not None and event.place == place:
            event = next(archived, None)
        yield row
    while event is not None:
        yield event
        event = next(archived, None)


async def _grouped(
    rows: AsyncIterator[outbox.OutboxRow], source: str
) -> AsyncIterator[list[Recorded]]:
    """Consecutive rows of the same complaint together."""
    group: list[Recorded] = []
    async for row in rows:
        if group and group[0].complaint_id != row.complaint_id:
            yield group
            group = []
        group.append(
            Recorded(
                row.event_id, row.complaint_id, row.at, row.causation_id, source, row
            )
        )  # fmt: skip
    if group:
        yield group
