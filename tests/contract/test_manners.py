"""What every operation does with a request that is not as it should be: a table over all of them.

The rows come from the contracts, so that a new operation is judged by itself. What is expected is
written here by hand.
"""

import gzip
import json
import re
import zlib
from collections.abc import AsyncIterator, Mapping

import pytest
from fastapi.routing import iter_route_contexts

from deploy.local.tokens import Role, mint_operator_token
from deploy.services import WITH_API
from shared.auth import ServiceTokens
from shared.clock import system_clock
from shared.http.operation import MAX_BODY_BYTES, Operation
from tests.contract.operations import (
    CREDENTIALS,
    Asked,
    app_of,
    ask,
    ask_rightly,
    bearing,
    each,
    operations,
    problem_of,
)

FORM = "application/x-www-form-urlencoded"
CANARY = "Pelapor-Contoh-0811000"
FIELD_OF_PROOF: Mapping[str, str] = {
    "operator": "authorization",
    "service": "authorization",
    "channel_key": "x-api-key",
    "infobip_key": "authorization",
    "kannel_secret": "secret",
    "meta_signature": "x-hub-signature-256",
    "x_signature": "x-twitter-webhooks-signature",
    "twilio_signature": "x-twilio-signature",
}
OVER_THE_BODY = ("meta_signature", "x_signature", "twilio_signature")
"""Schemes whose proof cannot be checked before the body is read."""

OF_ANY_ROLE = (
    "/v1/units", "/v1/categories", "/v1/cases", "/v1/me", "/v1/officers", "/v1/rules",
)  # fmt: skip
LENIENT_PATHS = ("/v1/channels/balai_warga/form", "/v1/channels/email/raw")
"""Links to a page carry what social networks append; no mail is lost for a word in an address."""

FILES_BY_GET = "/v1/channels/sms/kannel"


def is_challenge(operation: Asked) -> bool:
    return operation.method == "GET" and operation.path.endswith(("/webhook", "/whatsapp"))


def is_lenient(operation: Asked) -> bool:
    return (
        is_challenge(operation) or operation.refuses_no_content or operation.path in LENIENT_PATHS
    )


def takes_a_body(operation: Asked) -> bool:
    return operation.method != "GET"


# --- who calls comes before what is sent -------------------------------------------------


async def unread() -> AsyncIterator[bytes]:
    raise AssertionError("the body was read")
    yield b""


WRONG_IN_ALL_WAYS = {
    "content-type": "text/xml",
    "content-encoding": "gzip",
    "content-length": str(MAX_BODY_BYTES * 100),
    "if-match": "*",
}


@each(lambda operation: operation.scheme and operation.scheme not in OVER_THE_BODY)
async def test_a_stranger_is_asked_who_they_are_before_anything_else(operation: Asked) -> None:
    path = (
        operation.path.replace("{complaint_id}", "x")
        .replace("{parked_id}", "x")
        .replace("{aside_id}", "x")
    )
    for proof in ({}, {"authorization": "Bearer é"}):
        answer = await ask(
            operation, url=f"{path}?{CANARY}=1&limit=0&limit=x", content=unread(),
            headers={**WRONG_IN_ALL_WAYS, **proof},
        )  # fmt: skip
        told = problem_of(answer, 401)
        assert told["field"] == FIELD_OF_PROOF[operation.scheme or ""]
        assert answer.headers["www-authenticate"] == "Bearer"
        assert CANARY not in answer.text


@each(lambda operation: operation.scheme in OVER_THE_BODY)
async def test_a_stranger_who_should_have_signed_the_body_learns_nothing_of_it(
    operation: Asked,
) -> None:
    for content in (b"a=1&a=2", b"{", b"\xff\x00", b"%FF=1", b""):
        headers = {"content-type": "text/xml", "content-encoding": "gzip"}
        answer = await ask(operation, content=content, headers=headers, params={CANARY: "1"})
        assert problem_of(answer, 401)["field"] == FIELD_OF_PROOF[operation.scheme or ""]


@each(lambda operation: operation.scheme == "operator" and operation.path not in OF_ANY_ROLE)
async def test_a_role_that_may_not_call_is_refused_before_anything_else(operation: Asked) -> None:
    read = operation.method == "GET" or operation.path == "/v1/search"
    role: Role = "desk_officer" if read else "auditor"
    path = (
        operation.path.replace("{complaint_id}", "x")
        .replace("{parked_id}", "x")
        .replace("{aside_id}", "x")
    )
    answer = await ask(
        operation, url=f"{path}?{CANARY}=1", content=unread(),
        headers={**WRONG_IN_ALL_WAYS, **bearing(mint_operator_token(CREDENTIALS, role, "31.74"))},
    )  # fmt: skip
    problem_of(answer, 403)


@each(lambda operation: operation.scheme == "service")
async def test_a_service_that_may_not_call_is_refused_before_anything_else(
    operation: Asked,
) -> None:
    key = CREDENTIALS.service_keys["intake"].private
    token = ServiceTokens("intake", key, {}, system_clock).sign(operation.service)
    answer = await ask(operation, content=unread(), headers={**WRONG_IN_ALL_WAYS, **bearing(token)})
    problem_of(answer, 403)


# --- how the body comes ------------------------------------------------------------------

WORDS = json.dumps({"text": CANARY}).encode()
CODED: Mapping[str, bytes] = {
    "gzip": gzip.compress(WORDS),
    "x-gzip": gzip.compress(WORDS),
    "deflate": zlib.compress(WORDS),
    "br": WORDS,
    "zstd": WORDS,
    "GZIP": WORDS,
    "identity, gzip": WORDS,
    "aes128gcm": WORDS,
}


@each(takes_a_body)
async def test_a_compressed_body_is_refused_and_what_is_read_is_said(operation: Asked) -> None:
    for coding, body in CODED.items():
        sent = b"Body=Jalan" if operation.media == FORM else body
        answer = await ask_rightly(operation, sent, headers={"content-encoding": coding})
        told = problem_of(answer, 415)
        assert told["type"].endswith("/unsupported-coding")
        assert told["field"] == "Content-Encoding"
        assert answer.headers["accept-encoding"] == "identity"


@each(takes_a_body)
async def test_a_body_that_is_said_to_be_as_it_is_passes(operation: Asked) -> None:
    plain = await ask_rightly(operation, b"{")
    for coding in ("identity", "", "Identity"):
        answer = await ask_rightly(operation, b"{", headers={"content-encoding": coding})
        assert answer.status_code == plain.status_code != 415


@each(lambda operation: operation.media and not operation.refuses_no_content)
async def test_a_body_of_another_media_type_is_refused_and_the_right_one_is_said(
    operation: Asked,
) -> None:
    others = ["text/xml", "application/jsonp", "é", ""]
    if not operation.takes_files:
        others.append("multipart/form-data; boundary=x")
    for media in others:
        answer = await ask_rightly(
            operation, b"a=1" if operation.media == FORM else WORDS, headers={"content-type": media}
        )
        told = problem_of(answer, 415)
        assert told["field"] == "Content-Type"
        assert f"Send {operation.media}" in told["detail"]


LARGE = (
    "/v1/channels/email/raw", "/v1/classifier-models", "/v1/evidence/{complaint_id}", "/uploads",
)  # fmt: skip
"""They take more than other operations do."""


@each(lambda operation: operation.media and not operation.path.endswith(LARGE))
async def test_a_body_that_is_too_large_is_refused_announced_or_not(operation: Asked) -> None:
    body = b"x" * (MAX_BODY_BYTES + 1)

    async def unannounced() -> AsyncIterator[bytes]:
        yield body

    for content in (body, unannounced()):
        headers = {"content-type": operation.media or "", **operation.proof(body)}
        answer = await ask(operation, content=content, headers={"if-match": '"1"', **headers})
        assert problem_of(answer, 413)["field"] == "body"


NO_BODIES = {
    "an open brace": b"{",
    "a text": b'"x"',
    "a number": b"1",
    "a truth": b"true",
    "not UTF-8": b'{"text": "\xff"}',
    "nested deeper than any stack": b'{"text":' * 100_000,
    "closed as deep": b"[" * 100_000 + b"]" * 100_000,
    "a number of 5000 digits": b"9" * 5000,
    "an endless string": b'"' + b"x" * 1000,
    "a NUL": b"\x00",
}


def reads_json(operation: Asked) -> bool:
    return operation.media == "application/json" and not operation.refuses_no_content


@each(lambda operation: operation.method == "POST" and operation.refuses_no_content)
async def test_where_nobody_reads_a_refusal_no_body_is_refused(operation: Asked) -> None:
    for what, body in NO_BODIES.items():
        for media in (operation.media or "", "text/xml"):
            answer = await ask_rightly(operation, body, headers={"content-type": media})
            # There is no database in these tests: what would be filed is to be sent again.
            assert answer.status_code in (200, 503), (what, answer.text)


@each(reads_json)
async def test_what_is_no_object_of_json_is_refused_as_a_body(operation: Asked) -> None:
    for what, body in NO_BODIES.items():
        answer = await ask_rightly(operation, body)
        if answer.status_code == 413 and operation.path.startswith("/v1/track"):
            continue  # Tracking's limits are smaller than some of these.
        assert problem_of(answer, 422)["field"] == "body", what


@each(reads_json)
async def test_an_unknown_member_is_refused_or_ignored_but_never_said_again(
    operation: Asked,
) -> None:
    answer = await ask_rightly(operation, json.dumps({CANARY: CANARY}).encode())
    assert answer.status_code in (200, 422, 503)
    assert CANARY not in answer.text


# --- the query ---------------------------------------------------------------------------


@each(lambda operation: not is_lenient(operation))
async def test_an_unknown_parameter_is_refused_by_its_name(operation: Asked) -> None:
    for name, named in (("order", "order"), ("Limit", "Limit"), (f"{CANARY} saya", "query")):
        answer = await ask_rightly(operation, params={name: CANARY})
        assert problem_of(answer, 422)["field"] == named
        assert CANARY not in answer.text


@each(is_lenient)
async def test_where_others_append_parameters_they_change_nothing(operation: Asked) -> None:
    plain = await ask_rightly(operation, b"{}" if takes_a_body(operation) else b"")
    answer = await ask_rightly(
        operation,
        b"{}" if takes_a_body(operation) else b"",
        url=operation.url + ("" if operation.scheme == "twilio_signature" else "?fbclid=x"),
    )
    assert answer.status_code == plain.status_code != 500


def parameters_of_queries() -> list[object]:
    return [
        pytest.param(operation, parameter["name"], id=f"{operation} {parameter['name']}")
        for operation in operations()
        for parameter in operation.parameters("query")
        if not is_lenient(operation)
    ]


@pytest.mark.parametrize(("operation", "name"), parameters_of_queries())
async def test_a_parameter_that_is_sent_twice_is_refused_by_its_name(
    operation: Asked, name: str
) -> None:
    for values in (("1", "2"), ("1", "1"), ("", "")):
        answer = await ask_rightly(operation, params=[(name, value) for value in values])
        assert problem_of(answer, 422)["field"] == name


# --- methods -----------------------------------------------------------------------------

ALL_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")


def allowed_at(operation: Asked) -> set[str]:
    """The methods of the operation's address, as the contract and RFC 9110 have it."""
    found = {
        other.method
        for other in operations()
        if (other.service, other.path) == (operation.service, operation.path)
    }
    head = {"HEAD"} if "GET" in found and operation.path != FILES_BY_GET else set()
    return found | head | {"OPTIONS"}


@each()
async def test_a_method_that_an_address_has_not_is_told_those_it_has(operation: Asked) -> None:
    allowed = allowed_at(operation)
    for method in set(ALL_METHODS) - allowed:
        answer = await ask(operation, method=method)
        if method != "HEAD":
            assert problem_of(answer, 405)["type"].endswith("/method-not-allowed")
        assert answer.status_code == 405
        assert set(answer.headers["allow"].split(", ")) == allowed


@each()
async def test_options_says_what_an_address_takes_and_asks_for_no_token(operation: Asked) -> None:
    answer = await ask(operation, method="OPTIONS")
    assert (answer.status_code, answer.content) == (204, b"")
    assert set(answer.headers["allow"].split(", ")) == allowed_at(operation)


@each(lambda operation: operation.method == "GET" and operation.path != FILES_BY_GET)
async def test_head_says_what_get_says_without_a_body(operation: Asked) -> None:
    for ask_so in (ask, ask_rightly):
        whole = await ask_so(operation)
        head = await ask_so(operation, method="HEAD")
        assert (head.status_code, head.content) == (whole.status_code, b"")
        assert head.headers["content-length"] == whole.headers["content-length"]
        assert head.headers["content-type"] == whole.headers["content-type"]
        assert head.headers["cache-control"] == "no-store"


# --- what stands in no contract ----------------------------------------------------------

PAGES_AND_PROBES = {
    "/health/live": ("intake", "vault", "media", "routing", "sla", "notify", "tracking"),
    "/health/ready": ("intake", "vault", "media", "routing", "sla", "notify", "tracking"),
    "/metrics": ("intake", "vault", "media", "routing", "sla", "notify", "tracking"),
    "/": ("tracking",),
    "/lacak": ("tracking",),
    "/static/house.css": ("tracking",),
    "/static/tracking.css": ("tracking",),
    "/v1/channels/balai_warga/static/house.css": ("intake",),
}
OUTSIDE_THE_CONTRACT = [
    Asked(service, "GET", path, {}, {})
    for path, services in PAGES_AND_PROBES.items()
    for service in services
]
FORMS_OF_PAGES = [Asked("tracking", "POST", path, {}, {}) for path in ("/lacak", "/jawab")]
outside = pytest.mark.parametrize("operation", OUTSIDE_THE_CONTRACT, ids=str)
forms = pytest.mark.parametrize("operation", FORMS_OF_PAGES, ids=str)


@pytest.mark.parametrize("service", WITH_API)
def test_the_table_knows_every_route_that_stands_in_no_contract(service: str) -> None:
    hidden = {
        (method, context.path)
        for context in iter_route_contexts(app_of(service).routes)
        for method in context.methods or ()
        if not context.include_in_schema and isinstance(context.original_route, Operation)
    }
    known = {
        (asked.method, asked.path)
        for asked in (*OUTSIDE_THE_CONTRACT, *FORMS_OF_PAGES)
        if asked.service == service
    }
    assert hidden == known


@outside
async def test_pages_and_probes_pass_over_parameters_that_others_append(operation: Asked) -> None:
    plain = await ask(operation)
    assert (await ask(operation, params={"fbclid": "x"})).status_code == plain.status_code


@outside
async def test_pages_and_probes_have_a_head_and_say_their_methods(operation: Asked) -> None:
    whole, head = await ask(operation), await ask(operation, method="HEAD")
    assert (head.status_code, head.content) == (whole.status_code, b"")
    posted = {"POST"} if operation.path == "/lacak" else set()
    for method in ("DELETE", "OPTIONS"):
        answer = await ask(operation, method=method)
        assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"} | posted


@outside
async def test_only_style_sheets_are_kept_by_caches(operation: Asked) -> None:
    answer = await ask(operation)
    kept = "no-cache" if operation.path.endswith(".css") else "no-store"
    assert answer.headers["cache-control"] == kept


@forms
async def test_a_page_takes_the_form_that_it_shows_and_nothing_else(operation: Asked) -> None:
    for headers, status, field in (
        ({"content-type": "multipart/form-data; boundary=x"}, 415, "Content-Type"),
        ({"content-type": "application/json"}, 415, "Content-Type"),
        ({"content-type": FORM, "content-encoding": "br"}, 415, "Content-Encoding"),
        ({"content-type": FORM, "content-length": "99999999"}, 413, "body"),
    ):
        answer = await ask(operation, content=b"code=x", headers=headers)
        assert problem_of(answer, status)["field"] == field


# --- addresses ---------------------------------------------------------------------------


@each()
async def test_an_address_is_what_it_is_and_nothing_near_it(operation: Asked) -> None:
    for near in ("/", "//", "/%00", "%2F", "/;x=1", "/%ED%A0%80"):
        answer = await ask_rightly(operation, url=operation.url + near)
        # A list may have items at addresses of their own: then this is one, and none is called so.
        is_item = answer.status_code in (405, 422) and has_items(operation)
        problem_of(answer, answer.status_code if is_item else 404)
        assert "location" not in answer.headers


def has_items(operation: Asked) -> bool:
    item = re.compile(re.escape(operation.path) + r"/\{\w+\}")
    return any(item.fullmatch(each.path) for each in operations())


@each(lambda operation: operation.parameters("path"))
async def test_an_id_that_is_none_is_refused_by_its_name(operation: Asked) -> None:
    for name in (parameter["name"] for parameter in operation.parameters("path")):
        for wrong in ("x", "%00", "%ED%A0%80", "null", "-1", "1.5", "%20", "9" * 5000):
            answer = await ask_rightly(operation, url=operation.url_with({name: wrong}))
            assert problem_of(answer, 422)["field"] == name


# --- what does not matter ----------------------------------------------------------------


@each(lambda operation: operation.method == "GET")
async def test_a_body_that_comes_with_get_is_not_looked_at(operation: Asked) -> None:
    plain = await ask_rightly(operation)
    headers = {"content-type": "text/xml", "content-encoding": "gzip"}
    answer = await ask_rightly(operation, b"{", headers=headers)
    assert answer.status_code == plain.status_code


STRANGE_HEADERS = {
    "accept": "application/xml;q=é",
    "accept-language": "x" * 5000,
    "x-request-id": "é",
    "traceparent": "00-é",
    "cookie": "a=b; \xff",
    "expect": "the unexpected",
    "authorization-info": "\x80",
}


@each()
async def test_no_header_upsets_an_operation(operation: Asked) -> None:
    body = b"{}" if takes_a_body(operation) else b""
    plain = await ask_rightly(operation, body)
    answer = await ask_rightly(operation, body, headers=STRANGE_HEADERS)
    assert answer.status_code == plain.status_code
