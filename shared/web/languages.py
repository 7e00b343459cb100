"""The languages that pages are written in, and which of them a reader gets."""

from typing import Final, Literal

Language = Literal["id", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("id", "en")
_TAGS_READ = 20
"""Tags of an Accept-Language header; the rest is left, so that a huge header takes no time."""


def choose_language(wanted: str | None, accept_language: str) -> Language:
    """``?lang=`` wins; else the better liked of the two in Accept-Language; else Indonesian."""
    for language in LANGUAGES:
        if wanted == language:
            return language
    liking = _liking(accept_language)
    return "en" if liking["en"] > liking["id"] else "id"


def _liking(accept_language: str) -> dict[str, float]:
    liking: dict[str, float] = dict.fromkeys(LANGUAGES, 0.0)
    for part in accept_language.split(",")[:_TAGS_READ]:
        tag, _, parameter = part.strip().partition(";")
        primary = tag.strip().lower().partition("-")[0]
        if primary in liking:
            liking[primary] = max(liking[primary], _quality(parameter))
    return liking


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
