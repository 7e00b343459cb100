"""The data that decisions go by, in one value."""

from dataclasses import replace
from datetime import datetime

from services.routing.domain import Routed, Triaged
from services.routing.explaining.explanation import (
    Explanation,
    ModelSaid,
    explain,
    explain_failure,
)
from services.routing.model.beside import NO_MODELS
from services.routing.placing.categories import CategoryHistory
from services.routing.placing.places import Locator
from services.routing.placing.rules import (
    Content,
    Tables,
    advised,
    decide,
    find_place,
    reading_of,
    without_reading,
)
from services.routing.rule_versions.rules import Rules
from shared.clock import JAKARTA
from shared.events.facts import Facts
from shared.events.vocabulary import Channel
from shared.units import UnitTree


class Atlas:
    """The rules that decide now, the models that are asked beside them, and the map. ``rules`` and
    ``models`` give way to newer ones as a whole."""

    def __init__(self, rules: Rules, locator: Locator) -> None:
        self.rules = rules
        self.models = NO_MODELS
        self.locator = locator

    @property
    def units(self) -> UnitTree:
        return self.rules.units

    @property
    def categories(self) -> CategoryHistory:
        return self.rules.categories

    def tables(self, now: datetime) -> Tables:
        """The rules' tables as they are valid on Jakarta's day, of one version. Whoever decides
        several things together asks once."""
        tables = self.rules.tables(now.astimezone(JAKARTA).date())
        return replace(tables, models=self.models)

    def route(
        self, channel: Channel, facts: Facts, content: Content, tables: Tables
    ) -> tuple[Routed | Triaged, Explanation]:
        """What the rules decide, and why."""
        located = None
        if content.latitude is not None and content.longitude is not None:
            located = self.locator.locate(content.latitude, content.longitude)
        reading = reading_of(facts, content, tables)
        place = find_place(facts, content, tables, located)
        answers = tables.models.ask(reading)
        sure = tables.models.advice(answers, tables.categories.version)
        advice = advised(facts, reading, tables.categories, sure)
        found = decide(channel, facts, content, tables, place, reading, advice)
        why = explain(found, facts, reading, place, tables)
        said = tuple(ModelSaid.of(each, each is advice) for each in answers)
        return found, replace(why, models=said)

    def without_reading(self, facts: Facts, tables: Tables) -> tuple[Routed | Triaged, Explanation]:
        """What is decided where a rule has failed, and that it has."""
        found = without_reading(facts, tables)
        return found, explain_failure(found, facts, tables)
