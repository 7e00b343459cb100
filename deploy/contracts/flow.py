"""Who says and hears what, and README's table of it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

from deploy.local.credentials import SERVICES
from shared.events.catalogue import CATALOGUE
from shared.events.event import Event

FLOW_BEGIN = "<!-- flow:"
FLOW_END = "<!-- /flow -->"
PACKAGES = {name: f"services.{name}" for name in SERVICES} | {"vault": "services.intake.vault"}
"""The vault is a process of its own inside intake's folder."""

MANY = 5
"""From so many on, all events of an emitter are said in one word."""


def hears(service: str) -> frozenset[type[Event]]:
    """The events a process consumes; the vault has no domain, its handler says it."""
    if service == "vault":
        handler = importlib.import_module(f"{PACKAGES[service]}.handler").ErasureHandler
        return frozenset(handler.hears)
    return frozenset(importlib.import_module(f"{PACKAGES[service]}.domain").HEARS)


def emits(service: str) -> frozenset[type[Event]]:
    if service == "vault":
        return frozenset()
    return frozenset(importlib.import_module(f"{PACKAGES[service]}.domain").EMITS)


def in_order(chosen: frozenset[type[Event]]) -> list[type[Event]]:
    """As the catalogue has them."""
    return [event for event in CATALOGUE if event in chosen]


def flow_table(descriptions: Mapping[str, str]) -> str:
    """``service | does | hears | emits``; ``descriptions`` as in the OpenAPI documents."""
    lines = ["| service | does | hears | emits |", "|---|---|---|---|"]
    for service in SERVICES:
        does = " ".join(descriptions[service].split()).partition(". ")[0].rstrip(".")
        said = ", ".join(event.__name__ for event in in_order(emits(service))) or "nothing"
        lines.append(f"| **{service}** | {does} | {_summary(hears(service))} | {said} |")
    return "\n".join(lines)


def _summary(chosen: frozenset[type[Event]]) -> str:
    if chosen == frozenset(CATALOGUE):
        return "everything"
    words: list[str] = []
    for service in SERVICES:
        own = emits(service) & chosen
        if own == emits(service) and len(own) >= MANY:
            words.append(f"all that {service} emits")
        else:
            words.extend(event.__name__ for event in in_order(own))
    return ", ".join(words) or "nothing"


def readme_with(table: str, text: str) -> str:
    """README's text with ``table`` between the markers; the markers stay as they are."""
    before, begin, rest = text.partition(FLOW_BEGIN)
    marker, newline, rest = rest.partition("\n")
    _, end, after = rest.partition(FLOW_END)
    if not (begin and newline and end):
        raise ValueError(f"README.md needs the lines '{FLOW_BEGIN} ... -->' and '{FLOW_END}'")
    return f"{before}{begin}{marker}\n{table}\n{end}{after}"
