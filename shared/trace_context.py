"""Trace context (W3C Trace Context): one id for all that an act at a door brings about at once.

A trace id is the id of the act, a UUIDv7: random in its last 62 bits, and near others of its time.
A span id is the last eight bytes of the id of an act or of an event. So both are found again in the
rows that are stored anyway, and a trace tells nothing that the ids of the stream do not tell
(docs/decisions/0080).
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

TRACEPARENT = re.compile(
    r"[0-9a-f]{2}-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})"
)
"""W3C Trace Context, section 3.2."""

SAMPLED = 0x01
"""The flag of a trace whose spans are exported (section 3.2.2.5.1)."""

AT_ONCE = timedelta(minutes=1)
"""What comes later than that after its cause begins a trace of its own: it has waited."""


@dataclass(slots=True)
class Act:
    """What somebody does at a door, while it is done.

    trace: id of the act, and of all that follows from it. link: id of the caller's own trace, which
    is not believed and noted in the log alone. complaints: those that it is about. sampled: its
    spans are exported.
    """

    trace: UUID
    link: str | None = None
    complaints: list[UUID] = field(default_factory=list)
    sampled: bool = False


class Spot(NamedTuple):
    """A span by its trace (32 digits) and its own id (16 digits)."""

    trace: str
    span: str


_ACT: ContextVar[Act | None] = ContextVar("act", default=None)


@contextmanager
def acting(act: Act) -> Iterator[Act]:
    """What is recorded inside belongs to the trace of ``act``."""
    token = _ACT.set(act)
    try:
        yield act
    finally:
        _ACT.reset(token)


def current_act() -> Act | None:
    """The act that is being done here; None where nobody is at a door."""
    return _ACT.get()


def begun(cause: UUID, *, sampled: bool = False) -> str:
    """The traceparent of what the act here brings about by ``cause``; without an act, ``cause`` is
    the act itself, and ``sampled`` says whether its spans are exported."""
    act = _ACT.get()
    if act is None:
        return _traceparent(cause.hex, cause, sampled=sampled)
    return _traceparent(act.trace.hex, cause, sampled=act.sampled)


def continued(traceparent: str | None, event_id: UUID, *, sampled: bool = False) -> str:
    """The traceparent of an event that belongs to the trace of ``traceparent``. Without one, or
    with one that is none, the event begins a trace; ``sampled`` says of such a one whether its
    spans are exported."""
    trace = trace_id(traceparent)
    if trace is None:
        return _traceparent(event_id.hex, event_id, sampled=sampled)
    return _traceparent(trace, event_id, sampled=sampled_spot(traceparent) is not None)


def trace_id(traceparent: str | None) -> str | None:
    """The 32 digits of its trace; None where there is none."""
    found = TRACEPARENT.fullmatch(traceparent) if traceparent else None
    return found["trace"] if found and found["trace"].strip("0") else None


def sampled_spot(traceparent: str | None) -> Spot | None:
    """The span that it names; None where there is none or its trace is not exported."""
    found = TRACEPARENT.fullmatch(traceparent) if traceparent else None
    if not found or not int(found["flags"], 16) & SAMPLED:
        return None
    is_one = found["trace"].strip("0") and found["span"].strip("0")
    return Spot(found["trace"], found["span"]) if is_one else None


def spot_of_act(act: UUID) -> Spot:
    """The span of an act itself: that with which its trace begins."""
    return Spot(act.hex, act.hex[16:])


def root_of(spot: Spot) -> Spot | None:
    """The span with which the trace of ``spot`` began; None where ``spot`` is that one. It is found
    by the ids alone: a trace has the id of its act, and the end of it is the act's span."""
    root = Spot(spot.trace, spot.trace[16:])
    return None if root == spot else root


def _traceparent(trace: str, span: UUID, *, sampled: bool) -> str:
    return f"00-{trace}-{span.hex[16:]}-{SAMPLED if sampled else 0:02x}"
