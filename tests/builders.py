"""Builders with valid defaults: a test shows only what matters to it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import SecretStr

from services.intake.codes import Codes
from shared.events.event import Envelope, Event
from shared.events.facts import Facts
from shared.events.intake import ComplaintReceived
from shared.events.routing import CaseRouted
from shared.events.vocabulary import CaseState, Channel, UnitKind
from shared.key_ring import first_text
from shared.shared_keys import CODES, LOOKUP, SharedKeys

T0 = datetime(2024, 11, 3, 2, 0, tzinfo=UTC)
"""The instant tests begin at: 09:00 in Jakarta."""

COMPLAINT = UUID("0192f000-0000-7000-8000-000000000001")


def shared_keys(kind: str, ring: str) -> SharedKeys:
    """Keys that both sides have; the first writes."""
    return SharedKeys(kind, SecretStr(ring))


def codes_by(code_key: bytes = bytes(32), other_key: bytes = bytes(range(32))) -> Codes:
    """``other_key``: for the look-up of codes, and for all digests."""
    return Codes(
        shared_keys(CODES, code_key.hex()), shared_keys(LOOKUP, other_key.hex()), other_key
    )


def first_key(ring: str) -> bytes:
    """The key of a ring that writes."""
    return bytes.fromhex(first_text(ring))


def a_complaint_id(number: int = 1) -> UUID:
    return UUID(int=COMPLAINT.int + number - 1)


def at(hours: float = 0, days: float = 0) -> datetime:
    """An instant after T0."""
    return T0 + timedelta(days=days, hours=hours)


def a_complaint(channel: str = "jaki", **fields: Any) -> ComplaintReceived:
    """A complaint about rubbish, by JAKI, with a point and a reply path."""
    number = fields.pop("number", 1)
    defaults: dict[str, Any] = {
        "complaint_id": a_complaint_id(number),
        "at": T0,
        "report_number": f"JK241103{number:04d}",
        "tracking_digest": f"{number:064x}",
        "channel": Channel(channel),
        "content_ref": UUID(int=(1 << 100) + number),
        "reporter_ref": UUID(int=(2 << 100) + number),
        "reachable": True,
        "category": "sampah",
        "geotagged": True,
    }
    return ComplaintReceived(**{**defaults, **fields})


def a_silent_complaint(**fields: Any) -> tuple[ComplaintReceived, Facts]:
    """``a_complaint`` of which the stream is silent, and its facts, which intake tells."""
    known = {name: fields.pop(name) for name in Facts.model_fields if name in fields}
    silent = {"confidential": True, "category": None, "geotagged": False}
    facts = Facts(**{"category": "sampah", "geotagged": True, **known})
    return a_complaint(**{**fields, **silent}), facts


def a_routing(**fields: Any) -> CaseRouted:
    """The case of ``a_complaint``, routed to the kelurahan of its point."""
    routed: CaseRouted = a_case_event(
        CaseRouted,
        **{
            "category": "sampah",
            "kelurahan_code": "31.74.01.1001",
            "area_name": "Tebet Timur",
            "approximate_area": False,
            "rule_id": "kelurahan-of-the-point",
            "rule_version": 1,
            "confidence": 1.0,
            **fields,
        },
    )
    return routed


def a_case_event(kind: type[Any], **fields: Any) -> Any:
    """Any event of routing's, in the hands of a kelurahan."""
    number = fields.pop("number", 1)
    defaults: dict[str, Any] = {
        "complaint_id": a_complaint_id(number),
        "at": at(hours=1),
        "state": CaseState.RECEIVED,
        "unit_id": "31.74.01.1001",
        "unit_name": "Kelurahan Tebet Timur",
        "unit_kind": UnitKind.KELURAHAN,
        "case_version": 1,
    }
    return kind(**{**defaults, **fields})


def in_envelope(event: Event, number: int = 1, cause: UUID | None = None) -> Envelope:
    """The event under a fixed id."""
    return Envelope(UUID(int=(3 << 100) + number), event.emitter, event, cause)
