"""The routing rules: from a received complaint to a unit, or to the triage desk. Pure.

The order is: conflict of interest, the kelurahan of the place, category x area. A doubtful
complaint goes to people at the triage desk, so that none is left lying. The outcome is a
suggestion: the receiving unit checks it again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from services.routing.domain import ABOUT_SERVICE, Category, Routed, Triaged
from services.routing.gazetteer.gazetteer import Gazetteer
from services.routing.gazetteer.settling import SURE, Mentioned, contradicts
from services.routing.model.applying import Answer
from services.routing.model.beside import NO_MODELS, Models
from services.routing.placing.categories import KELURAHAN, CategoryTable
from services.routing.placing.places import Located
from services.routing.reading.classifying import SURE_OF_TEXT, Ranked
from services.routing.reading.reader import Reader, Reading, load_reader
from shared.events.facts import Facts
from shared.events.vocabulary import Channel, TriageReason, UnitKind
from shared.reviewing import concerns
from shared.units import Duty, Unit, UnitTree

HUMAN_FIRST = frozenset({Channel.GUBERNUR})


class RuleId(StrEnum):
    """A rule that found a unit, as decisions keep it and the stream carries it. What each says in
    words: `rulebook`."""

    OVERSIGHT = "oversight"
    """It says no more than that the overseeing unit has the case: the stream carries it."""
    KELURAHAN_OF_THE_POINT = "kelurahan-of-the-point"
    KELURAHAN_NAMED = "kelurahan-named"
    CATEGORY = "category"
    CATEGORY_AREA = "category-area"
    CATEGORY_DINAS = "category-dinas"


THRESHOLD = 0.5
"""Below it a person decides."""

CITIZENS_CATEGORY = 0.8
"""The best published router agrees with the officers in 80.6 % of cases. A citizen is taken to be
as good."""
CONFIRMED_CATEGORY = 0.9
AMBIGUOUS_CATEGORY = 0.3
RIVAL = 0.3
"""From this share on another category makes the reporter's choice doubtful, though the words
confirm it."""
ABOUT_OFFICIAL_OF_TEXT = 0.9
POLYGON = 0.99
CENTROID = 0.75
"""Share of mainland points for which the nearest centroid is right."""
NAMED_PLACE = 0.9
CONTRADICTED_PLACE = 0.3
"""The point when the words name another place, or the place of the words when the point lies beyond
all areas: people decide which of the two is right."""


@dataclass(frozen=True, slots=True)
class Content:
    """What the citizen wrote and where; degrees, WGS 84. Class C1: never on the bus."""

    text: str = ""
    latitude: float | None = None
    longitude: float | None = None
    address: str | None = None
    readable: bool = True
    """False: what intake says of it cannot be understood. Then nothing is known of text and place,
    which is not the same as a complaint without words."""

    @property
    def has_point(self) -> bool:
        """Zero degrees north and east is what a device sends that does not know where it is."""
        known = self.latitude is not None and self.longitude is not None
        return known and (self.latitude, self.longitude) != (0, 0)


@dataclass(frozen=True, slots=True)
class Tables:
    """The data that the rules go by."""

    units: UnitTree
    categories: CategoryTable
    gazetteer: Gazetteer
    reader: Reader = field(default_factory=load_reader)
    models: Models = NO_MODELS


class PlaceSource(StrEnum):
    """What told the place of a report."""

    POINT = "point"
    CHOSEN = "chosen"
    """The reporter or the desk has chosen the area."""
    ADDRESS = "address"
    """The field for an address names it, alone or with the text."""
    WORDS = "words"
    DESK = "desk"
    """Nobody says where; it is taken to lie where the desk is."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the matter is: ``code`` is of an area of any level (kelurahan, kecamatan, region; of
    what holds them all for a street through several regions)."""

    code: str
    confidence: float
    kelurahan: Unit | None = None
    approximate: bool = False
    source: PlaceSource = PlaceSource.CHOSEN
    contradicted: bool = False
    """There is a point on the map, and what else is told of the place cannot agree with it."""

    @property
    def by_point(self) -> bool:
        return self.source is PlaceSource.POINT

    @property
    def kelurahan_code(self) -> str | None:
        return self.kelurahan.id if self.kelurahan else None

    @property
    def name(self) -> str | None:
        return self.kelurahan.name.removeprefix("Kelurahan ") if self.kelurahan else None


@dataclass(frozen=True, slots=True)
class Guess:
    """A category, how sure it is, and the other categories that were possible."""

    category: Category | None
    confidence: float
    others: tuple[str, ...] = ()
    sub: str | None = None


def find_place(
    facts: Facts, content: Content, tables: Tables, located: Located | None
) -> Place | None:
    """The point, else the declared area, else the place that the words name, else the desk's
    area. A point that the words contradict is a place that nobody is sure of, and so is an area
    that is told of a point beyond it."""
    mentioned = tables.gazetteer.read(content.text, content.address)
    if located is not None:
        confidence = CENTROID if located.approximate else POLYGON
        if contradicts(located.code, located.approximate, mentioned):
            confidence = CONTRADICTED_PLACE
        found = tables.units.find(located.code)
        source, crossed = PlaceSource.POINT, confidence == CONTRADICTED_PLACE
        return Place(located.code, confidence, found, located.approximate, source, crossed)
    place = _told(facts, content, mentioned, tables.units)
    if place is None or not content.has_point:
        return place
    sure = min(place.confidence, CONTRADICTED_PLACE)
    return replace(place, confidence=sure, contradicted=True)


def _told(facts: Facts, content: Content, mentioned: Mentioned, units: UnitTree) -> Place | None:
    """Where it is by all that is known besides a point."""
    declared = _area(units, facts.kelurahan_code)
    if declared is not None:
        return _declared(declared)
    named = _area(units, mentioned.area_code)
    if named is not None:
        kelurahan = named if named.kind is UnitKind.KELURAHAN else None
        source = _named_by(mentioned, content.address)
        return Place(named.id, mentioned.confidence, kelurahan, mentioned.approximate, source)
    if mentioned.outside is not None and mentioned.confidence >= SURE:
        return None
    desk = _area(units, facts.entered_by_unit)
    if desk is not None:
        return replace(_declared(desk), source=PlaceSource.DESK)
    if mentioned.across is not None and mentioned.confidence >= SURE:
        source = _named_by(mentioned, content.address)
        return Place(mentioned.across, mentioned.confidence, approximate=True, source=source)
    return None


def _named_by(mentioned: Mentioned, address: str | None) -> PlaceSource:
    """The spans of the address come first, and within its length."""
    of_address = bool(address and mentioned.spans) and mentioned.spans[0][0] < len(address or "")
    return PlaceSource.ADDRESS if of_address else PlaceSource.WORDS


def _declared(area: Unit) -> Place:
    return Place(area.id, NAMED_PLACE, area if area.kind is UnitKind.KELURAHAN else None)


def _area(units: UnitTree, unit_id: str | None) -> Unit | None:
    unit = units.find(unit_id) if unit_id else None
    areas = (UnitKind.KELURAHAN, UnitKind.KECAMATAN, UnitKind.REGION)
    return unit if unit is not None and unit.kind in areas else None


def reading_of(facts: Facts, content: Content, tables: Tables) -> Reading:
    """What the words say, the reporter's choice weighed in."""
    chosen = tables.categories.find(facts.category) if facts.category else None
    return tables.reader.read(content.text, chosen.slug if chosen else None)


def guess_category(facts: Facts, reading: Reading, table: CategoryTable) -> Guess:
    """The reporter's category where the words confirm it or say nothing; that of the words where
    they are sure of another. Where both may be right, people decide."""
    chosen = table.find(facts.category) if facts.category else None
    ranked = [each for each in reading.ranked if each.slug in table.categories]
    if not ranked:
        own = table.sub_of(facts.category or "") if chosen else None
        return Guess(chosen, CITIZENS_CATEGORY if chosen else AMBIGUOUS_CATEGORY, sub=own)
    best = ranked[0]
    said = [each.slug for each in ranked if each.came_up()]
    if chosen is not None and best.slug == chosen.slug:
        if not any(each.confidence >= RIVAL for each in ranked[1:]):
            return Guess(chosen, CONFIRMED_CATEGORY, _besides(chosen, said), best.sub)
    elif is_sure(ranked):
        of_text = table.categories[best.slug]
        came = said if chosen is None else [chosen.slug, *said]
        return Guess(of_text, best.confidence, _besides(of_text, came), best.sub)
    return Guess(chosen, AMBIGUOUS_CATEGORY, _besides(chosen, said))


def advised(
    facts: Facts, reading: Reading, table: CategoryTable, advice: Answer | None
) -> Answer | None:
    """The model's answer, where the rules are in doubt about the category and nothing else speaks
    against it; None: the rules decide."""
    signs = reading.signs
    told = (signs.about_official, signs.emergency, signs.no_complaint, signs.outside)
    discreet = facts.restricted or facts.about_unit is not None
    if advice is None or discreet or any(told) or advice.category not in table.categories:
        return None
    guess = guess_category(facts, reading, table)
    doubted = guess.category is None or guess.confidence < THRESHOLD
    return advice if doubted else None


def _by_model(guess: Guess, advice: Answer, reading: Reading, table: CategoryTable) -> Guess:
    category = table.categories[advice.category]
    came = guess.others if guess.category is None else (guess.category.slug, *guess.others)
    subs = (each.sub for each in reading.ranked if each.slug == category.slug)
    return Guess(category, advice.confidence, _besides(category, came), next(subs, None))


def is_sure(ranked: Sequence[Ranked]) -> bool:
    """Whether the words alone name the first of the categories, the likeliest first."""
    return bool(ranked) and ranked[0].confidence >= SURE_OF_TEXT


def _besides(category: Category | None, slugs: Iterable[str]) -> tuple[str, ...]:
    """The other categories, once each."""
    own = category.slug if category else None
    return tuple(dict.fromkeys(slug for slug in slugs if slug != own))


def route(
    channel: Channel, facts: Facts, content: Content, tables: Tables, place: Located | None
) -> Routed | Triaged:
    """Which unit must act. ``place``: the kelurahan of the content's point, if it has one."""
    reading = reading_of(facts, content, tables)
    where = find_place(facts, content, tables, place)
    return decide(channel, facts, content, tables, where, reading)


def decide(
    channel: Channel,
    facts: Facts,
    content: Content,
    tables: Tables,
    where: Place | None,
    reading: Reading,
    advice: Answer | None = None,
) -> Routed | Triaged:
    """Which unit must act on a text that was read, at a place that was found. advice: a model's
    answer that is to decide the category (`advised`)."""
    guess = guess_category(facts, reading, tables.categories)
    if advice is not None:
        guess = _by_model(guess, advice, reading, tables.categories)
    found = (
        _conflict_of_interest(facts, guess, where, tables)
        or _misconduct(reading, guess, where, tables)
        or _left_to_people(channel, content, guess, where, reading)
        or by_category_and_area(facts, guess, where, tables)
    )
    of_version = _of_version(found, tables)
    return replace(of_version, emergency=True) if reading.signs.emergency else of_version


def without_reading(facts: Facts, tables: Tables) -> Routed | Triaged:
    """Where a rule has failed: people decide, but for a complaint about officials, which nobody
    has to read in order to know where it goes."""
    nothing = Guess(None, AMBIGUOUS_CATEGORY)
    found = _conflict_of_interest(facts, nothing, None, tables)
    return _of_version(found or _triaged(TriageReason.NO_RULE, nothing, None), tables)


def _of_version(found: Routed | Triaged, tables: Tables) -> Routed | Triaged:
    """A report that is left to people is so by a version too: the next one may know its unit."""
    return replace(found, rule_version=tables.categories.version)


def _triaged(reason: TriageReason, guess: Guess, place: Place | None) -> Triaged:
    return Triaged(
        reason=reason,
        category=guess.category.slug if guess.category else None,
        kelurahan_code=place.kelurahan_code if place else None,
        area_name=place.name if place else None,
        runners_up=guess.others,
    )


def _routed(
    unit: Unit, rule: RuleId, guess: Guess, place: Place | None, version: int, confidence: float
) -> Routed:
    return Routed(
        unit_id=unit.id,
        category=guess.category.slug if guess.category else ABOUT_SERVICE,
        rule_id=rule.value,
        rule_version=version,
        confidence=confidence,
        kelurahan_code=place.kelurahan_code if place else None,
        area_name=place.name if place else None,
        approximate_area=place.approximate if place else False,
        runners_up=guess.others,
    )


def _conflict_of_interest(
    facts: Facts, guess: Guess, place: Place | None, tables: Tables
) -> Routed | Triaged | None:
    """A complaint about officials goes to the overseeing unit, unless it is about that one."""
    if not facts.restricted and facts.about_unit is None:
        return None
    oversight = tables.units.of_duty(Duty.OVERSIGHT)
    if concerns(facts.about_unit, oversight.id, tables.units):
        return _triaged(TriageReason.NO_RULE, guess, place)
    version = tables.categories.version
    return _routed(oversight, RuleId.OVERSIGHT, guess, place, version, 1.0)


def _misconduct(
    reading: Reading, guess: Guess, place: Place | None, tables: Tables
) -> Routed | None:
    """What the words say of officials goes to the overseeing unit, though nobody said so before."""
    if not reading.signs.about_official:
        return None
    oversight = tables.units.of_duty(Duty.OVERSIGHT)
    version, sure = tables.categories.version, ABOUT_OFFICIAL_OF_TEXT
    found = _routed(oversight, RuleId.OVERSIGHT, guess, place, version, sure)
    return replace(found, about_official=True)


def _left_to_people(
    channel: Channel, content: Content, guess: Guess, place: Place | None, reading: Reading
) -> Triaged | None:
    if not content.readable:
        return _triaged(TriageReason.LOW_CONFIDENCE, guess, place)
    if channel in HUMAN_FIRST:
        return _triaged(TriageReason.HUMAN_FIRST, guess, place)
    if reading.signs.no_complaint is not None:
        return _triaged(TriageReason.NO_CATEGORY, guess, place)
    if reading.signs.outside is not None:
        return _triaged(TriageReason.NO_RULE, guess, place)
    if guess.category is None:
        several = TriageReason.LOW_CONFIDENCE if guess.others else TriageReason.NO_CATEGORY
        return _triaged(several, guess, place)
    return None


def by_category_and_area(
    facts: Facts, guess: Guess, place: Place | None, tables: Tables
) -> Routed | Triaged:
    """The last of the rules: the unit of the category, or its office that serves the place."""
    category = guess.category.narrowed(guess.sub) if guess.category else None
    if category is None or category.unit is None:
        return _triaged(TriageReason.NO_RULE, guess, place)
    if not category.needs_place and place and place.confidence < THRESHOLD:
        # A name that may be a place must not keep from its unit what lies at none.
        place = place if place.contradicted else None
    version = tables.categories.version
    confidence = min(guess.confidence, place.confidence if place else 1.0)
    if confidence < THRESHOLD:
        return _triaged(TriageReason.LOW_CONFIDENCE, guess, place)
    by_point = facts.geotagged and place is not None and place.by_point
    looks_first = category.geotagged_to_kelurahan and by_point
    if category.handled_by_kelurahan or category.unit == KELURAHAN or looks_first:
        if place is None or place.kelurahan is None:
            return _triaged(TriageReason.NO_PLACE, guess, place)
        rule = RuleId.KELURAHAN_OF_THE_POINT if by_point else RuleId.KELURAHAN_NAMED
        return _routed(place.kelurahan, rule, guess, place, version, confidence)
    unit = tables.units.find(category.unit)
    if unit is None:
        return _triaged(TriageReason.NO_RULE, guess, place)
    if not tables.units.has_areas(unit.id):
        return _routed(unit, RuleId.CATEGORY, guess, place, version, confidence)
    if place is None and category.needs_place:
        return _triaged(TriageReason.NO_PLACE, guess, place)
    child = tables.units.serving(unit.id, place.code) if place else None
    rule = RuleId.CATEGORY_AREA if child else RuleId.CATEGORY_DINAS
    return _routed(child or unit, rule, guess, place, version, confidence)
