"""What a span tells, and to what trace it belongs: made of ids that are there."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from shared.events.event import type_of
from shared.events.intake import ComplaintReceived
from shared.spans import (
    ATTRIBUTES,
    OTHER_METHOD,
    Span,
    Try,
    of_applied,
    of_mail,
    of_published,
    of_request,
    of_try,
)
from shared.trace_context import Act, acting, begun, continued, root_of, sampled_spot, spot_of_act
from tests.builders import T0, a_complaint, in_envelope

ACT = UUID("0192f000-0000-7000-8000-00000000000a")
EVENT = UUID("0192f000-0001-7000-8000-00000000000b")
CAUSE = UUID("0192f000-0002-7000-8000-00000000000c")
OWN = UUID("0192f000-0003-7000-8000-00000000000d")
CASE = UUID("0192f000-0004-7000-8000-00000000000e")


@dataclass
class Row:
    traceparent: str | None
    event_id: UUID = EVENT
    complaint_id: UUID = CASE
    type: str = type_of(ComplaintReceived)
    causation_id: UUID | None = CAUSE


def traceparent(*, sampled: bool = True, act: UUID = ACT, event: UUID = EVENT) -> str:
    with acting(Act(act, sampled=sampled)):
        return begun(event)


def a_request(method: str = "POST", status: int = 202) -> Span:
    return of_request(ACT, method, "/v1/things/{thing_id}", status, [CASE], T0, 0.25)


def a_try(*, sent: bool = True, sampled: bool = True) -> Try:
    given = traceparent(sampled=sampled)
    return Try(CASE, "confirmation", "sms", "sms", 2, given, T0, sent=sent)


def published(row: Row) -> Span:
    [span] = of_published([row], T0, 0.1)
    return span


def test_a_request_is_the_root_of_what_it_publishes() -> None:
    request, event = a_request(), published(Row(traceparent()))
    assert request.parent is None
    assert (event.spot.trace, event.parent) == (request.spot.trace, request.spot)
    assert event.spot.span == EVENT.hex[16:]


def test_an_event_that_begins_its_trace_has_no_parent() -> None:
    own = continued(None, EVENT, sampled=True)
    assert published(Row(own)).parent is None


def test_what_follows_from_an_event_keeps_its_trace_and_whether_it_is_exported() -> None:
    for sampled in (True, False):
        first = traceparent(sampled=sampled)
        follows = continued(first, CAUSE, sampled=not sampled)
        assert (sampled_spot(follows) is not None) is sampled
        assert follows.split("-")[1] == first.split("-")[1]


def test_what_is_no_trace_has_no_spot() -> None:
    zero = "0" * 16
    for none in (None, "", "x", f"00-{zero}{zero}-{EVENT.hex[16:]}-01", f"00-{ACT.hex}-{zero}-01"):
        assert sampled_spot(none) is None
    assert sampled_spot(f"00-{ACT.hex}-{EVENT.hex[16:]}-03") is not None, "other flags are others'"


def test_the_root_of_a_trace_is_found_by_its_id() -> None:
    spot = sampled_spot(traceparent())
    assert spot is not None
    assert root_of(spot) == spot_of_act(ACT)
    assert root_of(spot_of_act(ACT)) is None


def test_a_batch_goes_on_from_each_event_whose_trace_is_exported() -> None:
    heard = in_envelope(a_complaint(), 1)
    envelopes = [
        type(heard)(EVENT, "intake", heard.event, None, given)
        for given in (traceparent(), traceparent(event=CAUSE), traceparent(sampled=False), None)
    ]
    span = of_applied(OWN, envelopes, T0, 0.5)
    assert span is not None
    assert span.links == (sampled_spot(traceparent()), sampled_spot(traceparent(event=CAUSE)))
    assert (span.spot, span.parent) == (spot_of_act(OWN), None)
    assert of_applied(OWN, envelopes[2:], T0, 0.5) is None


def test_a_try_at_once_is_a_child_and_a_late_one_a_trace_with_a_link() -> None:
    cause = sampled_spot(traceparent())
    soon = of_try(OWN, a_try(), T0 + timedelta(seconds=60), 0.1)
    late = of_try(OWN, a_try(), T0 + timedelta(seconds=61), 0.1)
    assert soon is not None
    assert late is not None
    assert (soon.spot.trace, soon.parent, soon.links) == (ACT.hex, cause, ())
    assert (late.spot, late.parent, late.links) == (spot_of_act(OWN), None, (cause,))


def test_what_is_not_exported_has_no_span() -> None:
    assert list(of_published([Row(traceparent(sampled=False)), Row(None)], T0, 0.1)) == []
    assert of_try(OWN, a_try(sampled=False), T0, 0.1) is None


@pytest.mark.parametrize(("status", "failed"), [(202, False), (404, False), (499, False),
                                                (500, True), (503, True)])  # fmt: skip
def test_a_request_fails_by_our_fault_alone(status: int, *, failed: bool) -> None:
    assert a_request(status=status).failed is failed


@pytest.mark.parametrize("sent", [True, False])
def test_a_try_fails_when_the_gateway_does_not_take_the_message(*, sent: bool) -> None:
    span = of_try(OWN, a_try(sent=sent), T0, 0.1)
    assert span is not None
    assert span.failed is not sent


def test_a_word_of_the_caller_is_no_method() -> None:
    assert a_request("BUDI-0811").name == f"{OTHER_METHOD} /v1/things/{{thing_id}}"
    assert "BUDI" not in repr(a_request("BUDI-0811"))


def test_all_that_spans_tell_stands_in_the_list() -> None:
    heard = in_envelope(a_complaint(), 1)
    envelope = type(heard)(EVENT, "intake", heard.event, None, traceparent())
    spans = [
        a_request(), of_mail(ACT, [CASE], T0, T0), published(Row(traceparent())),
        of_applied(OWN, [envelope], T0, 0.1), of_try(OWN, a_try(), T0, 0.1),
    ]  # fmt: skip
    assert {name for each in spans if each for name in each.attributes} == ATTRIBUTES


def test_a_span_names_twenty_complaints_at_most() -> None:
    many = [UUID(int=number) for number in range(1, 40)]
    span = of_request(ACT, "GET", "/v1/cases", 200, many, T0, 0.1)
    named = span.attributes["crm.complaint_ids"]
    assert isinstance(named, list)
    assert len(named) == 20
