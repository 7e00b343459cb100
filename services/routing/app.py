"""Routing, wired: the only place that knows which part goes with which."""

from services.routing import internal_api
from services.routing.api import create_router
from services.routing.casefile import api as casefile_api
from services.routing.casefile.chaining import Chaining
from services.routing.contents import Contents
from services.routing.export import api as export
from services.routing.handler import RoutingHandler
from services.routing.learning import api as learning
from services.routing.live import api as live
from services.routing.live.hub import INTERVAL_SECONDS, Hub
from services.routing.media.links import PAGE_SECONDS, Links
from services.routing.model import api as model_api
from services.routing.model.in_force import LOOK_SECONDS as MODEL_SECONDS
from services.routing.model.in_force import ModelsInForce
from services.routing.model.register import ModelRegister
from services.routing.neighbours import api as neighbours
from services.routing.once.keys import PATIENCE_SECONDS, SWEEP_SECONDS, Once
from services.routing.openings import api as openings
from services.routing.placing import api as placing_api
from services.routing.placing import claimed
from services.routing.placing.atlas import Atlas
from services.routing.placing.places import load_locator
from services.routing.renewals import api as renewals
from services.routing.rule_versions import api as rule_versions
from services.routing.rule_versions.in_force import LOOK_SECONDS, RulesInForce
from services.routing.rule_versions.rules import load_rules
from services.routing.rule_versions.trying import Trials
from services.routing.rule_versions.versions import RuleVersions
from services.routing.settings import RoutingSettings
from services.routing.site_checks import SiteChecks, load_share
from services.routing.store import CaseStore
from services.routing.webhooks import api as webhooks
from services.routing.webhooks import sender, writer
from services.routing.webhooks.messages import Secrets
from services.routing.webhooks.sender import Sender
from services.routing.webhooks.writer import Writer
from services.routing.work.acts import Acts
from services.routing.work.lists import ListCursors
from shared.case_file import CaseFileKey, jwk_of_base64
from shared.facts_claim import FactsClaim
from shared.foundation import Foundation
from shared.outbound import OutboundClient, ServiceClient, StrangersClient
from shared.runtime import Periodic, Service

CHAINING_SECONDS = 30.0
"""Between two looks for steps that are not chained; under a minute, after which a task counts as
stuck."""


def build(settings: RoutingSettings) -> Service:
    """Reads the tables of units, categories and places; opens nothing."""
    foundation = Foundation.of(settings)
    atlas = Atlas(load_rules(), load_locator(settings.geojson))
    store = CaseStore(atlas.units)
    intake = foundation.service_client("intake", settings.intake_url)
    contents = Contents(intake)
    acts = Acts(foundation.works, store, atlas, contents, _site_checks(settings))
    router = create_router(
        foundation.works, store, acts, contents, atlas, foundation.operators,
        ListCursors.of(foundation.cursors), foundation.clock, _links(foundation, settings),
    )  # fmt: skip
    case_files = casefile_api.create_router(
        foundation.works, store, contents, atlas, foundation.operators,
        CaseFileKey.of_service(settings.derived_from),
        [jwk_of_base64(key) for key in settings.case_file_former_keys],
        foundation.clock,
    )  # fmt: skip
    positions = foundation.cursors(live.LISTING, live.POSITION)
    beside = foundation.works.without_faults()
    hub = Hub(beside, positions, foundation.clock)
    foundation.on_stopping.append(hub.close)
    key = settings.webhook_key.get_secret_value() or settings.derived_from
    secrets = Secrets(key.encode())
    strangers = StrangersClient(sender.CALL_SECONDS, settings.webhook_local_hosts)
    writing = Writer(beside, atlas.units)
    sending = Sender(beside, strangers, secrets, foundation.clock, foundation.new_id())
    foundation.add_closer(strangers.close)
    foundation.add_closer(sending.close)
    in_force = RulesInForce(beside, atlas, foundation.clock, foundation.metrics)
    return foundation.service(
        RoutingHandler(store, contents, FactsClaim(intake), atlas, in_force),
        [
            router,
            placing_api.create_router(
                foundation.works, store, atlas, foundation.operators, foundation.clock
            ),
            export.create_router(foundation.works, atlas, foundation.operators, foundation.clock),
            neighbours.create_router(
                foundation.works, atlas, foundation.operators, foundation.clock
            ),
            internal_api.create_router(foundation.works, store, atlas.units, foundation.callers),
            live.create_router(hub, foundation.operators, positions, atlas.units, foundation.clock),
            webhooks.create_router(
                foundation.works,
                atlas.units,
                foundation.operators,
                secrets,
                strangers,
                foundation.cursors(webhooks.LIST_OF_WEBHOOKS, webhooks.PLACE_IN_LIST),
                foundation.cursors(webhooks.LISTING, webhooks.NUMBER),
            ),
            case_files,
            rule_versions.create_router(
                RuleVersions(beside, foundation.clock),
                Trials(beside, contents, atlas.locator, foundation.clock),
                atlas.units,
                foundation.operators,
                foundation.cursors(rule_versions.LISTING, rule_versions.NUMBER),
                foundation.cursors(rule_versions.TRIAL, rule_versions.COMPLAINT),
            ),
            model_api.create_router(
                ModelRegister(beside, contents, foundation.clock),
                atlas.units,
                foundation.operators,
                foundation.cursors(model_api.LISTING, model_api.NUMBER),
                foundation.cursors(model_api.EXAMPLES, model_api.COMPLAINT),
            ),
            learning.create_router(foundation.works, atlas, foundation.operators, foundation.clock),
            claimed.create_router(atlas, foundation.callers),
            renewals.create_router(beside, foundation.callers),
            openings.create_router(
                foundation.works,
                atlas.units,
                foundation.operators,
                foundation.cursors("routing.openings", openings.PLACE),
            ),
        ],
        periodics=[
            Periodic("chaining", Chaining(beside).step, CHAINING_SECONDS),
            Periodic("kept_answers", Once(beside).sweep, SWEEP_SECONDS, PATIENCE_SECONDS),
            Periodic("rules", in_force.step, LOOK_SECONDS),
            Periodic("models", ModelsInForce(beside, atlas).step, MODEL_SECONDS),
            Periodic("live", hub.step, INTERVAL_SECONDS),
            Periodic("webhook_writer", writing.step, writer.INTERVAL_SECONDS),
            Periodic("webhook_sender", sending.step, sender.INTERVAL_SECONDS),
        ],
        title="CRM routing",
        description="Cases of citizens' complaints: who must act, and what was done.",
    )


def _links(foundation: Foundation, settings: RoutingSettings) -> Links:
    hasty = OutboundClient(PAGE_SECONDS, whole=PAGE_SECONDS)
    foundation.add_closer(hasty.close)
    return Links(
        ServiceClient(hasty, foundation.callers, "media", settings.media_url),
        foundation.service_client("media", settings.media_url),
    )


def _site_checks(settings: RoutingSettings) -> SiteChecks:
    share = load_share() if settings.site_check_share is None else settings.site_check_share
    return SiteChecks(share, settings.derived_from.encode())
