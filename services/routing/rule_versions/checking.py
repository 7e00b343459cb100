"""What is wrong with a version of the rules before it may decide. Pure.

Whatever this lets through must neither stop a process nor leave complaints without a unit.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Any, Final

from pydantic import ValidationError

from services.routing.domain import ABOUT_SERVICE
from services.routing.placing.categories import KELURAHAN, plain_words
from services.routing.reading.normalising import Normaliser, Spellings
from services.routing.reading.signs import (
    ABOUT_OFFICIAL,
    COMPLAINS,
    EMERGENCY,
    NO_COMPLAINT,
    OFFICIAL_MONEY,
    OUTSIDE,
)
from services.routing.reading.terms import Phrases, count_variants, read_terms
from services.routing.rule_versions.document import Document
from services.routing.rule_versions.form import (
    CategoryRow,
    DocumentForm,
    SignsForm,
    TermsForm,
    UnitRow,
)

HEAVIEST = 20.0
"""The most that a term may weigh: a sum of heavier ones could not be turned into a share."""
VARIANTS_AT_MOST = 2_000
"""Phrases that one term may stand for: braces multiply, and a line could fill the memory."""
PHRASES_AT_MOST = 30_000
"""Of a version: more than twice those of the shipped one."""
OF_A_NAME = "[key]"
"""How pydantic ends the place of a name that is wrong."""
TOLD_AT_MOST = 50
SIGNS: Final = frozenset({ABOUT_OFFICIAL, OFFICIAL_MONEY, EMERGENCY, COMPLAINS, *NO_COMPLAINT})


@dataclass(frozen=True, slots=True)
class Problem:
    """``pointer``: where it is in the document (RFC 6901). ``says``: what to do."""

    pointer: str
    says: str

    @property
    def kind(self) -> str:
        """The kind of data; empty for the whole document."""
        return self.pointer.split("/")[1] if self.pointer else ""


def problems_of(document: Document, shipped: Document, before: Document) -> Sequence[Problem]:
    """What to put right, in the order of the document, the first `TOLD_AT_MOST`; empty: it may
    decide. ``shipped``: by the files; ``before``: the version that decides now."""
    try:
        form = DocumentForm.model_validate(document)
    except ValidationError as error:
        found = [_of_form(each["loc"], each["msg"]) for each in error.errors(include_input=False)]
        return found[:TOLD_AT_MOST]
    return [*_of_content(form, shipped, before)][:TOLD_AT_MOST]


def _of_form(where: Iterable[int | str], says: str) -> Problem:
    parts = [part for part in where if part != OF_A_NAME]
    return Problem(pointer_of(*parts), f"{says}.")


def pointer_of(*parts: int | str) -> str:
    """RFC 6901."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def _of_content(form: DocumentForm, shipped: Document, before: Document) -> Iterator[Problem]:
    yield from _of_units(form.units, shipped["units"])
    yield from _of_categories(form.categories, {unit.id for unit in form.units})
    yield from _vanished(form.categories, before["categories"])
    subs = {row.slug: {sub.slug for sub in row.subs} for row in form.categories}
    for slug in {ABOUT_SERVICE, form.signs.taken_by_officials} - _open(form.categories):
        yield Problem("/categories", f"The category {slug} is needed: give it without an end.")
    phrases = _phrases(form)
    categories = {*subs, *(f"{slug}/{sub}" for slug, those in subs.items() for sub in those)}
    yield from _of_terms("terms", form.terms, categories, phrases)
    signs = SIGNS | {f"{OUTSIDE}{slug}" for slug in form.signs.outside}
    yield from _of_terms("signs", form.signs, signs, phrases)


def _phrases(form: DocumentForm) -> Phrases:
    normaliser = Normaliser(
        Spellings(form.spellings.words, form.spellings.roots, form.spellings.common)
    )
    return Phrases(lambda written: normaliser.words(written).roots)


# --- units --------------------------------------------------------------------------------


def _of_units(rows: Sequence[UnitRow], shipped: Sequence[Mapping[str, str]]) -> Iterator[Problem]:
    known = {row["id"]: row for row in shipped}
    places: dict[str, int] = {}
    for at, row in enumerate(rows):
        here = pointer_of("units", at)
        if row.id in places:
            yield Problem(f"{here}/id", f"The unit stands in row {places[row.id]} too. Keep one.")
        places.setdefault(row.id, at)
        if row.id not in known:
            yield Problem(f"{here}/id", "A new unit comes with a release: other services ask too.")
            continue
        for column in ("kind", "parent", "duty"):
            if getattr(row, column) != known[row.id][column]:
                says = f"It stays {known[row.id][column] or 'empty'}: who sees a case rests on it."
                yield Problem(f"{here}/{column}", says)
        if unknown := sorted(set(row.area.split()) - known.keys()):
            yield Problem(f"{here}/area", f"No area has the code {unknown[0]}.")
    for missing in sorted(known.keys() - places.keys()):
        yield Problem("/units", f"The unit {missing} is missing: cases may be with it.")


# --- categories ---------------------------------------------------------------------------


def _of_categories(rows: Sequence[CategoryRow], units: set[str]) -> Iterator[Problem]:
    aliases: dict[str, str] = {}
    subs: dict[str, str] = {}
    periods: dict[str, list[tuple[date, date]]] = {}
    for at, row in enumerate(rows):
        here = pointer_of("categories", at)
        yield from _of_unit(here, row.unit, units)
        yield from _of_period(here, row, periods.setdefault(row.slug, []))
        yield from _named_twice(here, row.slug, (row.name, *row.aliases), aliases)
        for number, sub in enumerate(row.subs):
            inner = f"{here}/subs/{number}"
            yield from _of_unit(inner, sub.unit, units)
            yield from _named_twice(inner, row.slug, (sub.name, *sub.aliases), aliases)
            if subs.setdefault(sub.slug, row.slug) != row.slug:
                says = f"{subs[sub.slug]} has a finer name with this slug. Choose another."
                yield Problem(f"{inner}/slug", says)


def _of_unit(here: str, unit: str | None, units: set[str]) -> Iterator[Problem]:
    if unit not in (None, KELURAHAN) and unit not in units:
        says = f"No unit has this id. Name one, {KELURAHAN}, or null for people to decide."
        yield Problem(f"{here}/unit", says)


def _of_period(here: str, row: CategoryRow, others: list[tuple[date, date]]) -> Iterator[Problem]:
    days: dict[str, date] = {}
    for member in ("valid_from", "valid_to", "photo_from"):
        if (written := getattr(row, member)) is not None:
            try:
                days[member] = date.fromisoformat(written)
            except ValueError:
                yield Problem(f"{here}/{member}", "There is no such day.")
    if "valid_from" not in days:
        return
    begins, ends = days["valid_from"], days.get("valid_to", date.max)
    if ends <= begins:
        yield Problem(f"{here}/valid_to", "It must lie behind valid_from.")
    if any(begins < until and since < ends for since, until in others):
        yield Problem(f"{here}/valid_from", "Another row of this category is valid then. End it.")
    others.append((begins, ends))


def _named_twice(
    here: str, slug: str, names: Iterable[str], seen: dict[str, str]
) -> Iterator[Problem]:
    """A name that two categories have would choose the one that stands first."""
    for name in names:
        plain = plain_words(name)
        if not plain:
            yield Problem(here, "A name or alias holds no letters.")
        elif seen.setdefault(plain, slug) != slug:
            yield Problem(here, f"The name {plain} is one of {seen[plain]}. Keep it in one place.")


def _vanished(
    rows: Sequence[CategoryRow], before: Sequence[Mapping[str, Any]]
) -> Iterator[Problem]:
    """Cases have these categories."""
    for slug in sorted({row["slug"] for row in before} - {row.slug for row in rows}):
        yield Problem("/categories", f"The category {slug} is missing. End it by valid_to instead.")


def _open(rows: Sequence[CategoryRow]) -> set[str]:
    return {row.slug for row in rows if row.valid_to is None}


# --- terms --------------------------------------------------------------------------------


def _of_terms(
    kind: str, form: TermsForm | SignsForm, targets: set[str] | frozenset[str], phrases: Phrases
) -> Iterator[Problem]:
    for target, by_weight in form.terms.items():
        here = pointer_of(kind, "terms", target)
        if target not in targets:
            yield Problem(here, "This is not known: name a category, category/sub, or sign.")
            continue
        for weight, written in by_weight.items():
            if not _weighs(weight):
                says = f"A weight is a number from -{HEAVIEST:g} to {HEAVIEST:g}, and not 0."
                yield Problem(f"{here}{pointer_of(weight)}", says)
                continue
            for at, each in enumerate(written):
                wrong = _unreadable(target, weight, each, form.words, phrases)
                if wrong is not None:
                    yield Problem(f"{here}{pointer_of(weight, at)}", wrong)
                if phrases.count > PHRASES_AT_MOST:
                    says = f"All terms stand for more than {PHRASES_AT_MOST} phrases. Drop some."
                    yield Problem(here, says)
                    return


def _weighs(written: str) -> bool:
    try:
        weight = float(written)
    except ValueError:
        return False
    return isfinite(weight) and 0 < abs(weight) <= HEAVIEST


def _unreadable(
    target: str, weight: str, written: str, lists: Mapping[str, Sequence[str]], phrases: Phrases
) -> str | None:
    try:
        if count_variants(written, lists) > VARIANTS_AT_MOST:
            return f"It stands for more than {VARIANTS_AT_MOST} phrases. Make several terms of it."
        read_terms({target: {weight: [written]}}, lists, phrases)
    except KeyError as error:
        return f"No list of words is called {error.args[0]}. Add it to words."
    except ValueError:
        return "A part of the term has no words. Write words, {a,b} or @list, with ' + ' between."
    return None
