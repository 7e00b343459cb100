"""The data that decisions go by, in one value."""

from dataclasses import dataclass
from datetime import datetime

from services.routing.domain import Routed, Triaged
from services.routing.explaining.explanation import Explanation, explain
from services.routing.gazetteer.loading import gazetteer_of
from services.routing.placing.categories import CategoryHistory
from services.routing.placing.places import Locator
from services.routing.placing.rules import Content, Tables, decide, find_place, reading_of
from shared.clock import JAKARTA
from shared.events.facts import Facts
from shared.events.vocabulary import Channel
from shared.units import UnitTree


@dataclass(frozen=True, slots=True)
class Atlas:
    """Units, categories by day, the map."""

    units: UnitTree
    categories: CategoryHistory
    locator: Locator

    def tables(self, now: datetime) -> Tables:
        """The rules' tables as they are valid on Jakarta's day."""
        categories = self.categories.at(now.astimezone(JAKARTA).date())
        return Tables(self.units, categories, gazetteer_of(self.units))

    def route(
        self, channel: Channel, facts: Facts, content: Content, tables: Tables
    ) -> tuple[Routed | Triaged, Explanation]:
        """What the rules decide, and why."""
        located = None
        if content.latitude is not None and content.longitude is not None:
            located = self.locator.locate(content.latitude, content.longitude)
        reading = reading_of(facts, content, tables)
        place = find_place(facts, content, tables, located)
        found = decide(channel, facts, content, tables, place, reading)
        return found, explain(found, facts, reading, place, tables)
