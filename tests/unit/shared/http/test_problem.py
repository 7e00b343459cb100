"""Errors as answers: problem+json that says what to do and quotes nothing."""

import json

from structlog.testing import capture_logs

from shared.errors import Conflict, Reason
from shared.http.problem import problem_of as answer_of
from tests.unit.shared.http.door import CANARY, DOMAIN_ERRORS, World, problem_of

ANSWERS = {
    "bad-request": (400, "Bad request"),
    "malformed": (422, "Malformed input"),
    "unauthenticated": (401, "Authentication required"),
    "forbidden": (403, "Not allowed"),
    "not-found": (404, "Not found"),
    "method-not-allowed": (405, "Method not allowed"),
    "timeout": (408, "Request timeout"),
    "conflict": (409, "Conflict with the present state"),
    "gone": (410, "Erased"),
    "stale-version": (412, "The resource has changed"),
    "too-large": (413, "Body too large"),
    "unsupported-media": (415, "Unsupported media type"),
    "unsupported-coding": (415, "Unsupported content coding"),
    "out-of-range": (416, "Range not satisfiable"),
    "version-required": (428, "If-Match required"),
    "head-too-large": (431, "Header fields too large"),
    "internal": (500, "Internal error"),
    "unavailable": (503, "Try again later"),
}


async def test_an_error_of_the_domain_has_a_status_and_a_title_of_its_own(world: World) -> None:
    assert {kind.slug for kind in DOMAIN_ERRORS} == set(ANSWERS)
    for slug, (status, title) in ANSWERS.items():
        answer = await world.client.get(f"/v1/fails/{slug}")
        assert problem_of(answer, status) == {
            "type": f"https://crm.jakarta.go.id/problems/{slug}",
            "title": title,
            "status": status,
            "detail": "Do this.",
        }
        assert answer.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)


def test_a_refusal_with_a_reason_tells_its_code_and_says_it_in_two_languages() -> None:
    reason = Reason("question_open", "Wait for the answer.", "Tunggulah jawabannya.")
    told = json.loads(bytes(answer_of(Conflict(reason, field="reason")).body))
    assert {name: told[name] for name in ("detail", "field", "code", "detail_id")} == {
        "detail": "Wait for the answer.", "field": "reason", "code": "question_open",
        "detail_id": "Tunggulah jawabannya.",
    }  # fmt: skip
    assert not {"code", "detail_id"} & json.loads(bytes(answer_of(Conflict("Wait.")).body)).keys()


async def test_a_hiccup_asks_to_try_again_and_does_not_say_what_it_was(world: World) -> None:
    answer = await world.client.get("/v1/fails/transient")
    problem_of(answer, 503)
    assert answer.headers["retry-after"]
    assert CANARY not in answer.text


async def test_a_bug_is_answered_and_logged_by_its_place_alone(world: World) -> None:
    with capture_logs() as logs:
        answer = await world.client.get("/v1/fails/bug")
    problem_of(answer, 500)
    [bug] = [entry for entry in logs if entry["event"] == "request_bug"]
    assert "ValueError at door.py" in bug["error"]
    assert CANARY not in answer.text + json.dumps(logs)
