"""How long a service was not rendered after a fault: from what was served, not from health.

Pure. Each thing that was asked for is *ready* at an instant and *served* at a later one: a
complaint filed, an event relayed or applied, a message sent, an act taken, a view read. Of those
that were waiting or came within ``WINDOW_SECONDS`` after a fault the one that waited longest tells
how long somebody was without that service. While a part is away that exists once (database, broker,
outside world) there is nobody to take over: there the wait counts from its return.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import inf
from statistics import median
from typing import NamedTuple

from deploy.services import service_of
from tests.crash.faults import Fault

WINDOW_SECONDS = 10.0
LONGEST_WAIT_SECONDS = 240.0
AFTERMATH_SECONDS = 5.0
"""So long after its end a fault may still be felt."""

ONCE = frozenset({"postgres", "broker", "outside", "store"})


class Stage(NamedTuple):
    """What is served (``filing``, ``relay``, ``events``, ``messages``, ``acts``, ``views``,
    ``pages``), and by which service."""

    what: str
    service: str

    @property
    def needs(self) -> frozenset[str]:
        """The services and parts without which nothing is served."""
        more = {
            # notify tells of a message that a gateway has taken: also its answer is waited for.
            "relay": {"broker", *(["outside"] if self.service == "notify" else [])},
            "events": {"broker", *service_of(self.service).calls},
            "messages": {"outside", *service_of(self.service).calls},
            "acts": {"outside"},
            "views": {*service_of(self.service).calls},
            # Also who must sign in first: at the issuer, which stands outside.
            "pages": {"outside", *service_of(self.service).calls},
        }
        return frozenset({self.service, "postgres"} | more.get(self.what, set()))


class Served(NamedTuple):
    """Instants in seconds since the epoch."""

    stage: Stage
    ready: float
    done: float


class Struck(NamedTuple):
    """A fault that was done, and when it was over."""

    fault: Fault
    began: float
    ended: float

    @property
    def part(self) -> str:
        """The service, or the part that exists once."""
        fault = self.fault
        return fault.target if fault.target in ONCE else service_of(fault.target).name


class Figure(NamedTuple):
    """Takeover by faults of one kind, in seconds. alone: those during which no other fault could
    be felt; median and worst are theirs. overlapped: the worst of the others."""

    label: str
    faults: int
    alone: int
    median: float | None
    worst: float | None
    worst_stage: str
    overlapped: float | None

    def __str__(self) -> str:
        said = "never alone"
        if self.median is not None and self.worst is not None:
            said = f"median {self.median:4.1f} s, worst {self.worst:4.1f} s ({self.worst_stage})"
        others = "" if self.overlapped is None else f"; with others at once {self.overlapped:.1f} s"
        return f"{self.label:<16} {self.faults:>3} faults, {self.alone:>2} alone: {said}{others}"


class _Wait(NamedTuple):
    seconds: float
    stage: str
    alone: bool


def figures(struck: Sequence[Struck], served: Sequence[Served]) -> list[Figure]:
    """One per kind of fault, by name."""
    by_stage: dict[Stage, list[Served]] = defaultdict(list)
    for thing in sorted(served, key=lambda thing: thing.ready):
        by_stage[thing.stage].append(thing)
    waits: dict[str, list[list[_Wait]]] = defaultdict(list)
    for each in struck:
        waits[each.fault.label].append(list(_waits(each, struck, by_stage)))
    return [_figure(label, found) for label, found in sorted(waits.items())]


def _figure(label: str, found: Sequence[Sequence[_Wait]]) -> Figure:
    """Of each fault the longest wait; it was alone when none of its waits can be another's."""
    alone = [max(waits) for waits in found if waits and all(wait.alone for wait in waits)]
    others = [max(waits).seconds for waits in found if not all(wait.alone for wait in waits)]
    worst = max(alone, default=None)
    return Figure(
        label,
        len(found),
        len(alone),
        median(wait.seconds for wait in alone) if alone else None,
        worst.seconds if worst else None,
        worst.stage if worst else "",
        max(others, default=None),
    )


def _waits(
    each: Struck, struck: Sequence[Struck], by_stage: Mapping[Stage, Sequence[Served]]
) -> Iterator[_Wait]:
    """By stage, the longest wait of what came before another fault could be felt there."""
    since = each.ended if each.part in ONCE else each.began
    for stage, served in by_stage.items():
        if each.part not in stage.needs:
            continue
        others = [other for other in struck if other != each and other.part in stage.needs]
        next_one = min((o.began for o in others if o.began >= each.began), default=inf)
        seconds = _longest(served, since, min(since + WINDOW_SECONDS, next_one))
        before = any(o.began < each.began < o.ended + AFTERMATH_SECONDS for o in others)
        alone = not before and since + seconds < next_one
        yield _Wait(seconds, f"{stage.what} of {stage.service}", alone)


def _longest(served: Sequence[Served], since: float, until: float) -> float:
    first = bisect_left(served, since - LONGEST_WAIT_SECONDS, key=lambda each: each.ready)
    last = bisect_left(served, until, key=lambda each: each.ready)
    waits = (each.done - max(each.ready, since) for each in served[first:last])
    return max((wait for wait in waits if wait > 0), default=0.0)
