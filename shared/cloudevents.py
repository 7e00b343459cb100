"""The codec: an event as a CloudEvents 1.0 message in Kafka binary mode, and back.

Attributes stand as ``ce_*`` headers (with the extensions ``causationid`` and ``traceparent``), the
event's JSON is the value, the complaint id the key.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from shared.errors import Reject
from shared.events.catalogue import BY_TYPE
from shared.events.event import Envelope, Event

CONTENT_TYPE = b"application/json"


Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class BusMessage:
    """An event as the bus carries it: key, headers, value."""

    key: bytes
    headers: Headers
    value: bytes = field(repr=False)


def attributes(
    event_id: UUID,
    source: str,
    event_type: str,
    subject: UUID,
    at: datetime,
    causation_id: UUID | None,
    traceparent: str | None,
) -> Headers:
    """CloudEvents attributes as Kafka headers (Kafka protocol binding 1.0.2, section 3.2)."""
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(event_id).encode()),
        ("ce_source", f"/services/{source}".encode()),
        ("ce_type", event_type.encode()),
        ("ce_subject", str(subject).encode()),
        ("ce_time", at.astimezone(UTC).isoformat().replace("+00:00", "Z").encode()),
        ("content-type", CONTENT_TYPE),
    ]
    if causation_id is not None:
        headers.append(("ce_causationid", str(causation_id).encode()))
    if traceparent is not None:
        headers.append(("ce_traceparent", traceparent.encode()))
    return headers


def encode_body(event: Event) -> bytes:
    """The event's JSON (UTF-8)."""
    return event.__pydantic_serializer__.to_json(event)


def encode(envelope: Envelope) -> BusMessage:
    """The envelope as a Kafka message."""
    event = envelope.event
    return BusMessage(
        key=str(event.complaint_id).encode(),
        headers=attributes(
            envelope.id,
            envelope.source,
            envelope.type,
            event.complaint_id,
            event.at,
            envelope.causation_id,
            envelope.traceparent,
        ),
        value=encode_body(event),
    )


def header(headers: Headers, name: str) -> str | None:
    """A header's text, None when it is missing; raises Reject when it is not UTF-8."""
    for key, value in headers:
        # Kafka knows headers without a value (None), whatever the client's types say.
        if key == name and value is not None:
            try:
                return value.decode()
            except UnicodeDecodeError:
                raise Reject("bad_header", f"header {name} is not UTF-8") from None
    return None


def _required(headers: Headers, name: str) -> str:
    value = header(headers, name)
    if not value:
        raise Reject("bad_header", f"header {name} is missing")
    return value


def _uuid(text: str, name: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Reject("bad_header", f"header {name} is not a UUID") from None


def decode(message: BusMessage) -> Envelope:
    """A Kafka message as an envelope.

    Raises Reject (``bad_header``, ``unknown_type``, ``bad_body``, ``wrong_subject``) without
    quoting the body.
    """
    headers = message.headers
    event_type = _required(headers, "ce_type")
    model = BY_TYPE.get(event_type)
    if model is None:
        raise Reject("unknown_type", "the catalogue has no such type and version")
    causation = header(headers, "ce_causationid")
    event = decode_body(model, message.value)
    if message.key != str(event.complaint_id).encode():
        raise Reject("wrong_subject", "key and complaint_id differ")
    return Envelope(
        id=_uuid(_required(headers, "ce_id"), "ce_id"),
        source=_required(headers, "ce_source").removeprefix("/services/"),
        event=event,
        causation_id=_uuid(causation, "ce_causationid") if causation else None,
        traceparent=header(headers, "ce_traceparent"),
    )


def decode_body(model: type[Event], body: bytes) -> Event:
    """JSON as an event; raises Reject(``bad_body``) that names fields, never values."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise Reject("bad_body", _fields(error.errors(include_input=False))) from None


def _fields(errors: Sequence[Any]) -> str:
    return ", ".join(
        f"{'.'.join(str(part) for part in item['loc']) or 'body'}: {item['type']}"
        for item in errors[:5]
    )
