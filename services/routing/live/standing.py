"""Where a case stands for those who watch an inbox, and in which tab of whose inbox. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum, auto
from typing import Any

from services.routing.case.relations import awaited_reviewer, facts_of
from services.routing.domain import Case
from shared.events.vocabulary import CLOSED_STATES, CaseState
from shared.units import Units
from shared.visibility import CaseFacts, Sight, sees

_UNTAKEN = (CaseState.RECEIVED, CaseState.COORDINATED, CaseState.DELEGATED)


class Tab(StrEnum):
    """A part of an inbox; ``overdue`` cuts across them and depends on the time alone."""

    NEW = auto()
    IN_HAND = auto()
    WAITING = auto()
    JUDGEMENT = auto()


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rule of visibility and the tabs ask of a case (class C0).

    ``state``: as it was stored, by this release or another. ``reviewer``: who may judge or reopen
    it now; ``awaited``: who must judge it now. ``asked``: it waits for the reporter's answer.
    """

    state: str
    unit_id: str
    reviewer: str | None = None
    awaited: str | None = None
    watchers: tuple[str, ...] = ()
    about_unit: str | None = None
    restricted: bool = False
    accepted: bool = False
    asked: bool = False

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Standing":
        """As `stored` has written it."""
        return cls(
            state=stored["state"],
            unit_id=stored["unit_id"],
            reviewer=stored["reviewer"],
            awaited=stored["awaited"],
            watchers=tuple(stored["watchers"]),
            about_unit=stored["about_unit"],
            restricted=stored["restricted"],
            accepted=stored["accepted"],
            asked=stored["asked"],
        )

    def stored(self) -> dict[str, Any]:
        """JSON values by name."""
        return asdict(self)

    @property
    def facts(self) -> CaseFacts:
        return CaseFacts(
            self.unit_id, self.reviewer, self.watchers, self.about_unit, self.restricted
        )

    @property
    def units(self) -> frozenset[str]:
        """Units in whose inbox the case may be."""
        awaited = () if self.awaited is None else (self.awaited,)
        return frozenset((self.unit_id, *awaited, *self.watchers))


def standing_of(case: Case, units: Units) -> Standing:
    """As the case is now."""
    facts = facts_of(case, units)
    return Standing(
        state=case.state.value,
        unit_id=case.unit_id,
        reviewer=facts.reviewer,
        awaited=awaited_reviewer(case, units),
        watchers=case.watchers,
        about_unit=case.about_unit,
        restricted=case.restricted,
        accepted=case.accepted,
        asked=case.question_ref is not None and not case.question_expired,
    )


def tab_of(case: Standing | None, sight: Sight) -> Tab | None:
    """The tab of the inbox of this sight in which the case is; None: it is in none of them."""
    if case is None or case.state in CLOSED_STATES or not sees(sight, case.facts):
        return None
    if case.awaited is not None and case.awaited == sight.judges_for:
        return Tab.JUDGEMENT
    if case.unit_id == sight.works_for:
        if case.awaited is not None or case.asked:
            return Tab.WAITING
        return Tab.NEW if case.state in _UNTAKEN and not case.accepted else Tab.IN_HAND
    return Tab.WAITING if sight.works_for in case.watchers else None
