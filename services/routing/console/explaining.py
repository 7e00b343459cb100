"""Why a case is where it is, as its page tells it. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.routing.console.words.words import Words
from services.routing.domain import Category

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Explained:
    """``says``: the rule's sentence. ``facts``: names with what is said of each. ``remarks``: what
    an officer must not overlook."""

    says: str
    facts: Sequence[tuple[str, str]]
    remarks: Sequence[str]


def explanation_of(
    body: Json, words: Words, categories: Mapping[str, Category]
) -> Explained | None:
    """Of a ``CaseDetail``; None where routing tells nothing."""
    told = body.get("explanation")
    if not told:
        return None
    says = told["says_id"] if words.language == "id" else told["says"]
    return Explained(
        says=says,
        facts=[each for each in _facts(told, words, categories) if each[1]],
        remarks=list(_remarks(body, told, words)),
    )


def _facts(
    told: Json, words: Words, categories: Mapping[str, Category]
) -> Iterator[tuple[str, str]]:
    texts = words.texts
    at = words.instant(datetime.fromisoformat(told["at"]))
    yield texts["why_decided"], f"{told['unit_name'] or told['unit_id']} · {at}"
    # A replica of routing that is older does not say it yet.
    if not told.get("failed"):
        yield from _read(told, texts, categories)
    rule = told["rule_id"] or told["triage_reason"]
    yield texts["why_rule"], texts["why_version"].format(rule=rule, n=told["version"])


def _read(told: Json, texts: Json, categories: Mapping[str, Category]) -> Iterator[tuple[str, str]]:
    yield texts["category"], _name(told) or texts["unplaced"]
    yield texts["why_terms"], _quoted(told["terms"]) or texts["why_no_terms"]
    yield texts["why_chosen"], _chosen(told, texts, categories)
    yield texts["place"], _place(told["place"], texts)
    yield texts["why_sure"], _share(told["confidence"], texts)
    yield texts["why_others"], " · ".join(_runner_up(each, texts) for each in told["runners_up"])
    yield texts["why_model"], _model(told.get("model"), texts)


def _chosen(told: Json, texts: Json, categories: Mapping[str, Category]) -> str:
    slug = told["citizen_category"]
    if not slug:
        return str(texts["why_none_chosen"])
    return categories[slug].name if slug in categories else str(slug)


def _name(told: Json) -> str:
    names = (told["category_name"] or told["category"], told["sub_name"] or told["sub"])
    return " · ".join(dict.fromkeys(each for each in names if each))


def _place(place: Json | None, texts: Json) -> str:
    if place is None:
        return str(texts["why_no_place"])
    source = texts.get(f"why_place_{place['source']}", place["source"])
    said = f"{place['name'] or place['code']} · {source} · {_share(place['confidence'], texts)}"
    return f"{said} · {texts['why_approximate']}" if place["approximate"] else said


def _runner_up(each: Json, texts: Json) -> str:
    said = f"{_name(each)} {_share(each['confidence'], texts)}"
    return f"{said} ({_quoted(each['terms'])})" if each["terms"] else said


def _model(model: Json | None, texts: Json) -> str:
    if model is None:
        return ""
    said = texts["why_model_said"].format(n=model["number"])
    sure = _share(model["confidence"], texts)
    return " · ".join(filter(None, (said, sure, _quoted(model["terms"]))))


def _share(confidence: float | None, texts: Json) -> str:
    """Rounded down: 99.6 % is not certain."""
    return "" if confidence is None else texts["share"].format(n=int(confidence * 100))


def _quoted(terms: Sequence[str]) -> str:
    return ", ".join(f"“{each}”" for each in terms)


_REMARKS: Final = ("emergency", "about_official", "no_complaint")


def _remarks(body: Json, told: Json, words: Words) -> Iterator[str]:
    texts = words.texts
    if told["place"] and told["place"]["contradicted"]:
        yield texts["why_contradicted"]
    for name in _REMARKS:
        if told[name]:
            yield texts[f"why_{name}"]
    if told["outside"]:
        yield texts["why_outside"].format(**told["outside"])
    if told["unit_id"] != body["unit_id"]:
        yield texts["why_moved"]
