"""Where a case stands: what visibility and inboxes ask of it, and in whose tab it is. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.routing.case.relations import awaits, facts_of
from services.routing.case.stage import Tab, stage_of
from services.routing.domain import Case
from shared.units import Units
from shared.visibility import CaseFacts, Sight, sees

_TABS: Mapping[str, Tab] = {tab.value: tab for tab in Tab}


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rule of visibility and the tabs ask of a case (class C0).

    ``state``: as it was stored, by this release or another. ``reviewer``: who may judge or reopen
    it now; ``awaited``: who must judge it now. ``stage``: None where it is closed.
    """

    state: str
    unit_id: str
    reviewer: str | None = None
    awaited: str | None = None
    watchers: tuple[str, ...] = ()
    about_unit: str | None = None
    restricted: bool = False
    stage: str | None = None

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Standing":
        """As `stored` has written it, in this release or another; of what is not there nobody is
        told. Raises nothing: one row that is odd would stop the news of all."""
        return cls(
            state=stored.get("state", ""),
            unit_id=stored.get("unit_id", ""),
            reviewer=stored.get("reviewer"),
            awaited=stored.get("awaited"),
            watchers=tuple(stored.get("watchers", ())),
            about_unit=stored.get("about_unit"),
            restricted=stored.get("restricted", True),
            stage=stored.get("stage"),
        )

    def stored(self) -> dict[str, Any]:
        """JSON values by name. Written out: every case that is saved passes here."""
        return {
            "state": self.state,
            "unit_id": self.unit_id,
            "reviewer": self.reviewer,
            "awaited": self.awaited,
            "watchers": self.watchers,
            "about_unit": self.about_unit,
            "restricted": self.restricted,
            "stage": self.stage,
        }

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
        awaited=facts.reviewer if awaits(case) else None,
        watchers=case.watchers,
        about_unit=case.about_unit,
        restricted=case.restricted,
        stage=stage_of(case),
    )


def tab_of(case: Standing | None, sight: Sight) -> Tab | None:
    """The tab of the inbox of this sight in which the case is; None: it is in none of them."""
    if case is None or case.stage is None or not sees(sight, case.facts):
        return None
    if case.awaited is not None and case.awaited == sight.judges_for:
        return Tab.JUDGEMENT
    if case.unit_id == sight.works_for:
        return _TABS.get(case.stage)
    return Tab.WAITING if sight.works_for in case.watchers else None
