"""Composition root of tracking."""

from functools import partial

from services.tracking import api
from services.tracking.answers import Answers
from services.tracking.delays import Delays
from services.tracking.digests import DigestsClaim
from services.tracking.handler import TrackingHandler
from services.tracking.lookup import Lookup
from services.tracking.officer_words import OfficerWords
from services.tracking.pictures import Gallery, PictureLinks
from services.tracking.rehashing import SECONDS, Rehashing
from services.tracking.reporter_words import ReporterWords
from services.tracking.settings import TrackingSettings
from services.tracking.spoken import Speech
from services.tracking.web import pages
from shared.facts_claim import FactsClaim
from shared.foundation import Foundation
from shared.holders_claim import HoldersClaim
from shared.outbound import OutboundClient, ServiceClient
from shared.runtime import Periodic, Service
from shared.shared_keys import LOOKUP, SharedKeys


def build(settings: TrackingSettings) -> Service:
    """Wire it; opens nothing."""
    foundation = Foundation.of(settings)
    client = OutboundClient(timeout=settings.words_seconds)
    foundation.add_closer(client.close)
    routing = ServiceClient(client, foundation.callers, "routing", settings.routing_url)
    holders = HoldersClaim(foundation.service_client("routing", settings.routing_url))
    contents = ServiceClient(client, foundation.callers, "intake", settings.intake_url)
    officers, reporter = OfficerWords(routing), ReporterWords(contents)
    media = ServiceClient(client, foundation.callers, "media", settings.media_url)
    gallery = Gallery(PictureLinks(media), settings.words_seconds)
    speech = Speech(officers, reporter, settings.words_seconds)
    delays = Delays(foundation.clock, partial(foundation.health.silent_seconds, "consumer"))
    keys = SharedKeys(LOOKUP, settings.lookup_key, foundation.keys.used)
    foundation.hold_keys(lambda told: keys.replace(told.lookup_key))
    lookup = Lookup(foundation.works, keys, speech, gallery, delays)
    intake = foundation.service_client("intake", settings.intake_url)
    digests = DigestsClaim(intake, keys)
    rehashing = Rehashing(foundation.works, keys, digests)
    answers = Answers(lookup, intake, settings.answer_seconds)
    cursors = foundation.cursors("cases", api.CASES_KEYSET)
    return foundation.service(
        TrackingHandler(FactsClaim(intake), holders, digests),
        [
            api.create_public_router(lookup, answers, foundation.clock),
            api.create_operators_router(
                foundation.works, foundation.operators, foundation.clock, cursors
            ),
            pages.create_router(
                lookup,
                answers,
                foundation.clock,
                images_from=settings.media_public_url,
                form_page=settings.form_page,
            ),
        ],
        [Periodic("rehashing", rehashing.step, SECONDS)],
        title="CRM tracking",
        description="Where a complaint stands: by tracking code, by search, in figures.",
    )
