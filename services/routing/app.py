"""Routing, wired: the only place that knows which part goes with which."""

from services.routing import internal_api
from services.routing.api import create_router
from services.routing.contents import Contents
from services.routing.handler import RoutingHandler
from services.routing.live import api as live
from services.routing.live.hub import INTERVAL_SECONDS, Hub
from services.routing.once.keys import PATIENCE_SECONDS, SWEEP_SECONDS, Once
from services.routing.placing import api as placing_api
from services.routing.placing.atlas import Atlas
from services.routing.placing.categories import load_categories
from services.routing.placing.places import load_locator
from services.routing.settings import RoutingSettings
from services.routing.store import CaseStore
from services.routing.work.acts import Acts
from services.routing.work.lists import ListCursors
from shared.facts_claim import FactsClaim
from shared.foundation import Foundation
from shared.runtime import Periodic, Service
from shared.unit_table import load_units


def build(settings: RoutingSettings) -> Service:
    """Reads the tables of units, categories and places; opens nothing."""
    foundation = Foundation.of(settings)
    atlas = Atlas(load_units(), load_categories(), load_locator(settings.geojson))
    store = CaseStore(atlas.units)
    intake = foundation.service_client("intake", settings.intake_url)
    contents = Contents(intake)
    acts = Acts(foundation.works, store, atlas, contents)
    router = create_router(
        foundation.works, store, acts, contents, atlas, foundation.operators,
        ListCursors.of(foundation.cursors), foundation.clock,
    )  # fmt: skip
    positions = foundation.cursors(live.LISTING, live.POSITION)
    hub = Hub(foundation.works, positions)
    foundation.on_stopping.append(hub.close)
    return foundation.service(
        RoutingHandler(store, contents, FactsClaim(intake), atlas),
        [
            router,
            placing_api.create_router(
                foundation.works, store, atlas, foundation.operators, foundation.clock
            ),
            internal_api.create_router(foundation.works, store, atlas.units, foundation.callers),
            live.create_router(hub, foundation.operators, positions, atlas.units, foundation.clock),
        ],
        [
            Periodic("kept_answers", Once(foundation.works).sweep, SWEEP_SECONDS, PATIENCE_SECONDS),
            Periodic("live", hub.step, INTERVAL_SECONDS),
        ],
        title="CRM routing",
        description="Cases of citizens' complaints: who must act, and what was done.",
    )
