"""The lists that masking reads by: the city's own contacts, public figures, names, plain words."""

import json
from collections.abc import Mapping
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
    """

    phones: frozenset[str]
    mail_domains: tuple[str, ...]
    handles: frozenset[str]
    figures: frozenset[str]
    given_names: frozenset[str]
    ordinary: frozenset[str]
    offices: frozenset[str]
    places: frozenset[str]


def known_of(table: Mapping[str, Any]) -> Known:
    return Known(
        phones=frozenset(table["phones"]),
        mail_domains=tuple(table["mail_domains"]),
        handles=frozenset(table["handles"]),
        figures=frozenset(table["figures"]),
        given_names=frozenset(table["given_names"].split()),
        ordinary=frozenset(table["ordinary"].split()),
        offices=frozenset(table["offices"].split()),
        places=frozenset(table["places"].split()),
    )


@cache
def load_known() -> Known:
    """The lists that are shipped."""
    data = files("services.routing").joinpath("data/masking.json")
    return known_of(json.loads(data.read_text(encoding="utf-8")))
