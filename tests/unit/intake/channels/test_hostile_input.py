"""What a stranger may send to have a door say, sign, hold up or lose something."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.intake.channels.submission import Ignored, Inbound, Submission
from services.intake.channels.x.adapter import XAdapter
from shared.errors import Malformed, Unauthenticated
from shared.events.vocabulary import Channel
from tests.unit.intake.channels import wire

FORM_MEDIA = "application/x-www-form-urlencoded"
BODY = '{"for_user_id":"1000000001","tweet_create_events":[]}'


@pytest.mark.parametrize("token", [BODY, f" {BODY}", "Halo dunia"])
def test_the_check_of_the_address_signs_nothing_that_could_be_a_delivery(token: str) -> None:
    adapter = wire.DOORS[wire.X].adapter
    assert isinstance(adapter, XAdapter)
    request = wire.raw(wire.X, method="GET")
    asked = replace(request, query={"crc_token": token})
    with pytest.raises(Malformed) as caught:
        adapter.challenge(asked)
    assert caught.value.field == "crc_token"


@pytest.mark.parametrize("path", [wire.TWILIO, wire.KANNEL])
def test_a_host_that_is_no_host_is_refused_and_no_fault_of_ours(path: str) -> None:
    request = wire.raw(path + "?secret=x", b"From=1&MessageSid=1", {"content-type": FORM_MEDIA})
    odd = replace(request, url=f"http://[{path}?secret=x")
    with pytest.raises(Unauthenticated, match="proof of the caller"):
        wire.come_in(odd)


def test_kannels_query_is_read_whatever_the_host_is_called() -> None:
    request = wire.signed(wire.KANNEL, b"from=628110000001&id=1&text=Jalan")
    odd = replace(request, url=request.url.replace("crm.example.org", "["))
    (sms,) = wire.come_in(odd)
    assert isinstance(sms, Submission)


def test_a_number_of_odd_length_does_not_spoil_a_text_of_two_bytes_a_letter() -> None:
    query = b"from=%2B628110000001&id=1&t=2021-07-08+12%3A40&charset=UTF-16BE&text=%00J%00a"
    (sms,) = wire.come_in(wire.signed(wire.KANNEL, query))
    assert isinstance(sms, Submission)
    assert (sms.text, sms.reporter.phone) == ("Ja", "+628110000001")


def infobip(*results: dict[str, Any]) -> tuple[Inbound, ...]:
    return wire.come_in(wire.signed(wire.INFOBIP, json.dumps({"results": results}).encode()))


SMS = {"messageId": "1", "from": "628110000001", "text": "Jalan"}


@pytest.mark.parametrize("number", ["819012345678", "6581234567"])
def test_a_number_from_abroad_is_not_read_as_a_strangers_at_home(number: str) -> None:
    (sms,) = infobip(SMS | {"from": number})
    assert isinstance(sms, Submission)
    assert sms.reporter.phone == f"+{number}"


def kinds(inbound: tuple[Inbound, ...]) -> list[type]:
    return [type(each) for each in inbound]


def facebook(*entries: Any) -> tuple[Inbound, ...]:
    body = json.dumps({"object": "page", "entry": entries}).encode()
    return wire.come_in(wire.signed(wire.FACEBOOK, body))


CHANGE = {"field": "feed", "value": {"item": "comment", "comment_id": "1", "message": "Jalan"}}
PAGE = {"id": "1000000002"}


@pytest.mark.parametrize(
    "bad",
    [
        PAGE | {"messaging": [{"timestamp": 1, "optin": {"ref": "a"}}]},
        PAGE | {"messaging": ["a", None]},
        PAGE | {"changes": [{"field": "feed", "value": "a"}]},
        PAGE | {"changes": "a"},
        "a",
        None,
    ],
)
def test_a_malformed_entry_of_meta_takes_no_neighbour_along(bad: Any) -> None:
    found = kinds(facebook(bad, PAGE | {"changes": [CHANGE]}))
    assert found.count(Submission) == 1
    assert set(found) == {Submission, Ignored}


def test_a_delivery_of_meta_with_nothing_readable_is_not_sent_for_ever() -> None:
    assert kinds(facebook(PAGE | {"changes": [{"field": "feed", "value": "a"}]})) == [Ignored]


@pytest.mark.parametrize("bad", ["a", None, 7, ["a"]])
def test_a_malformed_result_of_infobip_takes_no_neighbour_along(bad: Any) -> None:
    assert kinds(infobip(bad, SMS)) == [Submission, Ignored]


@pytest.mark.parametrize("bad", ["a", None, 7, ["a"]])
def test_a_malformed_message_on_whatsapp_takes_no_neighbour_along(bad: Any) -> None:
    good = {"id": "1", "from": "628110000001", "type": "text", "text": {"body": "Jalan"}}
    body = {"entry": [{"changes": [{"value": {"messages": [bad, good]}}]}]}
    inbound = wire.come_in(wire.signed(wire.WHATSAPP, json.dumps(body).encode()))
    assert kinds(inbound) == [Submission, Ignored]


@pytest.mark.parametrize("bad", [{}, "a", None, 7])
def test_a_malformed_post_on_x_takes_no_neighbour_along(bad: Any) -> None:
    good = {"id_str": "1", "user": {"id_str": "5"}, "text": "Jalan"}
    body = {
        "for_user_id": "1000000001",
        "tweet_create_events": [bad, good],
        "tweet_delete_events": [bad],
    }
    inbound = kinds(wire.come_in(wire.signed(wire.X, json.dumps(body).encode())))
    assert (inbound.count(Submission), inbound.count(Ignored)) == (1, 2)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+07:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_beyond_the_calendar_is_no_time(at: str) -> None:
    body = json.dumps({"report_id": "1", "description": "Jalan", "reported_at": at}).encode()
    (report,) = wire.come_in(wire.signed(wire.JAKI, body))
    assert isinstance(report, Submission)
    assert report.reported_at is None


NO_TIMES: tuple[Any, ...] = (
    "2026",
    "20261124",
    20261124,
    "2026-11-24",
    "kemarin",
    "",
    {},
    True,
    None,
)


def timed(path: str, at: Any) -> Any:
    """When a post or message of that door says it was written, ``at`` standing for its time."""
    if path == wire.QLUE:
        body: Any = [{"post_id": "1", "post_desc": "Jalan", "post_date": at}]
    elif path == wire.INFOBIP:
        body = {"results": [SMS | {"receivedAt": at}]}
    else:
        body = json.loads(wire.example("twitter/activity_post_mention.json"))
        body["data"]["payload"]["created_at"] = at
    (message,) = wire.come_in(wire.signed(path, json.dumps(body).encode()))
    assert isinstance(message, Submission), message
    return message.reported_at


@pytest.mark.parametrize("at", NO_TIMES, ids=repr)
@pytest.mark.parametrize("path", [wire.QLUE, wire.INFOBIP, wire.X])
def test_a_time_of_a_platform_that_cannot_be_read_is_left_out_and_the_words_are_kept(
    path: str, at: Any
) -> None:
    assert timed(path, at) is None


@pytest.mark.parametrize(
    ("path", "at"),
    [
        (wire.QLUE, "2021-07-08 16:20:10"),
        (wire.QLUE, "2021-07-08T09:20:10Z"),
        (wire.INFOBIP, "2021-07-08T09:20:10.000+0000"),
        (wire.INFOBIP, "2021-07-08T09:20:10"),
        (wire.X, "2021-07-08T09:20:10.000Z"),
    ],
)
def test_a_time_of_a_platform_is_read_as_the_platform_writes_it(path: str, at: str) -> None:
    assert timed(path, at) == datetime(2021, 7, 8, 9, 20, 10, tzinfo=UTC)


def test_digits_of_another_script_are_no_code_of_a_kelurahan() -> None:
    with pytest.raises(Malformed, match="Use a code like"):
        Submission(channel=Channel.JAKI, external_id="1", text="a", kelurahan_code="٣١.٧٤.٠١.١٠٠١")


def sent_form(body: str) -> Submission:
    (submission,) = wire.come_in(wire.signed(wire.FORM, body.encode()))
    assert isinstance(submission, Submission)
    return submission


def test_the_public_form_cannot_ask_for_a_draft_of_the_portals() -> None:
    body = json.dumps({"draft_id": "d-1", "text": "Jalan"}).encode()
    (of_the_portal,) = wire.come_in(wire.signed(wire.BALAI_WARGA, body))
    assert isinstance(of_the_portal, Submission)
    assert sent_form("draft_id=d-1&isi=Jalan").external_id != of_the_portal.external_id


def test_a_form_sent_again_is_the_same_and_one_with_other_words_another() -> None:
    first = sent_form("draft_id=d-1&isi=Jalan+rusak&nama=&email=a%40example.org")
    assert sent_form("draft_id=d-1&isi=Jalan+rusak&email=a%40example.org") == first
    other = sent_form("draft_id=d-1&isi=Lampu+padam&email=a%40example.org")
    assert other.external_id != first.external_id


def test_a_half_surrogate_in_one_comment_is_marked_and_takes_no_neighbour_along() -> None:
    broken = {"field": "feed", "value": {"item": "comment", "comment_id": "2", "message": "\ud83d"}}
    inbound = facebook(PAGE | {"changes": [broken, CHANGE]})
    assert [each.text for each in inbound if isinstance(each, Submission)] == [
        "(teks tidak terbaca)",
        "Jalan",
    ]
