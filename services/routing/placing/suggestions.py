"""Which units a case at the triage desk may belong to, by the rules that could not decide. Pure.

The rules send a case to people when they are in doubt. What they doubted about is kept: the
reporter's category, the others that the words name, the place. Here each of these categories is
taken to be right, one after the other. Confidence and terms are those that the words had when the
case came; none is made up for what they do not speak of.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, TypeAlias

from services.routing.case.checks import may_receive
from services.routing.domain import Case, Category, Routed
from services.routing.explaining.explanation import Candidate
from services.routing.placing.rules import Guess, Place, RuleId, Tables, by_category_and_area
from shared.events.facts import Facts
from shared.events.vocabulary import UnitKind

Ground: TypeAlias = Literal["reporters_category", "words", "place"]
"""``reporters_category``: the reporter chose the category. ``words``: the text names it. ``place``:
the place is known, and the unit serves it."""

NAMED_BY_AN_OFFICER = 1.0
AT_MOST = 3
"""More is no help to choose by."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A unit that may have the case if the category is right; ``grounds``: what speaks for it.
    ``candidate``: what the words say of the category; None where they do not name it."""

    unit_id: str
    category: Category
    rule: RuleId
    grounds: tuple[Ground, ...]
    candidate: Candidate | None = None


def suggest(
    case: Case,
    triaged: Mapping[str, Any],
    kelurahan: str | None,
    tables: Tables,
    candidates: Sequence[Candidate] = (),
) -> Sequence[Suggestion]:
    """At most three suggestions for a case, each unit and category once: first what the words are
    surest of, and where they are sure of nothing the reporter's own category.

    triaged: what the case's `CaseTriaged` says, by field. kelurahan: code of the place as the
    officer has put it right; None: as the case has it. candidates: what the words spoke for.
    """
    place = _place(kelurahan or case.kelurahan_code, tables)
    said = {each.slug: each for each in candidates}
    wanted = (case.citizen_category, case.category, *triaged.get("runners_up", ()), *said)
    found = {each.slug: each for name in wanted if name and (each := tables.categories.find(name))}
    sure = {slug: said[slug].confidence if slug in said else 0.0 for slug in found}
    surest = sorted(found.values(), key=lambda each: -sure[each.slug])
    return tuple(islice(_suggested(case, surest, said, place, tables), AT_MOST))


def _place(code: str | None, tables: Tables) -> Place | None:
    unit = tables.units.find(code) if code else None
    if unit is None:
        return None
    kelurahan = unit if unit.kind is UnitKind.KELURAHAN else None
    return Place(unit.id, NAMED_BY_AN_OFFICER, kelurahan)


def _suggested(
    case: Case,
    categories: Iterable[Category],
    said: Mapping[str, Candidate],
    place: Place | None,
    tables: Tables,
) -> Iterator[Suggestion]:
    for category in categories:
        candidate = said.get(category.slug)
        sub = candidate.sub if candidate else None
        guess = Guess(category, NAMED_BY_AN_OFFICER, sub=sub)
        found = by_category_and_area(Facts(), guess, place, tables)
        if not isinstance(found, Routed):
            continue
        unit = tables.units.find(found.unit_id)
        if unit is not None and may_receive(case, unit, tables.units):
            grounds = _grounds(case, category, place, tables)
            yield Suggestion(unit.id, category, RuleId(found.rule_id), grounds, candidate)


def _grounds(
    case: Case, category: Category, place: Place | None, tables: Tables
) -> tuple[Ground, ...]:
    chosen = tables.categories.find(case.citizen_category or "")
    by: Ground = "reporters_category" if chosen == category else "words"
    return (by, "place") if place is not None else (by,)
