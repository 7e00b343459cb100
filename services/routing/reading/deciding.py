"""A text as it comes by any channel, and what is decided of it. Pure.

The rules decide (`placing.rules`); here stands what they are asked by, and their answer with all
that explains it.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.routing.domain import Routed
from services.routing.placing.categories import CategoryTable
from services.routing.placing.places import Locator
from services.routing.placing.rules import Content, Place, Tables, decide, find_place, reading_of
from services.routing.reading.reader import Reading
from services.routing.reading.signs import OtherBody
from shared.events.facts import Facts
from shared.events.vocabulary import Channel

NO_COMPLAINT, OUTSIDE_COMPETENCE = "no_complaint", "outside_competence"


class Written(BaseModel):
    """A text to read. latitude, longitude: degrees, WGS 84, both or neither. category: as the
    reporter chose it. id: what the asker calls it by."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)

    id: str | int | None = None
    channel: Annotated[Channel, Field(strict=False)] = Channel.SMS
    text: Annotated[str, Field(max_length=200_000)]
    address: str | None = None
    latitude: Annotated[float | None, Field(ge=-90, le=90)] = None
    longitude: Annotated[float | None, Field(ge=-180, le=180)] = None
    category: str | None = None


class CategoryRead(BaseModel):
    """terms: the reporter's own words that say so."""

    slug: str
    sub: str | None
    confidence: float
    terms: tuple[str, ...]


class OtherBodyRead(BaseModel):
    """Whose matter it is instead of the city's, with the address that a rejection names."""

    slug: str
    name: str
    address: str


class TextRead(BaseModel):
    """What was decided. reason: why people decide, None for what is routed. approximate: the
    kelurahan was guessed by the nearest centroid. version: of the categories and their rules."""

    id: str | int | None
    decision: Literal["routed", "triaged"]
    category: str | None
    categories: tuple[CategoryRead, ...]
    unit: str | None
    kelurahan_code: str | None
    kecamatan_code: str | None
    region_code: str | None
    approximate: bool
    reason: str | None
    emergency: bool
    about_official: bool
    outside_competence: OtherBodyRead | None
    confidence: float | None
    rule: str | None
    version: int


def read_written(written: Written, tables: Tables, locator: Locator) -> TextRead:
    """Decides about a text as about a complaint that says the same."""
    content = Content(written.text, written.latitude, written.longitude, written.address)
    located = None
    if written.latitude is not None and written.longitude is not None:
        located = locator.locate(written.latitude, written.longitude)
    facts = Facts(category=written.category, geotagged=located is not None)
    reading = reading_of(facts, content, tables)
    place = find_place(facts, content, tables, located)
    found = decide(written.channel, facts, content, tables, place, reading)
    routed = found if isinstance(found, Routed) else None
    return TextRead(
        id=written.id,
        decision="routed" if routed else "triaged",
        category=found.category,
        categories=_categories(reading, tables.categories),
        unit=routed.unit_id if routed else None,
        kelurahan_code=found.kelurahan_code,
        kecamatan_code=_above(place, 3),
        region_code=_above(place, 2),
        approximate=place.approximate if place else False,
        reason=None if isinstance(found, Routed) else _reason(reading, found.reason.value),
        emergency=reading.signs.emergency,
        about_official=reading.signs.about_official,
        outside_competence=_other(reading.signs.outside),
        confidence=round(routed.confidence, 4) if routed else None,
        rule=routed.rule_id if routed else None,
        version=tables.categories.version,
    )


def _categories(reading: Reading, table: CategoryTable) -> tuple[CategoryRead, ...]:
    ranked: Sequence[CategoryRead] = [
        CategoryRead(
            slug=each.slug,
            sub=each.sub,
            confidence=round(each.confidence, 4),
            terms=each.quoted(reading.words),
        )
        for each in reading.ranked
        if each.slug in table.categories
    ]
    return tuple(ranked)


def _above(place: Place | None, parts: int) -> str | None:
    """The kecamatan (3) or region (2) of a Kemendagri code; None where the place is coarser."""
    code = place.code.split(".") if place else []
    return ".".join(code[:parts]) if len(code) >= parts else None


def _reason(reading: Reading, reason: str) -> str:
    if reason == "human_first":
        return reason
    if reading.signs.no_complaint is not None:
        return NO_COMPLAINT
    return OUTSIDE_COMPETENCE if reading.signs.outside is not None else reason


def _other(body: OtherBody | None) -> OtherBodyRead | None:
    if body is None:
        return None
    return OtherBodyRead(slug=body.slug, name=body.name, address=body.address)
