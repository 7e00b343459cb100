"""What officers read of why a case is where it is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from services.routing.explaining.explanation import (
    EXPLANATION,
    Candidate,
    Explanation,
    PlaceFound,
)
from services.routing.placing.categories import CategoryTable
from services.routing.placing.rulebook import FAILED, RULES, TO_TRIAGE, Saying
from services.routing.placing.rules import PlaceSource, RuleId
from services.routing.store import Step
from shared.events.vocabulary import TriageReason
from shared.units import UnitTree

Term = Annotated[str, Field(examples=["lampu jalan"])]
Slug = Annotated[str | None, Field(examples=["lampu-jalan-mati"])]
Name = Annotated[str | None, Field(examples=["Lampu Jalan Mati"])]


class RunnerUpView(BaseModel):
    """Another category that came into question. ``confidence``: its share of what the words say, 0
    to 1; ``terms``: what says so."""

    category: str
    category_name: Name
    sub: Slug
    sub_name: Name
    confidence: float
    terms: list[Term]


class PlaceFoundView(BaseModel):
    """The area that the rules went by, and what told it."""

    code: Annotated[str, Field(examples=["31.74.06.1001"])]
    name: Annotated[str | None, Field(examples=["Kelurahan Cipete Selatan"])]
    source: PlaceSource
    confidence: float
    approximate: bool
    """By the nearest middle of a kelurahan, or one of several areas that were meant."""
    contradicted: bool
    """The point on the map and what else is told of the place do not agree."""


class ModelUsedView(BaseModel):
    """A model that named the category where the rules had left it to people. ``confidence``: 0 to
    1; ``terms``: words of its own that speak for the category."""

    number: int
    confidence: float
    terms: list[Term]


class OutsideView(BaseModel):
    """Whose matter it is instead of the city's, with the address that a rejection names."""

    name: Annotated[str, Field(examples=["PLN"])]
    address: Annotated[str, Field(examples=["PLN 123, pln.co.id"])]


class ExplanationView(BaseModel):
    """Why the rules sent the case to a unit, or to people. What officers did since is in the
    history. ``terms``, of the words, are told as our data write them, not as the reporter did."""

    at: datetime
    unit_id: str
    unit_name: str | None
    """Where they sent it."""
    rule_id: Annotated[str | None, Field(examples=["category-area"])]
    """Null where people decide, and ``triage_reason`` says why."""
    triage_reason: TriageReason | None
    says: Annotated[str, Field(examples=["The place decides which unit acts."])]
    says_id: Annotated[str, Field(examples=["Tempat menentukan unit yang bertindak."])]
    version: int
    """Of the categories and their rules, as they were then."""
    confidence: float | None
    """Of the decision, 0 to 1; null where people decide."""
    category: str | None
    category_name: Name
    sub: Slug
    sub_name: Name
    citizen_category: str | None
    """As the reporter chose it, by its slug; null for none that is known."""
    terms: list[Term]
    """What speaks for ``category`` in the words; empty where the reporter's choice alone does, and
    since the reporter's data was erased."""
    runners_up: list[RunnerUpView]
    place: PlaceFoundView | None
    emergency: bool
    """The words tell of danger now."""
    about_official: bool
    """The words complain of officials."""
    no_complaint: Annotated[str | None, Field(examples=["thanks"])]
    """What the text is instead of a complaint."""
    outside: OutsideView | None
    model: ModelUsedView | None
    """Null where the rules alone have decided."""
    failed: bool
    """A rule of this version could not be applied: nothing is known of words and place."""


def explanation_view(
    steps: Sequence[Step], units: UnitTree, table: CategoryTable
) -> ExplanationView | None:
    """Of a case's history; None where the rules left no explanation (cases of earlier releases)."""
    step = _explained(steps)
    if step is None:
        return None
    told = EXPLANATION.validate_python(step.explanation)
    own = [each for each in told.candidates if each.slug == told.category]
    unit = units.find(step.unit_id)
    says = _says(told)
    name, sub_name = _names(told.category, told.sub, table)
    return ExplanationView(
        at=step.at,
        unit_id=step.unit_id,
        unit_name=unit.name if unit else None,
        rule_id=told.rule,
        triage_reason=told.reason,
        says=says.en,
        says_id=says.id,
        version=told.version,
        confidence=told.confidence,
        category=told.category,
        category_name=name,
        sub=told.sub,
        sub_name=sub_name,
        citizen_category=told.chosen,
        terms=[term for each in own for term in each.terms],
        runners_up=[_runner_up(each, table) for each in told.candidates if each not in own],
        place=_place(told.place, units) if told.place else None,
        emergency=told.emergency,
        about_official=told.about_official,
        no_complaint=told.no_complaint,
        outside=OutsideView(name=told.outside.name, address=told.outside.address)
        if told.outside
        else None,
        model=_model(told),
        failed=told.failed,
    )


def candidates_of(steps: Sequence[Step]) -> Sequence[Candidate]:
    """The categories that the words spoke for when the case came; empty where that is not known."""
    step = _explained(steps)
    return EXPLANATION.validate_python(step.explanation).candidates if step else ()


def _explained(steps: Sequence[Step]) -> Step | None:
    return next((each for each in steps if each.explanation is not None), None)


def _says(told: Explanation) -> Saying:
    """A rule that there is no more says its own id."""
    if told.failed:
        return FAILED
    if told.reason is not None:
        return TO_TRIAGE[told.reason]
    rule = told.rule or ""
    known = rule in set(RuleId)
    return RULES[RuleId(rule)] if known else Saying(rule, rule)


def _model(told: Explanation) -> ModelUsedView | None:
    used = next((each for each in told.models if each.used), None)
    if used is None:
        return None
    return ModelUsedView(number=used.number, confidence=used.confidence, terms=list(used.terms))


def _names(
    slug: str | None, sub: str | None, table: CategoryTable
) -> tuple[str | None, str | None]:
    """Of a category and of its finer one, as today's table has them."""
    category = table.categories.get(slug or "")
    finer = next((each for each in category.subs if each.slug == sub), None) if category else None
    return category.name if category else None, finer.name if finer else None


def _runner_up(each: Candidate, table: CategoryTable) -> RunnerUpView:
    name, sub_name = _names(each.slug, each.sub, table)
    return RunnerUpView(
        category=each.slug,
        category_name=name,
        sub=each.sub,
        sub_name=sub_name,
        confidence=each.confidence,
        terms=list(each.terms),
    )


def _place(place: PlaceFound, units: UnitTree) -> PlaceFoundView:
    area = units.find(place.code)
    return PlaceFoundView(
        code=place.code,
        name=area.name if area else None,
        source=place.source,
        confidence=place.confidence,
        approximate=place.approximate,
        contradicted=place.contradicted,
    )
