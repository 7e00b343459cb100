"""Composition root of the vault."""

from services.intake.vault.api import ContactDesk, create_router
from services.intake.vault.handler import ErasureHandler
from services.intake.vault.originals import OriginalDesk
from services.intake.vault.originals import create_router as create_originals_router
from services.intake.vault.resealing import SECONDS, Resealing
from services.intake.vault.sealing import Opener
from services.intake.vault.settings import VaultSettings
from shared.facts_claim import FactsClaim
from shared.foundation import Foundation
from shared.runtime import Periodic, Service
from shared.shared_keys import CODES, SharedKeys

DESCRIPTION = """Who reported, sealed. This process alone holds the key that opens it, for one
named purpose at a time, and logs each opening. It hears erasures on the stream."""


def build(settings: VaultSettings) -> Service:
    """The vault, wired and not yet started."""
    foundation = Foundation.of(settings)
    opener = Opener(settings.private_key.get_secret_value(), foundation.keys.used)
    foundation.hold_keys(lambda told: opener.replace(told.private_key.get_secret_value()))
    codes = SharedKeys(CODES, settings.tracking_code_key, foundation.keys.used)
    foundation.hold_keys(lambda told: codes.replace(told.tracking_code_key))
    resealing = Resealing(foundation.works, opener)
    facts = FactsClaim(foundation.service_client("intake", settings.intake_url))
    originals = OriginalDesk(foundation.works, opener, facts)
    desk = ContactDesk(
        foundation.works,
        opener,
        codes,
    )
    return foundation.service(
        ErasureHandler(),
        [
            create_router(desk, foundation.callers),
            create_originals_router(originals, foundation.operators),
        ],
        [Periodic("resealing", resealing.step, SECONDS)],
        title="CRM vault",
        description=DESCRIPTION,
        knows_cases=False,
    )
