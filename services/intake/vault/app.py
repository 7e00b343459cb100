"""Composition root of the vault."""

from services.intake.vault.api import ContactDesk, create_router
from services.intake.vault.handler import ErasureHandler
from services.intake.vault.sealing import Opener
from services.intake.vault.settings import VaultSettings
from shared.foundation import Foundation
from shared.runtime import Service

DESCRIPTION = """Who reported, sealed. This process alone holds the key that opens it, for one
named purpose at a time, and logs each opening. It hears erasures on the stream."""


def build(settings: VaultSettings) -> Service:
    """The vault, wired and not yet started."""
    foundation = Foundation.of(settings)
    desk = ContactDesk(
        foundation.works,
        Opener(settings.private_key.get_secret_value()),
        bytes.fromhex(settings.tracking_code_key.get_secret_value()),
    )
    return foundation.service(
        ErasureHandler(),
        [create_router(desk, foundation.callers)],
        title="CRM vault",
        description=DESCRIPTION,
        knows_cases=False,
    )
