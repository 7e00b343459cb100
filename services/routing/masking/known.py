"""The lists that masking reads by: the city's own contacts, public figures, names, plain words."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Known:
    """All in lower case. ``phones``: digits. ``mail_domains``: with all domains below them.

    handles, figures: of offices and of those who hold the city's highest ones, which stay
    readable. given_names: decide where capitals do not. ordinary: words that are no part of a
    name. offices: who bears one of them is no reporter. places: a name after one is a place's.
    plain, areas: words of matters, and of names of areas; only a capital behind an introduction
    makes a name of one.
    """

    phones: frozenset[str]
    mail_domains: tuple[str, ...]
    handles: frozenset[str]
    figures: frozenset[str]
    given_names: frozenset[str]
    ordinary: frozenset[str]
    offices: frozenset[str]
    places: frozenset[str]
    plain: frozenset[str]
    areas: frozenset[str]

    def is_plain(self, word: str) -> bool:
        return word in self.ordinary or word in self.plain or word in self.areas

    def is_given(self, word: str) -> bool:
        """Whether a word is a name by itself, however it is written."""
        if word in self.given_names:
            return True
        return _NAME_LIKE.fullmatch(word) is not None and not self.is_plain(word)


_NAME_LIKE = re.compile(
    r"(?:[a-z]{2,}(?:llah|udd?in|wati|[iy]anto|[iyw]ono|ningsih|ningrum|ningtyas|syah|yadi|yati"
    r"|[iy]ani|tinus|ianus|[bcdfglmnprst]ius|wijaya|sari|[bcdmnrstw]anto|[bcdmnrst]iyah|iyem|inah"
    r"|unah)"
    r"|su(?!at|rat)[a-z]{1,5}(?:no|ni|ti|di|to|man|mi|jo|yo|nah|tin|mah|rah|jan|win)"
    r"|abdu[lrns][a-z]+|nur[a-z]{3,}|zul[a-z]{3,}"
    r"|si(?:man|mat|mbo|tan|tum|reg|nag|hom|hot|tor|lal|agi|aha)[a-z]{2,}|huta[a-z]{3,}"
    r"|pa(?:ng|nj|sa)[a-z]{2,}(?:ibu|itan)"
    r"|[a-z]{3,}(?:elina|ella|etta|issa|berto|aldo|ldi|fiq|rahman|rahim))"
)
"""How Javanese, Sundanese, Arabic, Batak and baptismal names begin or end."""


def known_of(table: Mapping[str, Any], plain: Iterable[str], areas: Iterable[str]) -> Known:
    return Known(
        phones=frozenset(table["phones"]),
        mail_domains=tuple(table["mail_domains"]),
        handles=frozenset(table["handles"]),
        figures=frozenset(table["figures"]),
        given_names=frozenset(table["given_names"].split()),
        ordinary=frozenset(table["ordinary"].split()),
        offices=frozenset(table["offices"].split()),
        places=frozenset(table["places"].split()),
        plain=frozenset(plain),
        areas=frozenset(areas),
    )


_OF_MATTERS = ("terms.json", "spellings.json")
_OF_AREAS = ("places/areas.csv", "places/outside.csv")


@cache
def load_known() -> Known:
    """The lists that are shipped."""
    data = files("services.routing").joinpath("data")
    table = json.loads(data.joinpath("masking.json").read_text(encoding="utf-8"))
    plain, areas = (
        [word for name in names for word in _words(data.joinpath(name).read_text("utf-8"))]
        for names in (_OF_MATTERS, _OF_AREAS)
    )
    return known_of(table, plain, areas)


def _words(text: str) -> list[str]:
    return re.findall("[a-z]{3,}", text.lower())
