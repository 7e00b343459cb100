"""How well texts are read: figures from labelled texts, for ``crm classifier report``. Pure.

A labelled text is an object with ``text``, ``channel``, perhaps ``category`` and ``expect``:
{group, sub, about_official, emergency, outside, complaint}. Texts that are no complaint and those
of another body's matter are left out of the categories and of what is routed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.routing.placing.rules import is_sure
from services.routing.reading.deciding import TextRead
from services.routing.reading.reader import Reader, Reading

WORST = 10


@dataclass
class Sign:
    """How often a sign was seen rightly, seen wrongly, and missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def count(self, expected: bool, seen: bool) -> None:
        self.right += expected and seen
        self.wrong += seen and not expected
        self.missed += expected and not seen

    def figures(self) -> dict[str, float | int | None]:
        """precision, recall: shares; None where there is nothing to share."""
        return {
            "of": self.right + self.missed,
            "precision": share(self.right, self.right + self.wrong),
            "recall": share(self.right, self.right + self.missed),
        }


@dataclass
class Report:
    """Counts over texts, one after the other."""

    texts: int = 0
    first: int = 0
    among_three: int = 0
    finer: int = 0
    sure: int = 0
    sure_and_right: int = 0
    routed: int = 0
    routed_and_right: int = 0
    confused: Counter[tuple[str, str]] = field(default_factory=Counter)
    to_people: Counter[str] = field(default_factory=Counter)
    signs: dict[str, Sign] = field(default_factory=lambda: {name: Sign() for name in SIGNS})

    def figures(self) -> dict[str, Any]:
        """Shares from 0 to 1; ``sure``: those whose category needs no person; ``routed``: those
        that get a unit without a person; ``to_people``: of the others how many for which reason."""
        return {
            "texts": self.texts,
            "top_1": share(self.first, self.texts),
            "top_3": share(self.among_three, self.texts),
            "sub_of_top_1": share(self.finer, self.first),
            "sure": share(self.sure, self.texts),
            "sure_and_right": share(self.sure_and_right, self.sure),
            "routed": share(self.routed, self.texts),
            "routed_and_right": share(self.routed_and_right, self.routed),
            "to_people": dict(self.to_people.most_common()),
            "signs": {name: sign.figures() for name, sign in self.signs.items()},
            "confused": [[*pair, times] for pair, times in self.confused.most_common(WORST)],
        }


SIGNS: Mapping[str, tuple[Callable[[Mapping[str, Any]], bool], Callable[[Reading], bool]]] = {
    "about_official": (
        lambda expect: bool(expect["about_official"]),
        lambda read: read.signs.about_official,
    ),
    "emergency": (lambda expect: bool(expect["emergency"]), lambda read: read.signs.emergency),
    "outside": (
        lambda expect: expect["outside"] is not None,
        lambda read: read.signs.outside is not None,
    ),
    "no_complaint": (
        lambda expect: not expect["complaint"],
        lambda read: read.signs.no_complaint is not None,
    ),
}


Decide = Callable[[Mapping[str, Any]], TextRead]


def report(rows: Iterable[Mapping[str, Any]], reader: Reader, decide: Decide) -> Report:
    """Reads each text without its category: what the words alone say is measured. What is routed
    is decided by all that came with it."""
    found = Report()
    for row in rows:
        reading, expect = reader.read(row["text"]), row["expect"]
        for name, (expected, seen) in SIGNS.items():
            found.signs[name].count(expected(expect), seen(reading))
        if expect["complaint"] and expect["outside"] is None and expect["group"] is not None:
            _count(found, reading, expect)
            _count_routed(found, decide(row), expect)
    return found


def _count_routed(found: Report, decided: TextRead, expect: Mapping[str, Any]) -> None:
    """Right is who gets the unit of the category, and the overseers what is about an official."""
    if decided.decision != "routed":
        found.to_people[decided.reason or ""] += 1
        return
    found.routed += 1
    if decided.about_official or expect["about_official"]:
        found.routed_and_right += decided.about_official == expect["about_official"]
    else:
        found.routed_and_right += decided.category == expect["group"]


def _count(found: Report, reading: Reading, expect: Mapping[str, Any]) -> None:
    group = expect["group"]
    slugs: Sequence[str] = [each.slug for each in reading.ranked]
    right = slugs[:1] == [group]
    found.texts += 1
    found.first += right
    found.among_three += group in slugs[:3]
    found.finer += right and reading.ranked[0].sub == expect["sub"]
    if not right:
        found.confused[(group, slugs[0] if slugs else "-")] += 1
    if is_sure(reading.ranked):
        found.sure += 1
        found.sure_and_right += right


def share(part: int, whole: int) -> float | None:
    """Rounded to a hundredth of a percent; None of nothing."""
    return round(part / whole, 4) if whole else None
