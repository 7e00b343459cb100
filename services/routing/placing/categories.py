"""The category table: versioned data with validity dates; names and aliases as people say them."""

import html
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from importlib.resources import files
from typing import Any

from services.routing.domain import Category, SubCategory
from services.routing.rule_versions.document import SHIPPED
from shared.clock import JAKARTA

KELURAHAN = "kelurahan"
"""In the column ``unit``: the kelurahan of the place."""


def plain_words(text: str) -> str:
    """A text as words in lower case, one space between: entities, bold letters and signs gone."""
    plain = unicodedata.normalize("NFKC", html.unescape(text)).casefold()
    return " ".join(re.findall(r"\w+", plain))


@dataclass(frozen=True)
class CategoryTable:
    """The categories that are valid at a time. ``version``: of the data, kept with decisions."""

    version: int
    categories: Mapping[str, Category]

    @cached_property
    def _by_alias(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for category in self.categories.values():
            finer = (name for sub in category.subs for name in (sub.name, *sub.aliases))
            for alias in (category.name, *category.aliases, *finer):
                found.setdefault(plain_words(alias), category.slug)
        return found

    @cached_property
    def _subs(self) -> Mapping[str, str]:
        """Slug of the sub-category by its slug, its name and each of its aliases."""
        found: dict[str, str] = {}
        for category in self.categories.values():
            for sub in category.subs:
                for alias in (sub.slug, sub.name, *sub.aliases):
                    found.setdefault(plain_words(alias), sub.slug)
        return found

    @cached_property
    def _phrases(self) -> Mapping[str, Sequence[tuple[tuple[str, ...], str]]]:
        """By first word, longest first: "lampu jalan mati" is a street light, not a street."""
        found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for alias, slug in sorted(self._by_alias.items(), key=lambda item: -len(item[0])):
            words = tuple(alias.split())
            found.setdefault(words[0], []).append((words, slug))
        return found

    def find(self, name: str) -> Category | None:
        """A category by slug, name or alias, or by a name of one of its sub-categories."""
        slug = name if name in self.categories else self._by_alias.get(plain_words(name))
        return self.categories.get(slug) if slug else None

    def sub_of(self, name: str) -> str | None:
        """The slug of the sub-category that has this slug, name or alias; None for a name that
        says no more than a category."""
        return self._subs.get(plain_words(name))

    def named_in(self, text: str) -> tuple[str, ...]:
        """Slugs of the categories whose name or alias stands in the text, in order, once each."""
        words = plain_words(text).split()
        found: dict[str, None] = {}
        at = 0
        while at < len(words):
            length, slug = self._phrase_at(words, at)
            if slug is not None:
                found[slug] = None
            at += length
        return tuple(found)

    def _phrase_at(self, words: Sequence[str], at: int) -> tuple[int, str | None]:
        for phrase, slug in self._phrases.get(words[at], ()):
            if tuple(words[at : at + len(phrase)]) == phrase:
                return len(phrase), slug
        return 1, None


@dataclass(frozen=True, slots=True)
class CategoryPeriod:
    """What the table says of a category from ``valid_from`` until before ``valid_to``; None:
    open. Days of Jakarta."""

    category: Category
    valid_from: date
    valid_to: date | None

    def is_valid(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True)
class CategoryHistory:
    """All rows ever; `at` gives the table of a day (Jakarta date)."""

    version: int
    rows: Sequence[Mapping[str, Any]]

    def at(self, day: date) -> CategoryTable:
        """The same one for all who ask on a day: it keeps the aliases as it has read them, and to
        read them anew for each batch of events takes longer than to route it."""
        if day not in self._last:
            self._last.clear()
            self._last[day] = self._valid_on(day)
        return self._last[day]

    @cached_property
    def _last(self) -> dict[date, CategoryTable]:
        """The table that was asked for last, by its day."""
        return {}

    def _valid_on(self, day: date) -> CategoryTable:
        valid = [each.category for each in self.periods() if each.is_valid(day)]
        return CategoryTable(self.version, {category.slug: category for category in valid})

    def periods(self) -> list[CategoryPeriod]:
        """Every row with its validity, in the order of the table."""
        return [_period(row) for row in self.rows]


def load_categories() -> CategoryHistory:
    """The built-in table."""
    raw = (files("services.routing") / "data" / "categories.json").read_text(encoding="utf-8")
    data = json.loads(raw)
    return CategoryHistory(SHIPPED, data["categories"])


def _period(row: Mapping[str, Any]) -> CategoryPeriod:
    ends = row["valid_to"]
    return CategoryPeriod(
        _category(row),
        date.fromisoformat(row["valid_from"]),
        date.fromisoformat(ends) if ends is not None else None,
    )


def _midnight(day: str | None) -> datetime | None:
    """The beginning of a day of Jakarta."""
    if day is None:
        return None
    return datetime.combine(date.fromisoformat(day), time.min, JAKARTA)


def _category(row: Mapping[str, Any]) -> Category:
    return Category(
        slug=row["slug"],
        name=row["name"],
        unit=row["unit"],
        aliases=tuple(row["aliases"]),
        handled_by_kelurahan=row["handled_by_kelurahan"],
        geotagged_to_kelurahan=row.get("geotagged_to_kelurahan", False),
        allows_extension=row["allows_extension"],
        plan_required=row["plan_required"],
        photo_required=row["photo_required"],
        photo_from=_midnight(row.get("photo_from")),
        needs_place=row.get("needs_place", True),
        about_persons=row.get("about_persons", False),
        subs=tuple(_sub(each) for each in row.get("subs", ())),
    )


def _sub(row: Mapping[str, Any]) -> SubCategory:
    return SubCategory(**{**row, "aliases": tuple(row["aliases"])})
