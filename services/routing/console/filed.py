"""A case's signed file as it is printed: pure.

A signature on paper can be computed by nobody. So each step bears the beginning of its hash, and
the file that was printed goes along: who verifies a file and finds the printed hash among its steps
knows that the case was so, up to that step.
"""

import json
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.routing.console.cases import (
    Due,
    Json,
    StepLine,
    category_name,
    instant,
    step_of,
)
from services.routing.console.words.words import Tag, Words
from services.routing.domain import Category
from shared.case_file import PRINTED_DIGITS
from shared.web.labels import channel_name

_GROUP: Final = 8


@dataclass(frozen=True, slots=True)
class Proof:
    """A picture or paper that was filed with a result; ``digest``: beginning of its SHA-256."""

    media_type: str
    digest: str
    taken: str


@dataclass(frozen=True, slots=True)
class FiledLine:
    """A step. ``erased``: words were written, and are no more."""

    number: int
    seal: str
    line: StepLine
    proofs: Sequence[Proof]
    erased: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is printed. ``head``: the last step's hash, in groups; ``seal``: its beginning.
    ``document``: the whole signed file as JSON, in base64."""

    number: str
    tag: Tag
    due: Due | None
    category: str
    place: str
    channel: str
    unit: str
    received: str
    confidential: bool
    restricted: bool
    emergency: str
    unread: bool
    merged: Sequence[str]
    contents: Sequence[Json]
    steps: Sequence[FiledLine]
    head: str
    seal: str
    signature: str
    key_id: str
    made_at: str
    document: str


def sheet_of(signed: Json, words: Words, categories: Mapping[str, Category]) -> Sheet:
    """Of a ``SignedCaseFile``."""
    file = signed["file"]
    case, steps = file["case"], file["steps"]
    head = steps[-1]["hash"] if steps else ""
    return Sheet(
        number=case["report_number"],
        tag=words.tag(case["state"]),
        due=_due(case, words),
        category=category_name(case, words, categories),
        place=_place(file) or words.texts["no_place"],
        channel=channel_name(case["channel"]),
        unit=case["unit_name"],
        received=words.instant(datetime.fromisoformat(case["received_at"])),
        confidential=case["confidential"],
        restricted=case["restricted"],
        emergency=words.texts["emergency"] if _tells_of_danger(steps) else "",
        unread=False,
        merged=[each["report_number"] for each in file["merged"]],
        contents=file["contents"],
        steps=[_line(each, words) for each in steps],
        head=" ".join(head[at : at + _GROUP] for at in range(0, len(head), _GROUP)),
        seal=head[:PRINTED_DIGITS],
        signature=signed["signature"],
        key_id=_key_id(signed["signature"]),
        made_at=words.instant(datetime.fromisoformat(file["made_at"])),
        document=b64encode(json.dumps(signed, ensure_ascii=False).encode()).decode(),
    )


def _tells_of_danger(steps: Sequence[Json]) -> bool:
    """The step that opened the case says so."""
    return any((step["facts"] or {}).get("emergency") for step in steps)


def _due(case: Json, words: Words) -> Due | None:
    """On paper no time is left: what is printed is read on another day."""
    due, original = instant(case.get("due_at")), instant(case.get("original_due_at"))
    if due is None:
        return None
    was = words.instant(original) if original and original != due else None
    return Due(text="", at=words.instant(due), overdue=None, was=was)


def _place(file: Json) -> str:
    addresses = (each.get("address") for each in file["contents"])
    area = file["case"]["area_name"]
    return " · ".join(each for each in (next(filter(None, addresses), None), area) if each)


def _line(step: Json, words: Words) -> FiledLine:
    # A step of the file has what its event says in a member of its own.
    return FiledLine(
        number=step["version"],
        seal=step["hash"][:PRINTED_DIGITS],
        line=step_of({**(step["facts"] or {}), **step}, words),
        proofs=[_proof(each, words) for each in step["evidence"] or ()],
        erased=step["words"] is None and step["words_digest"] is not None,
    )


def _proof(evidence: Json, words: Words) -> Proof:
    taken = instant(evidence.get("taken_at"))
    return Proof(
        media_type=str(evidence.get("media_type") or ""),
        digest=str(evidence.get("sha256") or "")[:PRINTED_DIGITS],
        taken=words.instant(taken) if taken else "",
    )


def _key_id(signature: str) -> str:
    """``kid`` of the signature's header (RFC 7515, 4.1.4); empty where it cannot be read."""
    protected = signature.partition(".")[0]
    try:
        header: Any = json.loads(urlsafe_b64decode(protected + "=" * (-len(protected) % 4)))
    except ValueError:
        return ""
    return str(header.get("kid") or "") if isinstance(header, dict) else ""
