"""What officers may read of placing: the rules in words, and suggestions for a case at triage."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from services.routing.case.commands import UnitId
from services.routing.explaining.views import Term, candidates_of
from services.routing.placing.atlas import Atlas
from services.routing.placing.categories import CategoryPeriod
from services.routing.placing.rulebook import RULES, TO_TRIAGE, Saying
from services.routing.placing.rules import THRESHOLD, RuleId
from services.routing.placing.suggestions import Ground, Suggestion, suggest
from services.routing.store import CaseStore, Step
from services.routing.work.acts import actor_of, there
from shared.auth import Operator, OperatorTokens, Role
from shared.clock import JAKARTA, Clock
from shared.events.routing import CaseTriaged
from shared.events.vocabulary import TriageReason
from shared.http.operation import Router
from shared.units import UnitTree
from shared.visibility import sight_of
from shared.work import Works

Words = Annotated[str, Field(examples=["The place decides which unit acts, and it is not known."])]
WordsId = Annotated[str, Field(examples=["Tempat menentukan unit yang bertindak."])]


class RuleView(BaseModel):
    """A rule that finds a unit; decisions keep its id. ``says_id``: in Indonesian."""

    rule_id: RuleId
    says: Words
    says_id: WordsId


class TriageRuleView(BaseModel):
    """Why a report goes to people instead."""

    reason: TriageReason
    says: Words
    says_id: WordsId


class CategoryPeriodView(BaseModel):
    """What the table says of a category for a time. ``unit``: ``kelurahan`` stands for the
    kelurahan of the place; null: people decide."""

    slug: str
    name: str
    unit: str | None
    unit_name: str | None
    handled_by_kelurahan: bool
    allows_extension: bool
    plan_required: bool
    photo_required: bool
    """A follow-up must name a picture of what was done."""
    photo_from: date | None
    """Of cases that were received on this day of Jakarta or later; null: of all."""
    valid_from: date
    """First day, in Jakarta."""
    valid_to: date | None
    """The day on which it is valid no more; null: open."""
    valid_now: bool


class RulesView(BaseModel):
    """The rules in the order in which they are tried, and the table that they go by.

    version: of the table; each decision keeps the one it was made by. threshold: the share of
    confidence below which people decide.
    """

    version: int
    threshold: float
    rules: list[RuleView]
    to_triage: list[TriageRuleView]
    categories: list[CategoryPeriodView]


class SuggestionView(BaseModel):
    """A unit that may have the case if ``category`` is right, with the rule that names it."""

    unit_id: str
    unit_name: str
    category: str
    category_name: Annotated[str, Field(examples=["Jaringan Listrik"])]
    rule_id: RuleId
    says: Words
    says_id: WordsId
    grounds: list[Ground]
    confidence: float | None
    """What the words give the category of all that they speak for, 0 to 1; null where they do not
    name it."""
    terms: list[Term]
    """What names it there, as our own data write it."""


class SuggestionsView(BaseModel):
    """triage_reason: why the rules did not decide; null where they have, or where the desk was
    given the case by other means. Nothing follows from a suggestion until somebody assigns."""

    triage_reason: TriageReason | None
    says: Words | None
    says_id: WordsId | None
    suggestions: list[SuggestionView]


def create_router(
    works: Works, store: CaseStore, atlas: Atlas, operators: OperatorTokens, clock: Clock
) -> Router:
    router = Router(prefix="/v1", tags=["cases"])
    anyone = operators.require()
    desk = operators.require(Role.TRIAGE_OFFICER, Role.BIRO)

    @router.get("/rules", dependencies=[Depends(anyone)])
    async def list_rules() -> RulesView:
        """What the rules say in words, and all that the table of categories ever said: past,
        valid today, and to come."""
        return _rules(atlas, clock().astimezone(JAKARTA).date())

    @router.get("/cases/{complaint_id}/suggestions")
    async def list_suggestions(
        complaint_id: UUID,
        operator: Annotated[Operator, Depends(desk)],
        kelurahan: Annotated[UnitId | None, Query()] = None,
    ) -> SuggestionsView:
        """At most three units that may have a case, by the categories that came into question, the
        likeliest first. ``assign`` with unit and category of one accepts it.

        ``kelurahan``: the place, where the officer knows it better than the case does.
        """
        actor = actor_of(operator)
        sight = sight_of(actor, atlas.units)
        async with works.read(sight) as connection:
            case = there(await store.find(connection, complaint_id, sight))
            steps = await store.history(connection, complaint_id)
        triaged = _triaged(steps)
        said = candidates_of(steps)
        found = suggest(case, triaged, kelurahan, atlas.tables(clock()), said)
        return _suggestions(triaged, found, atlas.units)

    return router


def _rules(atlas: Atlas, today: date) -> RulesView:
    table = atlas.categories
    return RulesView(
        version=table.version,
        threshold=THRESHOLD,
        rules=[RuleView(rule_id=rule, **_said(says)) for rule, says in RULES.items()],
        to_triage=[TriageRuleView(reason=why, **_said(says)) for why, says in TO_TRIAGE.items()],
        categories=[_period(each, today, atlas.units) for each in table.periods()],
    )


def _said(saying: Saying) -> dict[str, str]:
    return {"says": saying.en, "says_id": saying.id}


def _period(period: CategoryPeriod, today: date, units: UnitTree) -> CategoryPeriodView:
    category = asdict(period.category)
    unit = units.find(period.category.unit or "")
    return CategoryPeriodView(
        **{name: category[name] for name in CategoryPeriodView.model_fields if name in category},
        unit_name=unit.name if unit else None,
        valid_from=period.valid_from,
        valid_to=period.valid_to,
        valid_now=period.is_valid(today),
    )


def _triaged(steps: Sequence[Step]) -> Mapping[str, Any]:
    """What the last event says that sent the case to the triage desk; empty where none has."""
    said = (step.facts for step in reversed(steps) if step.event == CaseTriaged.__name__)
    return next(said, {})


def _suggestions(
    triaged: Mapping[str, Any], found: Sequence[Suggestion], units: UnitTree
) -> SuggestionsView:
    reason = TriageReason(triaged["reason"]) if "reason" in triaged else None
    why = TO_TRIAGE[reason] if reason else None
    return SuggestionsView(
        triage_reason=reason,
        says=why.en if why else None,
        says_id=why.id if why else None,
        suggestions=[_suggestion(each, units) for each in found],
    )


def _suggestion(suggestion: Suggestion, units: UnitTree) -> SuggestionView:
    unit = units.find(suggestion.unit_id)
    return SuggestionView(
        unit_id=suggestion.unit_id,
        unit_name=unit.name if unit else suggestion.unit_id,
        category=suggestion.category.slug,
        category_name=suggestion.category.name,
        rule_id=suggestion.rule,
        grounds=list(suggestion.grounds),
        confidence=suggestion.candidate.confidence if suggestion.candidate else None,
        terms=list(suggestion.candidate.terms) if suggestion.candidate else [],
        **_said(RULES[suggestion.rule]),
    )
