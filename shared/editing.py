"""What an edit of a parked event may put right, and what it may not touch. Pure.

An edit makes an event readable that nobody could read, or corrects what it says. It makes no other
event of it. The id decides that it is applied once, the complaint in which order, type and emitter
what it is: where these can be read they stay. Only its version may change.

The codec reads the result and writes it anew. So an edited event carries what the bus may carry and
nothing besides: a field or header that the catalogue does not know is gone.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared.cloudevents import BusMessage, decode, decode_body, encode, header
from shared.errors import Malformed, Reject
from shared.events.catalogue import BY_TYPE
from shared.events.event import Envelope, Event
from shared.trace_context import TRACEPARENT


@dataclass(frozen=True, slots=True)
class Correction:
    """What an officer would have stand there. None: as it is. Without ``body`` its bytes stay;
    ``without``: optional headers that are taken away."""

    ce_id: UUID | None = None
    ce_type: str | None = None
    ce_causationid: UUID | None = None
    ce_traceparent: str | None = None
    without: Collection[str] = ()
    body: Mapping[str, Any] | None = None


def corrected(
    message: BusMessage, wish: Correction, heard: Collection[type[Event]], complaint: UUID | None
) -> BusMessage:
    """The event as the codec writes it after the edit.

    ``complaint``: under which it was parked. Raises Malformed, which names the field, for what may
    not be changed and for what still cannot be read.
    """
    model = _model(message, wish.ce_type, heard)
    event = _event(model, message.value, wish.body, complaint)
    envelope = Envelope(
        id=_id(message, wish.ce_id),
        # Each event has one emitter; a header that says otherwise is what was wrong.
        source=model.emitter,
        event=event,
        causation_id=_causation(message, wish),
        traceparent=_traceparent(message, wish),
    )
    written = encode(envelope)
    decode(written)
    return written


def _model(message: BusMessage, wished: str | None, heard: Collection[type[Event]]) -> type[Event]:
    stands = _readable(message, "ce_type")
    wanted = wished or stands
    if stands and wanted and _name(wanted) != _name(stands):
        raise Malformed("It stays the event that it is: change the version alone.", field="ce_type")
    model = BY_TYPE.get(wanted or "")
    if model is None:
        raise Malformed("The catalogue has no such type and version.", field="ce_type")
    if model not in heard:
        raise Malformed("This service does not hear it. Discard it here.", field="ce_type")
    return model


def _event(
    model: type[Event], value: bytes, body: Mapping[str, Any] | None, complaint: UUID | None
) -> Event:
    try:
        event = decode_body(model, value if body is None else json.dumps(body).encode())
    except Reject as error:
        raise Malformed(f"The body still cannot be read: {error.detail}.", field="body") from None
    if complaint is not None and event.complaint_id != complaint:
        raise Malformed("It stays an event of its complaint.", field="body.complaint_id")
    return event


def _id(message: BusMessage, wished: UUID | None) -> UUID:
    stands = _uuid(_readable(message, "ce_id"))
    if stands and wished not in (None, stands):
        raise Malformed("The id stays: by it the event is applied once.", field="ce_id")
    found = stands or wished
    if found is None:
        raise Malformed("Give the id that the event has in its emitter's outbox.", field="ce_id")
    return found


def _causation(message: BusMessage, wish: Correction) -> UUID | None:
    stands = _readable(message, "ce_causationid")
    if wish.ce_causationid or "ce_causationid" in wish.without or not stands:
        return wish.ce_causationid
    if (found := _uuid(stands)) is None:
        raise Malformed("It is no UUID. Put it right, or take it away.", field="ce_causationid")
    return found


def _traceparent(message: BusMessage, wish: Correction) -> str | None:
    """One that is none, and may be anything, is left out: nothing follows from it."""
    found = wish.ce_traceparent or _readable(message, "ce_traceparent") or ""
    kept = "ce_traceparent" not in wish.without and TRACEPARENT.fullmatch(found)
    if wish.ce_traceparent and not kept:
        raise Malformed("It is no W3C traceparent.", field="ce_traceparent")
    return found if kept else None


def _readable(message: BusMessage, name: str) -> str | None:
    try:
        return header(message.headers, name)
    except Reject:
        return None


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _name(event_type: str) -> str:
    return event_type.rpartition(".v")[0]
