"""Envelopes, cases and deliveries of notify with valid defaults."""

from typing import Any
from uuid import UUID

from services.notify.domain import Case, Delivery, DeliveryStatus, decide
from shared.decision import Decision
from shared.events.event import Envelope, Event
from shared.events.vocabulary import Channel, NotificationTemplate
from shared.ids import derived_id
from tests.builders import T0, a_complaint, a_complaint_id

EVENT = UUID(int=77)


def heard(event: Event, number: int = 1) -> Envelope:
    return Envelope(UUID(int=1000 + number), event.emitter, event)


def decided(case: Case | None, event: Event, number: int = 1) -> Decision[Case | None]:
    return decide(case, heard(event, number), T0, derived_id)


def told(*events: Event) -> list[Delivery]:
    """The deliveries that a complaint's events, in order, come to."""
    case: Case | None = None
    for number, event in enumerate(events):
        case = decided(case, event, number).state
    return list(case.new) if case else []


def a_case(**fields: Any) -> Case:
    event = a_complaint(fields.pop("channel", "sms"))
    defaults: dict[str, Any] = {
        "complaint_id": event.complaint_id,
        "channel": event.channel,
        "report_number": event.report_number,
        "reporter_ref": event.reporter_ref,
        "language": "id",
        "reachable": True,
        "confidential": False,
    }
    return Case(**{**defaults, **fields})


def a_delivery(**fields: Any) -> Delivery:
    defaults: dict[str, Any] = {
        "id": UUID(int=500),
        "complaint_id": a_complaint_id(),
        "template": NotificationTemplate.CONFIRMATION,
        "channel": Channel.SMS,
        "status": DeliveryStatus.LEASED,
        "cause": EVENT,
        "created_at": T0,
        "next_attempt_at": T0,
        "attempt": 1,
    }
    return Delivery(**{**defaults, **fields})
