"""The words of the console by language."""

from collections.abc import Mapping
from typing import Final

from services.routing.console.words.english import ENGLISH
from services.routing.console.words.indonesian import INDONESIAN
from services.routing.console.words.words import Words
from shared.web.languages import Language

WORDS: Final[Mapping[Language, Words]] = {"id": INDONESIAN, "en": ENGLISH}
