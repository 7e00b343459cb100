"""Sla, wired: the only place that knows which part goes with which."""

from services.sla.api import OVERDUE_KEYSET, create_router
from services.sla.calendar import ElapsedCalendar, WorkingDayCalendar
from services.sla.clocks import WorkingCalendar
from services.sla.gauges import measures
from services.sla.handler import SlaHandler
from services.sla.policies import PolicyTable, load_policies
from services.sla.reviewers import Reviewers
from services.sla.settings import SlaSettings
from services.sla.store import ClockStore
from services.sla.ticker import Ticker
from shared.facts_claim import FactsClaim
from shared.foundation import Foundation
from shared.holders_claim import HoldersClaim
from shared.runtime import Periodic, Service


def build(settings: SlaSettings) -> Service:
    """Reads the table of limits; opens nothing."""
    foundation = Foundation.of(settings)
    calendars: dict[str, WorkingCalendar] = {
        "elapsed": ElapsedCalendar(),
        "working": WorkingDayCalendar(settings.holidays),
    }
    policies = PolicyTable(load_policies(settings.policies), calendars)
    store = ClockStore(foundation.operators.units)
    routing = foundation.service_client("routing", settings.routing_url)
    facts = FactsClaim(foundation.service_client("intake", settings.intake_url))
    cursors = foundation.cursors("overdue", OVERDUE_KEYSET)
    ticker = Ticker(foundation.works, store, settings.tick_batch)
    return foundation.service(
        SlaHandler(store, policies, Reviewers(routing), facts, HoldersClaim(routing)),
        [create_router(foundation.works, store, foundation.operators, cursors)],
        [Periodic("ticker", ticker.step, settings.tick_seconds)],
        title="CRM sla",
        description="The clocks of citizens' complaints: limits, warnings, misses, evaluations.",
        measures=measures(store),
    )
