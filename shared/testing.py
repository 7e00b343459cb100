"""Parts for tests that are real parts: they pass the same contract tests as the others."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zlib import crc32

from shared.bus import Partition, Place, Record, refuse_too_large
from shared.cloudevents import BusMessage
from shared.errors import Transient
from shared.ids import NewId


class FixedClock:
    """A clock that moves only when told to."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def __call__(self) -> datetime:
        return self._at

    def advance(self, by: timedelta) -> None:
        self._at += by


def sequential_ids(start: int = 1) -> NewId:
    """Ids that count up: 00000000-0000-7000-8000-000000000001, ..."""
    number = start - 1

    def next_id() -> UUID:
        nonlocal number
        number += 1
        return UUID(int=(7 << 76) | (8 << 60) | number)

    return next_id


class MemoryBus:
    """A log with partitions and consumer groups in memory, for one event loop.

    ``away = True`` makes it behave like a broker that cannot be reached; a partition in ``faults``
    stands still for the cause that is given there.
    """

    def __init__(self, topic: str = "crm.complaints.v1", partitions: int = 12) -> None:
        self.topic = topic
        self.away = False
        self.faults: dict[int, str] = {}
        self._logs: list[list[Record]] = [[] for _ in range(partitions)]
        self._offsets: dict[str, dict[int, int]] = {}
        self._members: dict[str, list[MemorySubscription]] = {}
        self._grown = asyncio.Event()

    def producer(self) -> "MemoryProducer":
        return MemoryProducer(self)

    def subscription(self, group: str) -> "MemorySubscription":
        return MemorySubscription(self, group)

    @property
    def records(self) -> list[Record]:
        """All records, by partition and offset."""
        return [record for log in self._logs for record in log]

    def check_reachable(self) -> None:
        if self.away:
            raise Transient("the broker is away")

    def append(
        self, message: BusMessage, unreadable: str | None = None, last: int | None = None
    ) -> Partition:
        """Where it was put. ``unreadable``: why nobody will be able to read it there; ``last``:
        the offset of the last of the records that it stands for."""
        number = crc32(message.key) % len(self._logs)
        log = self._logs[number]
        place = Partition(self.topic, number)
        record = Record(
            place, len(log), message.key, message.headers, message.value, unreadable, last
        )
        log.extend([record] * (record.next_offset - len(log)))
        self._grown.set()
        return place

    def join(self, group: str, member: "MemorySubscription") -> None:
        self._members.setdefault(group, []).append(member)
        self._assign(group)

    def leave(self, group: str, member: "MemorySubscription") -> None:
        self._members[group].remove(member)
        self._assign(group)

    def _assign(self, group: str) -> None:
        """Deal the partitions out anew; everyone starts again at the committed offsets."""
        members = self._members[group]
        committed = self._offsets.setdefault(group, {})
        for place, member in enumerate(members):
            mine = range(place, len(self._logs), len(members))
            member.positions = {number: committed.get(number, 0) for number in mine}

    def commit(self, group: str, offsets: Mapping[Partition, int]) -> None:
        self._offsets[group].update({p.number: offset for p, offset in offsets.items()})

    def read(self, number: int, position: int, limit: int) -> list[Record]:
        if number in self.faults:
            return []
        records = self._logs[number][position : position + limit]
        return list({record.offset: record for record in records}.values())

    def end(self, number: int) -> int:
        """The offset that the next record of a partition will have."""
        return len(self._logs[number])

    def wake(self) -> None:
        """Who waits for records looks again, and at whether it shall stop."""
        self._grown.set()

    async def wait_for_growth(self, seconds: float) -> None:
        self._grown.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._grown.wait()
        except TimeoutError:
            return


class MemoryProducer:
    def __init__(self, bus: MemoryBus) -> None:
        self._bus = bus

    async def send(self, messages: Sequence[BusMessage]) -> None:
        await asyncio.sleep(0)
        self._bus.check_reachable()
        refuse_too_large(messages)
        for message in messages:
            self._bus.append(message)

    async def stop(self) -> None:
        await asyncio.sleep(0)


class MemorySubscription:
    def __init__(self, bus: MemoryBus, group: str) -> None:
        self._bus = bus
        self._group = group
        self._joined = False
        self._paused = False
        self.positions: dict[int, int] = {}

    @property
    def joined(self) -> bool:
        return self._joined

    @property
    def faults(self) -> Mapping[Partition, str]:
        mine = self._bus.faults.keys() & self.positions.keys()
        return {Partition(self._bus.topic, each): self._bus.faults[each] for each in mine}

    @property
    def places(self) -> Mapping[Partition, Place]:
        return {
            Partition(self._bus.topic, number): Place(position, self._bus.end(number))
            for number, position in self.positions.items()
        }

    async def fetch(self, limit: int, seconds: float) -> Sequence[Record]:
        self._bus.check_reachable()
        if not self._joined:
            self._joined = True
            self._bus.join(self._group, self)
        if not (records := self._take(limit)):
            await self._bus.wait_for_growth(seconds)
            records = self._take(limit)
        return records

    def _take(self, limit: int) -> list[Record]:
        taken: list[Record] = []
        for number, position in self.positions.items():
            if self._paused or len(taken) >= limit:
                break
            records = self._bus.read(number, position, limit - len(taken))
            self.positions[number] = records[-1].next_offset if records else position
            taken.extend(records)
        return taken

    async def commit(self, offsets: Mapping[Partition, int]) -> bool:
        self._bus.check_reachable()
        mine = all(partition.number in self.positions for partition in offsets)
        if mine:
            self._bus.commit(self._group, offsets)
        return mine

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False

    async def stop(self) -> None:
        if self._joined:
            self._joined = False
            self.positions = {}
            self._bus.leave(self._group, self)
