"""How far a consumer is behind the end of the log: in records, and since when. Pure.

Seconds are counted from when this process first saw an end that lies beyond what it has applied:
by its own ticks, so that no clock of a writer makes a lag or hides one. Who starts with a backlog
counts from its start.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.bus import Partition, Place, Record

THIN_SECONDS = 1.0
"""Ends that were seen within so short a time count as one: a backlog must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Backlog:
    records: int
    seconds: float


class Lag:
    """Of one member of a group; of partitions that are another member's it says nothing."""

    def __init__(self) -> None:
        self._applied: dict[Partition, int] = {}
        self._ends: dict[Partition, deque[tuple[float, int]]] = {}

    def saw(self, places: Mapping[Partition, Place], in_hand: Iterable[Record], now: float) -> None:
        """``places``: of all partitions of this member. ``in_hand``: what was fetched and is not
        applied. ``now``: ticks, here and below."""
        begins: dict[Partition, int] = {}
        for record in in_hand:
            begins.setdefault(record.partition, record.offset)
        known = self._applied
        self._applied = {
            each: begins.get(each, known.get(each, place.next)) for each, place in places.items()
        }
        ends = self._ends
        self._ends = {each: ends.get(each, deque()) for each in places}
        for each, place in places.items():
            self._note(each, place.end, now)

    def applied(self, offsets: Mapping[Partition, int]) -> None:
        """Up to these, the next offsets, all is applied."""
        for each in offsets.keys() & self._applied.keys():
            self._applied[each] = offsets[each]
            self._forget(each)

    def backlogs(self, now: float) -> dict[int, Backlog]:
        """By number of the partition."""
        return {each.number: self._backlog(each, now) for each in self._applied}

    def _note(self, partition: Partition, end: int, now: float) -> None:
        seen = self._ends[partition]
        if seen and end < seen[-1][1]:
            # The log is another one.
            seen.clear()
        if not seen or end > seen[-1][1]:
            if len(seen) > 1 and now - seen[-1][0] < THIN_SECONDS:
                now = seen.pop()[0]
            seen.append((now, end))
        self._forget(partition)

    def _forget(self, partition: Partition) -> None:
        """The last end is kept, also when all up to it is applied."""
        seen = self._ends[partition]
        while len(seen) > 1 and seen[0][1] <= self._applied[partition]:
            seen.popleft()

    def _backlog(self, partition: Partition, now: float) -> Backlog:
        applied, seen = self._applied[partition], self._ends[partition]
        records = max(0, seen[-1][1] - applied)
        since = next((at for at, end in seen if end > applied), now)
        return Backlog(records, now - since)
