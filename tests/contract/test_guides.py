"""The guides say what is so: addresses exist, links lead somewhere, examples work."""

import ast
import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from deploy import contracts
from deploy.services import WITH_API
from services.intake.channels.jaki.adapter import JakiReport
from services.intake.channels.payload import read_json
from services.routing.case.transitions import TRANSITIONS
from shared import parked
from shared.cloudevents import decode_body, encode
from shared.database import SESSION_SETTINGS
from shared.events.event import Envelope
from shared.events.routing import CaseCompleted
from shared.fences import INDEXED

DOCS = contracts.ROOT / "docs"
GUIDES = sorted(DOCS.glob("*.md"))
EVERYWHERE = {"GET /health/live", "GET /health/ready", "GET /metrics"}
each_guide = pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)


@cache
def addresses() -> dict[str, set[str]]:
    """``POST /v1/...`` by service, as the committed contracts have them."""
    return {
        service: {
            f"{method.upper()} {path}"
            for path, item in json.loads(
                (contracts.CONTRACTS / "openapi" / f"{service}.json").read_text()
            )["paths"].items()
            for method in item
        }
        for service in WITH_API
    }


def named_in(guide: Path) -> set[str]:
    return set(re.findall(r"\b(?:GET|POST|PUT|DELETE) /[\w/{}.-]+", guide.read_text()))


def block(guide: str, language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", (DOCS / guide).read_text(), re.M | re.S)
    assert found
    return found[1]


@each_guide
def test_every_address_that_a_guide_names_exists(guide: Path) -> None:
    known = set().union(*addresses().values()) | EVERYWHERE
    assert named_in(guide) <= known


def test_integrators_are_told_of_every_door() -> None:
    told = named_in(DOCS / "integrators.md")
    text = (DOCS / "integrators.md").read_text()
    doors = {each for each in addresses()["intake"] if " /v1/" in each}
    untold = {
        door
        for door in doors - told
        # The check of a webhook's address is told once for all; so are the desks.
        if not door.startswith("GET ") and not re.search(r"/desks/(\w+)/", door)
    }
    assert untold == set()
    desks = {found[1] for door in doors if (found := re.search(r"/desks/(\w+)/", door))}
    assert all(desk in text for desk in desks)


def test_operators_are_told_of_every_command() -> None:
    told = named_in(DOCS / "operators.md")
    commands = {f"POST /v1/cases/{{complaint_id}}/{command.verb}" for command in TRANSITIONS}
    assert commands <= told


def test_operators_are_told_what_a_role_of_postgresql_is_given() -> None:
    text = (DOCS / "operators.md").read_text()
    told = re.findall(r"^ALTER ROLE crm_intake SET (\w+) = '(\w+)';", text, re.M)
    assert dict(told) == SESSION_SETTINGS


def test_operators_are_told_which_functions_postgresql_must_trust() -> None:
    text = (DOCS / "operators.md").read_text()
    assert tuple(re.findall(r"^ALTER FUNCTION (.+) LEAKPROOF;", text, re.M)) == INDEXED


def test_operators_are_told_of_the_causes_for_which_events_are_parked() -> None:
    text = (DOCS / "operators.md").read_text()
    causes = (
        "bad_header", "bad_body", "wrong_subject", "unknown_version", "bug", parked.HELD,
        parked.FREED,
    )  # fmt: skip
    assert all(f"`{cause}`" in text for cause in causes)


@pytest.mark.parametrize("page", [*GUIDES, *sorted(DOCS.glob("decisions/*.md"))], ids=str)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_integrators_example_is_a_report_that_intake_reads() -> None:
    body = block("integrators.md", "json report").encode()
    report = read_json(JakiReport, body)
    assert report.location.latitude == -6.2338
    assert set(json.loads(body)) <= set(JakiReport.model_fields)


def test_the_monitors_example_counts_a_case_once() -> None:
    example: dict[str, Any] = {"__name__": "example"}
    exec(compile(block("monitors.md", "python"), "monitors.md", "exec"), example)  # noqa: S102
    text = (contracts.EXAMPLES / "CaseCompleted.v1.json").read_bytes()
    completed = decode_body(CaseCompleted, text)
    message = encode(Envelope(UUID(int=9), "routing", completed))
    for _ in range(2):
        example["count"](dict(message.headers), message.value)
    example["count"]({"ce_type": b"id.go.jakarta.crm.WorkStarted.v1"}, b"")
    assert example["completed"] == {json.loads(text)["unit_name"]: 1}


def test_a_decision_is_a_page_that_can_be_read_at_a_glance() -> None:
    pages = sorted(DOCS.glob("decisions/*.md"))
    numbers = [page.name[:4] for page in pages]
    assert numbers == [f"{number:04d}" for number in range(1, len(pages) + 1)]
    assert [page.name for page in pages if len(prose_of(page.read_text()).splitlines()) > 15] == []


def prose_of(page: str) -> str:
    """A page without its drawings: a tree has a line for each room."""
    return re.sub(r"^```\n.*?^```\n", "", page, flags=re.DOTALL | re.MULTILINE)


def test_every_client_of_the_stream_finds_a_topic_that_was_made_anew_within_half_a_minute() -> None:
    """By itself a client asks where the topic is every five minutes and stands still till then."""
    texts = [block("monitors.md", "python"), (contracts.ROOT / "shared/kafka.py").read_text()]
    found = [
        {word.arg: word.value for word in call.keywords}
        for text in texts
        for call in ast.walk(ast.parse(text))
        if isinstance(call, ast.Call) and ast.unparse(call.func) in CLIENTS
    ]
    assert len(found) >= len(CLIENTS) + 1
    for given in found:
        assert ast.literal_eval(given["metadata_max_age_ms"]) <= 30_000


CLIENTS = ("AIOKafkaConsumer", "AIOKafkaProducer")


def test_monitors_are_told_of_every_header_and_of_the_mark_in_the_schemas() -> None:
    told = (DOCS / "monitors.md").read_text()
    event = (contracts.EXAMPLES / "CaseCompleted.v1.json").read_bytes()
    envelope = Envelope(
        UUID(int=9), "routing", decode_body(CaseCompleted, event), UUID(int=8), "00-1-2-03"
    )
    names = [name for name, _ in encode(envelope).headers]
    assert [name for name in (*names, "x-privacy-class") if f"`{name}`" not in told] == []
