"""What must not come in: refused at the door by name of the field, nothing half-written."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from deploy.rehearsal.callers import DESK_UNITS, Mail, WireRequest, wire_request
from tests.e2e.books import at_rest, counts
from tests.e2e.city import KELURAHAN, City, Officer, officer_of
from tests.e2e.wire import (
    FORM,
    JSON,
    chunk,
    chunked_head,
    encoded,
    meta_signed,
    send_raw,
    twilio_signed,
    x_signed,
)

pytestmark = pytest.mark.e2e

MEGABYTE = 1024 * 1024
SECRET_WORD = "jangandiulang"
"""Stands for what a person wrote; no answer may say it again."""
PROBLEM = "application/problem+json"
PARTNERS = ("jaki", "qlue", "balai_warga", "lapor_1708")
DESKS = tuple(DESK_UNITS)


@pytest.fixture(scope="module", autouse=True)
async def _nothing_is_written(city: City) -> AsyncIterator[None]:
    """The rows of intake and vault are counted before and after the whole file."""
    await at_rest(city.stack)
    before = await counts(city.stack, "intake", "vault")
    yield
    await at_rest(city.stack)
    assert await counts(city.stack, "intake", "vault") == before


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a door said no with."""

    status: int
    media: str
    problem: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""


async def knock(city: City, request: WireRequest, service: str = "intake") -> Refusal:
    answer = await city.request(
        service, request.method, request.path, headers=request.headers, content=request.body or None
    )
    media = answer.headers.get("content-type", "")
    assert SECRET_WORD not in answer.body.decode() or not media.startswith(PROBLEM)
    problem = answer.json() if media.startswith(PROBLEM) else {}
    return Refusal(answer.status, media, problem, answer.body.decode())


def refused(refusal: Refusal, status: int, field_name: str | None, reason: str = "") -> None:
    assert refusal.status == status, refusal
    assert refusal.media.startswith(PROBLEM), refusal
    assert refusal.problem["status"] == status
    assert refusal.problem["type"].startswith("https://")
    assert refusal.problem["title"]
    assert refusal.problem["detail"]
    assert reason in refusal.problem["detail"]
    if field_name is not None:
        assert refusal.problem.get("field") == field_name, refusal.problem


def proper(city: City, channel: str) -> WireRequest:
    """A request of the channel that would be accepted as it is."""
    unit = DESK_UNITS.get(channel)
    token = city.token(Officer("desk_officer", unit)) if unit else None
    request = wire_request(
        channel, city.secrets, external_id=city.number(), text=f"Ada {SECRET_WORD} di sini.",
        operator_token=token, now=datetime.now(UTC),
    )  # fmt: skip
    assert isinstance(request, WireRequest)
    return request


def signed(city: City, channel: str, body: bytes) -> WireRequest:
    """``body`` with a right signature or key of that door, so that only the body is wrong."""
    secrets = city.secrets
    match channel:
        case "twitter":
            secret = secrets["twitter"]["consumer_secret"]
            return x_signed("/v1/channels/twitter/webhook", secret, body)
        case "gubernur":
            secret = secrets["gubernur"]["consumer_secret"]
            return x_signed("/v1/channels/gubernur/x/webhook", secret, body)
        case "facebook":
            secret = secrets["facebook"]["app_secret"]
            return meta_signed("/v1/channels/facebook/webhook", secret, body)
        case "gubernur meta":
            secret = secrets["gubernur"]["app_secret"]
            return meta_signed("/v1/channels/gubernur/meta/webhook", secret, body)
        case "whatsapp":
            secret = secrets["sms"]["whatsapp_app_secret"]
            return meta_signed("/v1/channels/sms/whatsapp", secret, body)
        case "infobip":
            key = {"authorization": f"App {secrets['sms']['infobip_api_key']}"}
            return WireRequest("POST", "/v1/channels/sms/infobip", {**JSON, **key}, body)
        case _:
            return replace(proper(city, channel), body=body)


WHO_CAN_CORRECT = ("jaki", "balai_warga", *DESKS)
"""Of the others nobody reads a refusal: what they send is filed as well as it can be read
(``tests/integration/intake/test_channel_corpus.py``)."""


# --- the body as a whole -----------------------------------------------------------------


@pytest.mark.parametrize("channel", WHO_CAN_CORRECT)
async def test_a_body_that_is_no_json_of_the_channel_is_refused(city: City, channel: str) -> None:
    for body in (b"", b"{", b"[]", b'"x"', b"\xff\xfe", b'{"a":' * 200):
        refused(await knock(city, signed(city, channel, body)), 422, "body")


async def test_a_complaint_by_an_unknown_channel_is_not_found(city: City) -> None:
    request = replace(proper(city, "jaki"), path="/v1/channels/telegram")
    refused(await knock(city, request), 404, None)
    desk = replace(proper(city, "kelurahan"), path="/v1/desks/pasar/complaints")
    refused(await knock(city, desk), 404, None)


@pytest.mark.parametrize("channel", ["jaki", "twitter", "kelurahan"])
async def test_a_body_too_large_is_refused_though_more_of_it_is_coming(
    city: City, channel: str
) -> None:
    request = proper(city, channel)
    head = chunked_head(request.path, request.headers)
    pieces = [chunk(b"a" * 65536) for _ in range(32)]
    answer = await send_raw(city.running.url("intake"), head, pieces)
    assert answer.status == 413
    assert answer.problem["field"] == "body"


async def test_a_head_beyond_all_measure_does_not_get_in(city: City) -> None:
    request = proper(city, "jaki")
    huge = {**request.headers, "x-api-key": "k" * 200_000}
    lines = "".join(f"{name}: {value}\r\n" for name, value in huge.items())
    head = f"POST {request.path} HTTP/1.1\r\nhost: x\r\n{lines}"
    length = f"content-length: {len(request.body)}\r\n\r\n"
    answer = await send_raw(city.running.url("intake"), head + length, [request.body])
    assert (answer.status, answer.problem["status"]) == (431, 431)
    assert answer.headers["connection"] == "close"


# --- who sends it ------------------------------------------------------------------------


@pytest.mark.parametrize("channel", PARTNERS)
async def test_a_wrong_key_of_a_partner_is_refused(city: City, channel: str) -> None:
    request = proper(city, channel)
    without = {name: value for name, value in request.headers.items() if name != "x-api-key"}
    for key in ({}, {"x-api-key": "wrong"}, {"x-api-key": "kunci-salah"}):
        refused(await knock(city, replace(request, headers=without | key)), 401, "x-api-key")


@pytest.mark.parametrize(
    ("channel", "header"),
    [
        ("twitter", "x-twitter-webhooks-signature"),
        ("gubernur", "x-twitter-webhooks-signature"),
        ("facebook", "x-hub-signature-256"),
        ("gubernur meta", "x-hub-signature-256"),
        ("whatsapp", "x-hub-signature-256"),
    ],
)
async def test_a_wrong_signature_of_a_platform_is_refused(
    city: City, channel: str, header: str
) -> None:
    request = signed(city, channel, encoded({"entry": [], "words": SECRET_WORD}))
    unsigned = {name: value for name, value in request.headers.items() if name != header}
    of_another_body = signed(city, channel, b"{}").headers[header]
    of_another_key = f"sha256={'0' * 64}"
    refused(await knock(city, replace(request, headers=unsigned)), 401, header)
    for signature in ("", of_another_body, of_another_key):
        wrong = {**unsigned, header: signature}
        refused(await knock(city, replace(request, headers=wrong)), 401, header)


async def test_a_wrong_proof_of_an_sms_gateway_is_refused(city: City) -> None:
    kannel = proper(city, "sms")
    secret = city.secrets["sms"]["kannel_secret"]
    wrong = replace(kannel, path=kannel.path.replace(secret, "salah"))
    refused(await knock(city, wrong), 401, "secret")
    fields = {"MessageSid": "SM1", "From": "+628110000001", "Body": SECRET_WORD}
    twilio = twilio_signed(city.running.url("intake"), "another-token", fields)
    refused(await knock(city, twilio), 401, "x-twilio-signature")
    infobip = signed(city, "infobip", encoded({"results": []}))
    refused(
        await knock(city, replace(infobip, headers={**JSON, "authorization": "App salah"})),
        401,
        "authorization",
    )


@pytest.mark.parametrize("desk", DESKS)
async def test_a_desk_opens_to_an_officer_of_its_own_office_only(city: City, desk: str) -> None:
    request = proper(city, desk)
    refused(await knock(city, replace(request, headers=JSON)), 401, "authorization")
    forged = {**JSON, "authorization": request.headers["authorization"][:-4] + "AAAA"}
    refused(await knock(city, replace(request, headers=forged)), 401, "authorization")
    stranger = city.token(Officer("desk_officer", "satpol-pp"))
    elsewhere = {**JSON, "authorization": f"Bearer {stranger}"}
    refused(await knock(city, replace(request, headers=elsewhere)), 403, None, "your own office")
    auditor = city.token(Officer("auditor", DESK_UNITS[desk]))
    wrong_role = {**JSON, "authorization": f"Bearer {auditor}"}
    refused(await knock(city, replace(request, headers=wrong_role)), 403, None, "desk_officer")


async def test_the_form_without_its_token_is_shown_again_and_not_filed(city: City) -> None:
    path = "/v1/channels/balai_warga/form"
    body = f"csrf_token=1.salah&draft_id=d1&isi={SECRET_WORD}".encode()
    answer = await knock(city, WireRequest("POST", path, FORM, body))
    assert answer.status == 401
    assert answer.media.startswith("text/html")
    assert "kedaluwarsa" in answer.text


# --- the fields --------------------------------------------------------------------------


def desk_body(city: City, **fields: Any) -> bytes:
    return encoded(
        {
            "entry_id": city.number(),
            "text": f"Ada {SECRET_WORD}.",
            "category": "coretan",
            **fields,
        }
    )


NO_LATITUDES = (b"NaN", b"1e309", b"-Infinity", b"91", b'"selatan"', b"[-6.2]")


@pytest.mark.parametrize("channel", ["kelurahan", "jaki", "balai_warga"])
async def test_absurd_coordinates_are_refused_by_name(city: City, channel: str) -> None:
    request = proper(city, channel)
    start = request.body.index(b'"location":')
    end = request.body.index(b"}", start) + 1
    for value in NO_LATITUDES:
        place = b'"location": {"latitude": ' + value + b', "longitude": 106.8, "address": "x"}'
        body = request.body[:start] + place + request.body[end:]
        refused(await knock(city, replace(request, body=body)), 422, "location.latitude")


async def test_half_a_point_and_a_far_longitude_are_refused_by_name(city: City) -> None:
    for location, name in (
        ({"latitude": -6.2}, "location.longitude"),
        ({"longitude": 106.8}, "location.latitude"),
        ({"latitude": -6.2, "longitude": 181}, "location.longitude"),
    ):
        body = desk_body(city, location=location)
        refused(await knock(city, signed(city, "kelurahan", body)), 422, name)


UNSTORABLE = {
    "a NUL": (b"\\u0000", "text"),
    "half a pair": (b"\\ud83d", "text"),
    "the other half": (b"\\udc00", "text"),
}


@pytest.mark.parametrize(("escape", "name"), UNSTORABLE.values(), ids=UNSTORABLE)
async def test_text_that_no_database_can_store_is_refused_by_name(
    city: City, escape: bytes, name: str
) -> None:
    body = desk_body(city).replace(b"Ada ", b"Ada " + escape)
    refused(await knock(city, signed(city, "kelurahan", body)), 422, name)


async def test_what_cannot_be_stored_is_refused_in_every_field(city: City) -> None:
    for fields, name in (
        ({"reporter": {"name": "x\x00y"}}, "reporter.name"),
        ({"location": {"address": "x\x00y"}}, "location.address"),
        ({"entry_id": "x\x00y"}, "entry_id"),
    ):
        body = desk_body(city, **fields)
        answer = await knock(city, signed(city, "kelurahan", body))
        refused(answer, 422, name)


@pytest.mark.parametrize("channel", ["balai_warga", *DESKS])
async def test_a_field_that_the_contract_does_not_know_is_refused_where_it_is_our_own(
    city: City, channel: str
) -> None:
    request = proper(city, channel)
    body = request.body.replace(b'{"', f'{{"{SECRET_WORD}": 1, "'.encode(), 1)
    answer = await knock(city, replace(request, body=body))
    refused(answer, 422, "body")


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"text": ""}, "text"),
        ({"text": "   "}, "text"),
        ({"text": 7}, "text"),
        ({"text": None}, "text"),
        ({"reporter": {"phone": "12"}}, "reporter.phone"),
        ({"reporter": {"email": SECRET_WORD}}, "reporter.email"),
        ({"reporter": {"nik": "123"}}, "reporter.nik"),
        ({"reported_at": "kemarin"}, "reported_at"),
        ({"location": {"kelurahan_code": "Tebet"}}, "location.kelurahan_code"),
        ({"about_unit": "Dinas X!"}, "about_unit"),
        ({"language": "fr"}, "language"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_wrong_field_is_named_and_its_value_is_not_said_again(
    city: City, fields: dict[str, Any], name: str
) -> None:
    body = desk_body(city, **fields)
    refused(await knock(city, signed(city, "kelurahan", body)), 422, name)


async def test_a_key_of_idempotency_that_cannot_be_one_is_refused(city: City) -> None:
    request = proper(city, "jaki")
    wrong = {**request.headers, "idempotency-key": "k" * 300}
    refused(await knock(city, replace(request, headers=wrong)), 422, "idempotency-key")


# --- mail --------------------------------------------------------------------------------


async def test_a_mail_for_somebody_else_is_refused(city: City) -> None:
    recipient = city.secrets["email"]["recipient"]
    head = f"From: <a@example.org>\r\nTo: {recipient}\r\nSubject: x\r\n"
    elsewhere = Mail("a@example.org", "other@example.org", f"{head}\r\n{SECRET_WORD}".encode())
    assert (await city.running.post_mail(elsewhere)).status == 550


# --- the other doors ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "field_name"),
    [
        (b"{", "body"),
        (b"[]", "body"),
        (b'{"code": 7}', "code"),
        (b'{"code": "x", "jangandiulang": 1}', "body"),
        (b'{"code": "' + b"a" * 5000 + b'"}', "body"),
        (b"", "body"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_a_malformed_look_up_is_refused(
    city: City, body: bytes, field_name: str | None
) -> None:
    answer = await knock(city, WireRequest("POST", "/v1/track", JSON, body), "tracking")
    refused(answer, 413 if len(body) > 4096 else 422, field_name)


async def test_an_unknown_code_has_the_same_answer_whatever_is_wrong_with_it(city: City) -> None:
    answers = set()
    for code in ("0000-0000-0000-0000", "x", "", "JK2611240001"):
        answer = await knock(city, look_up(code), "tracking")
        refused(answer, 404, None)
        answers.add(answer.text)
    assert len(answers) == 1


async def test_a_code_that_no_text_can_be_is_refused_by_its_field(city: City) -> None:
    for code in ("a\\u0000b", "\\ud800"):
        refused(await knock(city, look_up(code), "tracking"), 422, "code")


def look_up(code: str) -> WireRequest:
    """Asks tracking for a code; ``code`` as it stands between the quotes of the JSON."""
    return WireRequest("POST", "/v1/track", JSON, b'{"code": "' + code.encode() + b'"}')


@pytest.mark.parametrize(
    ("body", "field_name"),
    [
        (b"{", "body"),
        (b'{"to_unit": "satpol-pp", "jangandiulang": 1}', "body"),
        (b'{"to_unit": "SATPOL PP"}', "to_unit"),
        (b'{"to_unit": "satpol-pp", "note": ""}', "note"),
        (b'{"to_unit": "satpol-pp", "note": "a\\u0000"}', "note"),
        (b'{"to_unit": "satpol-pp", "note": "a\\ud800"}', "note"),
    ],
    ids=lambda value: str(value)[:50],
)
async def test_a_malformed_command_of_an_officer_is_refused(
    city: City, body: bytes, field_name: str | None
) -> None:
    some_case = "019300aa-0000-7000-8000-000000000001"
    path = f"/v1/cases/{some_case}/coordinate"
    token = city.token(officer_of(KELURAHAN))
    headers = {**JSON, "authorization": f"Bearer {token}", "if-match": '"1"'}
    answer = await knock(city, WireRequest("POST", path, headers, body), "routing")
    refused(answer, 422, field_name)
