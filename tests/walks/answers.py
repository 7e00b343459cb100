"""What an answer must say, compared with the model. Each function names what is wrong."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

import httpx

from shared.case_file import Jwk, faults
from shared.events.vocabulary import CaseState
from tests.walks.model import CaseModel, Officer, Refusal, Step, is_legal, on_the_stream, openings

TYPES = {
    403: "forbidden", 404: "not-found", 409: "conflict", 410: "gone", 412: "stale-version",
    422: "malformed", 428: "version-required",
}  # fmt: skip
"""The problem's type by status: of all that an officer may be refused here."""


def of_refusal(answer: httpx.Response, refusal: Refusal) -> Iterator[str]:
    problem = answer.json()
    known = f"https://crm.jakarta.go.id/problems/{TYPES.get(answer.status_code)}"
    told = (answer.status_code, *(problem.get(name) for name in ("type", "status", "code")))
    yield from _differs("refusal", told, (refusal.status, known, refusal.status, refusal.code))
    is_problem = answer.headers["content-type"] == "application/problem+json"
    if not is_problem or not problem.get("detail"):
        yield f"is no problem: {answer.text}"


def of_view(
    answer: httpx.Response, case: CaseModel, other: CaseModel, officer: Officer, heard_all: bool
) -> Iterator[str]:
    """``heard_all``: the answer knows of words that no event has told."""
    told = answer.json()
    yield from _differs("etag", answer.headers["etag"], f'"{case.version}"')
    wanted: dict[str, Any] = {
        "state": case.state, "version": case.version, "unit_id": case.holder,
        "category": case.category, "about_unit": case.about, "restricted": case.about is not None,
        "accepted": case.accepted, "question_open": case.question,
        "question_expired": case.expired, "extension_until": case.extension_until,
        "head_id": str(case.head.id) if case.head else None,
        "objection_until": case.objection_until, "unread": [str(ref) for ref in case.unread],
    }  # fmt: skip
    yield from _missing("view", told, wanted)
    open_now = {
        verb for verb, bar in openings(case, other, officer, heard_all) if bar is None
    }  # fmt: skip
    yield from _differs("open", set(told["allowed"]), open_now)


def of_detail(
    answer: httpx.Response, case: CaseModel, other: CaseModel, officer: Officer
) -> Iterator[str]:
    yield from of_view(answer, case, other, officer, heard_all=True)
    told = answer.json()
    barred = {
        verb: (bar.status, bar.code) for verb, bar in openings(case, other, officer, True) if bar
    }
    found = {each["command"]: (each["status"], each["code"]) for each in told["not_allowed"]}
    yield from _differs("barred", found, barred)
    yield from _differs("watchers", {each["unit_id"] for each in told["watchers"]}, case.watchers)
    gone = {each["status"] == "gone" for each in told["contents"]}
    yield from _differs("erased", gone, {case.erased})
    follows = other.head is case and other.is_seen_by(officer)
    yield from _differs(
        "merged", [each["complaint_id"] for each in told["merged"]], [str(other.id)] * follows
    )
    judged = told["under_judgement"]
    yield from _differs("under judgement", judged and judged["event"], case.under_judgement)
    yield from _of_steps("history", told["history"], case.steps)


def of_file(signed: Any, case: CaseModel, key: Jwk) -> Iterator[str]:
    """The chain holds, no step is illegal, and the steps are those of the model."""
    if found := faults(signed, [key]):
        yield f"chain: {found}"
    steps = signed["file"]["steps"]
    states = [CaseState(step["state"]) for step in steps]
    wrong = [f"{a} to {b}" for a, b in pairwise(states) if not is_legal(a, b)]
    if wrong:
        yield f"illegal: {wrong}"
    yield from _of_steps("file", steps, case.steps)
    for told, step in zip(steps, case.steps, strict=False):
        yield from _missing(f"facts of {step.event}", told["facts"], step.facts)


def of_stream(told: list[Mapping[str, Any]], case: CaseModel) -> Iterator[str]:
    """``told``: the events about the case, each with its name as ``event``."""
    steps = [on_the_stream(case, step) for step in case.steps]
    names = [(each["event"], each["case_version"]) for each in told]
    yield from _differs("events", names, [(step.event, step.version) for step in steps])
    for event, step in zip(told, steps, strict=False):
        wanted = {"state": step.state, "unit_id": step.unit, **step.facts}
        yield from _missing(f"event {step.event}", event, wanted)
        standing = dict(event["standing"])
        standing["question_ref"] = standing["question_ref"] is not None
        yield from _missing(f"standing after {step.event}", standing, step.standing)


def _of_steps(what: str, told: list[Any], steps: list[Step]) -> Iterator[str]:
    names = ("event", "version", "state", "unit_id", "actor_unit")
    found = [tuple(each[name] for name in names) for each in told]
    wanted = [(each.event, each.version, each.state, each.unit, each.actor_unit) for each in steps]
    yield from _differs(what, found, wanted)


def _missing(what: str, told: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    for name, value in wanted.items():
        yield from _differs(f"{what}, {name}", _read(told.get(name), value), value)


def _read(told: Any, like: Any) -> Any:
    """An instant, where one is wanted."""
    if isinstance(told, str) and isinstance(like, datetime):
        return datetime.fromisoformat(told)
    return told


def _differs(what: str, told: object, wanted: object) -> Iterator[str]:
    if told != wanted:
        yield f"{what}: {told}, and must be {wanted}"
