"""What an edit of a parked event may put right, and what it may not touch."""

import json
from typing import Any
from uuid import UUID

import pytest

from shared.cloudevents import BusMessage, decode, encode
from shared.editing import Correction, corrected
from shared.errors import Malformed
from shared.events.event import Event
from shared.events.intake import ComplaintReceived, ComplaintWithdrawn
from shared.events.routing import CaseRouted
from tests.builders import a_complaint, a_complaint_id, a_routing, in_envelope

HEARD: list[type[Event]] = [ComplaintReceived, CaseRouted]
GOOD = encode(in_envelope(a_complaint(), 1, cause=UUID(int=9)))
BODY = json.loads(GOOD.value)
RECEIVED = "id.go.jakarta.crm.ComplaintReceived.v1"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def with_header(name: str, value: bytes | None) -> BusMessage:
    """``GOOD`` with this header in the place of its own; None: without it."""
    others = [(each, old) for each, old in GOOD.headers if each != name]
    return BusMessage(GOOD.key, others + ([] if value is None else [(name, value)]), GOOD.value)


def with_body(value: bytes) -> BusMessage:
    return BusMessage(GOOD.key, GOOD.headers, value)


def edited(message: BusMessage, complaint: UUID | None = a_complaint_id(), **wish: Any) -> Any:
    return decode(corrected(message, Correction(**wish), HEARD, complaint))


@pytest.mark.parametrize(
    ("broken", "wish"),
    [
        pytest.param(with_body(b"{"), {"body": BODY}, id="a body that is no JSON"),
        pytest.param(with_body(b""), {"body": BODY}, id="no body"),
        pytest.param(
            with_header("ce_type", RECEIVED.replace("v1", "v9").encode()), {"ce_type": RECEIVED},
            id="a version that nobody knows",
        ),
        pytest.param(with_header("ce_type", b"\xff"), {"ce_type": RECEIVED}, id="type not UTF-8"),
        pytest.param(with_header("ce_type", None), {"ce_type": RECEIVED}, id="no type"),
        pytest.param(
            with_header("ce_id", b"7"), {"ce_id": in_envelope(a_complaint()).id}, id="no UUID"
        ),
        pytest.param(
            with_header("ce_causationid", b"7"), {"ce_causationid": UUID(int=9)}, id="cause"
        ),
        pytest.param(
            BusMessage(GOOD.key.upper(), GOOD.headers, GOOD.value), {"body": BODY}, id="key"
        ),
        pytest.param(with_header("ce_source", b"/elsewhere"), {"body": BODY}, id="source"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_put_right_and_says_what_it_should_have_said(
    broken: BusMessage, wish: dict[str, Any]
) -> None:
    assert edited(broken, **wish) == in_envelope(a_complaint(), 1, cause=UUID(int=9))


def test_what_it_says_is_corrected() -> None:
    found = edited(GOOD, body={**BODY, "category": "jalan"})
    assert found.event == a_complaint(category="jalan")
    assert edited(GOOD, without=["ce_causationid"]).causation_id is None


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"ce_id": UUID(int=5)}, "ce_id"),
        ({"ce_type": "id.go.jakarta.crm.CaseRouted.v1"}, "ce_type"),
        ({"ce_type": "id.go.jakarta.crm.ComplaintReceived.v2"}, "ce_type"),
        ({"ce_type": "ComplaintReceived"}, "ce_type"),
        ({"body": {**BODY, "complaint_id": str(a_complaint_id(2))}}, "body.complaint_id"),
        ({"body": {**BODY, "channel": "rumour"}}, "body"),
        ({"body": {}}, "body"),
        ({"ce_traceparent": "Pelapor Contoh"}, "ce_traceparent"),
    ],
)
def test_it_stays_the_event_that_it_is_and_one_that_the_bus_may_carry(
    wish: dict[str, Any], field: str
) -> None:
    with pytest.raises(Malformed) as refused:
        edited(GOOD, **wish)
    assert refused.value.field == field
    assert "rumour" not in refused.value.detail


@pytest.mark.parametrize(
    ("broken", "wish", "field"),
    [
        (with_header("ce_id", None), {"body": BODY}, "ce_id"),
        (with_header("ce_causationid", b"7"), {"body": BODY}, "ce_causationid"),
        (with_header("ce_type", None), {"body": BODY}, "ce_type"),
        (with_body(b"{"), {"ce_type": RECEIVED}, "body"),
    ],
)
def test_what_still_cannot_be_read_is_not_stored(
    broken: BusMessage, wish: dict[str, Any], field: str
) -> None:
    with pytest.raises(Malformed) as refused:
        edited(broken, **wish)
    assert refused.value.field == field


def test_an_edit_brings_nothing_along_that_the_catalogue_does_not_know() -> None:
    """The bus carries class C0 only; a name must not come in by the way of a correction."""
    told = BusMessage(
        GOOD.key,
        [*GOOD.headers, ("x-note", b"Pelapor"), ("ce_traceparent", b"Pelapor")],
        GOOD.value,
    )
    written = corrected(
        told, Correction(body={**BODY, "reporter_name": "Pelapor"}), HEARD, a_complaint_id()
    )
    assert b"Pelapor" not in b"".join([written.value, *(value for _, value in written.headers)])
    assert {name for name, _ in written.headers} == {name for name, _ in GOOD.headers}


def test_a_traceparent_stays_or_is_given() -> None:
    assert edited(with_header("ce_traceparent", TRACE.encode()), body=BODY).traceparent == TRACE
    assert edited(GOOD, ce_traceparent=TRACE).traceparent == TRACE
    assert edited(GOOD, ce_traceparent=TRACE, without=["ce_causationid"]).causation_id is None


def test_an_event_that_this_service_does_not_hear_is_not_made_one_of_its_own() -> None:
    for stranger in (
        a_routing(),
        ComplaintWithdrawn(complaint_id=a_complaint_id(), at=a_complaint().at, source="citizen"),
    ):
        message = encode(in_envelope(stranger))
        with pytest.raises(Malformed, match="does not hear"):
            corrected(
                message, Correction(body=json.loads(message.value)), [ComplaintReceived],
                a_complaint_id(),
            )  # fmt: skip


def test_without_a_key_the_body_says_whose_event_it_is() -> None:
    nobodys = BusMessage(b"\xff", GOOD.headers, b"{")
    assert edited(nobodys, None, body=BODY).complaint_id == a_complaint_id()
