"""Who says and hears what, and README's table of it."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from types import ModuleType

from deploy.services import NAMES, service_of
from shared.events.catalogue import CATALOGUE
from shared.events.event import Event

FLOW_BEGIN = "<!-- flow:"
FLOW_END = "<!-- /flow -->"

MANY = 5
"""From so many on, all events of an emitter are said in one word."""


def hears(service: str) -> frozenset[type[Event]]:
    """The events a process consumes; one without a domain (the vault) names them in its handler."""
    if domain := _module(service, "domain"):
        return frozenset(domain.HEARS)
    handler = _module(service, "handler")
    handlers = vars(handler).values() if handler else ()
    return frozenset(event for each in handlers for event in getattr(each, "hears", ()))


def emits(service: str) -> frozenset[type[Event]]:
    """The events a process states; one without a domain decides nothing and states none."""
    domain = _module(service, "domain")
    return frozenset(domain.EMITS) if domain else frozenset()


def _module(service: str, name: str) -> ModuleType | None:
    path = f"{service_of(service).package}.{name}"
    return importlib.import_module(path) if importlib.util.find_spec(path) else None


def in_order(chosen: frozenset[type[Event]]) -> list[type[Event]]:
    """As the catalogue has them."""
    return [event for event in CATALOGUE if event in chosen]


def flow_table(descriptions: Mapping[str, str]) -> str:
    """``service | does | hears | emits``; ``descriptions`` as in the OpenAPI documents."""
    lines = ["| service | does | hears | emits |", "|---|---|---|---|"]
    for service in NAMES:
        does = " ".join(descriptions[service].split()).partition(". ")[0].rstrip(".")
        said = ", ".join(event.__name__ for event in in_order(emits(service))) or "nothing"
        lines.append(f"| **{service}** | {does} | {_summary(hears(service))} | {said} |")
    return "\n".join(lines)


def _summary(chosen: frozenset[type[Event]]) -> str:
    if chosen == frozenset(CATALOGUE):
        return "everything"
    words: list[str] = []
    for service in NAMES:
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
