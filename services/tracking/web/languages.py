"""The languages there are, and which of them a reader gets."""

from collections.abc import Mapping
from typing import Final

from services.tracking.web.english import ENGLISH
from services.tracking.web.indonesian import INDONESIAN
from services.tracking.web.words import Language, Words

WORDS: Final[Mapping[Language, Words]] = {"id": INDONESIAN, "en": ENGLISH}


def choose_language(wanted: str | None, accept_language: str) -> Language:
    """``?lang=`` wins; else the better liked of the two in Accept-Language; else Indonesian."""
    if wanted in ("id", "en"):
        return "en" if wanted == "en" else "id"
    liking = {"id": 0.0, "en": 0.0}
    for part in accept_language.split(",")[:20]:
        tag, _, parameter = part.strip().partition(";")
        primary = tag.strip().lower().partition("-")[0]
        if primary in liking:
            liking[primary] = max(liking[primary], _quality(parameter))
    return "en" if liking["en"] > liking["id"] else "id"


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
