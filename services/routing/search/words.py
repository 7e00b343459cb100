"""The words that are looked for, as an officer has typed them. Pure."""

import re

_WORD = re.compile(r"[^\W_]+")
SHORTEST = 4
"""Characters; what is shorter is like everything (the vocabulary has no such words)."""
AT_MOST = 6


def similar_to(typed: str) -> list[str]:
    """The words to which those of a report must be similar, each to one of them.

    What a search excludes (``-word``) is left out: nobody excludes what is spelled otherwise.
    """
    wanted = " ".join(part for part in typed.split() if not part.startswith("-"))
    found = dict.fromkeys(word.lower() for word in _WORD.findall(wanted))
    return [word for word in found if len(word) >= SHORTEST][:AT_MOST]
