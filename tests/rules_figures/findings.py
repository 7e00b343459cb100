"""What is wrong with the decisions of a time in which versions took turns. Pure."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tests.rules_figures.versions import ByVersion, Outcome


@dataclass(frozen=True, slots=True)
class Decided:
    """A case as the rules have decided it. ``batch``: its transaction. ``begun``, ``done``: when
    this began, and an instant behind the decision. ``named``: the versions that explanation, event
    and case name; None where one of them names none."""

    complaint_id: UUID
    kind: tuple[str, str]
    batch: int
    begun: datetime
    done: datetime
    said: Outcome
    named: tuple[int | None, int | None, int | None]

    @property
    def version(self) -> int | None:
        """The one that all of them name."""
        return self.named[0] if len(set(self.named)) == 1 else None


@dataclass(frozen=True, slots=True)
class Findings:
    """``versions``: cases by the version that they name. ``mixed``: cases of a batch that names
    several versions. ``unnamed``: cases that do not name one version, or one that did not decide
    yet. ``wrong``: cases that their version decides otherwise."""

    versions: Mapping[int, int]
    batches: int
    largest: int
    mixed: int
    unnamed: int
    wrong: int
    late: Mapping[int, timedelta]
    """By version: how long after its activation another one has still decided."""


def findings(
    decided: Sequence[Decided],
    since: Mapping[int, datetime],
    expected: Mapping[tuple[str, str], ByVersion],
) -> Findings:
    """``since``: when each version was activated; each once, in the order of their numbers."""
    batches: dict[int, set[int | None]] = defaultdict(set)
    for each in decided:
        batches[each.batch].update(each.named)
    in_force = [e for e in decided if e.version is not None and since[e.version] <= e.done]
    return Findings(
        versions=Counter(each.version for each in in_force if each.version is not None),
        batches=len(batches),
        largest=max(Counter(each.batch for each in decided).values(), default=0),
        mixed=sum(len(batches[each.batch]) > 1 for each in decided),
        unnamed=len(decided) - len(in_force),
        wrong=sum(_is_wrong(each, expected) for each in decided),
        late={number: _late(number, at, in_force) for number, at in since.items() if number > 1},
    )


def _is_wrong(each: Decided, expected: Mapping[tuple[str, str], ByVersion]) -> bool:
    return each.version is None or each.said != expected[each.kind].get(each.version)


def _late(number: int, at: datetime, decided: Collection[Decided]) -> timedelta:
    older = [e.begun - at for e in decided if e.version is not None and e.version < number]
    return max([timedelta(), *older])
