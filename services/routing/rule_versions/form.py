"""The form of each kind of data in a version of the rules. Pure.

Members that are not known are refused: a misspelt one would be left out without a word.
"""

from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, StringConstraints

Slug: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Day: TypeAlias = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]
Said: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Written: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Letters: TypeAlias = Annotated[str, StringConstraints(max_length=2000)]


class Form(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)


class UnitRow(Form):
    """A unit by the columns of the table: ``area`` with spaces, ``aliases`` with ``|`` between."""

    id: Said
    name: Said
    kind: Said
    parent: Letters
    area: Letters
    aliases: Letters
    duty: Letters


class SubRow(Form):
    """A finer name. What it leaves out is its category's."""

    slug: Slug
    name: Said
    aliases: list[Said] = []
    unit: Said | None = None
    handled_by_kelurahan: bool | None = None
    geotagged_to_kelurahan: bool | None = None
    allows_extension: bool | None = None
    plan_required: bool | None = None
    photo_required: bool | None = None
    needs_place: bool | None = None


class CategoryRow(Form):
    """What holds of a category from ``valid_from`` until before ``valid_to``, days of Jakarta."""

    slug: Slug
    name: Said
    unit: Said | None
    aliases: list[Said]
    handled_by_kelurahan: bool
    geotagged_to_kelurahan: bool = False
    allows_extension: bool
    plan_required: bool
    photo_required: bool
    photo_from: Day | None = None
    needs_place: bool = True
    about_persons: bool = False
    valid_from: Day
    valid_to: Day | None
    subs: list[SubRow] = []


class TermsForm(Form):
    """words: lists that terms name. terms: by target and weight."""

    words: dict[Said, list[Said]]
    terms: dict[Said, dict[Said, list[Written]]]


class OtherBodyForm(Form):
    name: Said
    address: Said


class SignsForm(TermsForm):
    """taken_by_officials: the category of money that officials take. outside: other bodies."""

    taken_by_officials: Slug
    outside: dict[Slug, OtherBodyForm]


class SpellingsForm(Form):
    """words: by a short or wrong form the words meant. roots: by a word its root. common: whole
    words that people write without their vowels."""

    words: dict[Said, Said]
    roots: dict[Said, Said]
    common: list[Said] = []


class DocumentForm(Form):
    """All kinds of a version."""

    units: list[UnitRow]
    categories: list[CategoryRow]
    terms: TermsForm
    signs: SignsForm
    spellings: SpellingsForm
