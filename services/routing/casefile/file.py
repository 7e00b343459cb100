"""A case's file: what it holds for the officer who asked. Pure.

It says what `GET /v1/cases/{complaint_id}` says, and the chain. The reporter is in none of it.
Officers stand in it as references that mean nothing outside of the case; only those of the reader's
own unit are named.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.routing.casefile.steps import Recorded
from services.routing.contents import Claimed
from services.routing.domain import Actor, Case
from services.routing.work.steps import STEP_LABELS
from services.routing.work.views import ContentView, content_view
from shared.case_chain import moment
from shared.case_file import FORMAT
from shared.events.vocabulary import CaseState, Channel
from shared.units import UnitTree
from shared.web.labels import CASE_STATE_LABELS

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 in hex."""


class FiledStep(BaseModel):
    """One step. ``shared.case_chain`` says how its hash is made of it and of the step before."""

    version: int
    event: str
    label: str
    at: Annotated[str, Field(json_schema_extra={"format": "date-time"})]
    """UTC, with microseconds: it is hashed as it is written."""
    state: CaseState
    state_label: str
    unit_id: str
    unit_name: str
    actor: Digest | None
    """Stands for the officer who did it, in this case alone; null where no officer did."""
    actor_unit: str | None
    actor_unit_name: str | None
    officer: str | None
    """The name of that officer; null for officers of other units."""
    note_id: UUID | None
    words: str | None
    evidence: list[dict[str, Any]] | None
    words_salt: str | None
    """Null with ``words`` and ``evidence`` where there are none, or where they were erased."""
    words_digest: Digest | None
    facts: dict[str, Any] | None
    """What the event says beside where the case stands."""
    withheld: dict[str, Any] | None
    """What the stream was not told of it."""
    hash: Digest


class FiledCase(BaseModel):
    """Where the case stands after its last step."""

    complaint_id: UUID
    report_number: str
    version: int
    state: CaseState
    label: str
    unit_id: str
    unit_name: str
    category: str | None
    citizen_category: str | None
    kelurahan_code: str | None
    area_name: str | None
    about_unit: str | None
    channel: Channel
    received_at: datetime
    due_at: datetime | None
    """Until when the reporter was promised a follow-up; null until the clocks are heard of."""
    original_due_at: datetime | None
    """The same before it was extended or paused."""
    confidential: bool
    restricted: bool
    head_id: UUID | None


class FiledMerger(BaseModel):
    """A case that follows this one, as far as you see it. It has a file of its own."""

    complaint_id: UUID
    report_number: str


class CaseFile(BaseModel):
    """What was known of a case at ``made_at``, for an officer of ``made_for_unit``."""

    format: Literal["crm-case-file/1"] = FORMAT
    made_at: datetime
    made_for_role: str
    made_for_unit: str
    case: FiledCase
    contents: list[ContentView]
    merged: list[FiledMerger]
    steps: list[FiledStep]


class SignedCaseFile(BaseModel):
    """``signature``: a JWS with detached content (RFC 7515, appendix F) under the canonical form
    (RFC 8785) of ``file``; its header's ``kid`` names one of `GET /v1/case-file-keys`."""

    file: CaseFile
    signature: str


def file_of(
    case: Case,
    steps: Sequence[Recorded],
    contents: Mapping[UUID, Claimed],
    merged: Sequence[Case],
    names: Mapping[int, str | None],
    reader: Actor,
    at: datetime,
    units: UnitTree,
) -> CaseFile:
    """``steps``: all of the case, chained. ``contents``: what intake told, by reference. ``names``:
    of officers of the reader's unit, by the versions that they have made."""
    return CaseFile(
        made_at=at,
        made_for_role=reader.role,
        made_for_unit=reader.unit,
        case=_case(case, units),
        contents=[content_view(ref, contents.get(ref), case.erased) for ref in case.content_refs],
        merged=[
            FiledMerger(complaint_id=each.complaint_id, report_number=each.report_number)
            for each in merged
        ],
        steps=[_step(step, names.get(step.version), units) for step in steps],
    )


def _case(case: Case, units: UnitTree) -> FiledCase:
    return FiledCase(
        complaint_id=case.complaint_id,
        report_number=case.report_number,
        version=case.version,
        state=case.state,
        label=CASE_STATE_LABELS[case.state],
        unit_id=case.unit_id,
        unit_name=_name(case.unit_id, units) or case.unit_id,
        category=case.category,
        citizen_category=case.citizen_category,
        kelurahan_code=case.kelurahan_code,
        area_name=case.area_name,
        about_unit=case.about_unit,
        channel=case.channel,
        received_at=case.received_at,
        due_at=case.due_at,
        original_due_at=case.original_due_at,
        confidential=case.confidential,
        restricted=case.restricted,
        head_id=case.head_id,
    )


def _step(step: Recorded, officer: str | None, units: UnitTree) -> FiledStep:
    state = CaseState(step.state)
    return FiledStep(
        version=step.version,
        event=step.event,
        label=STEP_LABELS[step.event],
        at=moment(step.at),
        state=state,
        state_label=CASE_STATE_LABELS[state],
        unit_id=step.unit_id,
        unit_name=_name(step.unit_id, units) or step.unit_id,
        actor=step.actor_reference,
        actor_unit=step.actor_unit,
        actor_unit_name=_name(step.actor_unit, units),
        officer=officer,
        note_id=step.note_id,
        words=step.words,
        evidence=None if step.evidence is None else [dict(item) for item in step.evidence],
        words_salt=_hex(step.words_salt),
        words_digest=_hex(step.words_digest),
        facts=_dict(step.facts),
        withheld=_dict(step.withheld),
        hash=_hex(step.hash) or "",
    )


def _hex(raw: bytes | None) -> str | None:
    return raw.hex() if raw is not None else None


def _name(unit_id: str | None, units: UnitTree) -> str | None:
    unit = units.find(unit_id) if unit_id else None
    return unit.name if unit else None


def _dict(members: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if members is None else dict(members)
