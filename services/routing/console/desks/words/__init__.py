"""The desks' own texts by language."""

from collections.abc import Mapping
from typing import Final

from services.routing.console.desks.words.english import ENGLISH
from services.routing.console.desks.words.indonesian import INDONESIAN
from shared.web.languages import Language

WORDS: Final[Mapping[Language, Mapping[str, str]]] = {"id": INDONESIAN, "en": ENGLISH}
