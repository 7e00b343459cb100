"""Long names that are written with one letter wrong. Pure."""

from collections.abc import Iterable

SHORTEST = 7
"""Letters of a name for which a mistake is forgiven: ``Cawang`` and ``Cacang`` stay apart."""


_ENDS = 3
"""One mistake in a long name leaves its first letters as they are, or its last ones."""


_DIRECTIONS = ("utara", "selatan", "timur", "barat")
"""So many names end like this that it tells nothing of them."""


class Spelling:
    """Names by their first and by their last letters."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_head: dict[str, list[str]] = {}
        self._by_tail: dict[str, list[str]] = {}
        for name in names:
            if len(name) >= SHORTEST:
                self._by_head.setdefault(name[:_ENDS], []).append(name)
                if not name.endswith(_DIRECTIONS):
                    self._by_tail.setdefault(name[-_ENDS:], []).append(name)

    def meant(self, letters: str) -> str | None:
        """The one name that these letters differ from by one mistake; None for none or several."""
        if len(letters) < SHORTEST - 1:
            return None
        near = [
            *self._by_head.get(letters[:_ENDS], ()),
            *self._by_tail.get(letters[-_ENDS:], ()),
        ]
        found = {name for name in near if one_mistake(letters, name)}
        return found.pop() if len(found) == 1 else None


def one_mistake(written: str, name: str) -> bool:
    """Whether one letter is wrong, missing, too many, or two neighbours have changed places."""
    if abs(len(written) - len(name)) > 1:
        return False
    at = 0
    while at < min(len(written), len(name)) and written[at] == name[at]:
        at += 1
    if len(written) != len(name):
        longer, shorter = sorted((written, name), key=len, reverse=True)
        return longer[at + 1 :] == shorter[at:]
    swapped = (
        written[at : at + 2] == name[at : at + 2][::-1] and written[at + 2 :] == name[at + 2 :]
    )
    return swapped or written[at + 1 :] == name[at + 1 :]
