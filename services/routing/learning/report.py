"""How often people have put right what the rules decided, by category, unit and version. Pure.

A case counts once, by where people have it in the end: what one unit has passed on and another has
given back was right.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

WORST = 10
"""Pairs that are told."""

Pair: TypeAlias = tuple[str, str]
"""What the rules said, and what people say."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """Cases of which the same is true. ``routed``: the rules found a unit; else they were left to
    people. ``category``, ``unit``: as the rules said, with the category that they suggested to
    people. ``version``: of the rules; None for cases of a release that did not keep it.

    ``corrected``: people have placed, passed on or given back. Then the case stands in
    ``to_category`` with ``to_unit``, and before them it stood with ``from_unit``.
    """

    routed: bool
    category: str | None
    unit: str
    version: int | None
    corrected: bool
    to_category: str | None
    from_unit: str | None
    to_unit: str | None
    cases: int

    @property
    def other_category(self) -> bool:
        return self.corrected and self.to_category != self.category

    @property
    def other_unit(self) -> bool:
        """A unit that was given the case by its own Dinas agrees with the rules."""
        return self.corrected and self.to_unit not in (self.unit, self.from_unit)


@dataclass(frozen=True, slots=True)
class Share:
    """``decided``: cases; ``corrected``: those of them that people have put right."""

    decided: int
    corrected: int

    @property
    def accuracy(self) -> float | None:
        """0 to 1; None where nothing was decided."""
        return round(1 - self.corrected / self.decided, 4) if self.decided else None


@dataclass(frozen=True, slots=True)
class Confused:
    """``said``: by the rules; ``right``: by people."""

    said: str
    right: str
    cases: int


@dataclass(frozen=True, slots=True)
class Report:
    """``left``: cases that the rules left to people; ``placed``: those of them that people have
    placed. The most cases come first everywhere; versions by their number."""

    routed: Share
    left: int
    placed: int
    by_category: Mapping[str, Share]
    by_unit: Mapping[str, Share]
    by_version: Mapping[int | None, Share]
    left_by_version: Mapping[int | None, int]
    confused_categories: Sequence[Confused]
    confused_units: Sequence[Confused]


def report(decisions: Sequence[Decisions]) -> Report:
    """``decisions``: in any order. A category is put right where people chose another one, a unit
    where another one has the case, a version where either is so. What the rules have only
    suggested to people counts among the confused categories alone."""
    routed = [each for each in decisions if each.routed]
    left = [each for each in decisions if not each.routed]
    versions = sorted({each.version for each in decisions}, key=lambda v: v or 0)
    return Report(
        routed=_share(routed, _is_other),
        left=_cases(left),
        placed=_cases(each for each in left if each.corrected),
        by_category=_shares(routed, lambda e: e.category, lambda e: e.other_category),
        by_unit=_shares(routed, lambda e: e.unit, lambda e: e.other_unit),
        by_version={v: _share([e for e in routed if e.version == v], _is_other) for v in versions},
        left_by_version={v: _cases(e for e in left if e.version == v) for v in versions},
        confused_categories=_confused(
            ((e.category, e.to_category), e.cases) for e in decisions if e.other_category
        ),
        confused_units=_confused(((e.unit, e.to_unit), e.cases) for e in routed if e.other_unit),
    )


def _is_other(each: Decisions) -> bool:
    return each.other_category or each.other_unit


def _cases(decisions: Iterable[Decisions]) -> int:
    return sum(each.cases for each in decisions)


def _share(decisions: Sequence[Decisions], is_wrong: Callable[[Decisions], bool]) -> Share:
    return Share(_cases(decisions), _cases(each for each in decisions if is_wrong(each)))


def _shares(
    decisions: Sequence[Decisions],
    name_of: Callable[[Decisions], str | None],
    is_wrong: Callable[[Decisions], bool],
) -> Mapping[str, Share]:
    named: dict[str, list[Decisions]] = {}
    for each in decisions:
        if (name := name_of(each)) is not None:
            named.setdefault(name, []).append(each)
    shares = {name: _share(those, is_wrong) for name, those in named.items()}
    return dict(sorted(shares.items(), key=lambda item: (-item[1].decided, item[0])))


def _confused(pairs: Iterable[tuple[tuple[str | None, str | None], int]]) -> Sequence[Confused]:
    """Where the rules or people have named nothing, nothing was confused."""
    counted: Counter[Pair] = Counter()
    for (said, right), cases in pairs:
        if said is not None and right is not None:
            counted[said, right] += cases
    worst = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:WORST]
    return [Confused(said, right, cases) for (said, right), cases in worst]
