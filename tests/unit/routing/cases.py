"""Cases, officers and contexts with valid defaults: a test shows only what matters to it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.routing.case.commands import (
    AcceptCase,
    ApproveExtension,
    ApprovePlan,
    AskCitizen,
    AssignFromTriage,
    Command,
    CoordinateCase,
    DelegateCase,
    MergeCase,
    OrderVerification,
    RefuseExtension,
    RefuseFollowUp,
    RejectCase,
    ReopenCase,
    RequestExtension,
    ReturnCase,
    ReturnPlan,
    SplitCase,
    StartWork,
    SubmitFollowUp,
    SubmitPlan,
    ValidateFollowUp,
)
from services.routing.case.transitions import allowed, openings
from services.routing.domain import Actor, Case, Context, Role
from services.routing.gazetteer.loading import gazetteer_of
from services.routing.placing.categories import load_categories
from shared.events.facts import Facts
from shared.events.vocabulary import CaseState, Channel, RejectionReason, ReopenReason
from shared.unit_table import load_units
from tests.builders import T0, a_complaint_id

UNITS = load_units()
GAZETTEER = gazetteer_of(UNITS)
CATEGORIES = load_categories().at(date(2024, 11, 3))

TEBET_TIMUR = "31.74.01.1001"
MANGGARAI = "31.74.01.1007"
BINA_MARGA = "dinas-bina-marga"
SUDIN_BINA_MARGA = "sudin-bina-marga-31.74"
HEAD = a_complaint_id(2)
LATER = T0 + timedelta(days=3)


def an_officer(unit: str = TEBET_TIMUR, role: Role = "unit_officer", subject: str = "p1") -> Actor:
    return Actor(subject, role, unit)


TRIAGE_OFFICER = an_officer("triage", "triage_officer", "t1")
BIRO_OFFICER = an_officer("biro-pemerintahan", "biro", "b1")
INSPECTOR = an_officer("inspektorat", subject="i1")


def a_case(state: CaseState = CaseState.RECEIVED, **fields: Any) -> Case:
    """A case about rubbish in the hands of kelurahan Tebet Timur."""
    defaults: dict[str, Any] = {
        "complaint_id": a_complaint_id(1),
        "version": 3,
        "state": state,
        "unit_id": TEBET_TIMUR,
        "report_number": "JK2411030001",
        "channel": Channel.JAKI,
        "received_at": T0,
        "content_refs": (UUID(int=11),),
        "category": "sampah",
        "kelurahan_code": TEBET_TIMUR,
        "area_name": "Tebet Timur",
    }
    return Case(**{**defaults, **fields})


def a_head(**fields: Any) -> Case:
    return replace(a_case(complaint_id=HEAD), **fields)


def a_context(actor: Actor | None = None, **fields: Any) -> Context:
    defaults: dict[str, Any] = {
        "now": T0 + timedelta(hours=1),
        "units": UNITS,
        "categories": CATEGORIES.categories,
        "actor": actor or an_officer(),
        "note_id": UUID(int=77),
        "head": a_head(),
        "facts": Facts(),
    }
    return Context(**{**defaults, **fields})


def open_to(actor: Actor, case: Case, **known: Any) -> tuple[str, ...]:
    """Verbs of the commands that are open to an officer."""
    return allowed(openings(case, a_context(actor, **known)))


COMMANDS: tuple[Command, ...] = (
    AcceptCase(),
    CoordinateCase(to_unit=BINA_MARGA),
    DelegateCase(to_unit=SUDIN_BINA_MARGA),
    ReturnCase(reason="Bukan wilayah kami"),
    SubmitPlan(plan="Perbaikan oleh regu", complete_by=datetime(2024, 11, 9, tzinfo=UTC)),
    ApprovePlan(),
    ReturnPlan(reason="Sebutkan siapa yang mengerjakan"),
    StartWork(),
    AskCitizen(question="Di sisi jalan yang mana?"),
    RequestExtension(reason="Menunggu material", complete_by=datetime(2024, 11, 20, tzinfo=UTC)),
    ApproveExtension(),
    RefuseExtension(reason="Material tersedia"),
    SubmitFollowUp(text="Sudah diangkut"),
    OrderVerification(),
    ValidateFollowUp(),
    RefuseFollowUp(reason="Foto tidak jelas"),
    RejectCase(reason=RejectionReason.INCOMPLETE),
    ReopenCase(reason=ReopenReason.NEW_FACTS),
    MergeCase(head=HEAD),
    SplitCase(),
    AssignFromTriage(unit=MANGGARAI, category="sampah"),
)
"""One valid command of every kind."""
