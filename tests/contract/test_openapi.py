"""What the OpenAPI documents say of every operation, so that a client can be made from them.

Laws over all operations: a new one is judged by itself. Most of it is written by the mechanism of
``shared/http/contract.py``; what is expected here is written by hand.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from deploy.services import WITH_API
from shared.http import examples
from tests.contract.operations import Asked, build, every_operation, operations
from tests.generated import troubles

Lacking = Callable[[Asked], Iterator[str]]

FORM = "/v1/channels/balai_warga/form"
OPEN_TO_ALL = {
    "list_channels", "show_form", "send_form", "track_complaint", "answer_question",
    "channels_facebook_webhook_challenge", "channels_gubernur_meta_webhook_challenge",
    "channels_gubernur_x_webhook_challenge", "channels_sms_whatsapp_challenge",
    "channels_twitter_webhook_challenge", "list_case_file_keys", "show_file",
}  # fmt: skip
"""The form brings a token of its own; tracking's code, a platform's challenge and a signed link are
the proof; a public key is for everybody."""

PROBLEM = re.compile(r"https://crm\.jakarta\.go\.id/problems/[a-z]+(-[a-z]+)*")
OF_ALL = {400, 408, 431, 503}
OF_THE_CALLER = {"operator": {401, 403}, "service": {401, 403}, None: set()}
"""What a caller may be told who has not proven enough; other schemes know no roles."""


def nothing_lacks(law: Lacking) -> None:
    found = [f"{operation}: {what}" for operation in operations() for what in law(operation)]
    assert found == []


def refusals(operation: Asked) -> Mapping[int, Mapping[str, Any]]:
    answers = {int(status): operation.answer(int(status)) for status in answers_of(operation)}
    return {status: said for status, said in answers.items() if said and status >= 300}


def answers_of(operation: Asked) -> list[str]:
    return list(operation.described["responses"])


def success_of(operation: Asked) -> Mapping[str, Any]:
    status, *others = sorted(each for each in answers_of(operation) if each.startswith("2"))
    assert others in ([], ["206"], ["202"]), "an operation answers one thing, a part, or not yet"
    return operation.answer(int(status)) or {}


# --- names -------------------------------------------------------------------------------


def test_an_operation_has_an_id_that_reads_well_and_is_no_other() -> None:
    def law(operation: Asked) -> Iterator[str]:
        name = operation.described["operationId"]
        if not re.fullmatch(r"[a-z]+(_[a-z0-9]+){1,5}", name):
            yield f"{name} is no snake case of two words or more"
        if name.endswith((f"_{operation.method.lower()}", "_v1")):
            yield f"{name} is made of its address"

    nothing_lacks(law)
    named = [(each.service, each.described["operationId"]) for each in operations()]
    assert len(named) == len(set(named))


def test_an_id_that_clients_have_in_their_code_stands_for_the_same_operation_as_ever() -> None:
    published = set((Path(__file__).parent / "published_operations.txt").read_text().splitlines())
    present = {
        f"{each.service} {each.described['operationId']} {each.method} {each.path}"
        for each in every_operation()
    }
    assert published - present == set(), "an id is not taken away, nor given to another operation"
    assert present - published == set(), "this id is for ever: add it to published_operations.txt"


def test_an_operation_says_what_it_does_under_one_tag_that_is_explained() -> None:
    def law(operation: Asked) -> Iterator[str]:
        told = {tag["name"] for tag in operation.document["tags"] if tag["description"]}
        if not operation.described.get("summary"):
            yield "it has no summary"
        if len(operation.described["tags"]) != 1 or not told >= set(operation.described["tags"]):
            yield f"tags {operation.described['tags']}"

    nothing_lacks(law)


@pytest.mark.parametrize("service", WITH_API)
def test_a_document_says_where_its_service_is(service: str) -> None:
    [document] = {id(o.document): o.document for o in operations() if o.service == service}.values()
    assert document["openapi"].startswith("3.1")
    for server in document["servers"]:
        variables = {name: each["default"] for name, each in server["variables"].items()}
        assert re.fullmatch(r"https?://[a-z0-9.:]+", server["url"].format(**variables))


def test_a_document_is_made_when_it_is_asked_for_and_once() -> None:
    for service in WITH_API:
        app = build(service)
        assert app.openapi_schema is None, "a start that writes a contract is a slow start"
    assert app.openapi() is app.openapi()


# --- who calls ---------------------------------------------------------------------------


def test_an_operation_says_how_its_caller_is_known_or_that_anybody_may_call() -> None:
    declared_open = set()

    def law(operation: Asked) -> Iterator[str]:
        schemes = operation.document["components"].get("securitySchemes", {})
        security = operation.described["security"]
        if security == []:
            declared_open.add(operation.described["operationId"])
        if any(name not in schemes for each in security for name in each):
            yield "its scheme is not declared"

    nothing_lacks(law)
    assert declared_open == OPEN_TO_ALL


# --- answers -----------------------------------------------------------------------------


def test_an_answer_that_is_no_success_is_a_problem_of_a_named_type() -> None:
    def law(operation: Asked) -> Iterator[str]:
        for status, said in refusals(operation).items():
            if "text/html" in said["content"] and operation.path == FORM:
                continue
            [(media, content)] = said["content"].items()
            kind = operation.resolved(content["schema"])["properties"]
            types = kind["type"].get("enum") or [kind["type"]["const"]]
            if media != "application/problem+json" or kind["status"]["const"] != status:
                yield f"{status} is no problem"
            if not all(PROBLEM.fullmatch(each) for each in types):
                yield f"{status} has types {types}"

    nothing_lacks(law)


def expected(operation: Asked) -> set[int]:
    """What an operation refuses because of what it takes."""
    found = OF_ALL | OF_THE_CALLER.get(operation.scheme, {401})
    if operation.method != "GET":
        found |= {415}
    if operation.media:
        found |= {413, 422}
    if operation.parameters("path"):
        found |= {404, 422}
    if any(each["name"] == "If-Match" for each in operation.parameters("header")):
        found |= {412, 428}
    return found


def test_an_operation_has_the_refusals_of_what_it_takes() -> None:
    def law(operation: Asked) -> Iterator[str]:
        if "default" in answers_of(operation):
            yield "an answer for anything says nothing"
        lacking = expected(operation) - refusals(operation).keys()
        if lacking:
            yield f"it does not say {sorted(lacking)}"
        if operation.scheme is None and operation.path != FORM and 403 in refusals(operation):
            yield "there is nobody who may less than others"

    nothing_lacks(law)


SAID_BY_ITSELF: Mapping[str, set[int]] = {
    "list_parked": set(),
    "replay_parked": {409},
    "ask_for_erasure": {404, 409, 410},
    "confirm_erasure": {409, 410},
    "withdraw_erasure": {409, 410},
    "ask_for_originals": {404, 410},
    "confirm_reveal": {409},
    "read_originals": {409, 410},
    "take_answer": {404, 409, 410},
    "accept_case": {409, 410},
    "waive_evaluation": {409},
    "track_complaint": {404},
    "answer_question": {404, 409, 410},
    "channels_jaki": {409},
    "channels_qlue": {409},
    "channels_sms_kannel": {422},
    "desks_kelurahan_complaints": {409},
}
"""What only the endpoint knows, of the operations where it matters most."""


@pytest.mark.parametrize("name", SAID_BY_ITSELF)
def test_an_operation_has_the_refusals_that_only_it_knows(name: str) -> None:
    for operation in operations():
        if operation.described["operationId"] == name:
            own = refusals(operation).keys() - expected(operation) - {422}
            assert own == SAID_BY_ITSELF[name] - {422} - expected(operation), operation
            assert SAID_BY_ITSELF[name] <= refusals(operation).keys()


def test_an_act_on_a_version_may_be_sent_twice_under_a_key() -> None:
    """The first answer may be lost on its way. The repeat alone would be told that the version has
    passed, and not that it was the act itself that made it pass."""

    def law(operation: Asked) -> Iterator[str]:
        headers = {each["name"] for each in operation.parameters("header")}
        if "If-Match" in headers and "Idempotency-Key" not in headers:
            yield "it takes If-Match and no Idempotency-Key"

    nothing_lacks(law)
    keyed = {
        each.described["operationId"]
        for each in operations()
        if "Idempotency-Key" in {header["name"] for header in each.parameters("header")}
    }
    assert {"accept_case", "assign_officer", "unwatch_case", "add_note", "act_in_bulk"} <= keyed


def test_a_saved_view_holds_whatever_the_inbox_can_be_filtered_by() -> None:
    [inbox] = [each for each in operations() if each.described["operationId"] == "list_inbox"]
    parameters = {each["name"] for each in inbox.parameters("query")}
    kept = inbox.schemas["InboxQuery"]["properties"]
    assert set(kept) == parameters - {"cursor", "limit"}


def test_an_answer_names_its_headers() -> None:
    def law(operation: Asked) -> Iterator[str]:
        for status in answers_of(operation):
            headers = set((operation.answer(int(status)) or {})["headers"])
            wanted = {"X-Request-Id"}
            wanted |= {"Retry-After"} if status == "503" else set()
            is_page = operation.path == FORM
            wanted |= {"WWW-Authenticate"} if status == "401" and not is_page else set()
            if not headers >= wanted:
                yield f"{status} has only {headers}"
        conditional = any(each["name"] == "If-Match" for each in operation.parameters("header"))
        if conditional and "ETag" not in success_of(operation)["headers"]:
            yield "its version is not said"

    nothing_lacks(law)
    [read] = [each for each in operations() if each.described["operationId"] == "read_case"]
    assert "ETag" in success_of(read)["headers"]


# --- what is sent ------------------------------------------------------------------------

SAYS_ALL_BY_ITS_ADDRESS = {
    "accept_case", "coordinate_case", "approve_extension", "approve_plan", "order_verification",
    "split_case", "start_work", "validate_follow_up",
}  # fmt: skip


def test_a_body_is_required_where_something_in_it_is() -> None:
    def law(operation: Asked) -> Iterator[str]:
        body = operation.described.get("requestBody")
        if body is None or operation.media != "application/json":
            return
        lacks_nothing = not operation.body_schema.get("required")
        if operation.service == "routing" and body.get("required", False) is lacks_nothing:
            yield "a body that may be left out is required, or the other way round"
        if operation.service != "routing" and not body.get("required"):
            yield "its body is not required"

    nothing_lacks(law)


def unlimited(schema: Mapping[str, Any], schemas: Mapping[str, Any], path: str) -> Iterator[str]:
    """Members of what is sent that have no limit."""
    if "$ref" in schema:
        yield from unlimited(schemas[schema["$ref"].rpartition("/")[2]], schemas, path)
    for choice in schema.get("anyOf", ()):
        yield from unlimited(choice, schemas, path)
    for name, inner in schema.get("properties", {}).items():
        yield from unlimited(inner, schemas, f"{path}.{name}")
    needs = {
        "string": {"maxLength", "pattern", "format", "enum", "const"},
        "integer": {"maximum"},
        "number": {"maximum"},
        "array": {"maxItems"},
    }.get(schema.get("type", ""))
    if needs and not needs & set(schema):
        yield path
    if "items" in schema:
        yield from unlimited(schema["items"], schemas, f"{path}.0")


PASSED_OVER = {"X-Request-Id", "X-Envelope-From", "X-Envelope-To"}
"""Headers of which nothing is refused: what is no id or no address is passed over."""


def test_all_that_is_sent_has_a_limit() -> None:
    def law(operation: Asked) -> Iterator[str]:
        for place in ("path", "query", "header"):
            for parameter in operation.parameters(place):
                refused = not (place == "query" and operation.refuses_no_content)
                if refused and parameter["name"] not in PASSED_OVER:
                    schema, name = parameter["schema"], parameter["name"]
                    yield from unlimited(schema, operation.schemas, name)
        if not operation.refuses_no_content:
            content = operation.described.get("requestBody", {}).get("content", {})
            for each in content.values():
                yield from unlimited(each["schema"], operation.schemas, "body")

    nothing_lacks(law)


# --- examples ----------------------------------------------------------------------------


def examples_of(operation: Asked) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """All that must have an example: each parameter, the body, the success."""
    for place in ("path", "query", "header"):
        for parameter in operation.parameters(place):
            yield parameter["name"], parameter
    for media, content in operation.described.get("requestBody", {}).get("content", {}).items():
        yield f"the body of {media}", content
    for media, content in success_of(operation).get("content", {}).items():
        if media == "application/json":
            yield "its answer", content


def test_all_that_is_sent_and_answered_has_an_example_that_fits() -> None:
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER

    def law(operation: Asked) -> Iterator[str]:
        for name, holder in examples_of(operation):
            if "example" not in holder:
                yield f"{name} has no example: name its texts in {examples.__name__}"
                continue
            whole = {
                **holder.get("schema", {}), "components": operation.document["components"],
            }  # fmt: skip
            validator = jsonschema.Draft202012Validator(whole, format_checker=checker)
            for error in validator.iter_errors(holder["example"]):
                yield f"{name}: {error.json_path} {error.message[:80]}"

    nothing_lacks(law)


# --- where an answer leads ---------------------------------------------------------------

WAYS: Mapping[str, set[str]] = {
    "read_case": {"accept_case", "submit_plan", "approve_plan", "start_work", "submit_follow_up"},
    "submit_plan": {"read_case"},
    "list_inbox": {"read_case", "next_page"},
    "ask_for_erasure": {"confirm_erasure", "withdraw_erasure"},
    "list_erasures": {"confirm_erasure", "withdraw_erasure"},
    "ask_for_originals": {"confirm_reveal", "read_originals"},
    "search_cases": {"next_page"},
    "list_overdue": {"next_page", "read_deadlines"},
    "channels_jaki": {"track_complaint"},
    "track_complaint": {"answer_question"},
    "desks_kelurahan_complaints": {"track_complaint"},
}
"""The ways that a client goes from one answer to the next call."""


@pytest.mark.parametrize("name", WAYS)
def test_an_answer_leads_to_what_can_be_done_next(name: str) -> None:
    [operation] = [each for each in operations() if each.described["operationId"] == name]
    assert WAYS[name] <= success_of(operation)["links"].keys()


def leads_to(target: Asked | None, file: str, pointer: str) -> bool:
    """Whether the reference into another document (RFC 6901) is that of ``target``."""
    if target is None:
        return False
    path = target.path.replace("~", "~0").replace("/", "~1")
    return (file, pointer) == (
        f"{target.service}.json", f"/paths/{path}/{target.method.lower()}",
    )  # fmt: skip


def test_a_link_leads_to_an_operation_that_takes_what_it_brings() -> None:
    named = {each.described["operationId"]: each for each in operations()}

    def law(operation: Asked) -> Iterator[str]:
        for name, link in success_of(operation).get("links", {}).items():
            elsewhere, _, pointer = link.get("operationRef", "").partition("#")
            target = named.get(link.get("operationId") or name)
            if elsewhere and not leads_to(target, elsewhere, pointer):
                yield f"{name} leads elsewhere"
            if target is None:
                yield f"{name} leads nowhere"
                continue
            taken = {
                f"{p}.{each['name']}" for p in ("path", "query", "header")
                for each in target.parameters(p)
            }  # fmt: skip
            if not taken >= link.get("parameters", {}).keys():
                yield f"{name} brings what is not taken"

    nothing_lacks(law)


# --- clients -----------------------------------------------------------------------------


@pytest.mark.parametrize("service", WITH_API)
def test_a_generator_of_clients_leaves_nothing_of_a_document_out(service: str) -> None:
    [document] = {id(o.document): o.document for o in operations() if o.service == service}.values()
    assert troubles(document) == []
