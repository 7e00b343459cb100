"""The sentences of our own letters: a contract that ``make contracts`` writes from notify's."""

import json
from importlib.resources import files

OUR_SENTENCES: tuple[str, ...] = tuple(
    json.loads((files(__package__) / "our_sentences.json").read_text(encoding="utf-8"))["sentences"]
)
