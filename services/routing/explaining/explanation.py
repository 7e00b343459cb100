"""Why the rules decided as they did about a complaint, so that an officer can check it. Pure.

It says no letter of what the reporter wrote: terms stand as our own data write them, places by
their codes.
"""

from dataclasses import dataclass

from pydantic import TypeAdapter

from services.routing.domain import Routed, Triaged
from services.routing.model.applying import Answer
from services.routing.placing.rules import Place, PlaceSource, Tables
from services.routing.reading.reader import Reading
from services.routing.reading.signs import OtherBody
from shared.events.facts import Facts
from shared.events.vocabulary import TriageReason

FIRST_VERSION = 1
"""Of a case, when the rules decide about it."""
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Candidate:
    """A category that the words speak for. ``confidence``: its share of all that is said, 0 to 1.
    ``terms``: what says so, the strongest first."""

    slug: str
    sub: str | None
    confidence: float
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlaceFound:
    """Where the matter is taken to be. ``code``: of an area of any level. ``contradicted``: the
    point on the map and what else is told do not agree."""

    code: str
    source: PlaceSource
    confidence: float
    approximate: bool
    contradicted: bool


@dataclass(frozen=True, slots=True)
class ModelSaid:
    """What a model said of the words. ``number``: the model's. ``used``: its answer decided the
    category, which the rules had left to people. ``terms``: words that many complaints share;
    empty too where the reporter was erased."""

    number: int
    category: str
    confidence: float
    used: bool
    terms: tuple[str, ...] = ()

    @classmethod
    def of(cls, answer: Answer, used: bool) -> "ModelSaid":
        return cls(answer.model, answer.category, answer.confidence, used, answer.terms)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a decision rests on. ``rule``: the one that found a unit, None where ``reason`` says why
    none did. ``version``: of the categories and their rules. ``confidence``: of the decision, 0 to
    1; None where people decide. ``chosen``: slug of the reporter's own category. ``candidates``:
    the likeliest first; empty too where the reporter was erased. ``no_complaint``: what the text
    is instead. ``outside``: whose matter it is, if not the city's. ``models``: what those said that
    were asked beside the rules. ``failed``: a rule could not be applied; then nothing is known of
    words and place."""

    version: int
    rule: str | None = None
    reason: TriageReason | None = None
    confidence: float | None = None
    category: str | None = None
    sub: str | None = None
    chosen: str | None = None
    candidates: tuple[Candidate, ...] = ()
    place: PlaceFound | None = None
    emergency: bool = False
    about_official: bool = False
    no_complaint: str | None = None
    outside: OtherBody | None = None
    models: tuple[ModelSaid, ...] = ()
    failed: bool = False


EXPLANATION: TypeAdapter[Explanation] = TypeAdapter(Explanation)
"""To and from JSON."""


def explain(
    found: Routed | Triaged, facts: Facts, reading: Reading, place: Place | None, tables: Tables
) -> Explanation:
    """``found``: what the rules made of the others."""
    routed = found if isinstance(found, Routed) else None
    chosen = tables.categories.find(facts.category) if facts.category else None
    candidates = _candidates(found.category, reading, tables)
    own = next((each for each in candidates if each.slug == found.category), None)
    return Explanation(
        version=tables.categories.version,
        rule=routed.rule_id if routed else None,
        reason=found.reason if isinstance(found, Triaged) else None,
        confidence=round(routed.confidence, _DIGITS) if routed else None,
        category=found.category,
        sub=own.sub if own else None,
        chosen=chosen.slug if chosen else None,
        candidates=candidates,
        place=_found(place) if place else None,
        emergency=reading.signs.emergency,
        about_official=reading.signs.about_official,
        no_complaint=reading.signs.no_complaint,
        outside=reading.signs.outside,
    )


def explain_failure(found: Routed | Triaged, facts: Facts, tables: Tables) -> Explanation:
    """``found``: what was decided without the rule that has failed."""
    chosen = tables.categories.find(facts.category) if facts.category else None
    return Explanation(
        version=tables.categories.version,
        rule=found.rule_id if isinstance(found, Routed) else None,
        reason=found.reason if isinstance(found, Triaged) else None,
        category=found.category,
        chosen=chosen.slug if chosen else None,
        failed=True,
    )


def _candidates(category: str | None, reading: Reading, tables: Tables) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(
            each.slug,
            each.sub,
            round(each.confidence, _DIGITS),
            tables.reader.terms_of(each, reading.words),
        )
        for each in reading.ranked
        if each.slug in tables.categories.categories and (each.slug == category or each.came_up())
    )


def _found(place: Place) -> PlaceFound:
    sure = round(place.confidence, _DIGITS)
    return PlaceFound(place.code, place.source, sure, place.approximate, place.contradicted)
