"""The words of the tracking page by language."""

from collections.abc import Mapping
from typing import Final

from services.tracking.web.english import ENGLISH
from services.tracking.web.indonesian import INDONESIAN
from services.tracking.web.words import Words
from shared.web.languages import Language

WORDS: Final[Mapping[Language, Words]] = {"id": INDONESIAN, "en": ENGLISH}
