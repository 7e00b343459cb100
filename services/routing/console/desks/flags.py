"""What a judge must not overlook in a case. Pure: signs, no verdicts; a person looks."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from services.routing.console.cases import instant

Flag: TypeAlias = Literal[
    "no_evidence", "evidence_before", "refused_before", "reopened_before", "late", "unread",
    "guessed_place", "question_open",
]  # fmt: skip
_FILED: Final = ("awaiting_validation", "verifying")


def flags_of(case: Mapping[str, Any]) -> tuple[Flag, ...]:
    """Of a case as routing answers it, in the order in which they are shown."""
    return tuple(_flags(case))


def _flags(case: Mapping[str, Any]) -> Iterator[Flag]:
    events = [step["event"] for step in case["history"]]
    filed = case.get("under_judgement") or {}
    if case["state"] in _FILED and not any(_is_there(item, case) for item in _proofs(filed)):
        yield "no_evidence"
    if any(_is_before(item, case) for item in _proofs(filed)):
        yield "evidence_before"
    if "FollowUpRefused" in events:
        yield "refused_before"
    if "CaseReopened" in events:
        yield "reopened_before"
    if _is_late(case, filed):
        yield "late"
    if case["unread"]:
        yield "unread"
    if case["approximate_area"]:
        yield "guessed_place"
    if case["question_open"]:
        yield "question_open"


def papers_of(filed: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a result names by its digest alone; its pictures are shown themselves."""
    return [item for item in _proofs(filed) if not item.get("media_ref")]


def _proofs(filed: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return filed.get("evidence") or ()


def _is_there(item: Mapping[str, Any], case: Mapping[str, Any]) -> bool:
    """A picture that was erased since proves nothing any more."""
    ref = item.get("media_ref")
    gone = {file["ref"] for file in case["media"] if file["state"] == "removed"}
    return ref is None or ref not in gone


def _is_before(item: Mapping[str, Any], case: Mapping[str, Any]) -> bool:
    """A picture of the result that is older than the report shows something else."""
    taken = instant(item.get("taken_at"))
    return taken is not None and taken < datetime.fromisoformat(case["received_at"])


def _is_late(case: Mapping[str, Any], filed: Mapping[str, Any]) -> bool:
    due, at = instant(case.get("due_at")), instant(filed.get("at"))
    return due is not None and at is not None and at > due
