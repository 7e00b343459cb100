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
from uuid import UUID

TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?P<trace>[0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
"""W3C Trace Context, section 3.2."""

AT_ONCE = timedelta(minutes=1)
"""What comes later than that after its cause begins a trace of its own: it has waited."""


@dataclass(slots=True)
class Act:
    """What somebody does at a door, while it is done.

    trace: id of the act, and of all that follows from it. link: id of the caller's own trace, which
    is not believed and noted in the log alone. complaints: those that it is about.
    """

    trace: UUID
    link: str | None = None
    complaints: list[UUID] = field(default_factory=list)


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


def begun(cause: UUID) -> str:
    """The traceparent of what the act here brings about by ``cause``; without an act, ``cause`` is
    the act itself."""
    act = _ACT.get()
    return _traceparent(act.trace.hex if act else cause.hex, cause)


def continued(traceparent: str | None, event_id: UUID) -> str:
    """The traceparent of an event that belongs to the trace of ``traceparent``. Without one, or
    with one that is none, the event begins a trace."""
    return _traceparent(trace_id(traceparent) or event_id.hex, event_id)


def trace_id(traceparent: str | None) -> str | None:
    """The 32 digits of its trace; None where there is none."""
    found = TRACEPARENT.fullmatch(traceparent) if traceparent else None
    return found["trace"] if found and found["trace"].strip("0") else None


def _traceparent(trace: str, span: UUID) -> str:
    return f"00-{trace}-{span.hex[16:]}-00"
